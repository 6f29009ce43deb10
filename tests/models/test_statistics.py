"""Series of stored statistics: a zero is a zero, and a gap is a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.models import Account, Campaign, Newsletter, Statistic, StatisticWindow
from getresponse_django.models.statistics import filled, subject_of

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


def was_read(row: Any, first: date, last: date) -> None:
    subject, remote = subject_of(row)
    StatisticWindow.objects.create(
        account=row.account,
        subject=subject,
        remote_id=remote,
        granularity="day",
        read_from=first,
        read_until=last,
    )


def days(number: int) -> date:
    """DAY and so many days."""
    return DAY + timedelta(days=number)


def values(row: Any, metric: str, **limits: date) -> list[int | None]:
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


def test_a_series_costs_two_queries_however_many_metrics(
    row: Campaign, django_assert_num_queries: Any
) -> None:
    was_read(row, days(0), days(3))
    with django_assert_num_queries(2):
        Statistic.objects.series(row, ["opened", "clicked", "sent"])


def test_a_row_without_an_id_has_no_statistics(row: Campaign) -> None:
    draft = Newsletter(account=row.account, subject="Draft")
    assert subject_of(draft) == ("newsletter", "")
    assert Statistic.objects.series(draft, ["sent"]) == {"sent": []}


def test_one_value_per_metric_and_period(row: Campaign) -> None:
    store(row, "opened", {DAY: 1})
    with pytest.raises(IntegrityError):
        store(row, "opened", {DAY: 2})


OFFSETS = st.integers(-20, 20)


@given(
    stored=st.dictionaries(OFFSETS, st.integers(0, 99), max_size=8),
    window=st.none() | st.tuples(OFFSETS, OFFSETS).map(sorted),
    level=st.booleans(),
)
def test_every_day_is_there_once_and_says_what_is_known(
    stored: dict[int, int], window: list[int] | None, level: bool
) -> None:
    read = StatisticWindow(read_from=days(window[0]), read_until=days(window[1])) if window else None
    metric = "total_subscribers" if level else "opened"
    points = filled({days(n): value for n, value in stored.items()}, read, metric, None, None)

    found = [(point.starts_at.date() - DAY).days for point in points]
    assert found == list(range(found[0], found[-1] + 1)) if found else not (stored or window)
    for number, point in zip(found, points, strict=True):
        in_window = window is not None and window[0] <= number <= window[1]
        assert point.value == stored.get(number, 0 if in_window and not level else None)
