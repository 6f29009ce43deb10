"""Rules for JSON columns say what is wrong, and where."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.models.campaign_settings import OPTIN_TYPES, POSTAL, PROFILE
from getresponse_django.models.definitions import DEFINITION
from getresponse_django.models.message_rules import (
    FLAGS,
    MOST_ATTACHED,
    SEND_SETTINGS,
    attachments,
    has_audience,
)

SECTION: dict[str, Any] = {
    "campaignIdsList": ["C"],
    "logicOperator": "and",
    "subscriberCycle": ["receiving_autoresponder"],
    "subscriptionDate": "all_time",
}
DAYS = {"from": "2026-01-01", "to": "2026-01-31"}
CONDITION = {"conditionType": "of next year", "whatever": [1]}


def segment(*sections: Any, **members: Any) -> dict[str, Any]:
    return {"sectionLogicOperator": "or", "section": list(sections)} | members


@pytest.mark.parametrize(
    "definition",
    [
        segment(SECTION),
        segment(*[SECTION] * 8, subscribersType=["subscribed"]),
        segment(SECTION | {"conditions": [CONDITION] * 8}),
        segment(SECTION | {"subscriptionDate": "custom", "customDate": DAYS}),
    ],
)
def test_an_envelope_that_getresponse_takes(definition: Any) -> None:
    assert list(DEFINITION(definition)) == []


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({}, "section: This is missing"),
        ("x", "Write an object"),
        (segment(), "section: It must have 1 to 8"),
        (segment(*[SECTION] * 9), "section: It must have 1 to 8"),
        (segment(SECTION, sectionLogicOperator="xor"), "sectionLogicOperator: Choose from: and, or"),
        (segment(SECTION, subscribersType=["removed"]), "subscribersType: 1: Choose from: subscribed"),
        (segment({}), "section: 1: campaignIdsList: This is missing"),
        (segment(SECTION, SECTION | {"subscriptionDate": "ever"}), "section: 2: subscriptionDate: Choose"),
        (segment(SECTION | {"subscriptionDate": "custom"}), "section: 1: customDate: It is written"),
        (segment(SECTION | {"customDate": DAYS}), "section: 1: customDate: It is written"),
        (segment(SECTION | {"conditions": [CONDITION] * 9}), "section: 1: conditions: It must have 0 to 8"),
        (segment(SECTION | {"conditions": [{}]}), "section: 1: conditions: 1: Write a condition"),
        (segment(SECTION | {"unknown": 1}), "section: 1: unknown: Choose from"),
        (segment(SECTION | {"subscriberCycle": []}), "section: 1: subscriberCycle: It must have 1 to 2"),
    ],
)
def test_an_envelope_that_getresponse_refuses(definition: Any, place: str) -> None:
    assert [text for text in DEFINITION(definition) if text.startswith(place)]


@pytest.mark.parametrize(
    ("rule", "value", "wrong"),
    [
        (OPTIN_TYPES, {"api": "double", "import": "single"}, ""),
        (OPTIN_TYPES, {"import": "double"}, "import: Choose from: single."),
        (OPTIN_TYPES, {"phone": "single"}, "phone: Choose from: email, api, import, webform."),
        (POSTAL, {"city": "Gdańsk", "addPostalToMessages": "true"}, ""),
        (POSTAL, {"city": "x" * 256}, "city: Write a text of 0 to 255 characters."),
        (PROFILE, {"title": "Shop", "logo": "https://example.com/a.png", "industryTagId": "7"}, ""),
        (PROFILE, {"title": "x"}, "title: Write a text of 2 to 64 characters."),
        (PROFILE, {"industryTagId": 7}, "industryTagId: Write a number as a text."),
        (PROFILE, {"logo": "a.png"}, "logo: Write an address that begins with http:// or https://."),
        (FLAGS, ["clicktrack"], ""),
        (FLAGS, ["openrate"], "1: Choose from: clicktrack, google_analytics."),
        (SEND_SETTINGS, {"selectedCampaigns": ["C"], "timeTravel": "true", "externalLexpad": None}, ""),
        (SEND_SETTINGS, {"selectedSegments": "S"}, "selectedSegments: Write a list."),
        (SEND_SETTINGS, {"timeTravel": True}, "timeTravel: Choose from: true, false."),
        (SEND_SETTINGS, {"externalLexpad": {}}, "externalLexpad: dataSourceUrl: This is missing."),
    ],
)
def test_settings(rule: Any, value: Any, wrong: str) -> None:
    assert list(rule(value)) == ([wrong] if wrong else [])


def file(size: int = 3) -> dict[str, str]:
    return {"fileName": "a.txt", "content": "QUFB" * (size // 3), "mimeType": "text/plain"}


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ([], ""),
        ([file(), file()], ""),
        ([file(MOST_ATTACHED)], ""),
        ([file(MOST_ATTACHED - 1), file()], "All files together"),
        ([file() | {"content": "not base64!"}], "1: content: Write the file in base64"),
        ([file() | {"content": None}], "1: content: Write the file in base64"),
        ([{"fileName": "a"}], "1: content: This is missing"),
    ],
)
def test_attachments(files: Any, wrong: str) -> None:
    found = list(attachments(files))
    assert found[:1] == [text for text in found[:1] if wrong and text.startswith(wrong)]
    assert bool(found) is bool(wrong)


@pytest.mark.parametrize(
    ("settings", "answer"),
    [
        ({"selectedContacts": ["c"]}, True),
        ({"selectedCampaigns": []}, False),
        ({"excludedCampaigns": ["C"]}, False),
    ],
)
def test_an_audience(settings: Any, answer: bool) -> None:
    assert has_audience(settings) is answer
