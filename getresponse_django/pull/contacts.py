"""Pull of contacts: what changed since the last pull, their details, and who is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from .. import mirror
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..models import Account, Campaign, PullRun, Tag
from ..plan import search_of, section, tag_exists
from ..resources import timestamp
from .removals import find_missing, somebody_is_missing

if TYPE_CHECKING:
    from . import Options

T = TypeVar("T")

CURSOR = "contacts"
"""The cursor: the latest ``changedOn`` that was mirrored."""

LOADED = "contacts_loaded"
"""The cursor that tells that a first load is complete."""

OVERLAP = timedelta(minutes=5)
"""How far before the last known change a pull begins again: clocks differ and changes become visible late."""


def contacts(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Contacts changed since the cursor, or all of them on the first and on a full pull."""
    account.refresh_from_db()
    first = LOADED not in account.cursors
    read_changes(client, account, run, options, details=options.details or not first)
    if first:
        read_tags_by_search(client, account, run)
        account.move_cursor(LOADED, True)
    if options.full or somebody_is_missing(client, account):
        find_missing(client, account, run, force=options.force)


def read_changes(client: Client, account: Account, run: PullRun, options: Options, *, details: bool) -> None:
    """Mirror the contacts that changed, page by page, with their details where wanted.

    Sorted by the time of the change, and the cursor follows each page: a pull that is killed goes on where it was.
    """
    cursor = timestamp(account.cursors.get(CURSOR))
    query = {} if options.full or cursor is None else {"changedOn": {"from": cursor - OVERLAP}}
    for page in client.pages("/contacts", query=query, sort={"changedOn": "ASC"}):
        if page.number == 1 and page.total_count:
            run.advance(expected=page.total_count)
        written, stale = mirror.mirror_contacts(account, page)
        if details:
            every = [item["contactId"] for item in page]
            read_details(client, account, run, every if options.details else stale)
        account.move_cursor(CURSOR, page[-1]["changedOn"])
        run.advance(done=len(page), written=written)


def read_details(client: Client, account: Account, run: PullRun, contact_ids: Sequence[str]) -> None:
    """Read contacts one by one, side by side, for their tags and custom fields."""
    run.advance(expected=len(contact_ids))
    answers = client.send_many(Call("GET", f"/contacts/{contact_id}") for contact_id in contact_ids)
    for group in groups_of(answers, 100):
        details = []
        for _call, result in group:
            if isinstance(result, NotFound):
                continue  # gone since it was listed: find_missing tells why
            if isinstance(result, GetResponseError):
                raise result
            details.append(result)
        run.advance(done=len(group), written=mirror.mirror_details(account, details))


def read_tags_by_search(client: Client, account: Account, run: PullRun) -> None:
    """A first load learns who carries which tag by one paged search per tag: far fewer calls than details."""
    campaigns = Campaign.plain.filter(account=account, campaign_id__isnull=False)
    campaign_ids = [
        campaign_id for campaign_id in campaigns.values_list("campaign_id", flat=True) if campaign_id
    ]
    if not campaign_ids:
        return
    for tag in Tag.plain.filter(account=account, tag_id__isnull=False):
        body = search_of(section([tag_exists(str(tag.tag_id))], campaign_ids), status="subscribed")
        for page in client.pages("/search-contacts/contacts", method="POST", json=body):
            run.advance(written=mirror.mirror_tagged(tag, [item["contactId"] for item in page]))


def groups_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to ``size`` items. (itertools.batched needs Python 3.12.)"""
    source = iter(items)
    while group := list(islice(source, size)):
        yield group
