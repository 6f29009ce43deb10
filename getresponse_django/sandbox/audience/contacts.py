"""/contacts: lists, details, updates, upserts and removal (contract/behaviour-contacts.md section 4).

Decided where the contract is open: an update that changes nothing does not move ``changedOn``; a removal with
``messageId`` counts as an unsubscribe from that message, any other as removed by the API.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.errors import bad_query, not_found, unknown_reference
from ..http.exchange import Request
from ..http.filters import Filter, among, choice, contains, period
from ..http.validation import email, identifier, is_ip, nullable, shape, text
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import Contact
from ..state.store import Store
from .contact_values import COMMON, TAGS, VALUES, resolved_tags, resolved_values, tag_ids_of
from .memberships import relocate, remove, retag, set_values, touch

ORIGINS = [
    "import",
    "email",
    "www",
    "panel",
    "leads",
    "sale",
    "api",
    "survey",
    "iphone",
    "copy",
    "landing_page",
    "webinar",
    "website_builder_elegant",
    "chat",
    "course",
    "premium_newsletter",
]
SORTS = {"email": "email", "name": "name", "createdOn": "created_at"}
TEXTS: dict[str, Filter] = {"email": contains("email"), "name": contains("name")}
UPDATE = shape(
    {},
    {
        "email": email,
        "campaign": shape({"campaignId": identifier}),
        "note": nullable(text(0, 255)),
        **COMMON,
    },
)


def contact_brief(store: Store, contact: Contact) -> dict[str, Any]:
    """ContactListElement."""
    contact_id, campaign_id = contact.contact_id, contact.campaign_id
    href = f"{store.base_url}/contacts/{contact_id}"
    return {
        "contactId": contact_id,
        "name": contact.name,
        "email": contact.email,
        "note": contact.note,
        "origin": contact.origin,
        "dayOfCycle": contact.day_of_cycle,
        "changedOn": stamp(contact.changed_at),
        "createdOn": stamp(contact.created_at),
        "timeZone": contact.time_zone,
        "ipAddress": contact.ip_address,
        "activities": f"{href}/activities",
        "campaign": campaign_reference(store, campaign_id),
        "scoring": contact.scoring,
        "engagementScore": contact.engagement_score,
        "href": href,
    }


def campaign_reference(store: Store, campaign_id: str) -> dict[str, Any]:
    """CampaignReference."""
    return {
        "campaignId": campaign_id,
        "href": f"{store.base_url}/campaigns/{campaign_id}",
        "name": store.campaigns[campaign_id].name,
    }


GEOLOCATION: dict[str, str | None] = dict.fromkeys(
    ("latitude", "longitude", "continentCode", "countryCode", "region", "postalCode", "dmaCode", "city")
)


def contact_detail(store: Store, contact: Contact) -> dict[str, Any]:
    """ContactDetails: with geolocation, at most 500 tags, and custom field values."""
    return contact_brief(store, contact) | {
        "geolocation": GEOLOCATION | contact.geolocation,
        "tags": [tag_reference(store, tag_id) for tag_id in list(contact.tags)[:500]],
        "customFieldValues": [value_detail(store, *pair) for pair in contact.values.items()],
    }


def tag_reference(store: Store, tag_id: str) -> dict[str, Any]:
    """ContactTag."""
    tag = store.tags[tag_id]
    return {"tagId": tag_id, "name": tag.name, "href": store.href("tags", tag_id), "color": tag.color}


def value_detail(store: Store, custom_field_id: str, values: list[str]) -> dict[str, Any]:
    """ContactCustomFieldValue: ``value`` and ``values`` are the same list."""
    field = store.custom_fields[custom_field_id]
    return {
        "customFieldId": custom_field_id,
        "name": field.name,
        "value": list(values),
        "values": list(values),
        "type": field.format,
        "fieldType": field.format,
        "valueType": field.type,
    }


def find_contact(store: Store, request: Request) -> Contact:
    """The active contact of the path, or 404; unconfirmed and removed ones are not visible."""
    contact = store.active.by_id.get(request.ids["contactId"])
    if contact is None:
        raise not_found(contactId=request.ids["contactId"])
    return contact


@route(
    "GET",
    "/contacts",
    key="contactId",
    each=contact_brief,
    filters={
        **TEXTS,
        "campaignId": among("campaign_id"),
        "origin": choice("origin", *ORIGINS),
        **period("createdOn", "created_at"),
        **period("changedOn", "changed_at"),
    },
    sorts={**SORTS, "changedOn": "changed_at", "campaignId": "campaign_id"},
)
def list_contacts(store: Store, request: Request) -> Collection[Contact]:
    """Active contacts; an exact address or a single campaign is looked up, not searched for."""
    if "exactMatch" in request.flags and request.filter("email"):
        return store.active.with_email(request.filter("email"))
    if request.filter("campaignId") in store.campaigns:
        return store.active.of_campaign(request.filter("campaignId"))
    return store.active.by_id.values()


@route(
    "GET",
    "/campaigns/{campaignId}/contacts",
    key="contactId",
    each=contact_brief,
    filters={**TEXTS, **period("createdOn", "created_at")},
    sorts=SORTS,
)
def list_campaign_contacts(store: Store, request: Request) -> Collection[Contact]:
    """Active contacts of one campaign."""
    campaign_id = request.ids["campaignId"]
    if campaign_id not in store.campaigns:
        raise not_found(campaignId=campaign_id)
    return store.active.of_campaign(campaign_id)


@route("GET", "/contacts/{contactId}", key="contactId")
def get_contact(store: Store, request: Request) -> Any:
    """One contact in full."""
    return contact_detail(store, find_contact(store, request))


@route("POST", "/contacts/{contactId}", body=UPDATE)
def update_contact(store: Store, request: Request) -> Any:
    """Omitted properties stay; tags and customFieldValues replace; another campaign moves the contact."""
    contact, body = find_contact(store, request), request.body
    campaign_id = body.get("campaign", {}).get("campaignId", contact.campaign_id)
    if campaign_id not in store.campaigns:
        raise unknown_reference("campaignId", campaign_id)
    tags = resolved_tags(store, tag_ids_of(body)) if "tags" in body else contact.tags
    values = (
        resolved_values(store, body["customFieldValues"]) if "customFieldValues" in body else contact.values
    )
    before = contact_detail(store, contact)
    place = campaign_id, body.get("email", contact.email)
    if place != (contact.campaign_id, contact.email):
        relocate(store, contact, *place)
    retag(store, contact, {tag_id: contact.tags.get(tag_id, now) for tag_id, now in tags.items()})
    set_values(store, contact, values)
    set_plain(contact, body)
    if contact_detail(store, contact) != before:
        touch(store, contact)
    return contact_detail(store, contact)


PLAIN = {"name": "name", "dayOfCycle": "day_of_cycle", "scoring": "scoring", "note": "note"}


def set_plain(contact: Contact, body: dict[str, Any]) -> None:
    """Take over the properties that are a value and nothing else."""
    for name, attribute in PLAIN.items():
        if name in body:
            setattr(contact, attribute, body[name])


@route("DELETE", "/contacts/{contactId}", status=204)
def delete_contact(store: Store, request: Request) -> None:
    """Ends one membership; with ``messageId`` it is an unsubscribe from that message."""
    contact = find_contact(store, request)
    address = request.query.get("ipAddress")
    if address is not None and not is_ip(address):
        raise bad_query("query", "ipAddress", "ipAddress", "Value must be a valid IP address")
    message_id = request.query.get("messageId")
    if message_id is None:
        return remove(store, contact, "api")
    message = next((found for found in store.messages() if found.message_id == message_id), None)
    if message is None:
        raise unknown_reference("messageId", message_id)
    contact.ip_address = address or contact.ip_address
    message.count(store.now(), "unsubscribed")
    return remove(store, contact, "unsubscribe")


@route("POST", "/contacts/{contactId}/custom-fields", body=shape({"customFieldValues": VALUES}))
def upsert_custom_fields(store: Store, request: Request) -> Any:
    """Adds or overwrites the named fields, and detaches none; the answer says ``values`` where the body
    says ``value``.
    """
    contact = find_contact(store, request)
    values = contact.values | resolved_values(store, request.body["customFieldValues"])
    if set_values(store, contact, values):
        touch(store, contact)
    return [{"customFieldId": field_id, "values": list(given)} for field_id, given in contact.values.items()]


@route("POST", "/contacts/{contactId}/tags", body=shape({"tags": TAGS}))
def upsert_tags(store: Store, request: Request) -> Any:
    """Adds tags and detaches none."""
    contact = find_contact(store, request)
    tags = resolved_tags(store, tag_ids_of(request.body)) | contact.tags
    if tags != contact.tags:
        retag(store, contact, tags)
        store.version += 1
        if store.tags_move_changed_on:
            touch(store, contact)
    return [tag_reference(store, tag_id) | {"createdAt": stamp(at)} for tag_id, at in contact.tags.items()]


@route("GET", "/contacts/{contactId}/consents", key="consentId")
def list_consents(store: Store, request: Request) -> Any:
    """Read-only and not paged."""
    return [dict(consent) for consent in find_contact(store, request).consents]
