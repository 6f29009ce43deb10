"""Pull of segments: their definitions and how many contacts each finds; and, when asked, who those are.

GetResponse works the members of a segment out at each read and tells no changes (behaviour-newsletters.md
section 1.1), so a reading is a whole one, and replaces the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..errors import NotFound, Rejected
from ..models import Account, PullRun, Segment
from ..resources import contact_ids
from .named import linked_rows, read_details, read_list
from .running import client_for, running

if TYPE_CHECKING:
    from . import Options

MEMBERS = "members"
"""The kind of a run that reads the members of one segment."""


def segments(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Saved searches; their conditions come only with the detail, and nothing tells that they changed."""
    read_list(client, account, run, "segment", options)
    read_details(client, account, run, "segment", linked_rows(account, "segment"))
    for segment in linked_rows(account, "segment"):
        count(client, segment)
        run.advance()


def contacts_path(segment: Segment) -> str:
    """Where the contacts of a segment are listed."""
    return f"/search-contacts/{segment.search_contact_id}/contacts"


def count(client: Client, segment: Segment) -> None:
    """Learn how many contacts a segment finds, for the price of one; nothing of one that was deleted
    meanwhile, or that GetResponse itself cannot search for.
    """
    now = timezone.now()
    try:
        mirror.mirror_count(segment, client.count(contacts_path(segment)), now)
    except (NotFound, Rejected):
        return


def members(segment: Segment, *, client: Client | None = None) -> PullRun:
    """Read who the contacts of a segment are. Contacts that are not mirrored are counted, not made.

    Until the end the members of before stay beside the new ones, so that a reading that is killed takes
    nobody away. Raises AlreadyRunning while another segment of the account is read, and the GetResponseError
    that ended it: NotFound when it was deleted there. ValueError for one that was never there.
    """
    if not segment.search_contact_id:
        raise ValueError(f"The segment “{segment}” is not in GetResponse yet: push it first.")
    account = segment.account
    with client_for(account, client) as own, running(account, MEMBERS) as run:
        read_members(own, segment, run)
    return run


def read_members(client: Client, segment: Segment, run: PullRun) -> None:
    """Page by page, the oldest subscription first: who joins meanwhile comes last and moves nobody."""
    found_on, total, known = timezone.now(), 0, 0
    for page in client.pages(contacts_path(segment), sort={"createdOn": "ASC"}, fields=["contactId"]):
        if page.number == 1 and page.total_count:
            run.advance(expected=page.total_count)
        here = mirror.mirror_members(segment, contact_ids(page), found_on)
        total, known = total + len(page), known + here
        run.advance(done=len(page), written=here)
    mirror.finish_members(segment, found_on, total - known)
    mirror.mirror_count(segment, total, found_on)
