"""Contacts that are here and not in GetResponse: why they are gone. A listing alone proves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .. import mirror
from ..client import Call, Client
from ..conf import app_settings
from ..errors import GetResponseError, NotFound
from ..models import Account, Contact, ContactState, PullRun
from ..plan import address_searches
from ..resources import Json, timestamp
from .running import TooManyRemovals

HERE = (ContactState.ACTIVE, ContactState.LEAVING)

FEW = 5
"""So many removals are always believed: a percentage of a handful of contacts means nothing."""


def somebody_is_missing(client: Client, account: Account) -> bool:
    """Whether GetResponse has another number of contacts than the mirror."""
    return client.count("/contacts") != Contact.plain.filter(account=account, state__in=HERE).count()


def find_missing(client: Client, account: Account, run: PullRun, *, force: bool) -> None:
    """List everything, mirror what was overlooked, and mark as left who proves to be gone.

    Raises TooManyRemovals beyond SAFE_REMOVAL_PERCENT unless ``force``.
    """
    listed = list_everything(client, account, run)
    here = Contact.plain.filter(account=account, state__in=HERE).select_related("campaign")
    missing = [contact for contact in here.iterator() if contact.contact_id not in listed]
    gone = [(contact, *trace) for contact, trace in proofs(client, missing)]
    guard(len(gone), here.count(), force)
    for contact, record, reason in gone:
        mirror.mark_left(
            contact, on=timestamp(record.get("deletedOn")), reason=record.get("reason") or reason
        )
        run.advance(written=1)


def list_everything(client: Client, account: Account, run: PullRun) -> set[str]:
    """The ids of all contacts, each page mirrored on the way."""
    listed: set[str] = set()
    for page in client.pages("/contacts", sort={"createdOn": "ASC"}):
        run.advance(written=mirror.mirror_contacts(account, page).written)
        listed.update(item["contactId"] for item in page)
    return listed


def guard(gone: int, here: int, force: bool) -> None:
    """Stop before a mistake becomes a mass removal."""
    if force or gone <= FEW or gone * 100 <= here * app_settings.SAFE_REMOVAL_PERCENT:
        return
    raise TooManyRemovals(
        f"{gone} of {here} contacts are gone from GetResponse, more than SAFE_REMOVAL_PERCENT "
        f"({app_settings.SAFE_REMOVAL_PERCENT}) allows. If that is right, run getresponse_pull --force."
    )


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
    found = {}
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
