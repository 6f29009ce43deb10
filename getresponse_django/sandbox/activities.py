"""Who got, opened and clicked a newsletter: the events behind its unique counters.

The events are worked out from the audience and the hourly counters of a newsletter, so that they agree with
its statistics: the members of the audience are ranked in an arbitrary but fixed order, and the first so many
of them opened, the first so many clicked. Repeated opens and clicks have no event of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from typing import Any

from .click_tracks import tracks_of
from .dates import DAY, HOUR, stamp
from .exchange import Request
from .records import Contact, Newsletter
from .store import Store

DEFAULT_DAYS = 14
MOST_DAYS = 30
STRIDE = 7919


@dataclass(frozen=True, slots=True)
class Activity:
    """One event of one contact."""

    activity: str
    created_at: int
    newsletter: Newsletter
    contact_id: str

    def for_contact(self, store: Store) -> dict[str, Any]:
        """ContactActivity."""
        newsletter = self.newsletter
        href = store.href("newsletters", newsletter.message_id)
        links = newsletter.links
        return {
            "activity": self.activity,
            "subject": newsletter.subject,
            "createdOn": stamp(self.created_at),
            "previewUrl": f"{href}/thumbnail" if self.activity == "send" else None,
            "resource": {"resourceId": newsletter.message_id, "resourceType": "newsletters", "href": href},
            "clickTrack": click_track(newsletter) if self.activity == "click" and links else None,
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


def click_track(newsletter: Newsletter) -> dict[str, str]:
    """ContactActivityClickTrack: the first link."""
    first = tracks_of(newsletter)[0]
    return {"id": first.track_id, "name": first.name, "url": first.url}


def rank(position: int, size: int) -> int:
    """The place of a member in the order of those who open: a permutation of the audience."""
    stride = STRIDE
    while gcd(stride, size) != 1:
        stride += 1
    return (position * stride) % size


def moments(newsletter: Newsletter, metric: str) -> list[int]:
    """When each count of a metric happened: spread over its hour."""
    return [
        hour * HOUR + number * 37 % HOUR
        for hour in sorted(newsletter.activity)
        for number in range(newsletter.activity[hour].get(metric, 0))
    ]


def events(newsletter: Newsletter, positions: list[int]) -> Iterator[Activity]:
    """The events of some members of the audience."""
    opened, clicked = moments(newsletter, "uniqueOpened"), moments(newsletter, "uniqueClicked")
    size = len(newsletter.audience)
    for position in positions:
        contact_id, place = newsletter.audience[position], rank(position, size)
        yield Activity("send", newsletter.send_at or newsletter.created_at, newsletter, contact_id)
        if place < len(opened):
            yield Activity("open", opened[place], newsletter, contact_id)
        if place < len(clicked):
            yield Activity("click", clicked[place], newsletter, contact_id)


def since(store: Store, request: Request, most_days: int | None) -> int:
    """The oldest event to show: 14 days back, or as far as the request and the operation allow."""
    asked = request.filter("createdOn][from") or request.filter("createdOn][to")
    if not asked:
        return store.now() - DEFAULT_DAYS * DAY
    return 0 if most_days is None else store.now() - most_days * DAY


def activities_of(store: Store, contact: Contact, request: Request) -> list[Activity]:
    """The events of a contact, oldest first."""
    oldest = since(store, request, None)
    found = [
        activity
        for newsletter in store.newsletters.values()
        if contact.contact_id in newsletter.audience
        for activity in events(newsletter, [newsletter.audience.index(contact.contact_id)])
        if activity.created_at >= oldest
    ]
    return sorted(found, key=lambda activity: activity.created_at)


def newsletter_activities(store: Store, newsletter: Newsletter, request: Request) -> list[Activity]:
    """The events of a newsletter, oldest first."""
    oldest = since(store, request, MOST_DAYS)
    everyone = list(range(len(newsletter.audience)))
    found = [activity for activity in events(newsletter, everyone) if activity.created_at >= oldest]
    return sorted(found, key=lambda activity: activity.created_at)
