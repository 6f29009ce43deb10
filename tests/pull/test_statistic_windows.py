"""What is to be read of a list or message on a day: everything once, what may still change again, no hole."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.pull.statistic_windows import (
    MOST_DAYS,
    MOST_TOGETHER,
    Subject,
    Window,
    due_windows,
    query_of,
    together,
)

TODAY = date(2026, 6, 30)
AGAIN = timedelta(days=30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def due(
    kind: str,
    began: int | None,
    read: dict[str, int] | None = None,
    *,
    first: int | None = None,
    full: bool = False,
) -> dict[str, tuple[int, int]]:
    """Granularity -> (from, until), in days ago; ``read`` likewise, from ``first`` or the beginning on."""
    subject = Subject(kind, "X", None if began is None else ago(began))
    first = first if first is not None else began or 0
    known = {(kind, "X", part): (ago(first), ago(days)) for part, days in (read or {}).items()}
    found = due_windows(subject, known, TODAY, AGAIN, full=full)
    return {w.granularity: ((TODAY - w.start).days, (TODAY - w.end).days) for w in found}


READ = {"day": 0, "hour": 33, "snapshot": 0}


@pytest.mark.parametrize(
    ("kind", "began", "read", "expected"),
    [
        # lists: always the last days, and once a day what has no time
        ("campaign", 400, {}, {"day": (400, 0), "snapshot": (0, 0)}),
        ("campaign", 900, {}, {"day": (730, 0), "snapshot": (0, 0)}),
        ("campaign", None, {}, {"day": (0, 0), "snapshot": (0, 0)}),
        ("campaign", 400, READ, {"day": (30, 0)}),
        ("campaign", 400, {"day": 0, "snapshot": 1}, {"day": (30, 0), "snapshot": (0, 0)}),
        ("campaign", 400, {"day": 40, "snapshot": 40}, {"day": (70, 0), "snapshot": (0, 0)}),
        ("campaign", 10, READ, {"day": (10, 0)}),
        # a newsletter that went out lately: every pull
        ("newsletter", 0, {}, {"day": (0, 0), "hour": (0, 0)}),
        ("newsletter", 3, {"day": 0, "hour": 1}, {"day": (3, 0), "hour": (3, 0)}),
        ("newsletter", 7, {"day": 0, "hour": 1}, {"day": (7, 0), "hour": (7, 0)}),
        # after a week: the last hours once more, then daily, hours as well
        ("newsletter", 8, {"day": 1, "hour": 2}, {"day": (8, 0), "hour": (8, 1)}),
        ("newsletter", 8, {"day": 0, "hour": 2}, {"hour": (8, 1)}),
        ("newsletter", 20, {"day": 0, "hour": 13}, {}),
        ("newsletter", 20, {"day": 1, "hour": 13}, {"day": (20, 0), "hour": (20, 13)}),
        # when nothing much comes any more: seldom
        ("newsletter", 40, {"day": 1, "hour": 33}, {}),
        ("newsletter", 40, {"day": 29, "hour": 33}, {}),
        ("newsletter", 40, {"day": 30, "hour": 33}, {"day": (40, 0)}),
        ("newsletter", 200, {"day": 30, "hour": 193}, {"day": (60, 0)}),
        # found late, or refused before
        ("newsletter", 200, {}, {"day": (200, 0), "hour": (200, 193)}),
        ("newsletter", 200, {"day": 0}, {"hour": (200, 193)}),
        ("newsletter", 200, {"day": 50, "hour": 196}, {"day": (80, 0), "hour": (200, 193)}),
        ("newsletter", 900, {}, {"day": (730, 0)}),
        ("newsletter", 735, {}, {"day": (730, 0), "hour": (735, 728)}),
        ("newsletter", None, {}, {"day": (0, 0)}),
        ("newsletter", -3, {}, {}),
        # what goes out again and again
        ("autoresponder", 300, {"day": 0, "hour": 293}, {"day": (30, 0)}),
        ("rss_newsletter", 300, {"day": 0, "hour": 293}, {"day": (30, 0)}),
        ("rss_newsletter", 300, {}, {"day": (300, 0), "hour": (300, 293)}),
        ("autoresponder", None, {}, {"day": (0, 0)}),
    ],
)
def test_what_is_read_today(
    kind: str, began: int | None, read: dict[str, int], expected: dict[str, tuple[int, int]]
) -> None:
    assert due(kind, began, read) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("campaign", {"day": (200, 0), "snapshot": (0, 0)}),
        ("newsletter", {"day": (200, 0), "hour": (200, 193)}),
    ],
)
def test_a_full_pull_reads_everything(kind: str, expected: dict[str, tuple[int, int]]) -> None:
    assert due(kind, 200, {"day": 0, "hour": 193, "snapshot": 0}, full=True) == expected


@pytest.mark.parametrize(
    ("kind", "began", "first", "expected"),
    [
        ("campaign", 400, 0, {"day": (400, 0)}),
        ("campaign", 900, 0, {"day": (730, 0)}),
        ("campaign", 900, 735, {"day": (30, 0)}),
        ("campaign", 400, 400, {"day": (30, 0)}),
        ("campaign", None, 0, {"day": (0, 0)}),
        ("newsletter", 40, 3, {"day": (40, 0), "hour": (40, 33)}),
    ],
)
def test_a_beginning_that_was_learnt_later_is_read(
    kind: str, began: int | None, first: int, expected: dict[str, tuple[int, int]]
) -> None:
    assert due(kind, began, READ, first=first) == expected


@pytest.mark.parametrize(
    ("granularity", "end", "until"), [("day", 0, 0), ("hour", 0, 1), ("hour", 5, 5), ("snapshot", 0, 0)]
)
def test_of_hours_only_days_that_are_over_count_as_read(granularity: str, end: int, until: int) -> None:
    window = Window("newsletter", "X", granularity, ago(9), ago(end))
    assert window.read_until(TODAY) == ago(until)


@settings(max_examples=30)
@given(
    kind=st.sampled_from(["campaign", "newsletter", "autoresponder", "rss_newsletter"]),
    pulls=st.lists(st.integers(0, 60), min_size=1, max_size=12),
    days=st.integers(1, 40),
)
def test_whatever_the_days_of_the_pulls_no_hole_is_left(kind: str, pulls: list[int], days: int) -> None:
    """Each window begins at the first day or touches what was read before, and ends where it should."""
    subject, known, read = Subject(kind, "X", ago(0)), dict[Any, date](), dict[Any, date]()
    today = TODAY
    for pause in pulls:
        today += timedelta(days=pause)
        for window in due_windows(subject, known, today, timedelta(days=days), full=False):
            key = (kind, "X", window.granularity)
            assert window.start <= window.end <= today
            if window.granularity != "snapshot":
                before = read.get(window.granularity, ago(1))
                assert window.start <= before + timedelta(days=1)
                assert window.start >= TODAY
            until = window.read_until(today)
            if window.start <= until:
                read[window.granularity] = max(until, read.get(window.granularity, until))
                known[key] = (subject.began or today, read[window.granularity])
    assert today - read["day"] <= max(timedelta(days=days), timedelta(days=1))
    if kind != "campaign" and (today - TODAY).days > 7:
        assert read["hour"] == TODAY + timedelta(days=7)


def windows(*starts: int) -> list[Window]:
    return [Window("campaign", f"C{n}", "day", ago(days), TODAY) for n, days in enumerate(starts)]


@pytest.mark.parametrize(
    ("starts", "sizes"),
    [
        ([], []),
        ([30] * 50, [50]),
        ([30] * 250, [100, 100, 50]),
        ([364] * 50, [27, 23]),
        ([400, 390, 30, 30], [2, 2]),
        ([60, 30], [2]),
        ([61, 29], [1, 1]),
    ],
)
def test_lists_share_a_request_while_that_costs_little(starts: list[int], sizes: list[int]) -> None:
    groups = list(together(windows(*starts)))
    assert [len(group) for group in groups] == sizes


@settings(max_examples=30)
@given(starts=st.lists(st.integers(0, 730), max_size=40))
def test_every_list_is_in_one_group_and_no_group_is_too_large(starts: list[int]) -> None:
    made = windows(*starts)
    groups = list(together(made))
    assert sorted(window.remote_id for group in groups for window in group) == sorted(
        w.remote_id for w in made
    )
    for group in groups:
        longest = max(window.days for window in group)
        assert len(group) <= MOST_TOGETHER
        assert longest * len(group) <= MOST_DAYS
        assert min(window.days for window in group) * 2 >= longest


def test_a_request_covers_the_days_of_all_its_lists() -> None:
    group = (*windows(30, 40), Window("campaign", "D", "day", ago(35), ago(2)))
    assert query_of(group) == {"groupBy": "day", "createdOn": {"from": ago(40), "to": TODAY}}
