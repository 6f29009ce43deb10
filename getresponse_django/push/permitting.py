"""Whoever was erased, or has left, is not sent, whichever way a row came here."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from .. import events, mirror
from ..models import Contact, ErasedAddress
from ..models.contact_states import LONG_AGO, ContactState
from ..models.erasures import is_newer
from .creating import Place, place_of
from .draining import Drain, Item
from .readiness import changes_of, without


def permitted(work: Drain, items: list[Item]) -> list[Item]:
    """The new contacts that may be sent: without a consent newer than that nobody who was erased or left."""
    return keep_away(work, forget_erased(work, items))


def forget_erased(work: Drain, items: list[Item]) -> list[Item]:
    """The new contacts but those of erased addresses without a newer consent: these are deleted."""
    erased = ErasedAddress.objects.since(item.contact.email for item in items)
    barred = [item for item in items if item.contact.email.lower() in erased and is_barred(item)]
    if barred:
        Contact.objects.filter(pk__in=[item.contact.pk for item in barred]).delete()
        events.PUSH_ERASED_NOT_SENT.log(account=work.account.alias, contacts=len(barred))
        work.settle(changes_of(barred))
    return without(items, barred)


def is_barred(item: Item) -> bool:
    """Whether the contact may not be sent; a consent newer than the erasure ends that."""
    return not ErasedAddress.objects.lift(item.contact.email, item.contact.consented_at)


def keep_away(work: Drain, items: list[Item]) -> list[Item]:
    """The new contacts but second rows, not made by ``subscribe``, of people who left their list: these have
    left too, and say why.
    """
    leavings = last_leavings(work, items)
    away = [item for item in items if stays_away(item.contact, leavings.get(place_of(item)))]
    mirror.mark_stayed_away({item.contact: leavings[place_of(item)] for item in away})
    work.settle(changes_of(away))
    return without(items, away)


def last_leavings(work: Drain, items: list[Item]) -> dict[Place, datetime]:
    """When the person of each of these addresses left its list last, as other rows tell. Who is there again
    under another id has not left.
    """
    emails = [item.contact.email.lower() for item in items]
    rows = Contact.plain.filter(account=work.account, email_lower__in=emails, state=ContactState.LEFT)
    known = rows.filter(left_on__isnull=False).exclude(left_reason="replaced").order_by()
    places = known.values_list("campaign__campaign_id", "email_lower")
    return {(campaign, email): last for campaign, email, last in places.annotate(Max("left_on"))}


def stays_away(contact: Contact, left_on: datetime | None) -> bool:
    """Whether a new contact may not be sent: the person left since the last consent, and since this very row
    was on the list.
    """
    if left_on is None or is_newer(contact.consented_at, left_on):
        return False
    return left_on >= (contact.created_on or LONG_AGO)
