"""Whoever was erased is not sent, whichever way a row came here."""

from __future__ import annotations

from .. import events
from ..models import Contact, ErasedAddress
from .draining import Drain, Item


def forget_erased(work: Drain, items: list[Item]) -> list[Item]:
    """The new contacts but those of erased addresses without a newer consent: these are deleted."""
    erased = ErasedAddress.objects.since(item.contact.email for item in items)
    barred = [item for item in items if item.contact.email.lower() in erased and is_barred(item)]
    if barred:
        Contact.objects.filter(pk__in=[item.contact.pk for item in barred]).delete()
        events.PUSH_ERASED_NOT_SENT.log(account=work.account.alias, contacts=len(barred))
        work.settle([item.change for item in barred])
    gone = {item.change.pk for item in barred}
    return [item for item in items if item.change.pk not in gone]


def is_barred(item: Item) -> bool:
    """Whether the contact may not be sent; a consent newer than the erasure ends that."""
    return not ErasedAddress.objects.lift(item.contact.email, item.contact.consented_at)
