"""Finds properties that a schema does not declare: the API ignores a misspelt name without a word."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from .document import resolve

LOOKED_AT = 20
"""Items of a list; the others are made the same way, and there may be a thousand."""


class Names(NamedTuple):
    """What a schema says of the properties of a value, and of the items of a list."""

    properties: dict[str, list[dict[str, Any]]]
    items: list[dict[str, Any]]
    closed: bool


known_names: dict[tuple[int, ...], tuple[list[dict[str, Any]], Names]] = {}


def unknown_names(schemas: list[dict[str, Any]], value: Any, at: str = "$") -> Iterator[str]:
    """The properties of a value, however deep, that none of the schemas for it declares."""
    if not schemas or not isinstance(value, dict | list):
        return
    names = names_of(schemas)
    if isinstance(value, list):
        for number, item in enumerate(islice(value, LOOKED_AT)):
            yield from unknown_names(names.items, item, f"{at}[{number}]")
        return
    for name, item in value.items():
        if name in names.properties:
            yield from unknown_names(names.properties[name], item, f"{at}.{name}")
        elif names.closed:
            yield f"{at}.{name}: the contract has no such property"


def names_of(schemas: list[dict[str, Any]]) -> Names:
    """``Names`` of all parts and alternatives together, worked out once."""
    key = tuple(id(schema) for schema in schemas)
    if key not in known_names:
        found = Names({}, [], True)
        parts = [part for schema in schemas for part in parts_of(schema)]
        for part in parts:
            for name, schema in part.get("properties", {}).items():
                found.properties.setdefault(name, []).append(schema)
            found.items.extend([part["items"]] if "items" in part else [])
        open_ended = any(part.get("additionalProperties") for part in parts)
        known_names[key] = schemas, found._replace(closed=bool(found.properties) and not open_ended)
    return known_names[key][1]


def parts_of(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and everything it is put together from."""
    schema = resolve(schema)
    yield schema
    for kind in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(kind, []):
            yield from parts_of(part)
