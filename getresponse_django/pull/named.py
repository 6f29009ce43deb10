"""Pull of everything that is one row here: definitions and messages. Small lists, read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from .. import mirror
from ..client import Call, Client
from ..conf import app_settings
from ..errors import GetResponseError, NotFound, Rejected
from ..mirror.named import GONE
from ..models import Account, PullRun, Tag
from ..resources import RESOURCES, Json, Resource, as_object
from .blocklists import blocklists
from .running import DAILY, done_now, guard, overdue

if TYPE_CHECKING:
    from . import Options


DETAILED = "campaigns_detailed"
"""The cursor that tells when the settings of all lists were read last: nothing tells that they changed."""

CONSENTS_READ = "gdpr_fields_read"
"""The cursor that tells when the texts of consents were read last: nothing tells that they changed either."""

SHORTER_IN_LISTS = {name: {"sendSettings"} for name in ("newsletter", "autoresponder", "rss_newsletter")}
"""Members of which a list shows less than the detail (contract/behaviour-newsletters.md sections 2 and 4)."""

LISTED_BY: dict[str, tuple[Json, ...]] = {
    "newsletter": ({}, {"type": "splittest"}, {"type": "automation"}),
    "splittest": ({"status": "active"}, {"status": "inactive"}),
}
"""Lists that are read in parts. Whether newsletters of every type are listed unless asked for is not said
(section 2); of split tests only the active ones are (section 5).
"""

PLAN = ("paymentPlan", "listSize", "renewalDate")
"""What is kept of the billing data. Nobody here needs the prices, the balance or the card."""

MESSAGES = ("from_field", "newsletter", "autoresponder", "rss_newsletter", "ab_test", "splittest")
AT_ONCE = 100
"""So many details are held in memory: messages are large."""


def campaigns(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Lists, and the settings only their detail has: of new ones at once, of all daily and on a full pull. So
    are the account's plan, suppression lists and blocklists, for which nothing else is asked in between.
    """
    learn_account(client, account)
    read_list(client, account, run, "campaign", options)
    linked = linked_rows(account, "campaign")
    if options.full or overdue(account, DETAILED, DAILY):
        learn_plan(client, account)
        read_details(client, account, run, "campaign", linked)
        read_with_details(client, account, run, "suppression", options)
        blocklists(client, account, run)
        done_now(account, DETAILED)
    else:
        read_details(client, account, run, "campaign", linked.filter(optin_types={}))


def learn_account(client: Client, account: Account) -> None:
    """Remember whose account this is, its time zone, and how many e-mails it may send."""
    remote = client.account()
    zone = as_object(remote.get("timeZone")).get("name") or ""
    account.write(account_id=remote.get("accountId", ""), time_zone=zone)
    learn_sending_limits(client, account)


def learn_plan(client: Client, account: Account) -> None:
    """What the account pays for, without what it pays and how (contract: schema AccountBilling). An account
    that is not told its plan does without.
    """
    try:
        billing = client.get("/accounts/billing", fields=PLAN)
    except (NotFound, Rejected):
        return
    told = billing if isinstance(billing, dict) else {}
    account.write(plan={member: str(told[member]) for member in PLAN if told.get(member)})


def learn_sending_limits(client: Client, account: Account) -> None:
    """How many e-mails may be and were sent, per time frame (behaviour-newsletters.md section 6). An account
    that is not told them does without.
    """
    try:
        limits = client.get("/accounts/sending-limits")
    except (NotFound, Rejected):
        return
    account.write(sending_limits=limits or [], sending_limits_on=timezone.now())


def custom_fields(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Definitions of custom fields; daily and on a full pull those of consents as well, with their text."""
    read_list(client, account, run, "custom_field", options)
    if options.full or overdue(account, CONSENTS_READ, DAILY):
        read_with_details(client, account, run, "gdpr_field", options)
        done_now(account, CONSENTS_READ)


def tags(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Tags."""
    read_list(client, account, run, "tag", options)


def messages(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """From fields, newsletters of all kinds, autoresponders, tests. A sent newsletter does not change and is
    read once, but for the clicks on its links, which come late. The list tells all of a split test.
    """
    for name in MESSAGES:
        read_list(client, account, run, name, options)
    newsletters = linked_rows(account, "newsletter")
    recent = timezone.now() - timedelta(days=app_settings.STATISTICS_DAYS)
    clicked = Q(send_on__gte=recent) & ~Q(click_tracks=[])
    unread = newsletters.filter(Q(html="", plain_text="") | Q(type="draft") | clicked)
    read_details(client, account, run, "newsletter", newsletters if options.full else unread)
    for name in ("autoresponder", "rss_newsletter", "ab_test"):
        read_details(client, account, run, name, linked_rows(account, name))


def linked_rows(account: Account, name: str) -> Any:
    """The rows of a resource that GetResponse has."""
    resource = RESOURCES[name]
    rows = mirror.model_of(resource).plain.filter(account=account, **{f"{resource.id_field}__isnull": False})
    return rows.exclude(last_error=GONE)


def read_list(client: Client, account: Account, run: PullRun, name: str, options: Options) -> None:
    """Mirror a whole collection, page by page, and see to what it lacks."""
    resource = RESOURCES[name]
    listed: set[str] = set()
    without = SHORTER_IN_LISTS.get(name, set())
    parts = [client.pages(resource.path, query=query) for query in LISTED_BY.get(name, ({},))]
    for page in chain.from_iterable(parts):
        if page.number == 1 and page.total_count:
            run.advance(expected=page.total_count)
        objects = [as_object(item) for item in page]
        items = [{key: value for key, value in item.items() if key not in without} for item in objects]
        run.advance(done=len(page), written=mirror.mirror_named(account, resource, items))
        listed.update(item[resource.id_key] for item in filter(resource.says_id, items))
    forget_deleted(client, account, run, name, listed, force=options.force)


def read_with_details(client: Client, account: Account, run: PullRun, name: str, options: Options) -> None:
    """Mirror a whole collection, each of its objects with its detail."""
    read_list(client, account, run, name, options)
    read_details(client, account, run, name, linked_rows(account, name))


def forget_deleted(
    client: Client, account: Account, run: PullRun, name: str, listed: set[str], *, force: bool
) -> None:
    """Rows that the list lacks and whose own address answers 404 were deleted in GetResponse.

    Raises TooManyRemovals beyond SAFE_REMOVAL_PERCENT unless ``force``.
    """
    resource = RESOURCES[name]
    known = list(linked_rows(account, name).values_list(resource.id_field, flat=True))
    missing = [remote_id for remote_id in known if remote_id not in listed]
    answers = {call.key: result for call, result in details_of(client, resource, missing)}
    gone = [remote_id for remote_id in missing if isinstance(answers[remote_id], NotFound)]
    guard(len(gone), len(known), f"{name.replace('_', ' ')}s", force=force)
    if name == "tag":
        for tag in Tag.plain.filter(account=account, tag_id__in=gone):
            mirror.mirror_untagged(tag)
    if gone:
        run.advance(written=mirror.forget(account, resource, gone))


def read_details(client: Client, account: Account, run: PullRun, name: str, rows: Any) -> None:
    """Read these rows one by one, side by side; one that has gone meanwhile is passed over."""
    resource = RESOURCES[name]
    ids = list(rows.values_list(resource.id_field, flat=True))
    run.advance(expected=len(ids))
    found: list[Json] = []
    for _call, result in details_of(client, resource, ids):
        if not isinstance(result, NotFound):
            found.append(result)
        if len(found) == AT_ONCE:
            run.advance(written=mirror.mirror_named(account, resource, found))
            found = []
        run.advance(done=1)
    run.advance(written=mirror.mirror_named(account, resource, found))


def details_of(client: Client, resource: Resource, ids: Iterable[str]) -> Iterator[tuple[Call, Any]]:
    """Each object's detail, or NotFound. Raises what else GetResponse answers."""
    calls = (Call("GET", f"{resource.path}/{remote_id}", key=remote_id) for remote_id in ids)
    for call, result in client.send_many(calls):
        if isinstance(result, GetResponseError) and not isinstance(result, NotFound):
            raise result
        yield call, result
