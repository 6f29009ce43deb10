"""Pull of contacts: what changed since the last pull, their details, and who is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from enum import Enum
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from .. import mirror
from ..calls import Page
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..models import Account, Campaign, PullRun, Tag
from ..plan import search_of, section, tag_exists
from ..resources import timestamp
from .removals import find_missing, somebody_is_missing
from .running import DAILY, done_now, overdue

if TYPE_CHECKING:
    from . import Options

T = TypeVar("T")

CURSOR = "contacts"
"""The cursor: the latest ``changedOn`` that was mirrored."""

LOADED = "contacts_loaded"
"""The cursor that tells that a first load is complete."""

OVERLAP = timedelta(minutes=5)
"""How far before the last known change a pull begins again: clocks differ and changes become visible late."""


LISTED = "contacts_listed"
"""The cursor that tells when all contacts were listed last: daily, for what the changes do not show."""


class Depth(Enum):
    """How much of the contacts of a page is read."""

    LIST = "list"  # what the list says
    CHANGED = "changed"  # the details of those that changed
    EVERY = "every"  # the details of all


def contacts(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Contacts changed since the cursor, all of them on the first and on a full pull; then who is missing."""
    account.refresh_from_db()
    first = LOADED not in account.cursors
    depth = Depth.EVERY if options.details else Depth.LIST if first else Depth.CHANGED
    read = partial(read_page, client, account, run, depth)
    read_changes(client, account, run, read, full=options.full)
    if first:
        read_tags_by_search(client, account, run)
        account.move_cursor(LOADED, True)
        done_now(account, LISTED)
    if options.full or overdue(account, LISTED, DAILY) or somebody_is_missing(client, account):
        find_missing(client, account, run, read, force=options.force)
        done_now(account, LISTED)


def read_changes(
    client: Client, account: Account, run: PullRun, read: Callable[[Page], None], *, full: bool
) -> None:
    """Read the contacts that changed, page by page, or all of them.

    Sorted by the time of the change, and the cursor follows each page: a pull that is killed goes on where it
    was. A change made while pages are fetched may push a contact from one page to another unseen; the daily
    listing finds it.
    """
    cursor = timestamp(account.cursors.get(CURSOR))
    query = {} if full or cursor is None else {"changedOn": {"from": cursor - OVERLAP}}
    for page in client.pages("/contacts", query=query, sort={"changedOn": "ASC"}):
        if page.number == 1 and page.total_count:
            run.advance(expected=page.total_count)
        read(page)
        account.move_cursor(CURSOR, page[-1]["changedOn"])
        run.advance(done=len(page))


def read_page(client: Client, account: Account, run: PullRun, depth: Depth, page: Page) -> None:
    """Mirror one page of a list of contacts.

    Where details are read, a contact is written with its details only: a pull that is killed in between reads
    them again.
    """
    if depth is Depth.LIST:
        run.advance(written=mirror.mirror_contacts(account, page))
    elif depth is Depth.CHANGED:
        read_details(client, account, run, mirror.stale_contacts(account, page))
    else:
        read_details(client, account, run, [item["contactId"] for item in page])


def read_details(client: Client, account: Account, run: PullRun, contact_ids: Sequence[str]) -> None:
    """Read contacts one by one, side by side, for their tags and custom fields."""
    answers = client.send_many(Call("GET", f"/contacts/{contact_id}") for contact_id in contact_ids)
    for group in groups_of(answers, 100):
        details = []
        for _call, result in group:
            if isinstance(result, NotFound):
                continue  # gone since it was listed: find_missing tells why
            if isinstance(result, GetResponseError):
                raise result
            details.append(result)
        run.advance(written=mirror.mirror_details(account, details))


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
