"""Checks requests against the published contract: method, path, names of parameters, body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from .specification import contract, formats

BODYLESS = {"GET", "DELETE"}


@cache
def templates() -> list[tuple[re.Pattern[str], str]]:
    """Every path as a pattern; those with fewer placeholders first, so that /contacts/batch wins."""
    paths = sorted(contract()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"), path) for path in paths]


def template_of(path: str) -> str | None:
    """The templated path of the contract that a real path belongs to."""
    return next((template for pattern, template in templates() if pattern.match(path)), None)


def problems(method: str, path: str, query: dict[str, str], body: Any) -> list[str]:
    """Everything in which a request differs from the contract; empty when it is as it says."""
    if (method, path) == ("POST", "/token"):
        return []  # OAuth's is not one of the operations (contract/behaviour-core.md section 2)
    template = template_of(path)
    operation = contract()["paths"].get(template, {}).get(method.lower()) if template else None
    if template is None or operation is None:
        return [f"there is no {method} {path}"]
    return [
        *unknown_parameters(template, operation, query),
        *(["a body where none belongs"] if method in BODYLESS and body is not None else []),
        *body_problems(operation, body),
    ]


def unknown_parameters(template: str, operation: dict[str, Any], query: dict[str, str]) -> list[str]:
    """Names in the query string that the operation does not declare."""
    declared = [*operation.get("parameters", []), *contract()["paths"][template].get("parameters", [])]
    known = {resolve(parameter)["name"] for parameter in declared}
    return [f"unknown parameter {name}" for name in query if name not in known]


def body_problems(operation: dict[str, Any], body: Any) -> Iterator[str]:
    """What the schema of the body says against it, names it does not know included."""
    declared = operation.get("requestBody")
    if declared is None or body is None:
        if body is not None or (declared or {}).get("required"):
            yield "a body where none is declared" if declared is None else "no body where one is required"
        return
    schema = declared["content"]["application/json"]["schema"]
    whole = {**schema, "components": contract()["components"]}
    for error in Draft202012Validator(whole, format_checker=formats).iter_errors(body):
        yield f"{error.json_path}: {error.message[:200]}"
    yield from unknown_names(schema, body, "$")


def unknown_names(schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    """Properties the schema does not declare: the API would ignore a misspelt one without a word."""
    schema = resolve(schema)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from unknown_names(schema["items"], item, f"{at}[{number}]")
    properties = dict(properties_of(schema))
    if not isinstance(value, dict) or not properties:
        return
    for name, item in value.items():
        if name in properties:
            yield from unknown_names(properties[name], item, f"{at}.{name}")
        else:
            yield f"{at}.{name}: the contract has no such property"


def properties_of(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """All properties of a schema, those of its parts and alternatives included."""
    schema = resolve(schema)
    yield from schema.get("properties", {}).items()
    for kind in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(kind, []):
            yield from properties_of(part)


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """A schema or parameter itself where there is a reference to it."""
    while "$ref" in node:
        found: Any = contract()
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node
