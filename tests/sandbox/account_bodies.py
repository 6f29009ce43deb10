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
    "workflowId": "/workflow",
    "splittestId": "/splittests",
    "abTestId": "/ab-tests/subject",
    "transactionalEmailId": "/transactional-emails",
    "transactionalEmailTemplateId": "/transactional-emails/templates",
}
"""Where the first element of a seeded list tells an identifier."""

KEYS = {"transactionalEmailTemplateId": "templateId"}
"""What an element calls an identifier, where the path calls it otherwise."""


def first(api: Api, kind: str) -> str:
    return str(api.get(FIRST[kind]).json()[0][KEYS.get(kind, kind)])


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


def transactional_email(api: Api) -> dict[str, Any]:
    return {
        "contentType": "direct",
        "subject": "Order 7",
        "fromField": {"fromFieldId": api.get("/from-fields").json()[0]["fromFieldId"]},
        "tag": {"tagId": api.tag_id()},
        "recipients": {
            "to": {
                "email": "a@example.com",
                "name": "Anna",
                "validSince": "2018-05-02T09:30:43+0200",
            },
            "cc": [{"email": "b@example.com"}],
        },
        "content": {"plain": "Thank you"},
        "attachments": [{"fileName": "order.txt", "mimeType": "text/plain", "content": "YQ=="}],
    }


def template(api: Api) -> dict[str, Any]:
    return {"subject": f"Template {next(numbers)}", "content": {"html": "<p>Hi</p>"}}


def ab_test(api: Api) -> dict[str, Any]:
    return {
        "name": "Which subject",
        "campaign": {"campaignId": api.campaign_id()},
        "fromField": {"fromFieldId": api.get("/from-fields").json()[0]["fromFieldId"]},
        "deliverySettings": {
            "sendOn": {
                "sendingType": "scheduled",
                "date": "2090-01-01T10:00:00",
                "timeZone": {"timeZoneId": 282},
            },
            "winnerMode": "manual",
            "winningCriteria": "click",
            "samplingTime": None,
        },
        "variants": ["One", "Two"],
        "sendSettings": {"selectedCampaigns": [api.campaign_id()]},
        "content": {"plain": "Hi"},
        "flags": ["ecommerce_tracking"],
    }


def running_ab_test(api: Api) -> dict[str, Any]:
    """An A/B test that waits for its winner."""
    body = ab_test(api)
    body["deliverySettings"]["sendOn"] = {"sendingType": "now"}
    found: dict[str, Any] = api.post("/ab-tests/subject", body).json()
    return found


def waiting_ab_test(api: Api) -> str:
    """The latest A/B test without a winner: the one for which ``POST .../winner`` has its body."""
    tests = api.get("/ab-tests/subject", params={"query[stage]": "testing", "perPage": "1000"}).json()
    return str((tests or [running_ab_test(api)])[-1]["abTestId"])


def cancelled_ab_test(api: Api) -> str:
    """An A/B test that may be deleted."""
    ab_test_id = made(api, "/ab-tests/subject", ab_test(api), "abTestId")
    assert api.post(f"/ab-tests/{ab_test_id}/cancel").status_code == 202
    return ab_test_id


IDS: dict[str, Callable[[Api], str]] = {
    "languageCode": lambda api: "pl",
    "gdprFieldId": lambda api: first(api, "gdprFieldId"),
    "importId": lambda api: first(api, "importId"),
    "autoresponderId": lambda api: made(api, "/autoresponders", autoresponder(api), "autoresponderId"),
    "rssNewsletterId": lambda api: made(api, "/rss-newsletters", rss_newsletter(api), "rssNewsletterId"),
    "clickTrackId": lambda api: first(api, "clickTrackId"),
    "workflowId": lambda api: first(api, "workflowId"),
    "splittestId": lambda api: first(api, "splittestId"),
    "abTestId": cancelled_ab_test,
    "transactionalEmailId": lambda api: made(
        api, "/transactional-emails", transactional_email(api), "transactionalEmailId"
    ),
    "transactionalEmailTemplateId": lambda api: made(
        api, "/transactional-emails/templates", template(api), "templateId"
    ),
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
    "POST /transactional-emails": transactional_email,
    "POST /transactional-emails/templates": template,
    "POST /transactional-emails/templates/{transactionalEmailTemplateId}": template,
    "POST /workflow/{workflowId}": lambda api: {"status": "inactive"},
    "POST /ab-tests/subject": ab_test,
    "POST /ab-tests/subject/{abTestId}/winner": lambda api: {
        "variantId": running_ab_test(api)["variants"][1]["variantId"]
    },
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

PATHS: dict[str, Callable[[Api], str]] = {
    "POST /ab-tests/{abTestId}/cancel": lambda api: f"/ab-tests/{running_ab_test(api)['abTestId']}/cancel",
    "POST /ab-tests/subject/{abTestId}/winner": lambda api: (
        f"/ab-tests/subject/{waiting_ab_test(api)}/winner"
    ),
}
"""The path of a call that needs more than an identifier."""

PARAMS: dict[str, dict[str, str]] = {"GET /transactional-emails/statistics": {"query[groupBy]": "day"}}
"""What a query must have."""

SEEDED_DETAILS = [
    "/autoresponders/{autoresponderId}",
    "/predefined-fields/{predefinedFieldId}",
    "/gdpr-fields/{gdprFieldId}",
    "/workflow/{workflowId}",
    "/splittests/{splittestId}",
    "/transactional-emails/{transactionalEmailId}",
    "/rss-newsletters/{rssNewsletterId}",
    "/click-tracks/{clickTrackId}",
    "/imports/{importId}",
    "/suppressions/{suppressionId}",
]

NAMES = [
    "status",
    "masks",
    "fieldMapping",
    "frequency",
    "sendAtMonthDay",
    "triggerSettings",
    "delayInHours",
    "contentType",
    "recipients",
]
WORDS = ["enabled", "delay", "weekly", "direct", "template"]
