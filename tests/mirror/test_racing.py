"""Two pulls at the same time, as a worker and a command may be: every value is there once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from getresponse_django.mirror import (
    mirror_activities,
    mirror_snapshot,
    mirror_statistics,
    widen_window,
)
from getresponse_django.models import (
    Account,
    Campaign,
    Contact,
    ContactActivity,
    Statistic,
    StatisticWindow,
)
from getresponse_django.resources import Value, activity_fields

DAY = datetime(2026, 5, 1, tzinfo=UTC)
VALUES = [Value(f"metric_{n % 20}", DAY + timedelta(days=n // 20), n) for n in range(3000)]


def race(*acts: Callable[[], object]) -> None:
    """All at once; raises what one of them raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_values_are_written_once_and_without_a_deadlock(postgres: None) -> None:
    account = Account.objects.for_alias("default")

    def pulled(values: list[Value]) -> Callable[[], object]:
        return lambda: mirror_statistics(account, "newsletter", "N", "day", values)

    race(pulled(VALUES), pulled(VALUES[::-1]), pulled(VALUES[1500:] + VALUES[:1500]))
    rows = Statistic.objects.values_list("metric", "starts_at", "value")
    assert sorted(rows) == sorted((value.metric, value.starts_at, value.value) for value in VALUES)


def test_snapshots_are_written_once(postgres: None) -> None:
    account = Account.objects.for_alias("default")
    counts = {f"C{n}": n for n in range(200)}

    def pulled() -> None:
        mirror_snapshot(account, "campaign", "C", "locations", counts, DAY.date())

    race(pulled, pulled, pulled)
    assert Statistic.objects.count() == 200


def test_a_window_is_that_of_all(postgres: None) -> None:
    account = Account.objects.for_alias("default")

    def widen(first: int, last: int) -> Callable[[], object]:
        days = date(2026, 5, first), date(2026, 5, last)
        return lambda: widen_window(account, "campaign", "C", "day", *days)

    race(widen(10, 12), widen(3, 11), widen(9, 25), widen(1, 12))
    window = StatisticWindow.objects.get()
    assert (window.read_from.day, window.read_until.day) == (1, 25)


def test_activities_are_written_once(postgres: None) -> None:
    account = Account.objects.for_alias("default")
    campaign = Campaign.plain.create(account=account, name="c")
    contact = Contact.plain.create(account=account, campaign=campaign, email="a@example.com")
    found = [
        activity_fields({"activity": "open", "createdOn": (DAY + timedelta(minutes=n)).isoformat()})
        for n in range(500)
    ]

    def pulled() -> None:
        mirror_activities(contact, found)

    race(pulled, pulled, pulled)
    assert ContactActivity.objects.count() == 500
