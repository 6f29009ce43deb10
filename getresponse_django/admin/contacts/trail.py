"""What happened to a contact, latest first: what GetResponse told, what was sent, what people did here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from ...models import Change, Contact

MOST_EDITS = 20


class Event(NamedTuple):
    """One thing that happened."""

    when: datetime
    what: str
    by: str


def trail(contact: Contact, change: Change | None) -> list[Event]:
    """The events of a contact and of its change, in one query."""
    found = [*told(contact), *pushed(change), *edited(contact)]
    return sorted(found, key=lambda event: event.when, reverse=True)


def told(contact: Contact) -> Iterator[Event]:
    """What the columns of the contact say."""
    moments = [
        (contact.consented_at, _("Agreed to be on the list"), _("the person")),
        (contact.sent_on, _("Sent to GetResponse"), _("a push")),
        (contact.created_on, _("Came on the list in GetResponse"), _("GetResponse")),
        (contact.changed_on, _("Changed last in GetResponse"), _("GetResponse")),
        (contact.left_on, _("Left: %(reason)s") % {"reason": contact.left_reason or "-"}, _("GetResponse")),
    ]
    yield from (Event(when, what, by) for when, what, by in moments if when)


def pushed(change: Change | None) -> Iterator[Event]:
    """What the outbox says."""
    if change is None:
        return
    yield Event(change.recorded_at, _("A change was recorded to be sent"), _("this site"))
    if change.gave_up_at:
        reason = f"{change.get_reason_display()}. {change.detail}"
        yield Event(change.gave_up_at, _("Gave up: %(reason)s") % {"reason": reason}, _("a push"))


def edited(contact: Contact) -> Iterator[Event]:
    """What was done in the admin."""
    kind = ContentType.objects.get_for_model(Contact)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(contact.pk)).select_related("user")
    for entry in entries.order_by("-action_time")[:MOST_EDITS]:
        yield Event(entry.action_time, entry.get_change_message() or str(entry), str(entry.user))
