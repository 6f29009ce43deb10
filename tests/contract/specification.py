"""Checks answers against the published contract, tests/contract/getresponse-v3.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml
from jsonschema import Draft202012Validator, FormatChecker

CONTRACT = Path(__file__).parent / "getresponse-v3.yaml"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)\Z")

formats = FormatChecker(formats=())


@formats.checks("date-time")
def is_moment(value: object) -> bool:
    """The API's offsets have no colon, so a strict RFC 3339 check would refuse them."""
    return not isinstance(value, str) or bool(MOMENT.match(value))


@formats.checks("date")
def is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))


@formats.checks("uri")
def is_uri(value: object) -> bool:
    return not isinstance(value, str) or value.startswith(("http://", "https://"))


@formats.checks("email")
def is_email(value: object) -> bool:
    return not isinstance(value, str) or "@" in value


@formats.checks("integer")
def is_integer_text(value: object) -> bool:
    return not isinstance(value, str) or value.lstrip("-").isdigit()


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
    if converted.pop("nullable", False) is True:
        return {"anyOf": [converted, {"type": "null"}]}
    return converted


def operation(method: str, path: str) -> dict[str, Any]:
    """An operation by its method and templated path; KeyError when the contract has none."""
    found: dict[str, Any] = contract()["paths"][path][method.lower()]
    return found


def response_of(method: str, path: str, status: int) -> dict[str, Any]:
    """The declared response of a status."""
    declared: dict[str, Any] = operation(method, path)["responses"][str(status)]
    reference = declared.get("$ref")
    if reference:
        declared = contract()["components"]["responses"][reference.rsplit("/", 1)[1]]
    return declared


def violations(method: str, path: str, response: requests.Response) -> list[str]:
    """Everything in which an answer differs from the contract."""
    declared = response_of(method, path, response.status_code)
    found = [
        f"no header {name}"
        for name in declared.get("headers", {})
        if needs(name) and name not in response.headers
    ]
    if "image/*" in declared.get("content", {}):
        return found + ([] if response.headers["Content-Type"].startswith("image/") else ["Content-Type"])
    schema = declared.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return found + (["a body where none is declared"] if response.content else [])
    if response.headers["Content-Type"] != "application/json":
        found.append("Content-Type")
    whole = {**schema, "components": contract()["components"]}
    errors = Draft202012Validator(whole, format_checker=formats).iter_errors(response.json())
    return found + [f"{error.json_path}: {error.message[:200]}" for error in errors]


def needs(header: str) -> bool:
    """Retry-After is declared for 429 but comes with some of them only."""
    return header != "Retry-After"
