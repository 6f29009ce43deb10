"""The limits GetResponse publishes, as pure arithmetic on one dict that all processes share.

The dict is JSON: ``next`` (the next free send time), ``minutes`` (send times given out per minute),
``senders`` (who may have how many requests under way, until when), ``paused`` (until when, per lane; ""
is the whole account) and ``lanes`` (``next`` and ``minutes`` of each lane with limits of its own). Times
are seconds since 1970.

Sources: contract/behaviour-core.md section 5; 75 of the 80 a second, because an even 80 loses to the
jitter of the net.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

State = dict[str, Any]

PER_SECOND = 75
PER_FRAME = 30_000
FRAME_MINUTES = 10
SLOTS = 10
MOST_TIMES = 8
"""Send times one reservation gives out at most; more would cost the others too much when they go unused."""

KEPT_SLOTS, KEPT_CALLS = 1, 500
"""What bulk work leaves to interactive senders: of the slots, and of the calls of the frame. One slot is
there at once; an interactive sender that needs more gets its fair share within a second.
"""

BULK_AHEAD, MOST_AHEAD = 0.25, 2.0
"""Seconds in advance that send times are given out to bulk work, and to anybody: a signup waits no longer."""

LEASE_SECONDS = 5.0
"""A sender that does not renew for so long has died; its slots are given to others."""

SLOT_WAIT = 0.1
"""Seconds until a sender that got no slot asks again."""

TURN_SECONDS = 1.0
"""How long an idle sender may keep its slots while others have none; then it is the turn of those."""

MOST_PAUSE = 1800.0
"""Seconds; the sources know blocks of 15 minutes. What is further ahead comes from a clock set back."""


@dataclass(frozen=True)
class LaneLimit:
    """An endpoint's own limits: seconds between two calls, and calls per 10 minutes."""

    spacing: float
    per_frame: int


LANES = {"batch": LaneLimit(spacing=1.1, per_frame=80)}
"""10 % more than the second between two batches: so large a body takes now more, now less time."""


@dataclass(frozen=True)
class Grant:
    """What a sender got: how many requests it may have under way, when to send, or when to ask again."""

    slots: int
    times: tuple[float, ...] = ()
    wait: float = 0.0


@dataclass(frozen=True)
class Remaining:
    """What is left: calls and batch calls of the frame, free slots; and seconds of pause per lane."""

    calls: int
    batch_calls: int
    slots: int
    paused: dict[str, float]


def reserve(
    state: State,
    now: float,
    *,
    sender: str,
    held: int = 0,
    slots: int = 1,
    times: int = 1,
    lane: str = "",
    interactive: bool = False,
) -> Grant:
    """Renew the lease of a sender that has ``held`` requests under way, and ask for more.

    Changes ``state``. ``slots`` is how many it would like to have under way, ``times`` how many send
    times it needs (0: only slots). Where ``wait`` is not 0, ask again after it: for want of slots if
    ``slots`` is ``held``, else of send times.
    """
    tidy(state, now)
    wait = seconds_to_wait(state, now, lane, interactive) if times else 0.0
    granted = take_slots(state, now, sender, held, slots, interactive)
    if wait or granted <= held:
        return Grant(granted, wait=wait or SLOT_WAIT)
    # No more times than slots: with fewer slots than times, the rest would go by unused and be lost to all.
    count = times_left(state, lane, min(times, granted), interactive)
    return Grant(granted, tuple(take_time(state, now, lane) for _ in range(count)))


def pause(state: State, now: float, seconds: float, lane: str = "") -> None:
    """Let nobody send for ``seconds``: on one lane, or on the whole account."""
    paused = state.setdefault("paused", {})
    paused[lane] = max(paused.get(lane, 0.0), now + min(seconds, MOST_PAUSE))


def leave(state: State, sender: str) -> None:
    """Give the slots of a sender back."""
    state.get("senders", {}).pop(sender, None)


def remaining(state: State, now: float) -> Remaining:
    """What is left of the limits at ``now``; ``state`` stays as it is."""
    state = copy.deepcopy(state)
    tidy(state, now)
    return Remaining(
        calls=PER_FRAME - used(state),
        batch_calls=LANES["batch"].per_frame - used(state["lanes"]["batch"]),
        slots=max(0, SLOTS - sum(entry["slots"] for entry in state["senders"].values())),
        paused={lane: until - now for lane, until in state["paused"].items()},
    )


def tidy(state: State, now: float) -> None:
    """Complete the dict and drop what is over; after a clock was set back nothing may block for long."""
    lanes = state.setdefault("lanes", {})
    for counted in (state, *(lanes.setdefault(lane, {}) for lane in LANES)):
        tidy_times(counted, now)
    senders, paused = state.get("senders", {}), state.get("paused", {})
    state["paused"] = {lane: until for lane, until in paused.items() if now < until <= now + MOST_PAUSE}
    state["senders"] = {sender: entry for sender, entry in senders.items() if entry["until"] > now}
    for entry in state["senders"].values():
        entry["until"], entry["since"] = min(entry["until"], now + LEASE_SECONDS), min(entry["since"], now)


def tidy_times(counted: State, now: float) -> None:
    """Forget minutes that left the frame; count those of the future as now, rather than not at all."""
    future = now + MOST_AHEAD + 1
    minutes: dict[str, int] = {}
    for key, count in counted.get("minutes", {}).items():
        minute = int(key) if int(key) <= minute_of(future) else minute_of(now)
        if minute >= minute_of(now) - FRAME_MINUTES:
            minutes[str(minute)] = minutes.get(str(minute), 0) + count
    counted["minutes"] = minutes
    if counted.setdefault("next", now) > future:
        counted["next"] = now


def seconds_to_wait(state: State, now: float, lane: str, interactive: bool) -> float:
    """How long nothing can be sent on this lane: paused, frame used up, or times given out too far ahead."""
    ahead = MOST_AHEAD if interactive else BULK_AHEAD
    ready = [now, state["next"] - ahead, frame_has_room(state["minutes"], now, calls_for(interactive))]
    ready += [state["paused"].get(name, now) for name in ("", lane)]
    if lane in LANES:
        own = state["lanes"][lane]
        ready += [own["next"], frame_has_room(own["minutes"], now, LANES[lane].per_frame)]
    return float(max(ready) - now)


def frame_has_room(minutes: dict[str, int], now: float, most: int) -> float:
    """When fewer than ``most`` calls are in the frame: now, or when enough of the oldest minutes left it.

    A minute counts until all of it is 10 minutes old, so the limit holds wherever a frame begins.
    """
    total, ready = sum(minutes.values()), now
    for minute, count in sorted((int(key), count) for key, count in minutes.items()):
        if total < most:
            break
        total, ready = total - count, 60.0 * (minute + FRAME_MINUTES + 1)
    return ready


def times_left(state: State, lane: str, wanted: int, interactive: bool) -> int:
    """How many send times can be given: one on a lane of its own, elsewhere what the frame still has."""
    most = 1 if lane in LANES else MOST_TIMES
    return min(wanted, most, calls_for(interactive) - used(state))


def take_time(state: State, now: float, lane: str) -> float:
    """The next free send time; the following one is an even distance later."""
    at: float = max(state["next"], now)
    count_time(state, at, 1 / PER_SECOND)
    if lane in LANES:
        count_time(state["lanes"][lane], at, LANES[lane].spacing)
    return at


def count_time(counted: State, at: float, spacing: float) -> None:
    """Remember one send time."""
    minute = str(minute_of(at))
    counted["minutes"][minute] = counted["minutes"].get(minute, 0) + 1
    counted["next"] = at + spacing


def take_slots(state: State, now: float, sender: str, held: int, wanted: int, interactive: bool) -> int:
    """How many requests a sender may have under way: those it has, else a fair share of what is free."""
    others = [entry for name, entry in state["senders"].items() if name != sender]
    own = state["senders"].get(sender) or {"slots": 0, "since": now}
    turn_is_over = own["slots"] > 0 and held == 0 and now - own["since"] >= TURN_SECONDS
    since = now if turn_is_over else own["since"]
    first = 0 if own["slots"] and not turn_is_over else waiting_before(others, since, interactive)
    share = fair_share(wanted, others, SLOTS if interactive else SLOTS - KEPT_SLOTS)
    granted: int = max(held, min(wanted, share, free_slots(others, interactive) - first))
    state["senders"][sender] = {
        "slots": granted,
        "wanted": wanted,
        "interactive": interactive,
        "since": since if bool(granted) == bool(own["slots"]) else now,
        "until": now + LEASE_SECONDS,
    }
    return granted


def free_slots(others: list[State], interactive: bool) -> int:
    """What the others leave; bulk work must also leave the slots that are kept."""
    free: int = SLOTS - sum(entry["slots"] for entry in others)
    bulk = sum(entry["slots"] for entry in others if not entry["interactive"])
    return free if interactive else min(free, SLOTS - KEPT_SLOTS - bulk)


def waiting_before(others: list[State], since: float, interactive: bool) -> int:
    """How many without a slot waited longer; interactive senders do not queue behind bulk work."""
    waiting = [entry for entry in others if not entry["slots"] and entry["since"] < since]
    return sum(entry["interactive"] or not interactive for entry in waiting)


def fair_share(wanted: int, others: list[State], slots: int) -> int:
    """How many one of these may have: an equal part, and one more while what does not divide is left of
    ``slots``.
    """
    wants: list[int] = [wanted, *(entry["wanted"] for entry in others)]
    level = fair_level(wants)
    left_over = slots - sum(min(level, want) for want in wants)
    return level + int(sum(entry["slots"] > level for entry in others) < left_over)


def fair_level(wanted: list[int]) -> int:
    """The most that each may have so that all have as much as they want, or the same; at least one."""
    levels = (level for level in range(SLOTS, 0, -1) if sum(min(level, want) for want in wanted) <= SLOTS)
    return next(levels, 1)


def calls_for(interactive: bool) -> int:
    """How many calls per frame a sender of this kind may see used."""
    return PER_FRAME - (0 if interactive else KEPT_CALLS)


def used(counted: State) -> int:
    """Send times given out in the frame."""
    minutes: dict[str, int] = counted["minutes"]
    return sum(minutes.values())


def minute_of(at: float) -> int:
    """The minute a time falls into."""
    return int(at // 60)
