"""Checks requests against the published contract: method, path, headers, query, body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .document import TOKEN, complaints, has_schema, operation, parameters, row_of
from .unknown_names import unknown_names

BODYLESS = {"GET", "DELETE"}
FORM = "application/x-www-form-urlencoded"
CREDENTIALS = re.compile(r"api-key \S+|Bearer \S+")
DOMAIN = re.compile(r"(?!www\.)[\w-]+(\.[\w-]+)+\Z")


def problems(method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
    """Everything in which a request differs from the contract; empty when it is as it says."""
    row = row_of(method, path)
    if row is None:
        return [f"there is no {method} {path}"]
    if not has_schema(row):  # its request line is all there is to know
        return []
    template = row["path"]
    return [
        *query_problems(method, template, query),
        *(["a body where none belongs"] if method in BODYLESS and body is not None else []),
        *body_problems(operation(method, template), body),
    ]


def problems_on_the_wire(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], raw: bytes
) -> list[str]:
    """``problems`` of a request as it arrived, and those of its headers (names in lower case)."""
    if row_of(method, path) is TOKEN:
        return [] if headers.get("content-type") == FORM else [f"{method} {path} is no form"]
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        return [f"the body of {method} {path} is not JSON"]
    return [*header_problems(headers, raw), *problems(method, path, query, body)]


def header_problems(headers: Mapping[str, str], raw: bytes) -> Iterator[str]:
    """contract/behaviour-core.md sections 1 to 3."""
    credentials = headers.get("x-auth-token") or headers.get("authorization") or ""
    if not CREDENTIALS.fullmatch(credentials):
        yield "no credentials as the API wants them"
    if "x-domain" in headers and not DOMAIN.match(headers["x-domain"]):
        yield "X-Domain is not a bare domain"
    kind = headers.get("content-type")
    if kind != ("application/json" if raw else None):
        yield f"Content-Type {kind} with a body of {len(raw)} bytes"


def query_problems(method: str, template: str, query: Mapping[str, str]) -> Iterator[str]:
    """Names that the operation does not declare, values that the declaration refuses, what is missing."""
    declared = parameters(method, template)
    for name, text in query.items():
        if name not in declared:
            yield f"unknown parameter {name}"
            continue
        yield from (f"parameter {name}: {wrong}" for wrong in value_problems(declared[name], text))
    for name, parameter in declared.items():
        if parameter.get("required") and name not in query:
            yield f"parameter {name} is missing"


def value_problems(parameter: dict[str, Any], text: str) -> list[str]:
    """What the declaration has against a text; ``x-set`` is a comma list of words."""
    schema = parameter["schema"]
    known = {**parameter, **schema}
    if text in known.get("x-also-accepted", []):
        return []
    strange = set(text.split(",")) - set(known["x-set"]) if "x-set" in known else set()
    return [f"{word!r} is no flag" for word in sorted(strange)] + complaints(schema, typed(schema, text))


def typed(schema: dict[str, Any], text: str) -> Any:
    """The value that a text stands for, by the type in the schema; the text itself where it is none."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def body_problems(declared: dict[str, Any], body: Any) -> Iterator[str]:
    """What the schema of the body says against it, names it does not know included."""
    request_body = declared.get("requestBody")
    if request_body is None or body is None:
        if body is not None or (request_body or {}).get("required"):
            yield "a body where none is declared" if request_body is None else "no body where one is required"
        return
    schema = request_body["content"]["application/json"]["schema"]
    yield from complaints(schema, body)
    yield from unknown_names([schema], body)
