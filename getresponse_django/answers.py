"""What an answer means: a value, or the error to act on, free of secrets and addresses. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from .errors import (
    AccountRefused,
    AlreadyExists,
    GetResponseError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)

BY_CODE: dict[int, type[GetResponseError]] = {
    **dict.fromkeys((1014, 1016, 1017, 1018, 1021, 1024), AccountRefused),
    **dict.fromkeys((*range(1000, 1008), *range(1009, 1013), 1023, 1027, 1028, 1029), Rejected),
    1008: AlreadyExists,
    1013: NotFound,
    1015: RateLimited,
    1019: Unavailable,
}
"""contract/behaviour-core.md section 6. Code 1 comes with 400 and with 500, and follows the status."""

BY_STATUS: dict[int, type[GetResponseError]] = {
    401: AccountRefused,
    403: AccountRefused,
    404: NotFound,
    409: AlreadyExists,
    429: RateLimited,
    503: Unavailable,
}

DEFAULT_WAIT = 5.0
"""Seconds to wait after a 429 that does not say how long (contract/behaviour-contacts.md section 3)."""

LONGEST_WAIT = 86_400.0
"""Seconds. The longest quota of the API is one of 24 hours (contract/behaviour-contacts.md section 6). What
says more, such as a proxy that gives a time since 1970, is not believed: a change would wait for decades.
"""

BINARY = ("image", "audio", "video", "font")

REDIRECTED = "GetResponse redirects, which is not followed to keep the key safe: check PLATFORM and BASE_URL."

ADDRESS = re.compile(r"[^\s@<>\",;:()\[\]]{1,200}(?:@|%40)[^\s@<>\"',;:()\[\]{}/?&=]+", re.IGNORECASE)
"""Anything that looks like an e-mail address; bounded, because an unbounded run would take quadratic time."""

SECRET_NAME = re.compile(r"token|api.?key|authorization|secret|password", re.IGNORECASE)
SECRET_VALUE = re.compile(r"\b(api-key|bearer)\s+\S+", re.IGNORECASE)

UNWRITABLE = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)
"""How a body says a NUL, or half of a surrogate pair (of which the whole is a character like others)."""


def error_for(
    method: str, path: str, status: int, headers: Mapping[str, str], body: bytes | str
) -> GetResponseError:
    """The error (not raised) of an answer that is not 2xx, by ``code`` first, then by ``status``.

    Sources: contract/behaviour-core.md sections 5 and 6, contract/behaviour-contacts.md section 11.
    """
    envelope = envelope_of(body)
    code, context = whole_number(envelope.get("code")), envelope.get("context")
    said = str(envelope.get("message") or envelope.get("codeDescription") or "").strip()
    kind = kind_of(method, status, code, said)
    facts: dict[str, Any] = {"method": method, "path": safe_path(path), "status": status, "code": code}
    facts |= {"context": context, "uuid": str(envelope.get("uuid") or "")}
    if kind is RateLimited:
        facts["retry_after"] = seconds_to_wait(headers, context)
    return kind(message_of(said, context, status), **facts)


def kind_of(method: str, status: int, code: int | None, said: str) -> type[GetResponseError]:
    """Which error. "In queue" is a create accepted before (contract/behaviour-contacts.md section 4)."""
    if "in queue" in said.lower():
        return AlreadyExists
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_STATUS.get(status) or kind_of_status(method, status)


def kind_of_status(method: str, status: int) -> type[GetResponseError]:
    """The rest of the statuses, in ranges."""
    if status < 400:
        return AccountRefused
    if status < 500:
        return Rejected
    return lost(method)


def lost(method: str) -> type[Unavailable | OutcomeUnknown]:
    """What no usable answer means: a read can be repeated, a write may have been processed."""
    return Unavailable if method == "GET" else OutcomeUnknown


def envelope_of(body: bytes | str) -> dict[str, Any]:
    """The error envelope, masked, or {} for anything else, such as the HTML page of a proxy."""
    try:
        value = masked(writable(json.loads(body)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def message_of(said: str, context: Any, status: int) -> str:
    """The API's own sentence with every validation error, or one of ours."""
    if 300 <= status < 400:
        return REDIRECTED
    details = "; ".join(complaints(context))
    if said and details:
        return f"{said} {details}" if said.endswith((".", ":", "!")) else f"{said}: {details}"
    return said or details or f"GetResponse answered {phrase(status)} without a readable reason."


def complaints(context: Any) -> Iterator[str]:
    """The validation errors in a context, which may be {}, [], a list of strings or dicts, or one dict."""
    for item in context if isinstance(context, list) else [context]:
        if isinstance(item, str) and item:
            yield item
        elif isinstance(item, dict) and item.get("errorDescription"):
            yield ": ".join(part for part in (field_name(item), str(item["errorDescription"])) if part)


def field_name(complaint: dict[str, Any]) -> str:
    """``fieldName`` is a text or a path as a list (contract/behaviour-contacts.md section 11)."""
    name = complaint.get("fieldName") or ""
    return ".".join(map(str, name)) if isinstance(name, list) else str(name)


def phrase(status: int) -> str:
    """``502 Bad Gateway``, or the bare number of a status nobody registered."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def seconds_to_wait(headers: Mapping[str, str], context: Any) -> float:
    """The first that says it: Retry-After, X-RateLimit-Reset, context.timeToReset; else 5 s. A day at most.

    Source: contract/behaviour-core.md section 5.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    said = [by_name.get("retry-after"), by_name.get("x-ratelimit-reset")]
    said.append(context.get("timeToReset") if isinstance(context, dict) else None)
    known = (leading_number(text) for text in said)
    return min(next((seconds for seconds in known if seconds is not None), DEFAULT_WAIT), LONGEST_WAIT)


def seconds_to_pause(headers: Mapping[str, str]) -> float:
    """How long to send nothing after an answer that used up the last call of its window; else 0.

    Other systems spend the calls of the account too. Source: contract/behaviour-core.md section 5.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    if whole_number(by_name.get("x-ratelimit-remaining")) != 0:
        return 0.0
    return leading_number(by_name.get("x-ratelimit-reset")) or 0.0


def leading_number(text: Any) -> float | None:
    """432.0 for 432 and for "432 seconds", as X-RateLimit-Reset has it; None where no number leads."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)(?:\s|s|$)", str(text))
    return float(found[1]) if found else None


def whole_number(value: Any) -> int | None:
    """An integer, also one written as text or as a header; else None."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def masked(value: Any) -> Any:
    """The same JSON with ``***`` for what looks like an address or a credential: errors get logged."""
    match value:
        case str() if not value.isalnum():
            return SECRET_VALUE.sub(r"\1 ***", ADDRESS.sub("***@***", value))
        case list():
            return [masked(item) for item in value]
        case dict():
            # context.sentToken holds the very token that was sent (contract/behaviour-core.md section 2).
            return {
                masked(key): "***" if SECRET_NAME.search(key) else masked(item) for key, item in value.items()
            }
    return value


def safe_path(path: str) -> str:
    """The path without its query, which may hold an address."""
    return "/".join(masked(part) for part in path.partition("?")[0].split("/"))


def value_of(method: str, path: str, status: int, content_type: str, body: bytes) -> Any:
    """What a 2xx answer holds: None when empty, bytes when binary (thumbnails), else the JSON.

    Returns (does not raise) an error when the JSON cannot be read, since it was processed all the same.
    """
    if status == 204 or not body:
        return None
    if content_type.partition("/")[0] in BINARY or content_type.startswith("application/octet-stream"):
        return body
    try:
        value = json.loads(body)
        return writable(value) if UNWRITABLE.search(body) else value
    except (ValueError, RecursionError):
        message = f"GetResponse answered {phrase(status)} with something that is not JSON."
        return lost(method)(message, method=method, path=safe_path(path), status=status)


def writable(value: Any, levels: float = math.inf) -> Any:
    """The same JSON with replacement characters for what no database keeps in a text: one contact whose name
    has it would end every pull. Raises ValueError when it is nested deeper than ``levels``.
    """
    if isinstance(value, dict | list) and not levels:
        raise ValueError("nested too deep")
    match value:
        case str():
            return writable_text(value)
        case list():
            return [writable(item, levels - 1) for item in value]
        case dict():
            return {writable_text(key): writable(item, levels - 1) for key, item in value.items()}
    return value


def writable_text(text: str) -> str:
    """A text without NUL, which PostgreSQL refuses, and halves of surrogate pairs, which are no UTF-8."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
