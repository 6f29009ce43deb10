"""One process's part in the limits of an account: takes slots and send times, and hands them out.

Needs no Django: ``transact(fn)`` runs ``fn`` on the shared dict inside one short locked transaction and saves
the dict. It is called only by the thread that calls ``acquire``, ``renew``, ``pause`` or ``close``; ``Slot``
belongs to workers and touches no database.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Self
from uuid import uuid4

from . import limits
from .errors import RateLimited
from .limits import Grant, Remaining, State, remaining, reserve

__all__ = ["Grant", "Remaining", "Slot", "State", "Throttle", "Unlimited", "remaining", "reserve"]

Transact = Callable[[Callable[[State], Any]], Any]

RENEW_SECONDS = 1.0
"""How often a lease is renewed: well under LEASE_SECONDS, so that one slow transaction loses nothing."""

CROWDED_SECONDS = 0.25
"""How long nobody asks for more slots after there were none: waiting for an answer costs no transaction."""

LANE_PATIENCE = 5.0
"""The longest wait for a lane of its own, in seconds: enough for the turns of a few processes."""

LATE_SECONDS = 0.04
"""How late a send time may be used: at 75 a second, 79 then fall into the worst second, of 80 allowed."""


class Slot:
    """Leave for one request, from ``at`` (seconds since 1970) on. ``with slot:`` gives it back."""

    def __init__(
        self,
        at: float = 0.0,
        give_back: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.at, self._give_back, self._clock, self._sleep = at, give_back, clock, sleep

    def wait(self) -> None:
        """Sleep until the send time; never long, whatever became of the clock."""
        seconds = min(self.at - self._clock(), limits.MOST_AHEAD)
        if seconds > 0:
            self._sleep(seconds)

    def release(self) -> None:
        """Give the slot back; a second time does nothing."""
        give_back, self._give_back = self._give_back, None
        if give_back:
            give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()


class Unlimited:
    """A throttle without limits, for scripts and tests."""

    interactive = False

    def acquire(self, lane: str = "") -> Slot:
        """Leave to send now."""
        return Slot()

    def renew(self) -> None:
        """Nothing to renew."""

    def pause(self, seconds: float, lane: str = "") -> None:
        """Nobody to hold back."""

    def close(self) -> None:
        """Nothing to give back."""


class Throttle:
    """The limits of an account as one sender among all processes sees them.

    ``interactive`` senders may use the reserve that bulk work leaves. ``patience`` is the longest wait in
    ``acquire``, in seconds; on a lane it is LANE_PATIENCE at most, for other work can go on meanwhile.
    Exceptions of ``transact`` come through.
    """

    def __init__(
        self,
        transact: Transact,
        *,
        interactive: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        patience: float = 60.0,
    ) -> None:
        self.sender = uuid4().hex[:12]
        self._transact, self.interactive = transact, interactive
        self._clock, self._sleep, self._patience = clock, sleep, patience
        self._asking = threading.RLock()
        self._freed = threading.Condition()
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._slots = self._under_way = 0
        self._burst, self._wasted = 1, False
        self._renewed = self._crowded_until = 0.0

    def acquire(self, lane: str = "") -> Slot:
        """Leave for one request; blocks until there is a slot and a send time.

        Raises RateLimited, with the seconds to wait, when that is longer than ``patience``.
        """
        waited, just_asked = 0.0, False
        patience = min(self._patience, LANE_PATIENCE) if lane else self._patience
        with self._asking:
            while True:
                slot = self._take(lane, just_asked)
                if slot:
                    return slot
                if self._is_crowded():
                    grant = Grant(self._slots, wait=self._crowded_until - self._clock())
                else:
                    grant, just_asked = self._ask(lane), True
                if waited + grant.wait > patience:
                    message = "The limits of the account are used up for now; nothing was sent."
                    raise RateLimited(message, retry_after=max(grant.wait, limits.LEASE_SECONDS))
                waited += self._pass_time(grant)

    def renew(self) -> None:
        """Keep the slots of requests under way; call it about every second while waiting for answers."""
        if self._under_way and self._is_stale() and self._asking.acquire(blocking=False):
            # Another thread that is asking just now renews as well.
            try:
                self._ask()
            finally:
                self._asking.release()

    def pause(self, seconds: float, lane: str = "") -> None:
        """Let no process send for ``seconds``: on one lane, or on the whole account."""
        with self._freed:
            for reserved in [lane] if lane else list(self._times):
                self._times[reserved].clear()
        self._transact(lambda state: limits.pause(state, self._clock(), seconds, lane))

    def close(self) -> None:
        """Give the slots back; they would expire by themselves."""
        if self._slots:
            self._slots = 0
            self._transact(lambda state: limits.leave(state, self.sender))

    def _take(self, lane: str, just_asked: bool) -> Slot | None:
        """A slot from what is in memory, if there is one, and a time that is not over."""
        with self._freed:
            self._drop_past(lane, keep=int(just_asked))
            times = self._times[lane]
            if not times or self._is_stale() or self._under_way >= self._slots:
                return None
            self._under_way += 1
            return Slot(times.popleft(), self._free, self._clock, self._sleep)

    def _drop_past(self, lane: str, keep: int) -> None:
        """Forget times that are over, except one just reserved: it is late only by the transaction itself."""
        times, oldest = self._times[lane], self._clock() - LATE_SECONDS
        while len(times) > keep and times[0] < oldest:
            times.popleft()
            self._wasted = True

    def _ask(self, lane: str | None = None) -> Grant:
        """One transaction: renew the lease, ask for a slot, and on ``lane`` for times if none are left."""
        needs_times = lane is not None and not self._times[lane]
        if needs_times:
            self._resize_burst()
        request: dict[str, Any] = {"held": self._under_way, "slots": self._slots_wanted()}
        request |= {"lane": lane or "", "times": self._burst if needs_times else 0}
        request |= {"sender": self.sender, "interactive": self.interactive}
        answers: list[Grant] = []
        self._transact(lambda state: answers.append(reserve(state, self._clock(), **request)))
        grant = answers[-1]
        self._slots, self._renewed = grant.slots, self._clock()
        if self._slots <= request["held"]:
            self._crowded_until = self._renewed + CROWDED_SECONDS
        self._times[lane or ""].extend(grant.times)
        return grant

    def _resize_burst(self) -> None:
        """More times per transaction while all are used, fewer when some went by unused."""
        wanted = self._burst // 2 if self._wasted else 2 * self._burst
        self._burst, self._wasted = min(max(wanted, 1), limits.MOST_TIMES), False

    def _slots_wanted(self) -> int:
        """More, quickly, when all are in use; else slowly fewer, down to one more than is in use."""
        if self._under_way >= self._slots:
            return min(limits.SLOTS, 2 * self._under_way + 1)
        return max(self._under_way + 1, (self._slots + self._under_way + 1) // 2)

    def _pass_time(self, grant: Grant) -> float:
        """Wait for a slot of our own to come back or for time to pass; returns the seconds that passed."""
        started, seconds = self._clock(), min(grant.wait, RENEW_SECONDS)
        if 0 < grant.slots <= self._under_way:
            with self._freed:
                self._freed.wait_for(lambda: self._under_way < grant.slots, timeout=seconds)
        elif seconds:
            self._sleep(seconds)
        return max(0.0, self._clock() - started)

    def _is_stale(self) -> bool:
        """The lease needs to be renewed; also after the clock was set back."""
        return not 0 <= self._clock() - self._renewed < RENEW_SECONDS

    def _is_crowded(self) -> bool:
        """All slots are in use and there were no more a moment ago: one of our own comes back first."""
        return (
            0 < self._slots <= self._under_way
            and self._clock() < self._crowded_until
            and not self._is_stale()
        )

    def _free(self) -> None:
        with self._freed:
            self._under_way -= 1
            self._freed.notify_all()
