"""Checks answers against the published contract: status, headers, content type, body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from .document import CONTRACT, ENVELOPE, complaints, contract, has_schema, operation, response_of, row_of
from .unknown_names import unknown_names

__all__ = ["CONTRACT", "answer_problems", "contract", "operation", "violations"]

JSON = "application/json"
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
PAGED = ("TotalCount", "TotalPages", "CurrentPage")


def violations(method: str, path: str, response: requests.Response) -> list[str]:
    """Everything in which the answer to an operation, by its templated path, differs from the contract."""
    query = dict(parse_qsl(urlsplit(response.request.url or "").query))
    return answer_problems(method, path, query, response.status_code, response.headers, response.content)


def answer_problems(
    method: str, path: str, query: Mapping[str, str], status: int, headers: Mapping[str, str], content: bytes
) -> list[str]:
    """The same of an answer in parts. A refusal that is not declared must still be the error envelope."""
    declared = declared_response(row_of(method, path), status)
    if declared is None:
        return [f"status {status} is not declared"]
    missing = [name for name in declared.get("headers", {}) if needs(name) and name not in headers]
    found = [f"no header {name}" for name in missing]
    if status < 400 and not content and "noResponse" in query.get("additionalFlags", "").split(","):
        return found
    return [*found, *content_problems(declared, headers, content, partial=status < 400 and "fields" in query)]


def declared_response(row: dict[str, str] | None, status: int) -> dict[str, Any] | None:
    """What an answer has to look like; None where the contract has no such success."""
    if row is not None and has_schema(row):
        try:
            return response_of(row["method"], row["path"], status)
        except KeyError:
            pass
    elif row is not None and str(status) == row["success_status"]:  # no schema: any JSON will do
        return {"headers": LIMITS + (PAGED if row["paginated"] == "yes" else ()), "content": {"*": {}}}
    return REFUSAL if status >= 400 else None


REFUSAL = {"headers": LIMITS, "content": {JSON: {"schema": ENVELOPE}}}


def content_problems(
    declared: dict[str, Any], headers: Mapping[str, str], content: bytes, *, partial: bool
) -> Iterator[str]:
    """The content type, and the body; ``partial`` when only some ``fields`` were asked for."""
    kinds = declared.get("content", {})
    if not kinds:
        if content:
            yield "a body where none is declared"
        return
    kind = headers.get("Content-Type", "none")
    media = kinds.get(kind) or kinds.get(kind.partition("/")[0] + "/*") or kinds.get("*")
    if media is None:
        yield f"Content-Type {kind}"
    elif "schema" in media and kind == JSON:
        yield from json_problems(media["schema"], content, partial=partial)


def json_problems(schema: dict[str, Any], content: bytes, *, partial: bool) -> Iterator[str]:
    """What is wrong with a body in JSON, names the schema does not know included."""
    try:
        body = json.loads(content)
    except ValueError:
        yield "the body is not JSON"
        return
    yield from complaints(schema, body, partial=partial)
    yield from unknown_names([schema], body)


def needs(header: str) -> bool:
    """Retry-After is declared for 429 but comes with some of them only."""
    return header != "Retry-After"
