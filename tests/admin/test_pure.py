"""The parts of the admin that need no page: differences, durations, periods, paging, handing over."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory

from getresponse_django.admin.drawing.message_charts import share
from getresponse_django.admin.drawing.periods import chosen_days, first_days, last_days
from getresponse_django.admin.newsletters.pages import percent
from getresponse_django.admin.shared import broker
from getresponse_django.admin.shared.broker import hand_over
from getresponse_django.admin.shared.differences import Difference, differences
from getresponse_django.admin.shared.durations import in_words
from getresponse_django.admin.shared.paging import EstimatingPaginator
from getresponse_django.models import Contact, Tag, estimates

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("values", "base", "expected"),
    [
        ({"name": "Ann"}, {"name": "Ann"}, []),
        ({"name": "Ann"}, {}, [Difference("name", "-", "Ann")]),
        ({"name": ""}, {"name": "Ann"}, [Difference("name", "Ann", "-")]),
        ({"name": "", "tags": [], "note": None}, {}, []),
        ({"scoring": 0}, {"scoring": None}, [Difference("scoring", "-", "0")]),
        ({"tags": ["a", "b"]}, {"tags": ["a"]}, [Difference("tags", "a", "a, b")]),
        (
            {"customFieldValues": {"plan": ["pro"], "size": ["S"]}},
            {"customFieldValues": {"plan": ["free"], "size": ["S"], "city": ["Kraków"]}},
            [Difference("city", "Kraków", "-"), Difference("plan", "free", "pro")],
        ),
        ({"customFieldValues": {"plan": []}}, {}, []),
        (
            {"optinTypes": {"api": "double", "email": ""}},
            {"optinTypes": {"api": "single", "email": ""}},
            [Difference("optinTypes", "api: single", "api: double")],
        ),
    ],
)
def test_differences(values: Any, base: Any, expected: list[Difference]) -> None:
    assert differences(values, base) == expected


def test_ids_are_shown_by_their_names() -> None:
    names = {"tags": {"T": "vip"}.get}
    assert differences({"tags": ["T"]}, {}, names) == [Difference("tags", "-", "vip")]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0.0 s"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (200_000, "2 days"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(1, 42, "2.4%"), (8, 28, "28.6%"), (1, 3, "33.3%"), (0, 7, "0.0%"), (7, 7, "100.0%"), (1, 0, "")],
)
def test_shares_are_rounded_and_not_cut_off(part: int, whole: int, said: str) -> None:
    assert share(part, whole) == said
    given = {"sent": "42", "openRate": str(part / whole)} if whole else {"sent": "0"}
    assert percent(given, "openRate") == (said or None)


@pytest.mark.parametrize(
    ("asked", "days"), [("30", 30), ("365", 365), ("31", 90), ("-30", 90), ("", 90), ("x", 90)]
)
def test_only_offered_periods_are_shown(asked: str, days: int) -> None:
    assert chosen_days(RequestFactory().get("/", {"days": asked}), default=90) == days


def test_the_last_days_end_today() -> None:
    period = last_days(30, TODAY)
    assert (period.since, period.until) == (date(2026, 2, 9), TODAY)


@pytest.mark.parametrize(
    ("start", "until"),
    [
        (date(2026, 1, 1), date(2026, 1, 30)),
        (date(2026, 3, 1), TODAY),
        (date(2026, 4, 1), date(2026, 4, 1)),  # not sent yet
    ],
)
def test_the_first_days_end_today_at_the_latest(start: date, until: date) -> None:
    period = first_days(30, start, TODAY)
    assert (period.since, period.until) == (start, until)


# Paging


def test_few_rows_are_counted(make_contact: Callable[..., Contact]) -> None:
    for number in range(3):
        make_contact(f"{number}@example.com")
    assert EstimatingPaginator(Contact.objects.order_by("pk"), 2).num_pages == 2
    assert EstimatingPaginator(Contact.objects.order_by("pk").none(), 2).count == 0
    assert EstimatingPaginator([1, 2, 3], 2).count == 3


def test_many_rows_are_estimated_on_postgresql(
    postgres: None, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tag.plain.bulk_create(Tag(account=account, name=f"t{number}") for number in range(1000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE getresponse_django_tag")
    Tag.plain.filter(name="t0").delete()
    monkeypatch.setattr(estimates, "EXACT_BELOW", 100)
    assert EstimatingPaginator(Tag.objects.order_by("pk"), 10).count == 1000
    assert EstimatingPaginator(Tag.objects.filter(name="t1").order_by("pk"), 10).count == 1


# Handing over to the broker


class Told:
    """Stands for a task whose broker behaves as ``send`` does."""

    def __init__(self, send: Callable[[], object]) -> None:
        self.send, self.kwargs = send, [{}]

    def apply_async(self, *, kwargs: Any, **_options: Any) -> None:
        self.send()
        self.kwargs.append(kwargs)


def hang() -> None:
    time.sleep(2)


def refuse() -> None:
    raise ConnectionRefusedError


@pytest.mark.parametrize(("send", "taken"), [(lambda: None, True), (refuse, False), (hang, False)])
def test_handing_over_says_whether_the_broker_took_it(
    send: Callable[[], object], taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "LONGEST_WAIT", 0.2)
    task: Any = Told(send)
    started = time.monotonic()
    assert hand_over(task, alias="default") is taken
    assert time.monotonic() - started < 1
    assert (task.kwargs[-1] == {"alias": "default"}) is taken
