"""Contacts that are here and not in GetResponse: why they are gone. A listing alone proves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from .. import mirror
from ..calls import Page
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..mirror.writing import buried_ids
from ..models import Account, Contact, ContactState, PullRun
from ..plan import address_searches
from ..resources import Json, timestamp
from .running import guard

HERE = (ContactState.ACTIVE, ContactState.LEAVING)


def contacts_here(account: Account) -> QuerySet[Contact]:
    """The contacts that should be in GetResponse under the id they have."""
    return Contact.plain.filter(account=account, state__in=HERE, contact_id__isnull=False)


def somebody_is_missing(client: Client, account: Account) -> bool:
    """Whether GetResponse has not as many contacts as are here or wait here for their removal."""
    expected = contacts_here(account).count() + len(buried_ids(account, "contact"))
    return client.count("/contacts") != expected


def find_missing(
    client: Client, account: Account, run: PullRun, read: Callable[[Page], None], *, force: bool
) -> None:
    """List everything, ``read`` each page for what was overlooked, and mark as left who proves to be gone.

    Raises TooManyRemovals beyond SAFE_REMOVAL_PERCENT unless ``force``.
    """
    listed: set[str] = set()
    for page in client.pages("/contacts", sort={"createdOn": "ASC"}):
        read(page)
        listed.update(item["contactId"] for item in page)
    here = contacts_here(account)
    missing = [c for c in here.select_related("campaign").iterator() if c.contact_id not in listed]
    gone = [(contact, *trace) for contact, trace in proofs(client, missing)]
    guard(len(gone), here.count(), "contacts", force=force)
    for contact, record, reason in gone:
        mirror.mark_left(
            contact, on=timestamp(record.get("deletedOn")), reason=record.get("reason") or reason
        )
        run.advance(written=1)


def proofs(client: Client, missing: list[Contact]) -> Iterable[tuple[Contact, tuple[Json, str]]]:
    """The missing contacts that are surely gone, each with the record of its removal if there is one."""
    unproven = {}
    for campaign_id, group in grouped(missing).items():
        records = removal_records(client, campaign_id, [contact.email for contact in group])
        for contact in group:
            record = records.get(contact.contact_id or "")
            if record:
                yield contact, record
            else:
                unproven[contact.contact_id] = contact
    yield from ((contact, ({}, "gone")) for contact in answering_404(client, unproven))


def grouped(contacts: Iterable[Contact]) -> dict[str, list[Contact]]:
    """Contacts by the remote id of their campaign."""
    groups: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        groups[contact.campaign.campaign_id or ""].append(contact)
    return groups


def removal_records(client: Client, campaign_id: str, emails: list[str]) -> dict[str, tuple[Json, str]]:
    """Contact id -> (record, status) of the removed and undelivered ones among these addresses."""
    found: dict[str, tuple[Json, str]] = {}
    for status in ("undelivered", "removed"):
        for body in address_searches(emails, [campaign_id], status):
            for page in client.pages("/search-contacts/contacts", method="POST", json=body):
                found |= {item["contactId"]: (item, status) for item in page}
    return found


def answering_404(client: Client, contacts: dict[str | None, Contact]) -> Iterable[Contact]:
    """The contacts whose own address answers 404; one that answers is there and was only overlooked."""
    calls = (Call("GET", f"/contacts/{contact_id}", key=contact_id) for contact_id in contacts)
    for call, result in client.send_many(calls):
        if isinstance(result, NotFound):
            yield contacts[call.key]
        elif isinstance(result, GetResponseError):
            raise result
