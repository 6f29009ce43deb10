"""Pull of contacts: what changed since the last pull, their details, and who is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone

from .. import mirror
from ..calls import Page
from ..client import Client
from ..models import Account, PullRun
from ..models.contact_states import LONG_AGO
from ..resources import Json, contact_ids, timestamp
from .details import read_details
from .fingerprints import Carriers
from .removals import contacts_here, find_missing, note_surplus, somebody_is_missing
from .running import DAILY, done_now, each_page, overdue
from .tags import all_carriers, mend_tags

if TYPE_CHECKING:
    from . import Options

Reader = Callable[[Page], None]

CURSOR = "contacts"
"""The cursor: the latest ``changedOn`` that was mirrored."""

DETAILED = "contacts_detailed"
"""The same of a pull that reads the details of all, while it is under way."""

LOADED = "contacts_loaded"
"""The cursor that tells that a first load is complete."""

OVERLAP = timedelta(minutes=5)
"""How far before the last known change a pull begins again: clocks differ and changes become visible late."""

LISTED = "contacts_listed"
"""The cursor that tells when all contacts were listed last: daily, for what the changes do not show."""

TAGGED = "contacts_tagged"
"""The cursor that tells when the tags were counted last: daily."""


def contacts(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """What changed, all of it the first time; then who is missing, and which tags changed hands unseen.

    ``options.details`` reads the details of everybody, ``options.full`` lists all contacts and searches for
    every tag.
    """
    account.refresh_from_db()
    whole = options.full and LOADED in account.cursors
    read = partial(read_changed, client, account, run)
    if LOADED not in account.cursors:
        first_load(client, account, run, details=options.details)
    else:
        if options.details:
            read_changes(client, account, run, partial(read_everybody, client, account, run), DETAILED)
            account.move_cursor(DETAILED, None)
        read_changes(client, account, run, read)
    if whole or overdue(account, LISTED, DAILY) or somebody_is_missing(client, account):
        listed = find_missing(client, account, run, read, force=options.force)
        note_surplus(account, listed)
        done_now(account, LISTED)
    if whole or overdue(account, TAGGED, DAILY):
        mend_tags(client, account, run, every=whole)
        done_now(account, TAGGED)


def first_load(client: Client, account: Account, run: PullRun, *, details: bool) -> None:
    """Everybody, with the tags that searches found before; with all details where that takes fewer calls."""
    began = timezone.now().replace(microsecond=0)
    known = None if details else all_carriers(client, account, run)
    if known is None:
        read: Reader = partial(read_everybody, client, account, run)
    else:
        read = partial(read_tagged, client, account, run, known, began)
    read_changes(client, account, run, read)
    account.move_cursor(LOADED, True)
    done_now(account, LISTED)
    done_now(account, TAGGED)


def read_changes(client: Client, account: Account, run: PullRun, read: Reader, cursor: str = CURSOR) -> None:
    """Read the contacts that changed since the cursor, page by page, or all of them.

    Sorted by the time of the change, and the cursor follows each page: a pull that is killed goes on where it
    was. A change made while pages are fetched may push a contact from one page to another unseen; the daily
    listing finds it.
    """
    last = timestamp(account.cursors.get(cursor))
    query = {"changedOn": {"from": last - OVERLAP}} if last else {}
    for page in each_page(client, run, "/contacts", query=query, sort={"changedOn": "ASC"}):
        if page.number == 1:
            if last and cursor == CURSOR and is_known(client, account, last - OVERLAP, page):
                return
            run.advance(expected=page.total_count or 0)
        read(page)
        # The last one that tells: the cursor must not lose its place.
        if latest := next((at for item in reversed(page) if (at := changed_on(item)) != LONG_AGO), None):
            account.move_cursor(cursor, latest.isoformat())
        run.advance(done=len(page))


def is_known(client: Client, account: Account, since: datetime, first: Page) -> bool:
    """Whether a list of changes that is longer than its first page has nothing new: as many are here, and
    none is newer. An import changes very many at once, and these would be listed again and again.
    """
    here = contacts_here(account).filter(changed_on__gte=since)
    if (first.total_pages or 1) == 1 or here.count() != first.total_count:
        return False
    newest = client.get("/contacts", {"changedOn": {"from": since}}, sort={"changedOn": "DESC"}, perPage=1)
    known = here.order_by("-changed_on").values_list("changed_on", flat=True).first()
    return [changed_on(item) for item in newest] == [known]


def read_tagged(
    client: Client, account: Account, run: PullRun, known: Carriers, since: datetime, page: Page
) -> None:
    """Mirror one page of a list with the tags that are known; in detail who changed since these were read."""
    usable = list(mirror.usable_contacts(account, page))
    late = [item["contactId"] for item in usable if changed_on(item) > since]
    listed = [
        item | {"tags": list(known.tags_of(item["contactId"]))}
        for item in usable
        if changed_on(item) <= since
    ]
    run.advance(written=mirror.mirror_contacts(account, listed))
    read_details(client, account, run, late)


def changed_on(item: Json) -> datetime:
    """When a listed contact changed; long ago where that is not told, as it always is (behaviour-contacts.md
    section 4).
    """
    moment = timestamp(item.get("changedOn")) if isinstance(item, dict) else None
    return moment or LONG_AGO


def read_changed(client: Client, account: Account, run: PullRun, page: Page) -> None:
    """Read the details of those on a page that changed.

    They are written with their details only: a pull that is killed in between reads them again.
    """
    read_details(client, account, run, mirror.stale_contacts(account, page))


def read_everybody(client: Client, account: Account, run: PullRun, page: Page) -> None:
    """Read the details of all on a page."""
    read_details(client, account, run, contact_ids(page))
