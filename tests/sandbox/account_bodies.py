"""Bodies and identifiers for calls around the account, contacts and messages."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from .conftest import Api, made

numbers = count(1)

FIRST = {
    "predefinedFieldId": "/predefined-fields",
    "gdprFieldId": "/gdpr-fields",
    "suppressionId": "/suppressions",
    "importId": "/imports",
    "rssNewsletterId": "/rss-newsletters",
    "clickTrackId": "/click-tracks",
}
"""Where the first element of a seeded list tells an identifier."""


def first(api: Api, kind: str) -> str:
    return str(api.get(FIRST[kind]).json()[0][kind])


def filled(api: Api, path: str) -> str:
    """A path with the identifiers of things that are there from the beginning."""
    for kind in FIRST:
        if f"{{{kind}}}" in path:
            path = path.replace(f"{{{kind}}}", first(api, kind))
    return path.replace("{languageCode}", "en")


def predefined_field(api: Api) -> dict[str, Any]:
    campaign = {"campaignId": api.campaign_id()}
    return {"name": f"field_{next(numbers)}", "value": "Gdańsk, 9 to 17", "campaign": campaign}


def suppression(api: Api) -> dict[str, Any]:
    return {"name": f"list {next(numbers)}", "masks": ["@rival.example", "one@example.com"]}


def autoresponder(api: Api) -> dict[str, Any]:
    return {
        "subject": f"Day {next(numbers)}",
        "status": "disabled",
        "content": {"html": '<a href="https://example.com/a">Read</a>', "plain": "Read"},
        "flags": ["clicktrack"],
        "triggerSettings": {"dayOfCycle": 7, "selectedCampaigns": [api.campaign_id("partners")]},
        "sendSettings": {
            "type": "delay",
            "delayInHours": 3,
            "timeTravel": "true",
            "excludedDaysOfWeek": ["Sunday"],
            "externalLexpad": {"dataSourceUrl": "https://example.com/words"},
        },
    }


def rss_newsletter(api: Api) -> dict[str, Any]:
    return {
        "subject": "News",
        "rssFeedUrl": "https://example.com/feed",
        "status": "enabled",
        "fromField": {"fromFieldId": api.get("/from-fields").json()[0]["fromFieldId"]},
        "content": {"html": '<a href="https://example.com/a">Read</a>'},
        "flags": ["clicktrack", "google_analytics"],
        "sendSettings": {
            "frequency": "monthly",
            "filter": "recent",
            "sendAtHour": 8,
            "sendAtMonthDay": 31,
            "selectedCampaigns": [api.campaign_id("partners")],
            "selectedContacts": [],
        },
    }


IDS: dict[str, Callable[[Api], str]] = {
    "languageCode": lambda api: "pl",
    "gdprFieldId": lambda api: first(api, "gdprFieldId"),
    "importId": lambda api: first(api, "importId"),
    "autoresponderId": lambda api: made(api, "/autoresponders", autoresponder(api), "autoresponderId"),
    "rssNewsletterId": lambda api: made(api, "/rss-newsletters", rss_newsletter(api), "rssNewsletterId"),
    "clickTrackId": lambda api: first(api, "clickTrackId"),
    "predefinedFieldId": lambda api: made(
        api, "/predefined-fields", predefined_field(api), "predefinedFieldId"
    ),
    "suppressionId": lambda api: made(api, "/suppressions", suppression(api), "suppressionId"),
}
"""The id of some resource that exists, made for the purpose where the call may use it up."""

BODIES: dict[str, Callable[[Api], Any]] = {
    "POST /accounts/badge": lambda api: {"status": "enabled"},
    "POST /autoresponders": autoresponder,
    "POST /autoresponders/{autoresponderId}": autoresponder,
    "POST /rss-newsletters": rss_newsletter,
    "POST /rss-newsletters/{rssNewsletterId}": rss_newsletter,
    "POST /imports": lambda api: {
        "campaignId": api.campaign_id(),
        "fieldMapping": ["email", "name", "plan", "tag:imported"],
        "contacts": [["imported@example.com", "Anna", "pro", "1"], ["nobody", "", "", "0"]],
    },
    "POST /predefined-fields": predefined_field,
    "POST /predefined-fields/{predefinedFieldId}": lambda api: {"value": "Closed"},
    "POST /suppressions": suppression,
    "POST /suppressions/{suppressionId}": suppression,
}

PATHS: dict[str, Callable[[Api], str]] = {}
"""The path of a call that needs more than an identifier."""

PARAMS: dict[str, dict[str, str]] = {}
"""What a query must have."""

SEEDED_DETAILS = [
    "/autoresponders/{autoresponderId}",
    "/predefined-fields/{predefinedFieldId}",
    "/gdpr-fields/{gdprFieldId}",
    "/rss-newsletters/{rssNewsletterId}",
    "/click-tracks/{clickTrackId}",
    "/imports/{importId}",
    "/suppressions/{suppressionId}",
]

NAMES = ["status", "masks", "fieldMapping", "frequency", "sendAtMonthDay", "triggerSettings", "delayInHours"]
WORDS = ["enabled", "delay", "weekly"]
