"""The pure comparison of a contact here with the one in GetResponse."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.pull.drift import COMPARED, Columns, Drift, Kind, compare, remote_columns

ITEM = {
    "contactId": "C1",
    "name": "Anna",
    "email": "anna@example.com",
    "note": None,
    "origin": "api",
    "dayOfCycle": "3",
    "scoring": 8,
    "engagementScore": None,
    "ipAddress": None,
    "timeZone": "Europe/Warsaw",
    "changedOn": "2026-01-16T11:55:41+0000",
    "createdOn": "2026-01-16T11:55:41+0000",
    "campaign": {"campaignId": "V", "name": "customers"},
}
DETAILS = {
    "tags": [{"tagId": "T", "name": "vip"}],
    "customFieldValues": [{"customFieldId": "F", "name": "city", "value": ["Gdańsk"], "values": ["Gdańsk"]}],
}
THERE = remote_columns(ITEM)
FULL = remote_columns(ITEM | DETAILS)
HERE: Columns = {**FULL, "state": "active"}
"""The same contact on both sides."""

WHO = ("customers", Kind.FIELD, "C1", "anna@example.com")


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ({}, {}, []),
        ({"name": "Ann"}, {}, [("name", "Ann", "Anna")]),
        ({"name": ""}, {"note": "x"}, [("name", "", "Anna"), ("note", "", "x")]),
        ({"scoring": None}, {}, [("scoring", "", "8.0")]),
        ({"scoring": 8}, {}, []),
        ({"day_of_cycle": 4}, {}, [("day_of_cycle", "4", "3")]),
        ({"engagement_score": 5}, {}, [("engagement_score", "5", "")]),
        ({"email": "Anna@example.com"}, {}, [("email", "Anna@example.com", "anna@example.com")]),
        ({"campaign": "W", "campaign_name": "news"}, {}, [("campaign", "news", "customers")]),
        ({"campaign_name": "renamed"}, {}, []),
        ({"tags": {"vip", "site"}}, {}, [("tags", "site", "")]),
        ({"tags": set()}, {}, [("tags", "", "vip")]),
        ({"custom_fields": None}, {}, [("custom_fields.city", "", "Gdańsk")]),
        ({"custom_fields": {"city": ["Gdańsk"], "plan": []}}, {}, []),
        (
            {"custom_fields": {"city": ["Sopot"], "plan": ["a", "b"]}},
            {},
            [("custom_fields.city", "Sopot", "Gdańsk"), ("custom_fields.plan", "a, b", "")],
        ),
    ],
)
def test_fields_of_a_contact_that_both_have(
    here: dict[str, Any], there: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    found = list(compare({**HERE, **here}, {**FULL, **there}))
    assert found == [Drift(*WHO, *each) for each in expected]


@pytest.mark.parametrize("field", ["tags", "custom_fields"])
def test_what_a_list_does_not_say_is_not_compared(field: str) -> None:
    here = {name: value for name, value in HERE.items() if name != field}
    assert list(compare({**here, "custom_fields": {"city": ["Sopot"]}}, THERE)) == []


@pytest.mark.parametrize("name", COMPARED)
def test_whatever_a_list_says_is_compared(name: str) -> None:
    assert name in THERE
    assert [found.field for found in compare({**HERE, name: "other"}, THERE)] == [name]


@pytest.mark.parametrize(
    ("here", "there", "kind", "says"),
    [
        (None, {}, Kind.MISSING_HERE, ("", "active")),
        ("active", None, Kind.MISSING_THERE, ("active", "")),
        ("new", None, Kind.MISSING_THERE, ("new", "")),
        ("active", {"state": "removed"}, Kind.STATE, ("active", "removed")),
        ("left", {}, Kind.STATE, ("left", "active")),
        ("leaving", {}, Kind.STATE, ("leaving", "active")),
        ("sent", {"name": "Other"}, Kind.STATE, ("sent", "active")),
        ("deleted", {}, Kind.STATE, ("deleted", "active")),
    ],
)
def test_contacts_missing_or_in_another_state(
    here: str | None, there: dict[str, Any] | None, kind: Kind, says: tuple[str, str]
) -> None:
    mine = None if here is None else {**HERE, "state": here, "name": "Ann"}
    theirs = None if there is None else {**THERE, **there}
    assert list(compare(mine, theirs)) == [Drift("customers", kind, "C1", "anna@example.com", "", *says)]


def test_what_neither_side_has_does_not_differ() -> None:
    assert list(compare(None, None)) == []


def test_a_list_without_a_name_is_called_by_its_id() -> None:
    assert remote_columns(ITEM | {"campaign": {"campaignId": "V"}})["campaign_name"] == "V"
