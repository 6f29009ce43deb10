"""/custom-fields, and which values a field takes (contract/behaviour-contacts.md section 9)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from ..http.errors import not_found, taken
from ..http.exchange import Request
from ..http.filters import contains
from ..http.validation import Path, Problem, flag, is_ip, is_url, list_of, one_of, problem, shape, text
from ..operations.routing import route
from ..state import dates
from ..state.records import CustomField
from ..state.store import Store, by_name

TYPES = ("string", "number", "date", "datetime", "country", "currency", "phone", "gender", "ip", "url")
FORMATS = ("text", "textarea", "radio", "checkbox", "single_select", "multi_select")
CHOICES = ("radio", "single_select", "multi_select")
RESERVED = frozenset(
    [
        "name",
        "email",
        "twitter",
        "facebook",
        "buzz",
        "myspace",
        "linkedin",
        "digg",
        "googleplus",
        "pinterest",
        "responder",
        "campaign",
        "change",
    ]
)
GENDERS = ("Male", "Female", "Prefer not to say")
FIELD = shape(
    {
        "name": text(1, 128, r"[a-z0-9_]{1,128}", "Only lower-case letters, digits and underscores"),
        "type": one_of(*TYPES),
        "format": one_of(*FORMATS),
        "hidden": flag,
        "values": list_of(text(1, 255)),
    }
)


def new_body(value: Any, path: Path) -> Iterator[Problem]:
    """NewCustomField: also no reserved name, and two values or more where one is chosen."""
    yield from FIELD(value, path)
    if not isinstance(value, dict):
        return
    if isinstance(value.get("name"), str) and value["name"] in RESERVED:
        yield problem((*path, "name"), value["name"], "This name is reserved")
    values = value.get("values")
    if value.get("format") in CHOICES and isinstance(values, list) and len(values) < 2:
        yield problem((*path, "values"), values, "This format needs two values or more")


def is_number(value: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return abs(float(value)) < float("inf")
    except ValueError:
        return False


TESTS: dict[str, Callable[[str], bool]] = {
    "number": is_number,
    "date": dates.is_date,
    "datetime": lambda value: dates.parse(value) is not None,
    "gender": lambda value: value in GENDERS,
    "ip": is_ip,
    "url": is_url,
    "currency": lambda value: len(value) == 3 and value.isalpha(),
}


def value_problems(field: CustomField, values: list[str]) -> list[str]:
    """Why a field does not take these values, as sentences; empty when it does."""
    if not values:
        return [f"Custom field {field.name}: a value is required"]
    several = field.format in ("multi_select", "checkbox")
    found = [] if several or len(values) == 1 else [f"Custom field {field.name}: only one value is allowed"]
    if test := TESTS.get(field.type):
        wrong = [value for value in values if not test(value)]
        found += [f"Custom field {field.name}: {value!r} is no {field.type}" for value in wrong]
    if field.format in (*CHOICES, "checkbox") and field.values:
        wrong = [value for value in values if value not in field.values]
        found += [f"Custom field {field.name}: {value!r} is not among its values" for value in wrong]
    return found


def field_detail(store: Store, field: CustomField) -> dict[str, Any]:
    """CustomField and CustomFieldResponse; ``type`` holds the format, as answers often do."""
    return {
        "customFieldId": field.custom_field_id,
        "href": store.href("custom-fields", field.custom_field_id),
        "name": field.name,
        "type": field.format,
        "valueType": field.type,
        "format": field.format,
        "fieldType": field.format,
        "hidden": field.hidden,
        "values": list(field.values),
    }


def find_field(store: Store, custom_field_id: str) -> CustomField:
    """The custom field, or 404."""
    if custom_field_id not in store.custom_fields:
        raise not_found(customFieldId=custom_field_id)
    return store.custom_fields[custom_field_id]


def new_custom_field(
    store: Store,
    name: str,
    type: str = "string",
    format: str = "text",
    hidden: str = "false",
    values: Any = (),
) -> CustomField:
    """Make a custom field of a name that is free."""
    field = CustomField(store.ids.new("custom-field"), name, type, format, hidden, list(values))
    store.custom_fields[field.custom_field_id] = field
    store.version += 1
    return field


@route(
    "GET",
    "/custom-fields",
    key="customFieldId",
    each=field_detail,
    filters={"name": contains("name")},
    sorts={"name": "name"},
)
def list_custom_fields(store: Store, request: Request) -> Collection[CustomField]:
    """All custom fields."""
    return store.custom_fields.values()


@route("POST", "/custom-fields", status=201, body=new_body)
def create_custom_field(store: Store, request: Request) -> Any:
    """A duplicate name is a 409 (inferred)."""
    body = request.body
    if by_name(store.custom_fields.values(), body["name"]):
        raise taken(body["name"])
    return field_detail(
        store, new_custom_field(store, **{name: body[name] for name in body.keys() & PROPERTIES})
    )


PROPERTIES = frozenset(("name", "type", "format", "hidden", "values"))


@route("GET", "/custom-fields/{customFieldId}", key="customFieldId")
def get_custom_field(store: Store, request: Request) -> Any:
    """One custom field."""
    return field_detail(store, find_field(store, request.ids["customFieldId"]))


@route(
    "POST", "/custom-fields/{customFieldId}", body=shape({"hidden": flag, "values": list_of(text(1, 255))})
)
def update_custom_field(store: Store, request: Request) -> Any:
    """Only ``hidden`` and ``values`` can change, and both are needed."""
    field = find_field(store, request.ids["customFieldId"])
    field.hidden, field.values = request.body["hidden"], list(request.body["values"])
    store.version += 1
    return field_detail(store, field)


@route("DELETE", "/custom-fields/{customFieldId}", status=204)
def delete_custom_field(store: Store, request: Request) -> None:
    """The field's values disappear from every contact too."""
    field = find_field(store, request.ids["customFieldId"])
    for index in (store.active, store.unconfirmed, store.removed):
        for contact in index:
            contact.values.pop(field.custom_field_id, None)
    del store.custom_fields[field.custom_field_id]
    store.version += 1
