"""The checks of newsletter bodies, and what they refer to (contract: NewNewsletter, SendNewsletterDraft)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import flag, identifier, integer, list_of, one_of, shape, text
from ..state.store import Store
from .message_bodies import CONTENT, FLAGS, LEXPAD, SENDER, missing_senders

IDS = list_of(identifier)
REFERENCES = {
    "selectedCampaigns": "campaignId",
    "excludedCampaigns": "campaignId",
    "selectedSegments": "searchContactId",
    "excludedSegments": "searchContactId",
    "selectedContacts": "contactId",
    "selectedSuppressions": "suppressionId",
}
SUBJECT = text(2, 128)
SEND_SETTINGS = shape(
    {},
    {
        **dict.fromkeys(REFERENCES, IDS),
        "timeTravel": flag,
        "perfectTiming": flag,
        "externalLexpad": LEXPAD,
        "sendOn": shape({"date": text(1, 40), "timeZone": shape({"timeZoneId": integer(0, 100_000)})}),
    },
)
ATTACHMENT = shape({}, {"fileName": text(1, 255), "content": text(0, 600_000), "mimeType": text(1, 255)})
NEW_NEWSLETTER = shape(
    {
        "subject": SUBJECT,
        "fromField": SENDER,
        "campaign": shape({"campaignId": identifier}),
        "content": CONTENT,
        "sendSettings": SEND_SETTINGS,
    },
    {
        "name": SUBJECT,
        "type": one_of("broadcast", "draft"),
        "replyTo": SENDER,
        "flags": FLAGS,
        "trackOpens": flag,
        "attachments": list_of(ATTACHMENT),
    },
)
SEND_DRAFT = shape({"messageId": identifier, "sendSettings": SEND_SETTINGS})


def missing(store: Store, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, id) of everything a body refers to that does not exist."""
    yield from missing_senders(store, body)
    if "campaign" in body and body["campaign"]["campaignId"] not in store.campaigns:
        yield "campaignId", body["campaign"]["campaignId"]
    yield from missing_selections(store, body["sendSettings"])


def missing_selections(store: Store, settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, id) of the selections that do not exist."""
    known: dict[str, Any] = {
        "campaignId": store.campaigns,
        "searchContactId": store.segments,
        "contactId": store.active.by_id,
        "suppressionId": store.suppressions,
    }
    for name, kind in REFERENCES.items():
        for resource_id in settings.get(name, []):
            if resource_id not in known[kind]:
                yield kind, resource_id
