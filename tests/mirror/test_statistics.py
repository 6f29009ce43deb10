"""Statistics written in bulk: only what differs, and windows that only grow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from getresponse_django.mirror import mirror_snapshot, mirror_statistics, widen_window
from getresponse_django.models import Account, Statistic, StatisticWindow
from getresponse_django.resources import Value
from tests.pulling import nothing_written, the_account

DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def account(db: None) -> Account:
    return the_account()


def write(*values: tuple[str, datetime, int], remote_id: str = "N1") -> int:
    return mirror_statistics(
        the_account(), "newsletter", remote_id, "day", [Value(*value) for value in values]
    )


def stored() -> dict[tuple[str, str, datetime], int]:
    rows = Statistic.objects.values_list("remote_id", "metric", "starts_at", "value")
    return {(remote_id, metric, at): value for remote_id, metric, at, value in rows}


def test_values_are_written_once(account: Account) -> None:
    values = [("opened", DAY, 3), ("opened", DAY + timedelta(days=1), 0), ("sent", DAY, 9)]
    assert write(*values) == 3
    with nothing_written():
        assert write(*values) == 0


def test_a_value_that_changed_is_overwritten_and_only_that(account: Account) -> None:
    write(("opened", DAY, 3), ("sent", DAY, 9))
    assert write(("opened", DAY, 4), ("sent", DAY, 9)) == 1
    assert stored() == {("N1", "opened", DAY): 4, ("N1", "sent", DAY): 9}


def test_ids_that_differ_by_case_are_different_subjects(account: Account) -> None:
    write(("opened", DAY, 1))
    write(("opened", DAY, 2), remote_id="n1")
    assert stored() == {("N1", "opened", DAY): 1, ("n1", "opened", DAY): 2}


def test_the_same_moment_in_another_zone_is_the_same_period(account: Account) -> None:
    write(("opened", DAY, 1))
    assert write(("opened", DAY.astimezone(timezone(timedelta(hours=2))), 5)) == 1
    assert stored() == {("N1", "opened", DAY): 5}


def test_of_a_period_told_twice_the_last_counts(account: Account) -> None:
    assert write(("opened", DAY, 1), ("opened", DAY, 2)) == 1
    assert stored() == {("N1", "opened", DAY): 2}


def test_nothing_read_writes_nothing(account: Account) -> None:
    with nothing_written():
        assert write() == 0


def test_a_count_that_is_no_longer_told_is_zero(account: Account) -> None:
    write(("opened", DAY, 3), ("sent", DAY, 9), ("opened", DAY + timedelta(days=1), 2))
    days = (DAY.date(), DAY.date())
    assert mirror_statistics(account, "newsletter", "N1", "day", [Value("sent", DAY, 9)], days=days) == 1
    with nothing_written():
        assert mirror_statistics(account, "newsletter", "N1", "day", [Value("sent", DAY, 9)], days=days) == 0
    assert stored() == {
        ("N1", "opened", DAY): 0,
        ("N1", "sent", DAY): 9,
        ("N1", "opened", DAY + timedelta(days=1)): 2,
    }


def test_what_is_told_of_one_family_says_nothing_of_the_others(account: Account) -> None:
    write(("removals.user", DAY, 3), ("subscriptions.api", DAY, 4), ("added_subscribers", DAY, 4))
    write(("total_subscribers", DAY, 7))
    days = (DAY.date(), DAY.date())
    for family in ("removals", ""):
        mirror_statistics(account, "newsletter", "N1", "day", [], days=days, family=family)
    assert {metric: value for (_id, metric, _at), value in stored().items()} == {
        "removals.user": 0,
        "subscriptions.api": 4,
        "added_subscribers": 0,
        "total_subscribers": 7,
    }


def test_what_has_no_time_is_of_the_day_it_was_read_on(account: Account) -> None:
    def keep(counts: dict[str, int], day: int) -> int:
        return mirror_snapshot(account, "campaign", "C1", "locations", counts, date(2026, 5, day))

    assert keep({"PL": 3, "DE": 1}, 1) == 2
    with nothing_written():
        assert keep({"PL": 3, "DE": 1}, 1) == 0
    assert keep({"PL": 4}, 3) == 2
    assert keep({"PL": 4}, 4) == 2
    told = {(metric, at.day): value for (_id, metric, at), value in stored().items()}
    assert told == {
        ("locations.PL", 1): 3,
        ("locations.DE", 1): 1,
        ("locations.PL", 3): 4,
        ("locations.DE", 3): 0,
        ("locations.PL", 4): 4,
        ("locations.DE", 4): 0,
    }


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [(1, 9, (1, 9)), (5, 7, (4, 8)), (2, 6, (2, 8)), (6, 10, (4, 10)), (4, 8, (4, 8))],
)
def test_a_window_only_grows(account: Account, start: int, end: int, window: tuple[int, int]) -> None:
    def widen(first: int, last: int) -> None:
        widen_window(account, "campaign", "C1", "day", date(2026, 5, first), date(2026, 5, last))

    widen(4, 8)
    widen(start, end)
    row = StatisticWindow.objects.get()
    assert (row.read_from.day, row.read_until.day) == window
    with nothing_written():
        widen(start, end)


def test_a_window_that_another_pull_widened_meanwhile_is_not_narrowed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def widen(first: int, last: int) -> None:
        widen_window(account, "campaign", "C1", "day", date(2026, 5, first), date(2026, 5, last))

    widen(10, 12)
    stale = StatisticWindow.objects.get()
    widen(1, 20)
    monkeypatch.setattr(
        type(StatisticWindow.objects), "get_or_create", lambda *_args, **_more: (stale, False)
    )
    widen(9, 15)
    row = StatisticWindow.objects.get()
    assert (row.read_from.day, row.read_until.day) == (1, 20)
