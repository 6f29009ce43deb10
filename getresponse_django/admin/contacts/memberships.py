"""Takes many contacts off their lists and puts people back: what the actions of the contact list do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, CharField, DateTimeField, F, QuerySet, Value, When
from django.utils import timezone

from ...models import Contact, ContactState
from ...models.consent_records import Source, as_consent
from ...models.contact_states import GONE

NOT_STAYING = (*GONE, ContactState.LEAVING)


def staying(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Those that are on their list or on the way there."""
    return contacts.exclude(state__in=NOT_STAYING)


def unsubscribe(contacts: QuerySet[Contact]) -> int:
    """Do for many what Contact.leave does for one; returns how many. Records their changes.

    The state is judged by the statement that writes it: a push may send a new one between choosing and
    writing.
    """
    unsent = When(state=ContactState.NEW, then=Value(ContactState.LEFT))
    gone = When(state__in=NOT_STAYING, then=F("state"))
    left_now = When(state=ContactState.NEW, then=Value(timezone.now(), DateTimeField()))
    return staying(contacts).update(
        state=Case(unsent, gone, default=Value(ContactState.LEAVING), output_field=CharField()),
        left_on=Case(left_now, default=F("left_on")),
        left_reason=Case(
            When(state=ContactState.NEW, then=Value("api")),
            default=F("left_reason"),
            output_field=CharField(),
        ),
    )


def subscribe(contacts: Iterable[Contact], consent: datetime) -> tuple[int, int]:
    """Put people back on their lists.

    Returns how many are on the way, and how many stay away because their leaving is newer than ``consent``.
    """
    back = stayed_away = 0
    for contact in contacts:
        again = Contact.objects.subscribe(
            contact.email,
            campaign=contact.campaign,
            account=contact.account,
            consent=as_consent(consent, Source.ADMIN),
        )
        back, stayed_away = back + (not again.gone), stayed_away + again.gone
    return back, stayed_away
