"""Series of stored statistics: a zero is a zero, and a gap is a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.models import Account, Campaign, Newsletter, Statistic, StatisticWindow
from getresponse_django.models.statistics import (
    filled,
    is_level,
    periods_read,
    subject_of,
)

DAY = date(2026, 3, 10)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.fixture
def row(db: None) -> Campaign:
    """A linked list, with a neighbour whose statistics must not be mixed in."""
    account = Account.objects.for_alias("default")
    neighbour = Campaign(account=account, campaign_id="c1", name="other")
    Campaign.plain.bulk_create([Campaign(account=account, campaign_id="C1", name="customers"), neighbour])
    store(neighbour, "opened", {DAY: 99})
    return Campaign.objects.get(campaign_id="C1")


def store(row: Any, metric: str, values: dict[date, int], granularity: str = "day") -> None:
    subject, remote = subject_of(row)
    for day, value in values.items():
        Statistic.objects.create(
            account=row.account,
            subject=subject,
            remote_id=remote,
            metric=metric,
            granularity=granularity,
            starts_at=at(day),
            value=value,
        )


def was_read(row: Any, first: date, last: date, granularity: str = "day") -> None:
    subject, remote = subject_of(row)
    StatisticWindow.objects.create(
        account=row.account,
        subject=subject,
        remote_id=remote,
        granularity=granularity,
        read_from=first,
        read_until=last,
    )


def days(number: int) -> date:
    """DAY and so many days."""
    return DAY + timedelta(days=number)


def values(row: Any, metric: str, **limits: Any) -> list[int | None]:
    return [point.value for point in Statistic.objects.series(row, [metric], **limits)[metric]]


def test_missing_days_inside_the_window_are_zero(row: Campaign) -> None:
    store(row, "opened", {days(1): 4})
    was_read(row, days(0), days(3))
    assert values(row, "opened") == [0, 4, 0, 0]


def test_missing_days_of_a_level_are_gaps(row: Campaign) -> None:
    store(row, "total_subscribers", {days(0): 10, days(2): 12})
    was_read(row, days(0), days(2))
    assert values(row, "total_subscribers") == [10, None, 12]


def test_values_outside_the_window_are_shown_with_gaps_between(row: Campaign) -> None:
    store(row, "opened", {days(-2): 7})
    was_read(row, days(0), days(1))
    assert values(row, "opened") == [7, None, 0, 0]


def test_without_anything_read_there_are_no_points(row: Campaign) -> None:
    assert Statistic.objects.series(row, ["opened", "sent"]) == {"opened": [], "sent": []}


def test_hours_are_not_mixed_with_days(row: Campaign) -> None:
    store(row, "opened", {days(0): 5})
    store(row, "opened", {days(0): 1}, granularity="hour")
    assert values(row, "opened") == [5]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (days(1), None, [2, 3]),
        (None, days(1), [1, 2]),
        (days(1), days(1), [2]),
        (days(-9), days(9), [1, 2, 3]),
        (days(5), days(6), []),
        (days(-6), days(-5), []),
    ],
)
def test_only_the_days_asked_for_are_there(
    row: Campaign, since: date | None, until: date | None, expected: list[int]
) -> None:
    store(row, "opened", {days(n): n + 1 for n in range(3)})
    was_read(row, days(0), days(2))
    limits = {name: day for name, day in (("since", since), ("until", until)) if day}
    assert values(row, "opened", **limits) == expected


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "UTC"])
def test_days_are_utc_whatever_the_zone_of_the_site(row: Campaign, zone: str) -> None:
    store(row, "opened", {days(0): 5})
    was_read(row, days(-1), days(1))
    with timezone.override(zone):
        points = Statistic.objects.series(row, ["opened"], since=days(0), until=days(0))["opened"]
    assert [(point.starts_at, point.value) for point in points] == [(at(days(0)), 5)]


@pytest.mark.parametrize("stored", [{}, {0: 5}])
def test_a_series_costs_one_query_however_many_metrics(
    row: Campaign, django_assert_num_queries: Any, stored: dict[int, int]
) -> None:
    was_read(row, days(0), days(3))
    store(row, "opened", {days(n): value for n, value in stored.items()})
    with django_assert_num_queries(1):
        found = Statistic.objects.series(row, ["opened", "clicked", "sent"])
    assert [point.value for point in found["opened"]] == [stored.get(n, 0) for n in range(4)]


def test_hours_are_a_series_of_their_own(row: Campaign) -> None:
    store(row, "opened", {days(0): 5})
    store(row, "opened", {days(0): 1, days(1): 2}, granularity="hour")
    was_read(row, days(0), days(0), granularity="hour")
    points = Statistic.objects.series(row, ["opened"], granularity="hour")["opened"]
    assert [point.value for point in points] == [1, *[0] * 23, 2]
    assert {later.starts_at - earlier.starts_at for earlier, later in pairwise(points)} == {
        timedelta(hours=1)
    }
    assert values(row, "opened", granularity="hour", until=days(0)) == [1, *[0] * 23]


def test_hours_that_are_not_over_are_gaps_between_values(row: Campaign) -> None:
    store(row, "opened", {days(0): 3}, granularity="hour")
    late = at(days(0)) + timedelta(hours=2)
    Statistic.objects.create(
        account=row.account,
        subject="campaign",
        remote_id="C1",
        metric="opened",
        granularity="hour",
        starts_at=late,
        value=4,
    )
    assert values(row, "opened", granularity="hour") == [3, None, 4]


def test_an_unknown_granularity_is_an_error(row: Campaign) -> None:
    with pytest.raises(ValueError, match="month"):
        Statistic.objects.series(row, ["opened"], granularity="month")


def test_the_balance_is_answered_by_what_it_repeats(row: Campaign) -> None:
    store(row, "removals.user", {days(0): 2})
    store(row, "subscriptions.api", {days(1): 7})
    was_read(row, days(0), days(1))
    found = Statistic.objects.series(
        row, ["balance.removals.user", "balance.subscriptions.api", "removals.user"]
    )
    assert {metric: [point.value for point in points] for metric, points in found.items()} == {
        "balance.removals.user": [2, 0],
        "balance.subscriptions.api": [0, 7],
        "removals.user": [2, 0],
    }


def test_what_was_read_on_some_days_only_has_gaps(row: Campaign) -> None:
    store(row, "locations.PL", {days(0): 4, days(2): 0})
    was_read(row, days(0), days(3))
    assert values(row, "locations.PL") == [4, None, 0, None]


@pytest.mark.parametrize(
    ("metric", "level"),
    [
        ("total_subscribers", True),
        ("locations.PL", True),
        ("summary.total_webforms", True),
        ("origins.api", True),
        ("subscriptions.api", False),
        ("added_subscribers", False),
        ("sent", False),
    ],
)
def test_states_are_told_from_counts(metric: str, level: bool) -> None:
    assert is_level(metric) is level


def test_a_row_without_an_id_has_no_statistics(row: Campaign) -> None:
    draft = Newsletter(account=row.account, subject="Draft")
    assert subject_of(draft) == ("newsletter", "")
    assert Statistic.objects.series(draft, ["sent"]) == {"sent": []}


def test_one_value_per_metric_and_period(row: Campaign) -> None:
    store(row, "opened", {DAY: 1})
    with pytest.raises(IntegrityError):
        store(row, "opened", {DAY: 2})


OFFSETS = st.integers(-20, 20)
STEPS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}


@settings(max_examples=30)
@given(
    stored=st.dictionaries(OFFSETS, st.integers(0, 99), max_size=8),
    window=st.none() | st.tuples(OFFSETS, OFFSETS).map(sorted),
    level=st.booleans(),
    granularity=st.sampled_from(["day", "hour"]),
)
def test_every_period_is_there_once_and_says_what_is_known(
    stored: dict[int, int], window: list[int] | None, level: bool, granularity: str
) -> None:
    """A zero is a zero and a gap is a gap, whatever was stored and read."""
    step = STEPS[granularity]
    moments = {at(DAY) + n * step: value for n, value in stored.items()}
    read = periods_read(days(window[0]), days(window[1]), None, None, step) if window else set()
    points = filled(moments, read, "total_subscribers" if level else "opened", step)

    found = [point.starts_at for point in points]
    assert bool(found) == bool(stored or window)
    assert found == sorted(found) and len(set(found)) == len(found)
    assert all(later - earlier == step for earlier, later in pairwise(found))
    assert {*moments, *read} <= set(found)
    for moment, value in points:
        in_window = window is not None and days(window[0]) <= moment.date() <= days(window[1])
        assert value == moments.get(moment, 0 if in_window and not level else None)


@settings(max_examples=15)
@given(
    window=st.tuples(OFFSETS, OFFSETS).map(sorted),
    since=st.none() | OFFSETS,
    until=st.none() | OFFSETS,
)
def test_only_the_periods_asked_for_count_as_read(
    window: list[int], since: int | None, until: int | None
) -> None:
    limits = [None if limit is None else days(limit) for limit in (since, until)]
    found = {(moment.date() - DAY).days for moment in periods_read(days(window[0]), days(window[1]), *limits)}
    asked = range(-40 if since is None else since, 41 if until is None else until + 1)
    assert found == set(range(window[0], window[1] + 1)) & set(asked)
