"""/suppressions: lists of masks that a newsletter can leave out (contract/behaviour-contacts.md section 10).

Decided where the contract is open: the unique property of the declared 409 is the name; masks match as those
of a blocklist do; a list that is deleted before a newsletter goes out holds nobody back.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.errors import taken
from ..http.exchange import Request
from ..http.filters import contains, period
from ..http.validation import shape, text
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import Suppression
from ..state.store import Store, by_name
from .campaign_bodies import MASK_LIST

NAME = text(1, 255)


def suppression_brief(store: Store, suppression: Suppression) -> dict[str, Any]:
    """Suppression: without masks."""
    return {
        "suppressionId": suppression.suppression_id,
        "name": suppression.name,
        "createdOn": stamp(suppression.created_at),
        "href": store.href("suppressions", suppression.suppression_id),
    }


def suppression_detail(store: Store, suppression: Suppression) -> dict[str, Any]:
    """SuppressionDetails."""
    return suppression_brief(store, suppression) | {"masks": list(suppression.masks)}


def find_suppression(store: Store, request: Request) -> Suppression:
    """The list of the path, or 404."""
    return request.find("suppressionId", store.suppressions)


def new_suppression(store: Store, name: str, masks: Collection[str]) -> Suppression:
    """Make a list. Raises 409 when the name is taken."""
    if by_name(store.suppressions.values(), name):
        raise taken(name)
    suppression = Suppression(store.ids.new("suppression"), name, store.now(), list(dict.fromkeys(masks)))
    store.suppressions[suppression.suppression_id] = suppression
    store.version += 1
    return suppression


@route(
    "GET",
    "/suppressions",
    key="suppressionId",
    each=suppression_brief,
    filters={"name": contains("name"), **period("createdOn", "created_at")},
    sorts={"name": "name", "createdOn": "created_at"},
)
def list_suppressions(store: Store, request: Request) -> Collection[Suppression]:
    """All suppression lists."""
    return store.suppressions.values()


@route("POST", "/suppressions", status=201, body=shape({"name": NAME}, {"masks": MASK_LIST}))
def create_suppression(store: Store, request: Request) -> Any:
    """May begin without masks."""
    return suppression_detail(
        store, new_suppression(store, request.body["name"], request.body.get("masks", []))
    )


@route("GET", "/suppressions/{suppressionId}")
def get_suppression(store: Store, request: Request) -> Any:
    """One list with its masks; takes no ``fields``."""
    return suppression_detail(store, find_suppression(store, request))


@route("POST", "/suppressions/{suppressionId}", body=shape({"name": NAME, "masks": MASK_LIST}))
def update_suppression(store: Store, request: Request) -> Any:
    """Replaces the name and all masks; both are needed."""
    suppression, name = find_suppression(store, request), request.body["name"]
    if by_name(store.suppressions.values(), name) not in (None, suppression):
        raise taken(name)
    suppression.name, suppression.masks = name, list(dict.fromkeys(request.body["masks"]))
    store.version += 1
    return suppression_detail(store, suppression)


@route("DELETE", "/suppressions/{suppressionId}", status=204)
def delete_suppression(store: Store, request: Request) -> None:
    """Nobody is held back by it any more."""
    del store.suppressions[find_suppression(store, request).suppression_id]
    store.version += 1
