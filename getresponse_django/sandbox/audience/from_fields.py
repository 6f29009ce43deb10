"""/from-fields: the senders' addresses (contract/behaviour-contacts.md section 10).

Decided where the contract is open: an address that exists already is a 409, and the default one, or one used
by a message, can be deleted only with ``fromFieldIdToReplaceWith`` (code 1009).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.errors import ApiError, forbidden_state, not_found, taken, unknown_reference
from ..http.exchange import Request
from ..http.filters import boolean, contains
from ..http.validation import email, shape, text
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import FromField
from ..state.store import Store


def from_field_detail(store: Store, field: FromField) -> dict[str, Any]:
    """FromField, the same in lists and details."""
    return {
        "fromFieldId": field.from_field_id,
        "href": store.href("from-fields", field.from_field_id),
        "email": field.email,
        "rewrittenEmail": None,
        "name": field.name,
        "isActive": str(field.is_active).lower(),
        "isDefault": str(field.is_default).lower(),
        "createdOn": stamp(field.created_at),
        "domain": {"status": None, "DKIMWarning": None, "hasDMARCWarning": "false"},
    }


def from_field_reference(store: Store, from_field_id: str) -> dict[str, Any]:
    """FromFieldReference."""
    return {"fromFieldId": from_field_id, "href": store.href("from-fields", from_field_id)}


def find_from_field(store: Store, from_field_id: str) -> FromField:
    """The from field, or 404."""
    if from_field_id not in store.from_fields:
        raise not_found(fromFieldId=from_field_id)
    return store.from_fields[from_field_id]


@route(
    "GET",
    "/from-fields",
    key="fromFieldId",
    each=from_field_detail,
    filters={
        "email": contains("email"),
        "name": contains("name"),
        "isDefault": boolean("is_default"),
        "isActive": boolean("is_active"),
    },
    sorts={"createdOn": "created_at"},
)
def list_from_fields(store: Store, request: Request) -> Collection[FromField]:
    """All from fields."""
    return store.from_fields.values()


@route("POST", "/from-fields", status=201, body=shape({"email": email, "name": text(2, 64)}))
def create_from_field(store: Store, request: Request) -> Any:
    """A new address is inactive until it is confirmed (observed)."""
    address = request.body["email"]
    if any(field.email.lower() == address.lower() for field in store.from_fields.values()):
        raise taken(address)
    field = FromField(store.ids.new("from-field"), address, request.body["name"], False, False, store.now())
    store.from_fields[field.from_field_id] = field
    store.version += 1
    return from_field_detail(store, field)


@route("GET", "/from-fields/{fromFieldId}", key="fromFieldId")
def get_from_field(store: Store, request: Request) -> Any:
    """One from field."""
    return from_field_detail(store, find_from_field(store, request.ids["fromFieldId"]))


@route("POST", "/from-fields/{fromFieldId}/default")
def make_default(store: Store, request: Request) -> Any:
    """No body in the answer (specification); an inactive address cannot be the default."""
    chosen = find_from_field(store, request.ids["fromFieldId"])
    if not chosen.is_active:
        raise forbidden_state("The from field is not active", fromFieldId=chosen.from_field_id)
    for field in store.from_fields.values():
        field.is_default = field is chosen
    store.version += 1


@route("DELETE", "/from-fields/{fromFieldId}", status=204)
def delete_from_field(store: Store, request: Request) -> None:
    """Its messages go over to the replacement."""
    field = find_from_field(store, request.ids["fromFieldId"])
    heir = request.query.get("fromFieldIdToReplaceWith")
    if heir is not None and (heir not in store.from_fields or heir == field.from_field_id):
        raise unknown_reference("fromFieldIdToReplaceWith", heir)
    used = [m for m in store.messages() if field.from_field_id in (m.from_field_id, m.reply_to_id)]
    if heir is None and (field.is_default or used):
        raise ApiError(1009, context={"fromFieldId": field.from_field_id})
    for message in used:
        if message.from_field_id == field.from_field_id:
            message.from_field_id = str(heir)
        if message.reply_to_id == field.from_field_id:
            message.reply_to_id = heir
    del store.from_fields[field.from_field_id]
    if field.is_default and heir:
        store.from_fields[heir].is_default = True
    store.version += 1
