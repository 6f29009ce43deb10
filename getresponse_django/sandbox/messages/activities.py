"""Who got, opened and clicked a message: the events behind its unique counters.

They are the moments a message keeps for each contact, as the conditions of a search read them too. Repeated
opens and clicks have no event of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..audience.contacts import find_contact
from ..http.exchange import Request
from ..http.filters import period
from ..operations.routing import route
from ..state.dates import DAY, stamp
from ..state.records import Contact, Message, Newsletter, RssNewsletter
from ..state.store import Store
from .click_tracks import tracks_of

DEFAULT_DAYS = 14
MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Activity:
    """One event of one contact."""

    activity: str
    created_at: int
    message: Message
    contact_id: str

    def for_contact(self, store: Store) -> dict[str, Any]:
        """ContactActivity."""
        message = self.message
        href = store.href(message.resource, message.message_id)
        pictured = self.activity == "send" and not isinstance(message, RssNewsletter)
        return {
            "activity": self.activity,
            "subject": message.subject,
            "createdOn": stamp(self.created_at),
            "previewUrl": f"{href}/thumbnail" if pictured else None,
            "resource": {"resourceId": message.message_id, "resourceType": message.resource, "href": href},
            "clickTrack": click_track(message, self.contact_id) if self.activity == "click" else None,
        }

    def for_newsletter(self, store: Store) -> dict[str, Any]:
        """NewsletterActivity."""
        contact = store.active.by_id.get(self.contact_id) or store.removed.by_id.get(self.contact_id)
        return {
            "activity": self.activity,
            "createdOn": stamp(self.created_at),
            "contact": {
                "contactId": self.contact_id,
                "email": contact.email if contact else "",
                "href": store.href("contacts", self.contact_id),
            },
        }


def click_track(message: Message, contact_id: str) -> dict[str, str]:
    """ContactActivityClickTrack: the link the contact clicked first."""
    track = tracks_of(message)[message.clicked_links[contact_id]]
    return {"id": track.track_id, "name": track.name, "url": track.url}


def events(message: Message, contact_id: str) -> Iterator[Activity]:
    """What a contact got of a message, and did with it."""
    kinds = {"send": message.recipients, "open": message.opens, "click": message.clicks}
    for name, moments in kinds.items():
        if contact_id in moments:
            yield Activity(name, moments[contact_id], message, contact_id)


def since(store: Store, request: Request, most_days: int | None) -> int:
    """The oldest event to show: 14 days back, or as far as the request and the operation allow."""
    asked = request.filter("createdOn][from") or request.filter("createdOn][to")
    if not asked:
        return store.now() - DEFAULT_DAYS * DAY
    return 0 if most_days is None else store.now() - most_days * DAY


def activities_of(store: Store, contact: Contact, request: Request) -> list[Activity]:
    """The events of a contact, oldest first."""
    found = (activity for message in store.messages() for activity in events(message, contact.contact_id))
    return recent(found, since(store, request, None))


def newsletter_activities(store: Store, newsletter: Newsletter, request: Request) -> list[Activity]:
    """The events of a newsletter, oldest first."""
    found = (activity for contact_id in newsletter.recipients for activity in events(newsletter, contact_id))
    return recent(found, since(store, request, MOST_DAYS))


def recent(found: Iterable[Activity], oldest: int) -> list[Activity]:
    """Those not before ``oldest``, in the order of their moments."""
    chosen = [activity for activity in found if activity.created_at >= oldest]
    return sorted(chosen, key=lambda activity: activity.created_at)


@route(
    "GET",
    "/contacts/{contactId}/activities",
    key="activity",
    each=lambda store, activity: activity.for_contact(store),
    filters=period("createdOn", "created_at"),
)
def list_activities(store: Store, request: Request) -> Collection[Any]:
    """What was sent to a contact, opened and clicked; the last 14 days unless asked otherwise."""
    return activities_of(store, find_contact(store, request), request)
