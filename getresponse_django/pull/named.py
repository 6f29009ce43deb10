"""Pull of everything that is one row here: definitions, segments and messages. Small lists, read whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from .. import mirror
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..models import Account, Campaign, Newsletter, PullRun, Segment
from ..resources import RESOURCES, Json

if TYPE_CHECKING:
    from . import Options


def campaigns(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Lists, with the settings only their detail has: all of them on a full pull, else where they are unknown."""
    learn_account(client, account)
    read_list(client, account, run, "campaign")
    unread = Campaign.plain.filter(account=account, campaign_id__isnull=False)
    read_details(client, account, run, "campaign", unread if options.full else unread.filter(optin_types={}))


def learn_account(client: Client, account: Account) -> None:
    """Remember whose account this is and its time zone."""
    remote = client.get("/accounts")
    zone = (remote.get("timeZone") or {}).get("name", "")
    account.write(account_id=remote.get("accountId", ""), time_zone=zone)


def custom_fields(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Definitions of custom fields."""
    read_list(client, account, run, "custom_field")


def tags(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Tags."""
    read_list(client, account, run, "tag")


def segments(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Saved searches; their conditions come only with the detail."""
    read_list(client, account, run, "segment")
    unread = Segment.plain.filter(account=account, search_contact_id__isnull=False)
    read_details(client, account, run, "segment", unread if options.full else unread.filter(definition={}))


def messages(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """From fields, newsletters and autoresponders. Sent newsletters do not change: their content is read once."""
    for name in ("from_field", "newsletter", "autoresponder"):
        read_list(client, account, run, name)
    linked = Newsletter.plain.filter(account=account, newsletter_id__isnull=False)
    unread = linked.filter(Q(html="", plain_text="") | Q(type="draft"))
    read_details(client, account, run, "newsletter", linked if options.full else unread)


def read_list(client: Client, account: Account, run: PullRun, name: str) -> None:
    """Mirror a whole collection, page by page."""
    resource = RESOURCES[name]
    for page in client.pages(resource.path):
        run.advance(done=len(page), written=mirror.mirror_named(account, resource, page))


def read_details(client: Client, account: Account, run: PullRun, name: str, rows: Any) -> None:
    """Read these rows one by one, side by side; one that has gone meanwhile is passed over."""
    resource = RESOURCES[name]
    ids: Iterable[str] = rows.values_list(resource.id_field, flat=True)
    found: list[Json] = []
    for _call, result in client.send_many(
        Call("GET", f"{resource.path}/{remote_id}") for remote_id in list(ids)
    ):
        if isinstance(result, GetResponseError) and not isinstance(result, NotFound):
            raise result
        if not isinstance(result, GetResponseError):
            found.append(result)
    run.advance(done=len(found), written=mirror.mirror_named(account, resource, found))
