"""Calls the addresses of webhooks and callbacks, from a thread of its own, and repeats what was not taken.

Source: contract/behaviour-newsletters.md sections 7 and 8. A webhook is repeated three times, at growing
intervals, on 2xx without ``{"status": "OK"}``, 429, 5xx, a timeout or a failed connection; a callback never.
Decided where the contract is open: the intervals (``intervals``, short ones); what is gathered into an array
is whatever waits at the moment.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

WEBHOOK_SECONDS, CALLBACK_SECONDS = 5.0, 4.0
"""How long an endpoint may take to answer."""

MOST_AT_ONCE = 100
TAKEN = (200, 201, 202, 204)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook of the panel: where to, of which ``types`` (none: all), and whether in arrays."""

    url: str
    types: frozenset[str] = frozenset()
    batched: bool = False


@dataclass(slots=True)
class Parcel:
    """Something to deliver: the events of a webhook, or the query of a callback to ``url``."""

    url: str
    webhook: Webhook | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    query: dict[str, str] = field(default_factory=dict)
    webhook_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempts: int = 0
    due: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attempt: ``status`` is 0 when there was no answer; ``taken`` when it counts as delivered."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any
    status: int
    taken: bool


class Deliveries:
    """What is on its way. ``intervals`` are the seconds before each repetition."""

    def __init__(self) -> None:
        self.intervals: tuple[float, ...] = (0.2, 0.5, 1.0)
        self.log: deque[Delivered] = deque(maxlen=10_000)
        self._waiting: list[Parcel] = []
        self._changed = threading.Condition()
        self._under_way: Parcel | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    def hand_over(self, parcel: Parcel) -> None:
        """Deliver this soon."""
        with self._changed:
            self._waiting.append(parcel)
            if self._thread is None:
                self._stopped = False
                self._thread = threading.Thread(target=self._run, daemon=True, name="sandbox-deliveries")
                self._thread.start()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is on its way; whether that came to pass in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and self._under_way is None, seconds)

    def forget(self) -> None:
        """Deliver nothing of what waits."""
        with self._changed:
            self._waiting.clear()
            self._under_way = None
            self.log.clear()
            self._changed.notify_all()

    def stop(self) -> None:
        """End the thread; the next parcel starts another one."""
        with self._changed:
            self._stopped, self._thread = True, None
            self._changed.notify_all()

    def _run(self) -> None:
        while parcel := self._take():
            attempt = deliver(parcel)
            with self._changed:
                if self._under_way is not parcel:
                    continue  # forgotten meanwhile
                self.log.append(attempt)
                if is_repeated(attempt) and parcel.webhook and parcel.attempts < len(self.intervals):
                    parcel.due = time.monotonic() + self.intervals[parcel.attempts]
                    parcel.attempts += 1
                    self._waiting.append(parcel)
                self._under_way = None
                self._changed.notify_all()

    def _take(self) -> Parcel | None:
        """The next parcel that is due, with what goes into the same array; None at the end."""
        with self._changed:
            while not self._stopped:
                first = min(self._waiting, key=lambda parcel: parcel.due, default=None)
                wait = first.due - time.monotonic() if first else None
                if first is None or (wait is not None and wait > 0):
                    self._changed.wait(wait)
                    continue
                self._waiting.remove(first)
                self._gather(first)
                self._under_way = first
                return first
            return None

    def _gather(self, first: Parcel) -> None:
        if first.webhook is None or not first.webhook.batched or first.attempts:
            return
        alike = [one for one in self._waiting if one.webhook is first.webhook and not one.attempts]
        for parcel in alike[: MOST_AT_ONCE - 1]:
            self._waiting.remove(parcel)
            first.events += parcel.events


def deliver(parcel: Parcel) -> Delivered:
    """One attempt."""
    if parcel.webhook is None:
        url = parcel.url + ("&" if "?" in parcel.url else "?") + urlencode(parcel.query)
        status, _content = send("GET", url, {}, None, CALLBACK_SECONDS)
        return Delivered("GET", url, {}, None, status, status in TAKEN)
    body: Any = parcel.events if parcel.webhook.batched else parcel.events[0]
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Type": parcel.events[0]["type"],
        "X-Webhook-ID": parcel.webhook_id,
        "X-Request-ID": uuid.uuid4().hex,
    }
    content = json.dumps(body).encode()
    status, answer = send("POST", parcel.url, headers, content, WEBHOOK_SECONDS)
    return Delivered("POST", parcel.url, headers, body, status, status in TAKEN and says_ok(answer))


def send(
    method: str, url: str, headers: dict[str, str], body: bytes | None, seconds: float
) -> tuple[int, bytes]:
    """Status and body of the answer; status 0 when there is none."""
    address = urlsplit(url)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    try:
        connection = kind(address.hostname or "", address.port, timeout=seconds)
        try:
            connection.request(method, target, body, {"Connection": "close", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
    except (OSError, ValueError, HTTPException):
        return 0, b""


def says_ok(content: bytes) -> bool:
    """Whether an answer has the body that GetResponse wants."""
    try:
        answer = json.loads(content)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("status") == "OK"


def is_repeated(attempt: Delivered) -> bool:
    """Whether the same is sent again: not after 1xx, 3xx and other 4xx."""
    lost = attempt.status in (0, 429) or attempt.status >= 500 or 200 <= attempt.status < 300
    return lost and not attempt.taken
