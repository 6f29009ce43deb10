"""The throttle of one process: it blocks, hands out, renews and gives back, with few transactions."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from getresponse_django import limits
from getresponse_django.errors import RateLimited
from getresponse_django.throttle import Slot, State, Throttle, Unlimited, remaining

NOW = 1_767_225_600.0
BULK = limits.SLOTS - limits.KEPT_SLOTS


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Shared:
    """The dict of an account, and how often it was locked. ``delay`` is the seconds a transaction takes."""

    def __init__(self, clock: Clock | None = None, delay: float = 0.0) -> None:
        self.state: State = {}
        self.transactions = 0
        self._clock, self._delay, self._lock = clock, delay, threading.Lock()

    def __call__(self, fn: Callable[[State], Any]) -> Any:
        with self._lock:
            self.transactions += 1
            result = fn(self.state)
            if self._clock:
                self._clock.now += self._delay
            return result

    @property
    def senders(self) -> dict[str, Any]:
        return self.state.get("senders", {})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(clock: Clock) -> Shared:
    return Shared(clock)


@pytest.fixture
def throttle(shared: Shared, clock: Clock) -> Throttle:
    return Throttle(shared, clock=clock, sleep=clock.sleep)


def send(throttle: Throttle, lane: str = "") -> float:
    """One request that takes no time; returns when it left."""
    with throttle.acquire(lane) as slot:
        slot.wait()
        return throttle._clock()


class TestAcquire:
    def test_the_first_request_leaves_at_once(self, throttle: Throttle, clock: Clock) -> None:
        assert send(throttle) == NOW
        assert clock.slept == []

    def test_one_after_the_other_they_leave_evenly(self, throttle: Throttle, clock: Clock) -> None:
        times = [send(throttle) for _ in range(750)]
        assert times[-1] - times[0] == pytest.approx(749 / 75, abs=0.01)

    def test_eight_times_are_reserved_per_transaction_when_as_many_slots_are_used(
        self, throttle: Throttle, shared: Shared
    ) -> None:
        under_way = deque[Slot]()
        for _ in range(1000):
            under_way.append(throttle.acquire())
            under_way[-1].wait()
            if len(under_way) == 8:
                under_way.popleft().release()
        assert shared.transactions <= 1000 / 8 + 30

    def test_while_all_slots_are_in_use_waiting_costs_four_transactions_a_second(self) -> None:
        shared = Shared()
        throttle = Throttle(shared, patience=2)
        slots = [throttle.acquire() for _ in range(8)]
        before = shared.transactions
        threading.Timer(1, slots[0].release).start()
        throttle.acquire()
        assert shared.transactions - before <= 6

    def test_times_that_went_by_are_not_used_and_fewer_are_reserved(
        self, throttle: Throttle, shared: Shared, clock: Clock
    ) -> None:
        left = []
        for _ in range(60):
            left.append(send(throttle))
            clock.now += 0.5
        assert left == pytest.approx([NOW + 0.5 * number for number in range(60)], abs=0.02)
        used = limits.PER_FRAME - remaining(shared.state, clock.now).calls
        assert used <= 60 * 2

    def test_a_transaction_slower_than_the_spacing_still_gets_through(self, clock: Clock) -> None:
        slow = Shared(clock, delay=0.3)
        throttle = Throttle(slow, clock=clock, sleep=clock.sleep)
        assert [send(throttle) for _ in range(3)]
        assert slow.transactions <= 3

    def test_batches_wait_for_their_own_second(self, throttle: Throttle, clock: Clock) -> None:
        times = [send(throttle, "batch") for _ in range(3)]
        assert [round(at - NOW, 2) for at in times] == [0, 1.1, 2.2]

    def test_a_pause_shorter_than_the_patience_is_waited_for(self, throttle: Throttle, clock: Clock) -> None:
        throttle.pause(30)
        assert send(throttle) == pytest.approx(NOW + 30, abs=0.01)

    def test_a_longer_pause_is_told(self, throttle: Throttle, clock: Clock) -> None:
        throttle.pause(432)
        with pytest.raises(RateLimited) as caught:
            throttle.acquire()
        assert caught.value.retry_after == pytest.approx(432)
        assert caught.value.status is None
        assert clock.slept == []

    def test_the_wait_told_is_never_so_short_that_the_client_repeats(
        self, shared: Shared, clock: Clock
    ) -> None:
        first = Throttle(shared, clock=clock, sleep=clock.sleep)
        for _ in range(BULK):
            first.acquire()
        starved = Throttle(shared, clock=clock, sleep=clock.sleep, patience=0)
        with pytest.raises(RateLimited) as caught:
            starved.acquire()
        assert caught.value.retry_after == limits.LEASE_SECONDS

    def test_a_pause_of_one_lane_leaves_the_others(self, throttle: Throttle) -> None:
        throttle.pause(432, "imports")
        send(throttle)
        with pytest.raises(RateLimited):
            throttle.acquire("imports")

    def test_a_pause_forgets_the_times_in_memory(self, throttle: Throttle) -> None:
        for _ in range(20):
            send(throttle)
        throttle.pause(432)
        with pytest.raises(RateLimited):
            throttle.acquire()

    def test_a_clock_set_back_delays_by_seconds_at_most(self, throttle: Throttle, clock: Clock) -> None:
        for _ in range(20):
            send(throttle)
        clock.now -= 3600
        assert send(throttle) - (NOW - 3600) < limits.LEASE_SECONDS

    def test_what_the_transaction_raises_comes_through(self, clock: Clock) -> None:
        def broken(_fn: Callable[[State], Any]) -> Any:
            raise OSError("no database")

        with pytest.raises(OSError, match="no database"):
            Throttle(broken, clock=clock, sleep=clock.sleep).acquire()

    def test_a_transaction_that_is_run_twice_counts_once(self, clock: Clock) -> None:
        shared = Shared(clock)

        def repeated(fn: Callable[[State], Any]) -> Any:
            fn({})  # rolled back
            return shared(fn)

        throttle = Throttle(repeated, clock=clock, sleep=clock.sleep)
        assert send(throttle) == NOW
        assert remaining(shared.state, NOW).calls == limits.PER_FRAME - 1


class TestSlots:
    def test_more_slots_are_asked_for_as_they_are_used(self, throttle: Throttle, shared: Shared) -> None:
        slots = [throttle.acquire() for _ in range(BULK)]
        assert shared.senders[throttle.sender]["slots"] == BULK
        assert shared.transactions <= BULK
        for slot in slots:
            slot.release()

    def test_a_sender_that_needs_less_gives_slots_back(self, throttle: Throttle, shared: Shared) -> None:
        for slot in [throttle.acquire() for _ in range(8)]:
            slot.release()
        for _ in range(200):
            send(throttle)
        assert shared.senders[throttle.sender]["slots"] == 1

    def test_the_tenth_waits_for_one_of_the_nine(self) -> None:
        throttle = Throttle(Shared())
        slots = [throttle.acquire() for _ in range(BULK)]
        threading.Timer(0.05, slots[3].release).start()
        throttle.acquire()
        assert throttle._under_way == BULK

    def test_releasing_twice_is_releasing_once(self, throttle: Throttle) -> None:
        first, _second = throttle.acquire(), throttle.acquire()
        first.release()
        first.release()
        assert throttle._under_way == 1

    def test_an_interactive_sender_gets_through_beside_bulk_work(self, shared: Shared, clock: Clock) -> None:
        bulk = Throttle(shared, clock=clock, sleep=clock.sleep)
        for _ in range(BULK):
            bulk.acquire()
        signup = Throttle(shared, clock=clock, sleep=clock.sleep, interactive=True)
        assert send(signup) < NOW + 0.3

    def test_closing_gives_them_back(self, throttle: Throttle, shared: Shared) -> None:
        send(throttle)
        throttle.close()
        throttle.close()
        assert shared.senders == {}
        assert shared.transactions == 2

    def test_closing_an_unused_throttle_costs_nothing(self, throttle: Throttle, shared: Shared) -> None:
        throttle.close()
        assert shared.transactions == 0

    def test_a_dead_sender_blocks_the_others_for_five_seconds_at_most(
        self, shared: Shared, clock: Clock
    ) -> None:
        dead = Throttle(shared, clock=clock, sleep=clock.sleep)
        for _ in range(8):
            dead.acquire()
        heir = Throttle(shared, clock=clock, sleep=clock.sleep)
        assert send(heir) == pytest.approx(NOW + limits.LEASE_SECONDS, abs=0.3)


class TestRenew:
    def test_slots_in_use_are_kept_as_long_as_it_is_called(
        self, throttle: Throttle, shared: Shared, clock: Clock
    ) -> None:
        slots = [throttle.acquire() for _ in range(3)]
        for _ in range(60):
            clock.now += 0.5
            throttle.renew()
        assert shared.senders[throttle.sender]["slots"] >= len(slots)
        assert shared.senders[throttle.sender]["until"] > clock.now

    def test_it_is_one_transaction_a_second(self, throttle: Throttle, shared: Shared, clock: Clock) -> None:
        throttle.acquire()
        before = shared.transactions
        for _ in range(100):
            clock.now += 0.1
            throttle.renew()
        assert shared.transactions - before <= 10

    def test_without_requests_under_way_it_is_none(
        self, throttle: Throttle, shared: Shared, clock: Clock
    ) -> None:
        send(throttle)
        before = shared.transactions
        clock.now += 10
        throttle.renew()
        assert shared.transactions == before

    def test_waiting_in_acquire_renews_as_well(
        self, throttle: Throttle, shared: Shared, clock: Clock
    ) -> None:
        throttle.acquire()
        throttle.pause(30)
        throttle.acquire()
        assert shared.senders[throttle.sender]["until"] > clock.now + 3

    def test_it_does_not_wait_for_a_thread_that_waits_in_acquire(self) -> None:
        throttle = Throttle(Shared(), patience=1)
        throttle.acquire()
        throttle.pause(0.4)
        waiting = threading.Thread(target=throttle.acquire)
        waiting.start()
        time.sleep(0.05)
        throttle._renewed = 0
        started = time.monotonic()
        throttle.renew()
        assert time.monotonic() - started < 0.2
        waiting.join()


def test_a_slot_never_sleeps_long_when_the_clock_is_set_back(clock: Clock) -> None:
    slot = Slot(clock.now + 3600, clock=clock, sleep=clock.sleep)
    slot.wait()
    slot.release()
    assert clock.slept == [limits.MOST_AHEAD]


def test_without_limits_nothing_is_waited_for() -> None:
    unlimited = Unlimited()
    started = time.monotonic()
    for _ in range(200):
        with unlimited.acquire("batch") as slot:
            slot.wait()
    unlimited.pause(100)
    unlimited.renew()
    unlimited.close()
    assert time.monotonic() - started < 0.2


@contextmanager
def counting() -> Iterator[tuple[Callable[[], None], dict[str, Any]]]:
    """A pretended request of 0.1 s; counts when they left and how many were under way."""
    seen: dict[str, Any] = {"left": [], "now": 0, "most": 0}
    lock = threading.Lock()

    def request() -> None:
        with lock:
            seen["left"].append(time.monotonic())
            seen["now"] += 1
            seen["most"] = max(seen["most"], seen["now"])
        time.sleep(0.1)
        with lock:
            seen["now"] -= 1

    yield request, seen


def test_senders_side_by_side_keep_the_limits_together() -> None:
    shared, ends = Shared(), time.monotonic() + 2.5

    def sender(request: Callable[[], None], interactive: bool) -> None:
        throttle = Throttle(shared, interactive=interactive)

        def attempt(slot: Slot) -> None:
            with slot:
                slot.wait()
                request()

        with ThreadPoolExecutor(10) as workers:
            while time.monotonic() < ends:
                workers.submit(attempt, throttle.acquire())
        throttle.close()

    with counting() as (request, seen), ThreadPoolExecutor(3) as senders:
        for future in [senders.submit(sender, request, number == 0) for number in range(3)]:
            future.result()
    left = sorted(seen["left"])
    assert seen["most"] <= 10
    assert max(sum(at <= other < at + 1 for other in left) for at in left) <= 80
    assert len(left) >= 100, "two thirds of what the limits allow, on a busy machine"
    assert shared.senders == {}
