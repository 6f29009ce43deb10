"""/tags (contract/behaviour-contacts.md section 9)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from ..http.errors import ApiError, not_found, taken
from ..http.exchange import Request
from ..http.filters import contains, period
from ..http.validation import shape, text
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import Tag
from ..state.store import Store, by_name

NAME = r"^[_a-zA-Z0-9]{2,64}$"
BODY = shape({"name": text()})


def tag_detail(store: Store, tag: Tag) -> dict[str, Any]:
    """TagDetails."""
    return {"tagId": tag.tag_id, "name": tag.name, "color": tag.color, "createdAt": stamp(tag.created_at)}


def tag_brief(store: Store, tag: Tag) -> dict[str, Any]:
    """Tag, as in lists: with href."""
    return tag_detail(store, tag) | {"href": store.href("tags", tag.tag_id)}


def find_tag(store: Store, tag_id: str) -> Tag:
    """The tag, or 404."""
    if tag_id not in store.tags:
        raise not_found(tagId=tag_id)
    return store.tags[tag_id]


def new_tag(store: Store, name: str) -> Tag:
    """Make a tag of a name that is free."""
    tag = Tag(store.ids.new("tag"), name, store.now())
    store.tags[tag.tag_id] = tag
    store.version += 1
    return tag


def check_name(name: str) -> None:
    """400, code 1003, with the pattern, for a name that does not match it."""
    if not re.fullmatch(NAME, name):
        raise ApiError(1003, context={"fieldName": "name", "originalValue": name, "regex": NAME})


@route(
    "GET",
    "/tags",
    key="tagId",
    each=tag_brief,
    filters={"name": contains("name"), **period("createdAt", "created_at")},
    sorts={"name": "name", "createdAt": "created_at"},
)
def list_tags(store: Store, request: Request) -> Collection[Tag]:
    """All tags."""
    return store.tags.values()


@route("POST", "/tags", status=201, body=BODY)
def create_tag(store: Store, request: Request) -> Any:
    """A duplicate name is a 409 (inferred)."""
    name = request.body["name"]
    check_name(name)
    if by_name(store.tags.values(), name):
        raise taken(name)
    return tag_detail(store, new_tag(store, name))


@route("GET", "/tags/{tagId}", key="tagId")
def get_tag(store: Store, request: Request) -> Any:
    """One tag."""
    return tag_detail(store, find_tag(store, request.ids["tagId"]))


@route("POST", "/tags/{tagId}", body=BODY)
def update_tag(store: Store, request: Request) -> Any:
    """Deprecated: answers 200 and changes nothing (observed)."""
    tag = find_tag(store, request.ids["tagId"])
    check_name(request.body["name"])
    return tag_detail(store, tag)


@route("DELETE", "/tags/{tagId}", status=204)
def delete_tag(store: Store, request: Request) -> None:
    """The tag disappears from every contact too."""
    tag = find_tag(store, request.ids["tagId"])
    for index in (store.active, store.unconfirmed, store.removed):
        for contact in index.by_tag.pop(tag.tag_id, {}).values():
            del contact.tags[tag.tag_id]
    del store.tags[tag.tag_id]
    store.version += 1
