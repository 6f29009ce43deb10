"""Contacts that are here and not in GetResponse: why they are gone. A listing alone proves nothing."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from .. import mirror
from ..calls import SEARCH, Page
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..mirror.writing import buried_ids
from ..models import Account, Contact, PullRun
from ..models.contact_states import HERE
from ..plan import address_searches
from ..resources import Json, contact_ids, is_contact, timestamp
from .fingerprints import fingerprints, place_of
from .running import each_page, groups_of, guard, in_chunks

STATUSES = ("removed", "undelivered", "unconfirmed")
"""Where a contact that is not listed is looked for, one query per status (behaviour-newsletters.md 1.2)."""

SURPLUS = "contacts_surplus"
"""The cursor that tells how many contacts of the last listing are not here."""

AT_ONCE = 1000
"""So many missing contacts are in memory."""


class Trace(NamedTuple):
    """What became of a contact: where it was found, or that it is ``gone``, and its record there."""

    contact_id: str
    status: str
    record: Json

    @property
    def left(self) -> bool:
        """Whether it is off its list; one that waits for a confirmation is not."""
        return self.status != "unconfirmed"


def contacts_here(account: Account) -> QuerySet[Contact]:
    """The contacts that should be in GetResponse under the id they have."""
    return Contact.plain.filter(account=account, state__in=HERE, contact_id__isnull=False)


def somebody_is_missing(client: Client, account: Account) -> bool:
    """Whether GetResponse has not as many contacts as are here or wait here for their removal."""
    surplus = int(account.cursors.get(SURPLUS) or 0)
    return client.count("/contacts") != expected_there(account) + surplus


def expected_there(account: Account) -> int:
    """How many contacts GetResponse should have."""
    return contacts_here(account).count() + len(buried_ids(account, "contact"))


def note_surplus(account: Account, listed: int) -> None:
    """Remember how many more contacts were listed than are here now: they cannot be mirrored, and must not
    make every pull list all contacts.
    """
    account.move_cursor(SURPLUS, max(0, listed - expected_there(account)) or None)


def find_missing(
    client: Client, account: Account, run: PullRun, read: Callable[[Page], None], *, force: bool
) -> int:
    """List everything, ``read`` each page for what was overlooked, and mark as left who proves to be gone.
    Returns how many were listed.

    Raises TooManyRemovals beyond SAFE_REMOVAL_PERCENT unless ``force``.
    """
    listed = fingerprints(listed_ids(client, run, read))
    missing, here = missing_keys(account, listed), contacts_here(account)
    total, found, left = here.count(), list[Trace](), 0
    for keys in groups_of(missing, AT_ONCE):
        group = list(here.filter(pk__in=keys).select_related("campaign").order_by("pk"))
        found += traces(client, group)
        run.advance()
        left = sum(trace.left for trace in found)
        # Before all are looked for: with the key of another account that would be everybody.
        guard(left, total, "contacts", force=force)
    for part in groups_of(found, AT_ONCE):
        run.advance(written=mark(account, part))
    return len(listed)


def missing_keys(account: Account, listed: array[int]) -> array[int]:
    """The keys of the contacts that a full listing lacks."""
    known = in_chunks(contacts_here(account).values_list("pk", "contact_id"))
    keys = (pk for chunk in known for pk, contact_id in chunk if place_of(listed, contact_id) is None)
    return array("q", keys)


def listed_ids(client: Client, run: PullRun, read: Callable[[Page], None]) -> Iterator[list[str]]:
    """The ids of all contacts, page by page, each read."""
    for page in each_page(client, run, "/contacts", sort={"createdOn": "ASC"}):
        read(page)
        yield contact_ids(page)


def mark(account: Account, traces: Sequence[Trace]) -> int:
    """Write down what became of these contacts, as far as they still have these ids; returns how many."""
    rows = contacts_here(account).filter(contact_id__in=[trace.contact_id for trace in traces])
    by_id = {contact.contact_id: contact for contact in rows}
    for trace in traces:
        contact = by_id.get(trace.contact_id)
        if contact and trace.left:
            reason = trace.record.get("reason") or trace.status
            mirror.mark_left(contact, on=timestamp(trace.record.get("deletedOn")), reason=reason)
        elif contact:
            mirror.mark_unconfirmed(contact)
    return len(by_id)


# --- what became of them ----------------------------------------------------------------------------------


def traces(client: Client, missing: Sequence[Contact]) -> Iterator[Trace]:
    """What became of the missing contacts; those that are there and were only overlooked leave none."""
    unproven = []
    for campaign_id, group in grouped(missing).items():
        found = {trace.contact_id: trace for trace in searched(client, campaign_id, group)}
        yield from found.values()
        unproven += [str(contact.contact_id) for contact in group if contact.contact_id not in found]
    yield from (Trace(contact_id, "gone", {}) for contact_id in answering_404(client, unproven))


def grouped(contacts: Iterable[Contact]) -> dict[str, list[Contact]]:
    """Contacts by the remote id of the campaign that GetResponse has them in: it may have been moved here."""
    groups: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        groups[contact.base.get("campaign") or contact.campaign.campaign_id or ""].append(contact)
    return groups


def address_there(contact: Contact) -> str:
    """The address that GetResponse has: it may have been changed here since."""
    address: str = contact.base.get("email") or contact.email
    return address.lower()


def searched(client: Client, campaign_id: str, contacts: Sequence[Contact]) -> Iterator[Trace]:
    """The contacts of one campaign that are found among those who left or wait for a confirmation.

    Who was removed and waits under a new id is removed: the new one is mirrored once it is confirmed.
    """
    sought = {address_there(contact): str(contact.contact_id) for contact in contacts}
    for status in STATUSES:
        for body in address_searches(list(sought), [campaign_id], status):
            for page in client.pages(SEARCH, method="POST", json=body):
                for item in filter(is_contact, page):
                    address = item["email"].lower()
                    contact_id = sought.get(address)
                    if contact_id and (status == "unconfirmed" or item["contactId"] == contact_id):
                        del sought[address]
                        yield Trace(contact_id, status, item)


def answering_404(client: Client, contact_ids: Iterable[str]) -> Iterator[str]:
    """The contacts whose own address answers 404; one that answers is there and was only overlooked."""
    calls = (Call("GET", f"/contacts/{contact_id}", key=contact_id) for contact_id in contact_ids)
    for call, result in client.send_many(calls):
        if isinstance(result, NotFound):
            yield call.key
        elif isinstance(result, GetResponseError):
            raise result
