"""Every shape of statistics that is documented or was recorded (contract/behaviour-contacts.md section 8,
behaviour-newsletters.md section 3) is read the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.resources import (
    by_campaign,
    keyed_values,
    list_size_values,
    location_counts,
    merged,
    message_values,
    origin_counts,
    snake,
    summary_counts,
)

DAY = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = DAY.replace(hour=9)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("totalOpened", "total_opened"),
        ("unsubsribed", "unsubscribed"),
        ("website_buider_elegant", "website_builder_elegant"),
        ("website_builder_elegant", "website_builder_elegant"),
    ],
)
def test_names_of_metrics_are_mended(name: str, metric: str) -> None:
    assert snake(name) == metric


@pytest.mark.parametrize(
    ("element", "start"),
    [
        ({"timeInterval": "2026-05-01T00:00:00+0000/P1D", "sent": 3, "totalOpened": 0}, DAY),
        ({"timeInterval": "2026-05-01T09:00:00+0000/PT1H", "sent": "3", "totalOpened": "0"}, HOUR),
        ({"timeInterval": "2026-05-01T11:00:00+0200/PT1H", "sent": 3, "bounced": None}, HOUR),
        ({"timeInterval": "2026-05-01T00:00:00+0000/P2M18DT10H0M0S", "sent": 3}, DAY),
    ],
)
def test_message_statistics_are_numbers_or_texts_and_zeros_are_left_out(
    element: dict[str, Any], start: datetime
) -> None:
    assert [(v.metric, v.starts_at, v.value) for v in message_values([element])] == [("sent", start, 3)]


@pytest.mark.parametrize("reader", [message_values, list_size_values])
@pytest.mark.parametrize("answer", [[], None])
def test_nothing_is_no_value(reader: Any, answer: Any) -> None:
    assert reader(answer) == []


def test_people_are_told_from_robots() -> None:
    element = {"timeInterval": "2026-05-01T00:00:00+0000/P1D", "uniqueOpened": 5, "uniqueHumanOpened": 3}
    found = {value.metric: value.value for value in message_values([element])}
    assert found == {"unique_opened": 5, "unique_human_opened": 3}


@pytest.mark.parametrize(
    ("created_on", "start"),
    [("2026-05-01", DAY), ("2026-05-01 09:00:00", HOUR), ("2026-05-01 00:00:00", DAY)],
)
@pytest.mark.parametrize("kind", [int, str])
def test_the_size_of_a_list_is_told_even_when_it_is_zero(created_on: str, start: datetime, kind: Any) -> None:
    element = {"totalSubscribers": kind(0), "addedSubscribers": kind(0), "removedSubscribers": kind(2)}
    values = list_size_values([{"createdOn": created_on, **element}])
    assert {(v.metric, v.starts_at, v.value) for v in values} == {
        ("total_subscribers", start, 0),
        ("removed_subscribers", start, 2),
    }


@pytest.mark.parametrize("period", ["total", "2026-05"])
def test_a_period_that_was_not_asked_for_is_an_error(period: str) -> None:
    with pytest.raises(ValueError, match=period):
        list_size_values([{"createdOn": period, "totalSubscribers": 1}])
    with pytest.raises(ValueError, match=period):
        keyed_values("removals", {period: {"user": 1}})


SUBSCRIPTIONS = [
    pytest.param({"C": {"2026-05-01": {"api": 3, "import": 0}}}, id="by campaign, recorded"),
    pytest.param({"2026-05-01": {"C": {"api": 3}}}, id="by date, official example"),
    pytest.param([{"2026-05-01": {"C": {"api": "3"}}}], id="list, official schema"),
    pytest.param([{"C": {"2026-05-01": {"api": 3}}}], id="list by campaign"),
    pytest.param({"2026-05-01": {"api": 3}}, id="no campaign"),
    pytest.param([{"2026-05-01": {"api": "3"}}], id="list, no campaign"),
    pytest.param({"C": [{"2026-05-01": {"api": 3}}]}, id="list inside"),
]


@pytest.mark.parametrize("answer", SUBSCRIPTIONS)
@pytest.mark.parametrize("prefix", ["subscriptions", "removals"])
def test_counts_of_one_list_by_day(answer: Any, prefix: str) -> None:
    told = by_campaign(answer, ["C"])
    assert told is not None and set(told) == {"C"}
    values = keyed_values(prefix, told["C"])
    assert [(v.metric, v.value, v.starts_at) for v in values] == [(f"{prefix}.api", 3, DAY)]


TWO = {"C": {"2026-05-01": {"api": 3}}, "c": {"2026-05-01": {"api": 4}, "2026-05-02": {"www": 1}}}


@pytest.mark.parametrize(
    "answer",
    [
        TWO,
        [TWO],
        [{campaign: days} for campaign, days in TWO.items()],
        {"2026-05-01": {"C": {"api": 3}, "c": {"api": 4}}, "2026-05-02": {"c": {"www": 1}}},
        [
            {"2026-05-01": {"C": {"api": 3}}},
            {"2026-05-01": {"c": {"api": 4}}, "2026-05-02": {"c": {"www": 1}}},
        ],
    ],
)
def test_several_lists_are_told_apart(answer: Any) -> None:
    assert by_campaign(answer, ["C", "c"]) == TWO


@pytest.mark.parametrize(
    ("answer", "ids", "expected"),
    [
        ({"2026-05-01": {"api": 3}}, ["C", "D"], None),
        ([{"2026-05-01": {"api": 3}}], ["C", "D"], None),
        ({"total": {"api": 3}}, ["C", "D"], None),
        ([], ["C", "D"], {}),
        ({}, ["C", "D"], {}),
        (None, ["C"], {}),
        ({"2026-05-01": []}, ["C", "D"], {}),
        ({"C": []}, ["C", "D"], {"C": {}}),
        ({"C": {"2026-05-01": {"api": 1}}}, ["C", "D"], {"C": {"2026-05-01": {"api": 1}}}),
    ],
)
def test_what_does_not_name_the_lists_is_not_shared_out(answer: Any, ids: list[str], expected: Any) -> None:
    assert by_campaign(answer, ids) == expected


@pytest.mark.parametrize("answer", [{"C": []}, {"2026-05-01": []}, {"C": {"2026-05-01": []}}])
def test_an_empty_list_stands_for_an_empty_object(answer: Any) -> None:
    told = by_campaign(answer, ["C"])
    assert told is not None
    assert keyed_values("removals", told.get("C", {})) == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"C": {"api": 3, "www": 1, **{"import": 0}}}, id="by campaign, example of 2026"),
        pytest.param(
            [{"2026-05-01": {"api": 1}, "2026-05-02": {"api": 2, "www": 1}}], id="by date, recorded 2017"
        ),
        pytest.param({"C": {"total": {"api": 3, "www": 1}}}, id="by campaign and period"),
        pytest.param([{"C": {"api": "3", "www": "1"}}], id="list, official schema"),
        pytest.param({"2026-05-01": {"C": {"api": 3, "www": 1}}}, id="by date and campaign"),
    ],
)
def test_origins_are_summed(answer: Any) -> None:
    told = by_campaign(answer, ["C"])
    assert told is not None
    assert origin_counts(told["C"]) == {"api": 3, "www": 1}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            {"PL": {"amount": "45", "continentCode": "EU", "countryCode": "PL"}, "others": {"amount": "2"}},
            id="recorded",
        ),
        pytest.param(
            [{"PL": {"amount": 45, "continentalCode": "EU"}}, {"others": {"amount": 2}}], id="official schema"
        ),
        pytest.param({"C": {"PL": {"amount": "45"}, "others": {"amount": "2"}}}, id="by campaign"),
    ],
)
def test_locations_are_counted_by_country(answer: Any) -> None:
    assert location_counts(answer, "C") == {"PL": 45, "others": 2}


@pytest.mark.parametrize("answer", [[], {}, {"C": []}])
def test_a_list_without_locations(answer: Any) -> None:
    assert location_counts(answer, "C") == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"C": {"totalSubscribers": "7", "totalTriggers": "0"}},
        [{"C": {"totalSubscribers": 7, "totalTriggers": 0}}],
        [{"D": {"totalSubscribers": "1"}}, {"C": {"totalSubscribers": "7", "totalTriggers": "0"}}],
    ],
)
def test_totals_of_a_list_are_texts_and_zeros_are_told(answer: Any) -> None:
    told = by_campaign(answer, ["C"])
    assert told is not None
    assert summary_counts(told["C"]) == {"total_subscribers": 7, "total_triggers": 0}


@pytest.mark.parametrize(
    ("answer", "expected"), [([], {}), (None, {}), ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2})]
)
def test_lists_of_objects_are_one_object(answer: Any, expected: dict[str, int]) -> None:
    assert merged(answer) == expected


IDS = st.sampled_from(["C", "c", "pf3", "V"])
PERIODS = st.dates().map(str)
COUNTS = st.dictionaries(st.sampled_from(["api", "www"]), st.integers(1, 9), min_size=1, max_size=2)


@settings(max_examples=30)
@given(told=st.dictionaries(IDS, st.dictionaries(PERIODS, COUNTS, min_size=1, max_size=3), min_size=1))
def test_both_orders_of_keys_say_the_same(told: dict[str, dict[str, Any]]) -> None:
    by_day: dict[str, dict[str, Any]] = {}
    for campaign, periods in told.items():
        for period, counts in periods.items():
            by_day.setdefault(period, {})[campaign] = counts
    assert by_campaign(told, list(told)) == by_campaign(by_day, list(told)) == told
