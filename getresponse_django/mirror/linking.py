"""What a push learns about contacts: sent, accepted, linked, left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..errors import Rejected
from ..models import Contact, ContactState
from ..models.contacts import GONE, UNLINKED
from ..resources import Json, contact_base, contact_details, contact_fields, timestamp
from ..signals import contact_left, contact_linked
from .writing import upsert


def mark_sent(contacts: Sequence[Contact], bases: dict[int, Json]) -> list[Contact]:
    """Commit that a create is about to leave; returns those that were still new, the only ones to send.

    ``base`` becomes what is sent: a contact found later that was created by this request has just that.
    """
    now = timezone.now()
    with transaction.atomic():
        mine = Contact.plain.filter(pk__in=[c.pk for c in contacts], state=ContactState.NEW)
        still_new = set(mine.select_for_update().values_list("pk", flat=True))
        ready = [contact for contact in contacts if contact.pk in still_new]
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
    values = {"left_on": on or timezone.now(), "left_reason": reason, "last_error": ""}
    as_loaded = Contact.plain.filter(pk=contact.pk, state=contact.state)
    if as_loaded.update(state=ContactState.LEFT, **values):
        contact.refresh_from_db()
        contact_left.send_robust(sender=Contact, contact=contact)


def mark_deleted(contact: Contact) -> None:
    """Our DELETE was done. Who was subscribed again while it was under way is a new contact now."""
    leaving = Contact.plain.filter(pk=contact.pk, state=ContactState.LEAVING)
    left = {"state": ContactState.LEFT, "left_on": timezone.now(), "left_reason": "api", "last_error": ""}
    if leaving.update(**left):
        contact.refresh_from_db()
        contact_left.send_robust(sender=Contact, contact=contact)
    else:
        fresh: dict[str, Any] = {
            "contact_id": None,
            "sent_on": None,
            "changed_on": None,
            "details_on": None,
            "base": {},
        }
        back = Contact.plain.filter(pk=contact.pk, contact_id=contact.contact_id, state=ContactState.ACTIVE)
        back.update(state=ContactState.NEW, **fresh)


def link(contact: Contact, item: Json, *, ours: bool) -> None:
    """Store the remote id of a contact that was found. ``ours``: it is what we created, so ``base`` is known.

    Raises Rejected when another row here stands for it already.
    """
    fields = contact_fields(item)
    values = {"contact_id": fields["contact_id"], "created_on": fields.get("created_on"), "last_error": ""}
    values |= {name: fields[name] for name in ("origin", "time_zone") if name in fields}
    if ours:
        # Changed since (by an automation, say): then its details are for the next pull to read.
        untouched = fields.get("changed_on") == fields.get("created_on")
        values |= (
            {"changed_on": fields["changed_on"], "details_on": fields["changed_on"]} if untouched else {}
        )
        values |= {"custom_fields": {}} if contact.custom_fields is None else {}
    else:
        values |= {"base": {}, "changed_on": None, "details_on": None}
    holders = Contact.plain.filter(account=contact.account_id, contact_id=fields["contact_id"])
    holders = holders.exclude(pk=contact.pk)
    # An account whose data was reset gives ids again; whoever is gone needs the old one no more.
    holders.filter(state__in=GONE).update(contact_id=None)
    if holders.exists():
        raise Rejected(_("Another contact here stands for this address on this list. Delete one of them."))
    Contact.plain.filter(pk=contact.pk).update(**values)
    Contact.plain.filter(pk=contact.pk).exclude(state=ContactState.LEAVING).update(state=ContactState.ACTIVE)
    contact.refresh_from_db()
    contact_linked.send_robust(sender=Contact, contact=contact)


def mark_pushed(contact: Contact, values: Json, detail: Json | None) -> None:
    """GetResponse now has ``values``. ``detail`` is what it answered, if it did.

    Only a detail that shows just what is here spares the next pull to read the contact: else others changed
    it too.
    """
    columns: dict[str, Any] = {"base": contact.base | values, "last_error": ""}
    if detail and contact_base(contact_fields(detail), contact_details(detail)) == columns["base"]:
        columns |= {
            "changed_on": timestamp(detail["changedOn"]),
            "details_on": timestamp(detail["changedOn"]),
        }
    Contact.plain.filter(pk=contact.pk).update(**columns)
    contact.base = columns["base"]
