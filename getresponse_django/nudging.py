"""The nudge: asks a worker to push soon, without ever making the site wait for a broken broker.

The durable change is in the database, and beat drains every minute; losing a nudge costs time, not data.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from . import events

LONGEST_WAIT = 0.5
"""Seconds a request may be held up by a broker that does not answer."""

REST = 30.0
"""Seconds without nudges after one that failed."""

GAP = 1.0
"""Seconds between two nudges of a process for the same account; changes in between share the second."""


class Nudger:
    """Sends nudges through ``publish(account_id, countdown)`` in a thread of its own, at most one at a time.

    A thread, because a broker that accepts connections and never answers hangs in places that no timeout
    setting of Celery reaches for every transport (docs/explanation/decisions/outbox.md).
    """

    def __init__(
        self, publish: Callable[[int, float], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._publish, self._clock = publish, clock
        self._lock = threading.Lock()
        self._covered: dict[int, float] = {}
        self._rest_until = 0.0

    def nudge(self, account_id: int) -> bool:
        """Ask for a push; returns whether a message was sent. Takes at most LONGEST_WAIT seconds."""
        countdown = self._reserve(account_id)
        if countdown is None:
            return False
        sent: list[bool] = []
        failures: list[str] = []
        sender = threading.Thread(
            target=self._send, args=(account_id, countdown, sent, failures), daemon=True
        )
        sender.start()
        sender.join(LONGEST_WAIT)
        if not sent:
            self._rest()
            why = failures[0] if failures else "TimeoutError"
            events.BROKER_SILENT.log(rest_seconds=REST, error_type=why)
        return bool(sent)

    def _reserve(self, account_id: int) -> float | None:
        """The countdown of the next message; None when one on its way covers this change, or the broker
        rests.
        """
        with self._lock:
            now = self._clock()
            covered = self._covered.get(account_id, now - GAP)
            if now < self._rest_until or now < covered:
                return None
            # The first goes at once; what follows within GAP waits for its end and is pushed together.
            countdown = 0.0 if now - covered >= GAP else GAP
            self._covered[account_id] = now + countdown
            return countdown

    def _send(self, account_id: int, countdown: float, sent: list[bool], failures: list[str]) -> None:
        # Whatever a broker or its transport raises: the change is safe, beat will push it.
        try:
            self._publish(account_id, countdown)
            sent.append(True)
        except Exception as error:
            failures.append(type(error).__name__)

    def _rest(self) -> None:
        with self._lock:
            self._rest_until = self._clock() + REST
