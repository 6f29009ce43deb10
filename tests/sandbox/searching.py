"""Bodies of searches, and what they find."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .conftest import Api

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)  # a Wednesday


def section(api: Api, *conditions: dict[str, Any], logic: str = "and", **change: Any) -> dict[str, Any]:
    return {
        "campaignIdsList": [api.campaign_id()],
        "logicOperator": logic,
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
        "conditions": list(conditions),
        **change,
    }


def definition(*sections: dict[str, Any], logic: str = "or") -> dict[str, Any]:
    return {"sectionLogicOperator": logic, "section": list(sections)}


def search(api: Api, *sections: dict[str, Any], logic: str = "or", status: str = "subscribed") -> str:
    """The first letters of those found, in the order of the answer."""
    body = {"subscribersType": [status], **definition(*sections, logic=logic)}
    response = api.post("/search-contacts/contacts", body)
    assert response.status_code == 200, response.text
    return "".join(contact["email"][0] for contact in sorted(response.json(), key=lambda c: c["email"]))


def text(kind: str, operator: str, value: str) -> dict[str, Any]:
    return {"conditionType": kind, "operatorType": "string_operator", "operator": operator, "value": value}


def named(*sections: dict[str, Any], name: str = "x") -> dict[str, Any]:
    return {"name": name, **definition(*sections)}
