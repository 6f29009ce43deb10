"""What a push learns about contacts: sent, accepted, linked, left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from ..contact_requests import Difference, base_after
from ..models import Campaign, Contact, ContactState
from ..models.contact_states import GONE, NOT_AGAIN, UNLINKED
from ..resources import Json, contact_base, contact_details, contact_fields, is_contact, timestamp
from ..signals import contact_left, contact_linked
from .erasing import not_erased
from .fitting import fitted
from .writing import upsert


def mark_sent(
    contacts: Sequence[Contact], bases: dict[int, Json], *, on: datetime | None = None
) -> list[Contact]:
    """Commit that a create is about to leave; returns those that were still new, the only ones to send.

    ``base`` becomes what is sent: a contact found later that was created by this request has just that.
    """
    now = on or timezone.now()
    with transaction.atomic():
        ready = still_new(contacts)
        for contact in ready:
            contact.state, contact.sent_on, contact.base = ContactState.SENT, now, bases[contact.pk]
        upsert(Contact, ready, ["id"], ["state", "sent_on", "base"])
    return ready


def renew(pks: Sequence[int]) -> None:
    """Refused contacts are not in GetResponse, so they are new again: the next push sends them."""
    refused = Contact.plain.filter(pk__in=pks, state=ContactState.REJECTED)
    refused.update(state=ContactState.NEW, sent_on=None, base={}, last_error="")


def mark_unsent(contacts: Sequence[Contact]) -> None:
    """These creates surely never reached GetResponse: the contacts are new as before."""
    rows = Contact.plain.filter(pk__in=[contact.pk for contact in contacts], state=ContactState.SENT)
    rows.update(state=ContactState.NEW, sent_on=None, base={})


def mark_not_created(contacts: Sequence[Contact]) -> None:
    """GetResponse answered these creates and did not add them: the contacts are new as before. Those whose
    answer was lost stay as they are.
    """
    rows = Contact.plain.filter(pk__in=[contact.pk for contact in contacts], state=ContactState.ACCEPTED)
    rows.update(state=ContactState.NEW, sent_on=None, base={})


def set_state(contacts: Iterable[Contact], state: ContactState, **values: Any) -> None:
    """Write how far a push got with contacts that are not linked; what others did meanwhile (asked for the
    removal, linked it) is not undone.
    """
    contacts = list(contacts)
    rows = Contact.plain.filter(pk__in=[contact.pk for contact in contacts], state__in=UNLINKED)
    rows.update(state=state, **values)
    for contact in contacts:
        contact.state = state


def mark_left(contact: Contact, *, on: datetime | None = None, reason: str = "api") -> None:
    """The contact is off its list; unless its state was changed meanwhile, which then decides."""
    values = {"left_on": on or timezone.now(), "last_error": "", **fitted(Contact, {"left_reason": reason})}
    as_loaded = Contact.plain.filter(pk=contact.pk, state=contact.state)
    if as_loaded.update(state=ContactState.LEFT, **values):
        contact.refresh_from_db()
        contact_left.send_robust(sender=Contact, contact=contact)


def mark_stayed_away(left_on: dict[Contact, datetime]) -> None:
    """New contacts that are not sent, because their person has left the list since."""
    with transaction.atomic():
        away = still_new(left_on)
        for contact in away:
            contact.state, contact.left_on, contact.left_reason = ContactState.LEFT, left_on[contact], "api"
            contact.last_error = str(NOT_AGAIN)
        upsert(Contact, away, ["id"], ["state", "left_on", "left_reason", "last_error"])


def still_new(contacts: Iterable[Contact]) -> list[Contact]:
    """Lock these rows; returns the contacts that nobody has sent or removed meanwhile."""
    contacts = list(contacts)
    rows = Contact.plain.filter(pk__in=[contact.pk for contact in contacts], state=ContactState.NEW)
    pks = set(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return [contact for contact in contacts if contact.pk in pks]


def mirror_leavers(campaign: Campaign, items: Iterable[Json]) -> None:
    """Keep who left this list in GetResponse before anybody here knew them, so that nothing subscribes them
    again without a newer consent. ``items`` are of searches among the removed and undelivered, which find
    erased people too: of them nothing is kept.
    """
    rows = [
        Contact(
            account=campaign.account,
            campaign=campaign,
            state=ContactState.LEFT,
            left_on=timestamp(item.get("deletedOn")) or timezone.now(),
            **fitted(
                Contact,
                {
                    "contact_id": item["contactId"],
                    "email": item["email"],
                    "name": item.get("name") or "",
                    "left_reason": item.get("reason") or "gone",
                },
            ),
        )
        for item in not_erased(filter(is_contact, items))
    ]
    Contact.plain.bulk_create(rows, ignore_conflicts=True)


def mark_unconfirmed(contact: Contact) -> None:
    """GetResponse waits for the person to confirm. One that is to be removed stays so."""
    Contact.plain.filter(pk=contact.pk, state=ContactState.ACTIVE).update(state=ContactState.UNCONFIRMED)


def mark_deleted(contact: Contact) -> None:
    """Our DELETE was done. Who was subscribed again while it was under way is a new contact now."""
    leaving = Contact.plain.filter(pk=contact.pk, state=ContactState.LEAVING)
    left = {"state": ContactState.LEFT, "left_on": timezone.now(), "left_reason": "api", "last_error": ""}
    if leaving.update(**left):
        contact.refresh_from_db()
        contact_left.send_robust(sender=Contact, contact=contact)
        return
    fresh: dict[str, Any] = {
        "contact_id": None,
        "sent_on": None,
        "changed_on": None,
        "details_on": None,
        "base": {},
        "in_doubt": {},
    }
    back = Contact.plain.filter(pk=contact.pk, contact_id=contact.contact_id, state=ContactState.ACTIVE)
    with transaction.atomic():
        if (row := back.select_for_update().first()) is None:
            return
        # Of one address on one list there can be one row without an id.
        place = {"campaign": row.campaign_id, "email_lower": row.email_lower, "contact_id": None}
        other = Contact.plain.filter(**place).select_for_update().first()
        if other and not other.gone:
            back.update(**left)  # the other one waits to be sent and takes the place
            return
        gone = [other.pk] if other else []
        park(gone)
        back.update(state=ContactState.NEW, **fresh)
        Contact.plain.filter(pk__in=gone).update(contact_id=row.contact_id)


def park(pks: Sequence[int]) -> None:
    """Give these contacts ids that GetResponse never gives, until ids have changed hands within the same
    transaction: of one id, and of one place without an id, there can be one row.
    """
    parked = Concat(Value("-"), Cast("pk", CharField()))
    Contact.plain.filter(pk__in=pks).update(contact_id=parked)


class Found(NamedTuple):
    """What GetResponse lists of a contact that waits for its id, and whether our request made it."""

    item: Json
    ours: bool


LINKED = {
    "contact_id",
    "state",
    "base",
    "custom_fields",
    "origin",
    "time_zone",
    "created_on",
    "changed_on",
    "details_on",
    "last_error",
}


def link(
    waiting: QuerySet[Contact], find: Callable[[Contact], Found | None]
) -> tuple[list[Contact], list[Contact]]:
    """Store the remote ids of contacts that wait for them, where ``find`` knows them. All or none.

    Returns those that were linked, and those for which another row here stands already: these stay.
    """
    with transaction.atomic():
        rows = waiting.prefetch_related("campaign", "tags").select_for_update().order_by("pk")
        pairs = [(row, found) for row in rows if (found := find(row))]
        taken, gone = holders_of(pairs)
        park(gone)
        linked = [take_link(*pair) for pair in pairs if pair[1].item["contactId"] not in taken]
        upsert(Contact, linked, ["id"], LINKED)
        Contact.plain.filter(pk__in=gone).update(contact_id=None)
    if contact_linked.has_listeners(Contact):
        for contact in Contact.plain.filter(pk__in=[row.pk for row in linked]):
            contact_linked.send_robust(sender=Contact, contact=contact)
    return linked, [row for row, found in pairs if found.item["contactId"] in taken]


def holders_of(pairs: Sequence[tuple[Contact, Found]]) -> tuple[set[str], list[int]]:
    """Who else has these ids: those that living rows hold, and the keys of rows that are gone.

    An account whose data was reset gives ids again; whoever is gone needs the old one no more.
    """
    if not pairs:
        return set(), []
    own = {one.item["contactId"]: row.pk for row, one in pairs}
    holders = Contact.plain.filter(account=pairs[0][0].account_id, contact_id__in=list(own))
    others = [
        holder for holder in holders.values_list("pk", "contact_id", "state") if own[holder[1]] != holder[0]
    ]
    gone = [pk for pk, _contact_id, state in others if state in GONE]
    return {contact_id for _pk, contact_id, state in others if state not in GONE}, gone


def take_link(row: Contact, found: Found) -> Contact:
    """The row as it is once it is linked. What we created is known: it has what ``base`` says."""
    fields = fitted(Contact, contact_fields(found.item))
    row.contact_id, row.created_on = fields["contact_id"], fields.get("created_on")
    row.origin, row.time_zone = fields.get("origin", row.origin), fields.get("time_zone", row.time_zone)
    row.last_error = ""
    if row.state != ContactState.LEAVING:
        row.state = ContactState.ACTIVE
    if not found.ours:
        row.base, row.changed_on, row.details_on = {}, None, None
        return row
    # Changed since (by an automation, say): then its details are for the next pull to read.
    if fields.get("changed_on") == fields.get("created_on"):
        row.changed_on = row.details_on = fields["changed_on"]
    if row.custom_fields is None:
        row.custom_fields = {}
    return row


def mark_in_doubt(doubts: dict[Contact, Json]) -> None:
    """Commit what is about to be sent of these contacts: until ``mark_pushed`` nobody knows whether
    GetResponse has it. All or none.
    """
    for contact, doubt in doubts.items():
        contact.in_doubt = doubt
    with transaction.atomic():
        there = undeleted(doubts)
        upsert(Contact, [contact for contact in doubts if contact.pk in there], ["id"], ["in_doubt"])


def mark_kept(contact: Contact) -> None:
    """A removal that was in doubt was not done: the contact is there."""
    contact.in_doubt = {key: value for key, value in contact.in_doubt.items() if key != "removal"}
    Contact.plain.filter(pk=contact.pk).update(in_doubt=contact.in_doubt)


def undeleted(contacts: Iterable[Contact]) -> set[int]:
    """Lock these rows in the order in which all lock them, and return the keys of those that were not deleted
    meanwhile: writing them must not make them again.
    """
    rows = Contact.plain.filter(pk__in=[contact.pk for contact in contacts])
    return set(rows.select_for_update().order_by("pk").values_list("pk", flat=True))


class Pushed(NamedTuple):
    """A contact that was brought up to date: with these values, of which ``told`` was sent, and what
    GetResponse answered, if it did.
    """

    contact: Contact
    values: Json
    told: Difference
    detail: Json | None


def mark_pushed(pushed: Sequence[Pushed]) -> None:
    """GetResponse now has what it was told. All or none.

    Only a detail that shows just what is here spares the next pull to read the contact: else others changed
    it too.
    """
    shown, silent = [], []
    with transaction.atomic():
        bases = bases_of(one.contact for one in pushed)  # all at once: in two steps they could deadlock
        for contact, values, told, detail in pushed:
            if contact.pk not in bases:
                continue
            # Without a base nothing is known of what GetResponse has: then it is read first.
            base = bases[contact.pk] and base_after(bases[contact.pk], values, told)
            contact.base, contact.in_doubt, contact.last_error = base, {}, ""
            if detail and contact_base(contact_fields(detail), contact_details(detail)) == base:
                contact.changed_on = contact.details_on = timestamp(detail.get("changedOn"))
                shown.append(contact)
            else:
                silent.append(contact)
        columns = ["base", "in_doubt", "last_error"]
        upsert(Contact, silent, ["id"], columns)
        upsert(Contact, shown, ["id"], [*columns, "changed_on", "details_on"])


def bases_of(contacts: Iterable[Contact]) -> dict[int, Json]:
    """Lock these rows as ``undeleted`` does; what each has as its base now, by key. A pull may have read a
    contact while its update was under way.
    """
    rows = Contact.plain.filter(pk__in=[contact.pk for contact in contacts])
    return dict(rows.select_for_update().order_by("pk").values_list("pk", "base"))
