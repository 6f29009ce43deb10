"""The checks of NewAutoresponder and UpdateAutoresponder, and taking them over (contract: schemas of that
name, behaviour-newsletters.md section 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import flag, identifier, integer, list_of, one_of, shape, status, text, variant
from ..state.records import Autoresponder
from ..state.store import Store
from .message_bodies import (
    CONTENT,
    DAYS,
    FLAGS,
    LEXPAD,
    SENDER,
    missing_campaigns,
    missing_senders,
    take_over,
)

HOUR = integer(0, 23)
SETTINGS = {
    "timeTravel": flag,
    "excludedDaysOfWeek": list_of(one_of(*DAYS)),
    "delayInHours": HOUR,
    "sendAtHour": HOUR,
    "externalLexpad": LEXPAD,
}
SEND_SETTINGS = variant(
    "type",
    {
        "signup": shape({}, SETTINGS),
        "immediately": shape({}, SETTINGS),
        "delay": shape({"delayInHours": HOUR}, SETTINGS),
        "custom": shape({"sendAtHour": HOUR}, SETTINGS),
    },
)
TRIGGER = shape(
    {}, {"type": one_of("onday"), "dayOfCycle": integer(0, 9999), "selectedCampaigns": list_of(identifier)}
)
SUBJECT = text(2, 128)
NEEDED = {
    "status": status,
    "subject": SUBJECT,
    "content": CONTENT,
    "sendSettings": SEND_SETTINGS,
    "triggerSettings": TRIGGER,
}
OTHERS = {
    "name": SUBJECT,
    "campaignId": identifier,
    "fromField": SENDER,
    "replyTo": SENDER,
    "flags": FLAGS,
    "trackOpens": flag,
}
NEW_AUTORESPONDER = shape(NEEDED, OTHERS)
UPDATE_AUTORESPONDER = shape({}, {**NEEDED, **OTHERS})


def missing(store: Store, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, id) of everything a body refers to that does not exist."""
    yield from missing_senders(store, body)
    campaigns = [body["campaignId"]] if "campaignId" in body else []
    yield from missing_campaigns(
        store, [*campaigns, *body.get("triggerSettings", {}).get("selectedCampaigns", [])]
    )


def apply(message: Autoresponder, body: dict[str, Any]) -> None:
    """Change what a body says; ``sendSettings`` and ``triggerSettings`` are replaced whole."""
    take_over(message, body)
    message.campaign_id = body.get("campaignId", message.campaign_id)
    message.status = body.get("status", message.status)
    message.track_opens = body.get("trackOpens", message.track_opens)
    if "triggerSettings" in body:
        message.day_of_cycle = body["triggerSettings"].get("dayOfCycle", 0)
        message.trigger_campaigns = body["triggerSettings"].get("selectedCampaigns", [])[:1]
    if "sendSettings" in body:
        given = body["sendSettings"]
        message.send_settings = {name: given[name] for name in ("type", *SETTINGS) if name in given}
