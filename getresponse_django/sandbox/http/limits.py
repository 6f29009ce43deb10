"""The limits of an account: 80 calls a second, 30,000 in 10 minutes, 10 at once, and the tighter ones of some
calls.

Source: contract/behaviour-core.md section 5. All times are monotonic seconds. Refused calls do not count.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque

from .errors import ApiError

FRAME = 600.0


class Window:
    """So many calls in any stretch of so many seconds."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self.taken: deque[float] = deque(maxlen=limit)

    def wait(self, now: float) -> float:
        """Seconds until a call is allowed; 0 when one is allowed now."""
        if len(self.taken) < self.limit:
            return 0.0
        return max(0.0, self.taken[0] + self.seconds - now)

    def take(self, now: float) -> None:
        """Count a call."""
        self.taken.append(now)


def quota_windows() -> dict[str, tuple[Window, ...]]:
    """The calls with limits of their own: batches (behaviour-contacts.md 5), imports (6),
    sending (behaviour-newsletters.md 2).
    """
    return {
        "batch": (Window(1, 1.0), Window(80, FRAME)),
        "newsletters": (Window(256, 86400.0),),
        "imports": (Window(20, 86400.0),),
    }


class Limits:
    """Counts the calls of the account and refuses those beyond its limits, unless it is switched off."""

    def __init__(
        self, on: bool = True, per_frame: int = 30_000, per_second: int = 80, at_once: int = 10
    ) -> None:
        self.on = on
        self.per_frame, self.at_once = per_frame, at_once
        self.second = Window(per_second, 1.0)
        self.quotas = quota_windows()
        self.frame_started = -math.inf
        self.used = 0
        self.running = self.most_running = 0
        self.lock = threading.Lock()

    def enter(self) -> None:
        """Begin a call, to be ended by ``leave``; raises 429 when a limit is reached."""
        with self.lock:
            now = time.monotonic()
            if now - self.frame_started >= FRAME:
                self.frame_started, self.used = now, 0
            if self.on:
                self._refuse(now)
            self.second.take(now)
            self.used += 1
            self.running += 1
            self.most_running = max(self.most_running, self.running)

    def _refuse(self, now: float) -> None:
        if self.running >= self.at_once:
            raise too_many(self.at_once, 1.0)
        if wait := self.second.wait(now):
            raise too_many(self.second.limit, wait, retry_after=True)
        if self.used >= self.per_frame:
            raise too_many(self.per_frame, self.frame_started + FRAME - now)

    def leave(self) -> None:
        """End a call."""
        with self.lock:
            self.running -= 1

    def check(self, quota: str) -> None:
        """Raise 429 when a call that has limits of its own would go beyond one of them."""
        with self.lock:
            now = time.monotonic()
            for window in self.quotas[quota]:
                wait = window.wait(now)
                if self.on and wait:
                    raise too_many(window.limit, wait, retry_after=window.seconds <= 1)

    def spend(self, quota: str) -> None:
        """Count a call that has limits of its own, once it has succeeded."""
        with self.lock:
            now = time.monotonic()
            for window in self.quotas[quota]:
                window.take(now)

    def forget(self) -> None:
        """Begin anew with nothing used."""
        with self.lock:
            self.second.taken.clear()
            self.quotas = quota_windows()
            self.frame_started = -math.inf
            self.most_running = self.running

    def headers(self) -> dict[str, str]:
        """The state of the 10-minute frame, as every answer carries it."""
        left = self.frame_started + FRAME - time.monotonic()
        return rate_headers(self.per_frame, max(0, self.per_frame - self.used), left if left > 0 else FRAME)


def rate_headers(limit: int, remaining: int, seconds: float) -> dict[str, str]:
    """The three headers; the reset is text such as ``432 seconds``, and ``1 seconds`` too."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{max(1, math.ceil(min(seconds, FRAME * 144)))} seconds",
    }


def too_many(limit: int, seconds: float, *, retry_after: bool = False) -> ApiError:
    """The 429 of a limit that frees a call after so many seconds."""
    headers = rate_headers(limit, 0, seconds)
    context = {"currentLimit": limit, "timeToReset": headers["X-RateLimit-Reset"]}
    return ApiError(1015, context=context, headers=headers | ({"Retry-After": "1"} if retry_after else {}))
