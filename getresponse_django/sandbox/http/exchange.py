"""One HTTP request and its answer as plain values, free of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from .errors import not_found

R = TypeVar("R")


@dataclass(slots=True)
class Request:
    """A request as it arrived; ``ids`` come from the path, ``body`` is the decoded JSON."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    body: Any = None
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def flags(self) -> frozenset[str]:
        """The ``additionalFlags`` of the query."""
        return frozenset(self.query.get("additionalFlags", "").split(","))

    def filter(self, name: str) -> str:
        """The value of ``query[name]``, or an empty string."""
        return self.query.get(f"query[{name}]", "")

    def find(self, name: str, records: Mapping[str, R]) -> R:
        """The record whose identifier the path gives as ``name``, or 404."""
        record_id = self.ids[name]
        if record_id not in records:
            raise not_found(**{name: record_id})
        return records[record_id]


class Fate(Enum):
    """What becomes of an answer on the wire."""

    SEND = "sent whole"
    CUT = "half of it is sent, then the connection is closed"
    DROP = "never sent; the connection is closed"
    RESET = "never sent; the connection is reset"


@dataclass(slots=True)
class Response:
    """An answer: status, bytes and headers; Content-Length is added when it is sent, which takes ``seconds``
    for the body.
    """

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fate: Fate = Fate.SEND
    seconds: float = 0.0


@dataclass(slots=True)
class LoggedRequest:
    """What the sandbox remembers of a request. ``path`` is without /v3; ``at`` is in seconds since the epoch,
    of the machine's clock; ``status`` is 0 when no answer was sent."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    at: float


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body; ``None`` makes an empty one, as 202 and 204 have."""
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    return Response(status, content, dict(headers or {}))


def parse_target(target: str) -> tuple[str, dict[str, str]]:
    """A request target as (path, query); of a repeated parameter the last one counts."""
    path, _, query = target.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True, errors="replace")) if query else {}
