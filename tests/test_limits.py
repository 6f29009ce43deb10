"""The arithmetic of the limits: an account never sends too much, and nobody waits for ever."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django import limits
from getresponse_django.limits import State, fair_level, leave, pause, remaining, reserve

NOW = 1_767_225_600.0  # the first second of a minute


def calls(state: State, now: float, count: int, **request: Any) -> list[float]:
    """Send times for ``count`` calls of one sender that asks again whenever it is told to."""
    times: list[float] = []
    while len(times) < count:
        grant = reserve(state, now, **({"sender": "a", "slots": 8, "times": 8} | request))
        times += grant.times
        now += grant.wait or 0.001
    return times


def most_within(times: list[float], seconds: float) -> int:
    """The most times in any half-open window of ``seconds``."""
    times, start, most = sorted(times), 0, 0
    for end, at in enumerate(times):
        while at - times[start] >= seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


def test_the_first_call_may_leave_at_once() -> None:
    grant = reserve({}, NOW, sender="a")
    assert (grant.slots, grant.times, grant.wait) == (1, (NOW,), 0)


def test_send_times_are_evenly_spaced() -> None:
    grant = reserve({}, NOW, sender="a", slots=8, times=100)
    assert len(grant.times) == 8
    distances = [after - before for before, after in zip(grant.times, grant.times[1:], strict=False)]
    assert distances == pytest.approx([1 / 75] * 7, abs=1e-6)


def test_seventy_five_calls_leave_in_a_second() -> None:
    times = calls({}, NOW, 750)
    assert times[-1] - times[0] == pytest.approx(749 / 75, abs=0.3)
    assert most_within(times, 1) <= 76


def test_bulk_work_reserves_no_more_than_a_quarter_of_a_second_ahead() -> None:
    state: State = {}
    for _ in range(3):
        assert len(reserve(state, NOW, sender="bulk", slots=8, times=8).times) == 8
    grant = reserve(state, NOW, sender="bulk", slots=8, times=8)
    assert (grant.slots, grant.times) == (8, ())
    assert grant.wait == pytest.approx(3 * 8 / 75 - 0.25, abs=1e-6)
    assert reserve(state, NOW, sender="signup", interactive=True).times[0] < NOW + 0.5


def test_no_more_times_than_slots_are_given() -> None:
    assert len(reserve({}, NOW, sender="a", slots=3, times=8).times) == 3


def test_nobody_reserves_more_than_two_seconds_ahead() -> None:
    state: State = {}
    times = [at for _ in range(50) for at in reserve(state, NOW, sender="a", times=8, interactive=True).times]
    assert max(times) < NOW + limits.MOST_AHEAD + 8 / 75


def test_the_frame_of_ten_minutes_is_kept() -> None:
    state: State = {"minutes": {str(limits.minute_of(NOW) - 9): 29_495}}
    assert len(calls(state, NOW, 5, times=8)) == 5
    grant = reserve(state, NOW + 1, sender="a")
    assert grant.times == ()
    assert grant.wait == pytest.approx(119)  # the oldest minute leaves when all of it is ten minutes old
    assert reserve(state, NOW + 1 + grant.wait, sender="a").times


def test_the_last_calls_of_a_frame_are_for_interactive_senders() -> None:
    state: State = {"minutes": {str(limits.minute_of(NOW)): 29_998}}
    assert reserve(state, NOW, sender="bulk").wait == pytest.approx(660)
    assert len(reserve(state, NOW, sender="signup", slots=8, times=8, interactive=True).times) == 2
    assert reserve(state, NOW, sender="signup", interactive=True).times == ()


def test_batches_leave_once_a_second() -> None:
    state: State = {}
    assert reserve(state, NOW, sender="a", times=8, lane="batch").times == (NOW,)
    grant = reserve(state, NOW + 0.5, sender="b", lane="batch")
    assert (grant.times, grant.wait) == ((), pytest.approx(0.6))
    assert reserve(state, NOW + 0.5, sender="b").times, "other calls do not wait for the batches"
    assert reserve(state, NOW + 1.11, sender="b", lane="batch").times


def test_eighty_batches_leave_in_ten_minutes() -> None:
    state: State = {}
    times = calls(state, NOW, 81, lane="batch")
    assert most_within(times, 600) == 80
    assert times[80] - times[0] >= 600


def test_asking_for_slots_only_costs_no_send_time() -> None:
    state: State = {}
    for lane in ("", "batch", "imports"):
        assert reserve(state, NOW, sender="a", times=0, lane=lane).times == ()
    assert remaining(state, NOW).calls == limits.PER_FRAME


BULK = limits.SLOTS - limits.KEPT_SLOTS
"""The most slots that bulk work may have."""


class TestSlots:
    def test_bulk_work_leaves_one_for_interactive_senders(self) -> None:
        state: State = {}
        assert reserve(state, NOW, sender="bulk", slots=10).slots == BULK
        assert reserve(state, NOW, sender="signup", slots=2, interactive=True).slots == 1

    def test_an_interactive_sender_alone_may_use_all(self) -> None:
        assert reserve({}, NOW, sender="signup", slots=99, interactive=True).slots == 10

    def test_a_sender_without_a_slot_gets_no_send_time_and_asks_again(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="a", slots=BULK, held=BULK)
        grant = reserve(state, NOW, sender="b")
        assert (grant.slots, grant.times, grant.wait) == (0, (), limits.SLOT_WAIT)

    def test_whoever_has_more_than_its_share_gives_it_back_as_requests_end(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="a", slots=BULK)
        reserve(state, NOW, sender="b", slots=BULK)
        assert reserve(state, NOW, sender="a", slots=BULK, held=6).slots == 6
        assert reserve(state, NOW, sender="b", slots=BULK).slots == 3
        assert reserve(state, NOW, sender="a", slots=BULK, held=5).slots == 5
        assert reserve(state, NOW, sender="b", slots=BULK).slots == 4

    def test_a_sender_that_died_loses_its_slots_after_five_seconds(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="dead", slots=BULK, held=BULK)
        assert reserve(state, NOW + 4.9, sender="b", slots=BULK).slots == 0
        assert reserve(state, NOW + 5.0, sender="b", slots=BULK).slots == BULK

    def test_a_sender_that_renews_keeps_what_it_uses(self) -> None:
        state: State = {}
        for second in range(20):
            assert reserve(state, NOW + second, sender="slow", slots=1, held=4, times=0).slots == 4

    def test_with_more_senders_than_slots_they_take_turns(self) -> None:
        state: State = {}
        got: dict[str, int] = dict.fromkeys("abcdefghijkl", 0)
        order = random.Random(1)
        for tick in range(600):  # a minute; each asks every 0.1 s, and its requests take no time
            for sender in order.sample(sorted(got), len(got)):
                got[sender] += len(reserve(state, NOW + tick / 10, sender=sender).times)
        assert min(got.values()) >= 200
        assert max(got.values()) <= 1.5 * min(got.values())

    def test_an_interactive_sender_does_not_queue_behind_bulk_work(self) -> None:
        state: State = {}
        for sender in "abcdefghijkl":
            reserve(state, NOW, sender=sender)
        assert reserve(state, NOW + 0.01, sender="signup", interactive=True).slots == 1

    def test_two_that_wait_equally_long_do_not_wait_for_each_other(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="busy", slots=BULK)
        for sender in "ab":
            assert reserve(state, NOW, sender=sender).slots == 0
        leave(state, "busy")
        assert [reserve(state, NOW, sender=sender).slots for sender in "ab"] == [1, 1]

    def test_leaving_gives_them_back_at_once(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="a", slots=BULK)
        leave(state, "a")
        leave(state, "never came")
        assert reserve(state, NOW, sender="b", slots=BULK).slots == BULK

    def test_what_does_not_divide_evenly_is_used_too(self) -> None:
        state: State = {}
        for _ in range(2):
            granted = [reserve(state, NOW, sender=sender, slots=5).slots for sender in "abcd"]
        assert sorted(granted) == [2, 2, 2, 3]

    @pytest.mark.parametrize(
        ("wanted", "level"),
        [
            ([3], 10),
            ([10], 10),
            ([10, 10], 5),
            ([10, 1], 9),
            ([1] * 10, 10),
            ([1] * 11, 1),
            ([8, 8, 8], 3),
            ([99] * 30, 1),
        ],
    )
    def test_the_fair_level(self, wanted: list[int], level: int) -> None:
        assert fair_level(wanted) == level


class TestPauses:
    def test_a_pause_of_the_account_stops_every_lane(self) -> None:
        state: State = {}
        pause(state, NOW, 100)
        assert [reserve(state, NOW, sender="a", lane=lane).wait for lane in ("", "batch", "imports")] == [
            100
        ] * 3
        assert reserve(state, NOW + 100, sender="a").times

    def test_a_pause_of_a_lane_stops_only_that_lane(self) -> None:
        state: State = {}
        pause(state, NOW, 100, "imports")
        assert reserve(state, NOW, sender="a", lane="imports").wait == 100
        assert reserve(state, NOW, sender="a").times

    def test_a_shorter_pause_does_not_end_a_longer_one(self) -> None:
        state: State = {}
        pause(state, NOW, 100)
        pause(state, NOW, 1)
        assert reserve(state, NOW, sender="a").wait == 100

    def test_a_pause_has_an_end_whatever_the_answer_said(self) -> None:
        state: State = {}
        pause(state, NOW, 10**9)
        assert reserve(state, NOW, sender="a").wait == limits.MOST_PAUSE

    def test_a_renewal_is_not_stopped(self) -> None:
        state: State = {}
        pause(state, NOW, 100)
        assert reserve(state, NOW, sender="a", held=2, slots=3, times=0).slots == 3


class TestClockSetBack:
    @pytest.mark.parametrize("hours", [0.01, 1, 24])
    @pytest.mark.parametrize("lane", ["", "batch"])
    def test_nobody_waits_for_the_old_time_to_come_again(self, hours: float, lane: str) -> None:
        state: State = {}
        reserve(state, NOW, sender="other", slots=8, held=8, lane=lane)
        earlier = NOW - hours * 3600
        first = reserve(state, earlier, sender="a", lane=lane)
        assert first.wait <= limits.LEASE_SECONDS
        assert reserve(state, earlier + limits.LEASE_SECONDS, sender="a", lane=lane).times

    def test_a_pause_from_the_future_is_forgotten(self) -> None:
        state: State = {}
        pause(state, NOW, 100)
        assert reserve(state, NOW - 86_400, sender="a").times

    def test_calls_counted_in_the_future_still_count(self) -> None:
        state: State = {"minutes": {str(limits.minute_of(NOW)): 30_000}}
        assert reserve(state, NOW - 3600, sender="a").wait == pytest.approx(660)


class TestRemaining:
    def test_of_an_unused_account(self) -> None:
        left = remaining({}, NOW)
        assert (left.calls, left.batch_calls, left.slots, left.paused) == (30_000, 80, 10, {})

    def test_of_a_busy_account(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="a", slots=7, times=5)
        reserve(state, NOW, sender="a", slots=3, held=1, lane="batch")
        pause(state, NOW, 100, "imports")
        before = copy.deepcopy(state)
        left = remaining(state, NOW + 1)
        assert (left.calls, left.batch_calls, left.slots, left.paused) == (29_994, 79, 7, {"imports": 99})
        assert state == before

    def test_after_the_frame_all_is_there_again(self) -> None:
        state: State = {}
        reserve(state, NOW, sender="a", slots=3, times=5)
        assert remaining(state, NOW + 700) == remaining({}, NOW)


@dataclass
class Process:
    """A sender of the simulation: what it was granted, and what it has under way."""

    interactive: bool
    slots: int = 0
    held: int = 0
    renewed: float = 0.0


@dataclass
class World:
    """Processes that share one state, and everything they sent."""

    state: State = field(default_factory=dict)
    now: float = NOW
    processes: dict[int, Process] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)
    batches: list[float] = field(default_factory=list)

    def ask(self, number: int, interactive: bool, slots: int, times: int, lane: str) -> None:
        process = self.processes.setdefault(number, Process(interactive))
        request: dict[str, Any] = {"held": process.held, "slots": slots, "times": times, "lane": lane}
        request |= {"sender": str(number), "interactive": process.interactive}
        self.state = json.loads(json.dumps(self.state))
        grant = reserve(self.state, self.now, **request)
        assert bool(grant.times) <= (grant.slots > process.held)
        process.slots, process.renewed = grant.slots, self.now
        used = grant.times[: grant.slots - process.held]
        process.held += len(used)
        self.sent += grant.times
        self.batches += grant.times if lane == "batch" else ()

    def end(self, number: int) -> None:
        process = self.processes.get(number)
        if process and process.held:
            process.held -= 1

    def kill(self, number: int) -> None:
        self.processes.pop(number, None)

    def pass_time(self, seconds: float) -> None:
        """Processes that live renew in time, as the throttle does."""
        target = self.now + seconds
        while self.now < target:
            self.now = min(target, self.now + 1)
            for number, process in self.processes.items():
                if process.held:
                    self.ask(number, process.interactive, process.held, 0, "")
                elif process.renewed + limits.LEASE_SECONDS <= self.now:
                    process.slots = 0

    def check(self) -> None:
        assert sum(process.slots for process in self.processes.values()) <= limits.SLOTS
        bulk = [process.slots for process in self.processes.values() if not process.interactive]
        assert sum(bulk) <= limits.SLOTS - limits.KEPT_SLOTS


numbers = st.integers(0, 12)
asks = st.tuples(
    st.just("ask"),
    numbers,
    st.booleans(),
    st.integers(1, 20),
    st.integers(0, 20),
    st.sampled_from(["", "", "batch", "imports"]),
)
ends = st.tuples(st.just("end"), numbers)
kills = st.tuples(st.just("kill"), numbers)
passing = st.tuples(st.just("pass_time"), st.sampled_from([0.0, 0.001, 0.013, 0.1, 0.3, 1.0, 4.0, 6.0, 61.0]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(asks, asks, asks, ends, kills, passing), max_size=150))
def test_no_sequence_of_senders_breaks_a_limit(steps: list[tuple[Any, ...]]) -> None:
    world = World()
    for name, *arguments in steps:
        getattr(world, name)(*arguments)
        world.check()
    assert len(set(world.sent)) == len(world.sent)
    assert most_within(world.sent, 1) <= 76
    assert most_within(world.batches, 1) <= 1
    assert most_within(world.batches, 600) <= 80


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.05, 3.0, 30.0, 45.0, 70.0])), max_size=300)
)
def test_no_sequence_breaks_the_frame(steps: list[tuple[int, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:  # a small frame, so that it is reached
        patch.setattr(limits, "PER_FRAME", 40)
        patch.setattr(limits, "KEPT_CALLS", 5)
        state, now, sent, bulk = {}, NOW, [], []
        for sender, seconds in steps:
            now += seconds
            times = reserve(state, now, sender=str(sender), times=8, interactive=sender == 0).times
            sent += times
            bulk += times if sender else ()
    assert most_within(sent, 600) <= 40
    assert most_within(bulk, 600) <= 35


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-90_000, 90_000), min_size=1, max_size=30), st.sampled_from(["", "batch"]))
def test_wherever_the_clock_jumps_somebody_who_keeps_asking_gets_through(
    jumps: list[float], lane: str
) -> None:
    state: State = {}
    now = NOW
    for jump in jumps:
        now = max(0.0, now + jump)
        reserve(state, now, sender="other", slots=8, lane=lane)
    waited = 0.0
    while not (grant := reserve(state, now + waited, sender="me", slots=2, lane=lane)).times:
        waited += grant.wait
    assert waited <= limits.LEASE_SECONDS + limits.MOST_AHEAD + 1.1
