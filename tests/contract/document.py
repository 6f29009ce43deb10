"""The published contract as Python sees it: its operations, its schemas, and what a value has against one.

Two files say what the API is: ``operations.csv`` names all its operations, and ``getresponse-v3.yaml`` has
the schemas of most of them. The schemas are checked by ``jsonschema-rs``; docs/explanation/dependencies.md
says why.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema_rs import Draft202012, Draft202012Validator, Registry

CONTRACT = Path(__file__).parent / "getresponse-v3.yaml"
OPERATIONS = Path(__file__).parent / "operations.csv"
NAME = "urn:getresponse"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)\Z")

TOKEN = {"method": "POST", "path": "/token", "success_status": "200", "paginated": "no"}
"""OAuth's, which is not one of the operations (contract/behaviour-core.md section 2)."""

FORMATS = {
    # The API's offsets have no colon, so a strict RFC 3339 check would refuse them.
    "date-time": lambda text: bool(MOMENT.match(text)),
    "date": lambda text: bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)),
    "uri": lambda text: text.startswith(("http://", "https://")),
    "email": lambda text: "@" in text,
    "integer": lambda text: text.lstrip("-").isdigit(),
}


@cache
def rows() -> list[dict[str, str]]:
    """All operations of the API, as operations.csv has them."""
    with OPERATIONS.open() as file:
        return list(csv.DictReader(file))


@cache
def contract() -> dict[str, Any]:
    """The whole document, with OpenAPI 3.0's ``nullable`` told as JSON Schema tells it."""
    document: dict[str, Any] = as_json_schema(yaml.load(CONTRACT.read_text(), Loader=yaml.CSafeLoader))
    return document


def as_json_schema(node: Any) -> Any:
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {
        key: as_json_schema(value) for key, value in node.items() if key not in ("example", "discriminator")
    }
    if isinstance(converted.get("$ref"), str):
        converted["$ref"] = NAME + converted["$ref"].removeprefix(NAME)
    if converted.pop("nullable", False) is True:
        return {"anyOf": [converted, {"type": "null"}]}
    return converted


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """A schema, parameter or response itself where there is a reference to it."""
    while "$ref" in node:
        found: Any = contract()
        for step in node["$ref"].partition("#/")[2].split("/"):
            found = found[step]
        node = found
    return node


@cache
def templates() -> list[tuple[re.Pattern[str], str]]:
    """Every path as a pattern; those with fewer placeholders first, so that /contacts/batch wins."""
    paths = sorted({row["path"] for row in [*rows(), TOKEN]}, key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"), path) for path in paths]


@cache
def row_of(method: str, path: str) -> dict[str, str] | None:
    """The line of operations.csv, or ``TOKEN``, that a real path (or a templated one) belongs to."""
    template = next((template for pattern, template in templates() if pattern.match(path)), None)
    return next((row for row in [*rows(), TOKEN] if (row["method"], row["path"]) == (method, template)), None)


def has_schema(row: dict[str, str]) -> bool:
    """Whether the specification at hand says more of an operation than its request line."""
    return row["method"].lower() in contract()["paths"].get(row["path"], {})


def operation(method: str, path: str) -> dict[str, Any]:
    """An operation by its method and templated path; KeyError when the contract has none."""
    found: dict[str, Any] = contract()["paths"][path][method.lower()]
    return found


@cache
def parameters(method: str, path: str) -> dict[str, dict[str, Any]]:
    """The query parameters of an operation by their names."""
    declared = [
        *contract()["paths"][path].get("parameters", []),
        *operation(method, path).get("parameters", []),
    ]
    found = [resolve(parameter) for parameter in declared]
    return {parameter["name"]: parameter for parameter in found if parameter["in"] == "query"}


def response_of(method: str, path: str, status: int) -> dict[str, Any]:
    """The declared response of a status; KeyError when it is not declared."""
    return resolve(operation(method, path)["responses"][str(status)])


ENVELOPE = {"$ref": f"{NAME}#/components/schemas/ErrorResponse"}
known_validators: dict[int, tuple[dict[str, Any], Draft202012Validator]] = {}


@cache
def registry() -> Registry:
    return Registry([(NAME, contract())], draft=Draft202012)


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    """A schema that lives as long as the contract, compiled once."""
    if id(schema) not in known_validators:
        compiled = Draft202012Validator(
            schema, formats=FORMATS, validate_formats=True, registry=registry(), offline=True
        )
        known_validators[id(schema)] = schema, compiled
    return known_validators[id(schema)][1]


def complaints(schema: dict[str, Any], value: Any, *, partial: bool = False) -> list[str]:
    """What a schema has against a value: where, and what. ``partial``: any property may be missing."""
    errors = [
        error
        for error in validator_of(schema).iter_errors(value)
        if not (partial and error.kind.name == "required")
    ]
    return [f"{json_path(error.instance_path)}: {error.message[:200]}" for error in errors]


def json_path(steps: Iterable[str | int]) -> str:
    """``$.tags[0].tagId``."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
