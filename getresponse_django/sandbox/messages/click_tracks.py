"""/click-tracks: the links of all messages with their clicks (contract/behaviour-newsletters.md section 5).

The first link of a message gets most of its clicks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ..http.errors import not_found
from ..http.exchange import Request
from ..http.filters import period
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import Message
from ..state.store import Store

TYPES = {"newsletters": "broadcast", "autoresponders": "autoresponder", "rss-newsletters": "rss"}


@dataclass(frozen=True, slots=True)
class Track:
    """A link of a message; ``created_at`` is the moment of the message."""

    track_id: str
    name: str
    url: str
    clicks: int
    message: Message
    created_at: int


def tracks_of(message: Message) -> list[Track]:
    """The links of a message, in their order."""
    left, tracks = message.total("totalClicked"), []
    for number, (name, url) in enumerate(message.links):
        clicks = left if number == len(message.links) - 1 else (left * 2 + 2) // 3
        left -= clicks
        tracks.append(Track(message.click_track_id(number), name, url, clicks, message, message.created_at))
    return tracks


def click_tracks(message: Message) -> list[dict[str, str]]:
    """ClickTrack each, as the details of messages show them: the amount is a string."""
    return [
        {"clickTrackId": track.track_id, "url": track.url, "name": track.name, "amount": str(track.clicks)}
        for track in tracks_of(message)
    ]


def track_detail(store: Store, track: Track) -> dict[str, Any]:
    """ClickTrackResource, the same in lists and details: the clicks are a number."""
    message = track.message
    return {
        "clickTrackId": track.track_id,
        "name": track.name,
        "url": track.url,
        "clicks": track.clicks,
        "message": {
            "resourceId": message.message_id,
            "type": TYPES[message.resource],
            "createdOn": stamp(message.created_at),
            "resourceType": message.resource,
            "href": store.href(message.resource, message.message_id),
        },
        "href": store.href("click-tracks", track.track_id),
    }


@route(
    "GET",
    "/click-tracks",
    key="clickTrackId",
    each=track_detail,
    filters=period("createdOn", "created_at"),
    sorts={"createdOn": "created_at"},
)
def list_click_tracks(store: Store, request: Request) -> Collection[Track]:
    """The links of all messages; they cannot be asked for by message."""
    return [track for message in store.messages() for track in tracks_of(message)]


@route("GET", "/click-tracks/{clickTrackId}", key="clickTrackId")
def get_click_track(store: Store, request: Request) -> Any:
    """One link."""
    wanted = request.ids["clickTrackId"]
    for track in list_click_tracks(store, request):
        if track.track_id == wanted:
            return track_detail(store, track)
    raise not_found(clickTrackId=wanted)
