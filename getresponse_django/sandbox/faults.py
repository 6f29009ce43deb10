"""Failures on order: what ``Sandbox.fail`` arms, and what an armed fault makes of an answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import CODES, ApiError
from .exchange import Fate, Request, Response, json_response

KINDS = ("status", "html", "timeout", "reset", "truncated", "garbage")
CODE_OF_STATUS = {400: 1000, 401: 1014, 403: 1016, 404: 1013, 409: 1008, 429: 1015, 503: 1019}
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
SAMPLE = json.dumps([{"contactId": "pV3r", "name": "Anna Kowalska", "email": "anna@example.com"}]).encode()


@dataclass(slots=True)
class Fault:
    """A failure that waits for the requests it matches. ``count`` None means until the next reset."""

    status: int = 503
    method: str | None = None
    path: str | None = None
    count: int | None = 1
    when: str = "before"
    kind: str = "status"
    headers: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of fault {self.kind!r}; use one of: {', '.join(KINDS)}.")
        if self.when not in ("before", "after"):
            raise ValueError(f"A fault comes before or after the work, not {self.when!r}.")
        if self.code is not None and self.code not in CODES:
            raise ValueError(f"Unknown error code {self.code}.")
        if not isinstance(self.status, int) or not 200 <= self.status <= 599:
            raise ValueError(f"A fault needs a status from 200 to 599, not {self.status!r}.")
        if self.count is not None and not isinstance(self.count, int):
            raise ValueError(f"A fault counts in whole numbers, not {self.count!r}.")
        if not isinstance(self.seconds, int | float):
            raise ValueError(f"A timeout takes a number of seconds, not {self.seconds!r}.")
        self._check_texts()

    def _check_texts(self) -> None:
        if not all(
            isinstance(text, str) and text.isascii() for pair in self.headers.items() for text in pair
        ):
            raise ValueError("The headers of a fault are ASCII texts.")
        try:
            re.compile(self.path or "")
        except re.error as error:
            raise ValueError(f"The path of a fault is no regular expression: {error}.") from None

    def matches(self, request: Request) -> bool:
        """Whether this request shall fail."""
        if self.count == 0 or self.method not in (None, request.method):
            return False
        return self.path is None or re.search(self.path, request.path) is not None

    def answer(self, honest: Response | None, stopped: threading.Event) -> Response:
        """The failed answer; ``honest`` is the true one when the work was done. A timeout sleeps here."""
        match self.kind:
            case "html":
                return Response(502, HTML, {"Content-Type": "text/html"})
            case "timeout":
                stopped.wait(self.seconds)
                return Response(0, fate=Fate.DROP)
            case "reset":
                return Response(0, fate=Fate.RESET)
            case "truncated":
                content = honest.content if honest and honest.content else SAMPLE
                return Response(honest.status if honest else 200, content, fate=Fate.CUT)
            case "garbage":
                return Response(200, SAMPLE[:-5] + b",,}")
            case _:
                return self._refusal()

    def _refusal(self) -> Response:
        code = self.code or CODE_OF_STATUS.get(self.status, 1)
        error = ApiError(code, status=self.status, headers=self.headers)
        return json_response(error.status, error.envelope(), error.headers)


class Faults:
    """The armed faults, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self.lock = threading.Lock()

    def arm(self, fault: Fault) -> None:
        """Make the next matching requests fail."""
        with self.lock:
            self.armed.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self.lock:
            self.armed.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault for this request, which uses up one of its count."""
        if not self.armed:
            return None
        with self.lock:
            fault = next((fault for fault in self.armed if fault.matches(request)), None)
            if fault and fault.count is not None:
                fault.count -= 1
                if fault.count == 0:
                    self.armed.remove(fault)
            return fault
