"""Definitions in words: each condition, how they are joined, and whatever else GetResponse may have given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.models.conditions.sentence import mentioned, sentence
from tests.models.conditions.examples import EXAMPLES, NAMES, dated, message, silence, tag, text
from tests.models.conditions.test_grammar import JSON

CITY = text("custom", "is", "Gdańsk", scope="F")
OPENED = dated("last_open_date", "specific_date", "last_30_days")
VIP = tag("exists")
BOTH = ["receiving_autoresponder", "not_receiving_autoresponder"]


def section(*conditions: Any, logic: str = "and", lists: Any = ("C",), **more: Any) -> dict[str, Any]:
    return {
        "campaignIdsList": list(lists),
        "logicOperator": logic,
        "subscriberCycle": BOTH,
        "subscriptionDate": "all_time",
        "conditions": list(conditions),
    } | more


def said(*sections: Any, logic: str = "and") -> str:
    return sentence({"sectionLogicOperator": logic, "section": list(sections)}, NAMES)


@pytest.mark.parametrize(("condition", "words"), EXAMPLES, ids=[words for _condition, words in EXAMPLES])
def test_each_condition_in_words(condition: dict[str, Any], words: str) -> None:
    assert said(section(condition)) == f"{words}, on the list customers"


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (said(section(CITY, OPENED)), "city is Gdańsk and opened a message in the last 30 days"),
        (said(section(CITY, VIP, logic="or")), "city is Gdańsk or has the tag vip"),
        (said(section(CITY, VIP, OPENED)), "city is Gdańsk and has the tag vip and opened a message"),
        (
            said(section(CITY), section(VIP, OPENED, logic="or")),
            "(city is Gdańsk) and (has the tag vip or opened a message in the last 30 days), on the list",
        ),
        (said(section(CITY), section(VIP), logic="or"), "(city is Gdańsk) or (has the tag vip)"),
        (said(section()), "everybody, on the list customers"),
        (said(section(lists=["C", "P"])), "everybody, on the lists customers, “partners of ours”"),
        (said(section(lists=["unknown"])), "everybody, on the list unknown"),
        (said(section(lists="abcdef")), "everybody, on 6 lists"),
        (said(section(lists=[])), "everybody, on no list"),
        (
            said(section(CITY), section(VIP, lists=["P"])),
            "(city is Gdańsk, on the list customers) and (has the tag vip, on the list “partners of ours”)",
        ),
        (
            said(section(VIP, subscriptionDate="last_week", subscriberCycle=BOTH[:1])),
            "has the tag vip, on the list customers, subscribed last week, receiving autoresponders",
        ),
        (
            said(
                section(
                    subscriptionDate="custom",
                    customDate={"from": "2026-04-01", "to": "2026-04-10"},
                    subscriberCycle=BOTH[1:],
                )
            ),
            "everybody, on the list customers, subscribed from 2026-04-01 to 2026-04-10, "
            "receiving no autoresponders",
        ),
    ],
)
def test_conditions_are_joined(definition: str, words: str) -> None:
    assert definition.startswith(words)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"conditionType": "of the panel", "x": 1}, "a condition of the type “of the panel”"),
        ({"conditionType": "last_newsletter"}, "a condition of the type last_newsletter"),
        (message("not_opened", "newsletter", value="N"), "a condition of the type not_opened"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_there(condition: Any, words: str) -> None:
    assert said(section(CITY, condition)) == f"city is Gdańsk and {words}, on the list customers"


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({}, ""),
        (None, ""),
        ({"section": "x"}, ""),
        ({"section": []}, ""),
        ({"section": ["x"]}, "a section that cannot be read here"),
        ({"section": [{"conditions": [CITY]}]}, "a section that cannot be read here"),
        ({"section": [section(7)]}, "a condition of the type “?”, on the list customers"),
        ({"section": [section(), 1]}, "(everybody, on the list customers) and (a section that"),
    ],
)
def test_a_definition_that_is_none_is_no_error(definition: Any, words: str) -> None:
    found = sentence(definition, NAMES)
    assert found.startswith(words)
    assert bool(found) is bool(words)


@settings(max_examples=30)
@given(data=st.data())
def test_whatever_getresponse_gave_is_said_in_some_words(data: st.DataObject) -> None:
    spoiled = dict(data.draw(st.sampled_from(EXAMPLES))[0])
    spoiled[data.draw(st.sampled_from(sorted(spoiled)))] = data.draw(JSON)
    part = section(spoiled)
    if data.draw(st.booleans()):
        part[data.draw(st.sampled_from(sorted(part)))] = data.draw(JSON)
    definition = {"sectionLogicOperator": data.draw(JSON), "section": [part, data.draw(JSON)]}
    assert sentence(definition, {})
    mentioned(definition)


def test_what_is_mentioned_is_known_by_resource_and_id() -> None:
    clicked = message("clicked", "autoresponder", scope="A", clickTrackId="all")
    silent = silence("not_opened", "newsletter", "never", scope="N")
    definition = {"section": [section(CITY, VIP, lists=["C", "P"]), section(clicked, silent, lists=[]), 5]}
    assert mentioned(definition) == {
        ("campaign", "C"),
        ("campaign", "P"),
        ("custom_field", "F"),
        ("tag", "T"),
        ("autoresponder", "A"),
        ("newsletter", "N"),
    }
