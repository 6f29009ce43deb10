"""/predefined-fields: texts of a campaign that its messages can name (contract/behaviour-contacts.md
section 9).

Decided where the contract is open: the name is unique within its campaign (409), an unknown campaign is a 400
with code 1001, and an update takes every value that a creation takes, although its published pattern is
narrower ("probably a specification error").
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.errors import taken, unknown_reference
from ..http.exchange import Request
from ..http.filters import among, contains
from ..http.validation import identifier, shape, text
from ..operations.routing import route
from ..state.records import PredefinedField
from ..state.store import Store, by_name
from .contacts import campaign_reference

VALUE = text(1, 350)
NEW_FIELD = shape(
    {
        "name": text(1, 32, r"[A-Za-z0-9_]{1,32}", "Only letters, digits and underscores"),
        "value": VALUE,
        "campaign": shape({"campaignId": identifier}),
    }
)


def predefined_field_detail(store: Store, field: PredefinedField) -> dict[str, Any]:
    """PredefinedField, the same in lists and details."""
    return {
        "predefinedFieldId": field.predefined_field_id,
        "href": store.href("predefined-fields", field.predefined_field_id),
        "name": field.name,
        "value": field.value,
        "campaign": campaign_reference(store, field.campaign_id),
    }


def new_predefined_field(store: Store, campaign_id: str, name: str, value: str) -> PredefinedField:
    """Make a field. Raises 409 when its campaign has one of that name."""
    neighbours = [field for field in store.predefined_fields.values() if field.campaign_id == campaign_id]
    if by_name(neighbours, name):
        raise taken(name)
    field = PredefinedField(store.ids.new("predefined-field"), name, value, campaign_id)
    store.predefined_fields[field.predefined_field_id] = field
    store.version += 1
    return field


def find_predefined_field(store: Store, request: Request) -> PredefinedField:
    """The field of the path, or 404."""
    return request.find("predefinedFieldId", store.predefined_fields)


@route(
    "GET",
    "/predefined-fields",
    key="predefinedFieldId",
    each=predefined_field_detail,
    filters={"name": contains("name"), "campaignId": among("campaign_id")},
    sorts={"name": "name"},
)
def list_predefined_fields(store: Store, request: Request) -> Collection[PredefinedField]:
    """The fields of all campaigns."""
    return store.predefined_fields.values()


@route("POST", "/predefined-fields", status=201, body=NEW_FIELD)
def create_predefined_field(store: Store, request: Request) -> Any:
    """409 for a name that is taken."""
    body = request.body
    campaign_id = body["campaign"]["campaignId"]
    if campaign_id not in store.campaigns:
        raise unknown_reference("campaignId", campaign_id)
    return predefined_field_detail(
        store, new_predefined_field(store, campaign_id, body["name"], body["value"])
    )


@route("GET", "/predefined-fields/{predefinedFieldId}", key="predefinedFieldId")
def get_predefined_field(store: Store, request: Request) -> Any:
    """One field."""
    return predefined_field_detail(store, find_predefined_field(store, request))


@route("POST", "/predefined-fields/{predefinedFieldId}", body=shape({"value": VALUE}))
def update_predefined_field(store: Store, request: Request) -> Any:
    """Only the value can change."""
    field = find_predefined_field(store, request)
    field.value = request.body["value"]
    store.version += 1
    return predefined_field_detail(store, field)


@route("DELETE", "/predefined-fields/{predefinedFieldId}", status=204)
def delete_predefined_field(store: Store, request: Request) -> None:
    """Its campaign is left as it is."""
    del store.predefined_fields[find_predefined_field(store, request).predefined_field_id]
    store.version += 1
