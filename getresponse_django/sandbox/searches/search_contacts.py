"""/search-contacts: saved segments and one-off searches (contract/behaviour-newsletters.md section 1).

A saved segment keeps its definition as it came, without what no section knows; its members are worked out at
each read. Decided where the contract is open: upper and lower case do not tell names apart; a segment names
existing campaigns, but the messages, tags and fields of its conditions need not exist; the custom fields of a
segment are set with the definition it has at the request, on the members it has when it is done.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..audience.contact_values import VALUES, resolved_values
from ..audience.contacts import campaign_reference
from ..audience.memberships import postpone, set_values, touch
from ..http.errors import not_found, taken, unknown_reference
from ..http.exchange import Request
from ..http.filters import contains, period
from ..http.validation import known, list_of, one_of, shape, text
from ..operations.routing import route
from ..state.dates import optional_stamp, stamp
from ..state.records import Contact, Segment
from ..state.store import Store, by_name
from .search import SECTIONS, STATUSES, Definition, campaign_ids, members

SAVED = shape({"name": text(1, 255), **SECTIONS}, {"subscribersType": list_of(one_of("subscribed"))})
ONE_OFF = shape({"subscribersType": list_of(one_of(*STATUSES), 1, 1), **SECTIONS})
SORTS = {"name": "name", "email": "email", "createdOn": "created_at"}
KEPT = (
    "campaignIdsList",
    "logicOperator",
    "subscriberCycle",
    "subscriptionDate",
    "customDate",
    "conditions",
)


def segment_brief(store: Store, segment: Segment) -> dict[str, Any]:
    """BaseSearchContactsDetails: without the conditions."""
    return {
        "searchContactId": segment.search_contact_id,
        "name": segment.name,
        "createdOn": stamp(segment.created_at),
        "href": store.href("search-contacts", segment.search_contact_id),
    }


def segment_detail(store: Store, segment: Segment) -> dict[str, Any]:
    """SearchContactsDetails."""
    return segment_brief(store, segment) | {"subscribersType": ["subscribed"], **segment.definition}


def found_contact(store: Store, contact: Contact) -> dict[str, Any]:
    """SearchedContactDetails: no custom fields, tags or href; numbers are strings."""
    return {
        "contactId": contact.contact_id,
        "name": contact.name,
        "email": contact.email,
        "origin": contact.origin,
        "dayOfCycle": contact.day_of_cycle,
        "createdOn": stamp(contact.created_at),
        "campaign": campaign_reference(store, contact.campaign_id),
        "score": None if contact.scoring is None else f"{contact.scoring:.0f}",
        "reason": contact.reason,
        "deletedOn": optional_stamp(contact.removed_at),
    }


def find_segment(store: Store, request: Request) -> Segment:
    """The segment of the path, or 404."""
    segment_id = request.ids["searchContactId"]
    if segment_id not in store.segments:
        raise not_found(searchContactId=segment_id)
    return store.segments[segment_id]


def checked(store: Store, body: dict[str, Any]) -> Definition:
    """The definition of a body; raises 1001 for an unknown campaign."""
    for campaign_id in campaign_ids(body):
        if campaign_id not in store.campaigns:
            raise unknown_reference("campaignIdsList", campaign_id)
    sections = [known(section, KEPT) for section in body["section"]]
    return {"sectionLogicOperator": body["sectionLogicOperator"], "section": sections}


def check_name(store: Store, name: str, segment: Segment | None) -> None:
    """409 when another segment has this name."""
    if by_name(store.segments.values(), name) not in (None, segment):
        raise taken(name)


@route(
    "GET",
    "/search-contacts",
    key="searchContactId",
    each=segment_brief,
    filters={"name": contains("name"), **period("createdOn", "created_at")},
    sorts={"name": "name", "createdOn": "created_at"},
)
def list_segments(store: Store, request: Request) -> Collection[Segment]:
    """All saved segments."""
    return store.segments.values()


@route("POST", "/search-contacts", status=201, body=SAVED)
def create_segment(store: Store, request: Request) -> Any:
    """A name that is taken is a 409."""
    definition = checked(store, request.body)
    check_name(store, request.body["name"], None)
    segment = Segment(store.ids.new("segment"), request.body["name"], store.now(), definition)
    store.segments[segment.search_contact_id] = segment
    store.version += 1
    return segment_detail(store, segment)


@route("POST", "/search-contacts/contacts", key="contactId", each=found_contact, sorts=SORTS, body=ONE_OFF)
def search_once(store: Store, request: Request) -> Collection[Contact]:
    """A read sent as POST: contacts of one status."""
    return members(store, checked(store, request.body), request.body["subscribersType"][0])


@route("GET", "/search-contacts/{searchContactId}", key="searchContactId")
def get_segment(store: Store, request: Request) -> Any:
    """One segment with its conditions."""
    return segment_detail(store, find_segment(store, request))


@route("POST", "/search-contacts/{searchContactId}", body=SAVED)
def replace_segment(store: Store, request: Request) -> Any:
    """Replaces the whole definition."""
    segment = find_segment(store, request)
    definition = checked(store, request.body)
    check_name(store, request.body["name"], segment)
    segment.name, segment.definition = request.body["name"], definition
    store.version += 1
    return segment_detail(store, segment)


@route("DELETE", "/search-contacts/{searchContactId}", status=204)
def delete_segment(store: Store, request: Request) -> None:
    """Afterwards it is a 404."""
    segment = find_segment(store, request)
    del store.segments[segment.search_contact_id]
    store.version += 1


@route("GET", "/search-contacts/{searchContactId}/contacts", key="contactId", each=found_contact, sorts=SORTS)
def list_segment_contacts(store: Store, request: Request) -> Collection[Contact]:
    """The contacts a segment finds now."""
    return members(store, find_segment(store, request).definition)


@route(
    "POST",
    "/search-contacts/{searchContactId}/custom-fields",
    status=202,
    body=shape({"customFieldValues": VALUES}),
)
def upsert_for_segment(store: Store, request: Request) -> None:
    """Adds or overwrites the named fields on every match, after the landing delay."""
    definition = find_segment(store, request).definition
    values = resolved_values(store, request.body["customFieldValues"])
    postpone(store, lambda: overwrite(store, definition, values))


def overwrite(store: Store, definition: Definition, values: dict[str, list[str]]) -> None:
    """Set values on everybody a definition finds now; a field deleted meanwhile is left out."""
    kept = {field_id: given for field_id, given in values.items() if field_id in store.custom_fields}
    for contact in members(store, definition):
        if set_values(store, contact, contact.values | kept):
            touch(store, contact)
