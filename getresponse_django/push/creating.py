"""New contacts: many of one campaign in batches, few one by one; ``sent`` is committed before they leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models.fields.json import KT
from django.db.models.functions import Lower

from .. import mirror
from ..client import Call
from ..contact_requests import new_batch_contact, new_contact, sent_values
from ..errors import AlreadyExists, GetResponseError, OutcomeUnknown, RateLimited, Rejected
from ..models import Change, Contact, ContactState
from ..models.contact_states import UNLINKED
from ..plan import PLAN_IS_FULL, STATE_FORBIDS
from ..resources import Json
from .draining import Drain, Item
from .linking import has_to_go, sent_as, sent_to
from .readiness import changes_of, without

BATCH_FROM = 20
"""From so many creates of one campaign on, a batch: it is faster, but says nothing about the single contact.
"""

BATCH_SIZE = 1000

Place = tuple[str, str]
"""The remote id of a list, and an address in lower case."""

ON_A_LIST = (*UNLINKED, ContactState.ACTIVE, ContactState.LEAVING)
"""States of contacts that are, or may be, on a list in GetResponse."""


def create_contacts(work: Drain, items: list[Item], field_ids: dict[str, str]) -> None:
    """Create, many of one campaign in batches, few one by one."""
    if work.refusing_creates:
        return hold_back(work, items, work.refusing_creates)
    items = hold_back_taken(work, items)
    singles = []
    for group in by_campaign(items):
        if len(group) >= BATCH_FROM:
            singles += create_batch(work, group, field_ids)
        else:
            singles += mark_sent(work, group)
    create_singles(work, singles, field_ids)


def hold_back(work: Drain, items: list[Item], error: GetResponseError) -> None:
    """The plan is full (1027): creates wait, everything else goes on."""
    work.failed_all(changes_of(items), error, [item.contact for item in items])


def hold_back_taken(work: Drain, items: list[Item]) -> list[Item]:
    """Let a contact wait while another one of its address has still to leave its list in GetResponse:
    deleted, moved, renamed or unsubscribed here. A create would be answered with 409, or vanish from a batch;
    a change of the address would be refused.
    """
    if not items:
        return []
    graves = Change.objects.filter(account=work.account, resource="contact", tombstone__isnull=False)
    tombs = graves.values_list("tombstone__campaign_id", "tombstone__email").iterator()
    buried = {(campaign, email.lower()) for campaign, email in tombs}
    leaving = {(sent_to(row), sent_as(row)): row for row in holders(work, items) if has_to_go(row)}
    held = [item for item in items if place_of(item) in buried or has_to_wait(place_of(item), leaving)]
    work.wait_all(changes_of(held), 5, "Waiting for the removal of the same address.")
    return without(items, held)


def holders(work: Drain, items: list[Item]) -> Iterator[Contact]:
    """The contacts that have the address of one of these, here or, with a change to push, in GetResponse."""
    emails = [item.values["email"].lower() for item in items]
    there = Contact.plain.filter(account=work.account, state__in=ON_A_LIST).select_related("campaign")
    yield from there.filter(email_lower__in=emails)
    changing = Change.objects.filter(account=work.account, resource="contact", tombstone__isnull=True)
    sent = there.filter(pk__in=changing.values("object_pk")).alias(sent_as=Lower(KT("base__email")))
    yield from sent.filter(sent_as__in=emails)


def has_to_wait(place: Place, leaving: dict[Place, Contact]) -> bool:
    """Whether somebody has still to leave a place; not for each other, in a ring: GetResponse refuses those,
    and a person must see it.
    """
    began, row = place, leaving.get(place)
    for _step in leaving:
        if row is None or row.state == ContactState.LEAVING:
            break
        place = (row.campaign.campaign_id or "", row.email.lower())
        if place == began:
            return False
        row = leaving.get(place)
    return began in leaving


def place_of(item: Item) -> Place:
    """The list and the address where the contact is to be."""
    return item.values["campaign"], item.values["email"].lower()


def by_campaign(items: list[Item]) -> Iterator[list[Item]]:
    """Groups of up to 1,000 contacts of one campaign."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.values["campaign"]].append(item)
    for group in groups.values():
        for start in range(0, len(group), BATCH_SIZE):
            yield group[start : start + BATCH_SIZE]


def mark_sent(
    work: Drain, items: list[Item], bases: dict[int, Json] | None = None, on: datetime | None = None
) -> list[Item]:
    """Commit that these are about to leave; those another worker sent are freed, to be looked for.

    ``bases`` is what is sent of each contact, if not what a creation carries.
    """
    bases = bases or {item.contact.pk: sent_values(item.values) for item in items}
    ready = {contact.pk for contact in mirror.mark_sent([item.contact for item in items], bases, on=on)}
    work.wait_all([item.change for item in items if item.contact.pk not in ready], 1)
    return [item for item in items if item.contact.pk in ready]


def create_batch(work: Drain, items: list[Item], field_ids: dict[str, str]) -> list[Item]:
    """Send one batch. Returns the contacts to send one by one: those of a batch that was refused as
    a whole.
    """
    if not work.may_begin:
        return []
    items = mark_sent(work, items)
    body = {
        "campaignId": items[0].values["campaign"] if items else "",
        "contacts": [new_batch_contact(item.values, field_ids, item.contact.ip_address) for item in items],
    }
    try:
        if items:
            work.client.post("/contacts/batch", body)
    except (AlreadyExists, Rejected) as error:
        if error.code != PLAN_IS_FULL:
            return items
        not_sent(work, items, error)
    except OutcomeUnknown:
        look_soon(work, items)
    except RateLimited as error:
        if not work.bulk:
            return items  # the batches that bulk work has used up must not make people wait
        not_sent(work, items, error)
    except GetResponseError as error:
        not_sent(work, items, error)
    else:
        accepted(work, items)
    return []


def create_singles(work: Drain, items: list[Item], field_ids: dict[str, str]) -> None:
    """Send creates one by one."""
    by_pk = {item.change.pk: item for item in items}
    untried = set(by_pk)

    def calls() -> Iterator[Call]:
        for item in items:
            if not work.may_begin or work.refusing_creates:
                return
            untried.discard(item.change.pk)
            body = new_contact(item.values, field_ids, item.contact.ip_address)
            yield Call("POST", "/contacts", body, key=item.change.pk)

    for call, result in work.client.send_many(calls()):
        created(work, by_pk[call.key], result)
    mirror.mark_unsent([by_pk[pk].contact for pk in untried])
    if work.refusing_creates:
        hold_back(work, [by_pk[pk] for pk in untried], work.refusing_creates)


def created(work: Drain, item: Item, result: object) -> None:
    """Write down how a create ended."""
    match result:
        case AlreadyExists():
            # What GetResponse has of this address is unknown, so nothing of ``base`` may be trusted.
            Contact.plain.filter(pk=item.contact.pk).update(base={})
            accepted(work, [item])
        case OutcomeUnknown():
            look_soon(work, [item])
        case Rejected(code=code) if code == STATE_FORBIDS:
            mirror.set_state([item.contact], ContactState.REJECTED)
            work.failed(item.change, result, item.contact)
        case GetResponseError():
            not_sent(work, [item], result)
        case _:
            accepted(work, [item])


def accepted(work: Drain, items: list[Item]) -> None:
    """GetResponse queued them: look for their ids in a second."""
    mirror.set_state([item.contact for item in items], ContactState.ACCEPTED, last_error="")
    work.wait_all(changes_of(items), 1)


def look_soon(work: Drain, items: list[Item]) -> None:
    """The answer was lost: they stay ``sent``, and the next step is to look, not to send again."""
    work.wait_all(changes_of(items), 1, "The answer was lost; looking whether it was done.")


def not_sent(work: Drain, items: list[Item], error: GetResponseError) -> None:
    """GetResponse surely did nothing: the contacts are new as before."""
    if error.code == PLAN_IS_FULL:
        work.refusing_creates = error
    contacts = [item.contact for item in items]
    mirror.mark_unsent(contacts)
    work.failed_all(changes_of(items), error, contacts)
