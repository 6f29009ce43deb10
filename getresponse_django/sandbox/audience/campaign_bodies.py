"""The checks of NewCampaign and UpdateCampaign (contract: schemas of that name, behaviour-contacts.md
section 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import (
    Path,
    Problem,
    flag,
    identifier,
    list_of,
    nullable,
    one_of,
    problem,
    shape,
    status,
    text,
    url,
)

SENDER = shape({"fromFieldId": identifier})
OPTIN = one_of("single", "double")
NAME = text(3, 64, r"[^/\\@\[\]]{3,64}", "The characters / \\ @ [ ] are not allowed")
POSTAL = shape(
    {},
    {
        "addPostalToMessages": flag,
        **dict.fromkeys(
            ("city", "companyName", "country", "design", "state", "street", "zipCode"), text(0, 255)
        ),
    },
)
CONFIRMATION = shape(
    {},
    {
        "fromField": SENDER,
        "replyTo": SENDER,
        "redirectType": one_of("hosted", "customUrl"),
        "mimeType": one_of("text/html", "text/plain", "combo"),
        "redirectUrl": nullable(text(0, 2048)),
        "subscriptionConfirmationBodyId": identifier,
        "subscriptionConfirmationSubjectId": identifier,
    },
)
PROFILE = shape(
    {},
    {
        "description": text(2, 255),
        "industryTagId": text(1, 10, r"\d+", "Value must be a number in a string"),
        "logo": url,
        "logoLinkUrl": url,
        "title": text(2, 64),
    },
)
BODY = shape(
    {"name": NAME},
    {
        "languageCode": text(2, 2, r"[A-Za-z]{2}", "Value must be a language code"),
        "isDefault": flag,
        "postal": POSTAL,
        "confirmation": CONFIRMATION,
        "optinTypes": shape({}, {"email": OPTIN, "api": OPTIN, "import": one_of("single"), "webform": OPTIN}),
        "subscriptionNotifications": shape({}, {"status": status, "recipients": list_of(SENDER)}),
        "profile": PROFILE,
    },
)
MASK_LIST = list_of(text(1, 255))
MASKS = shape({"masks": MASK_LIST})


def campaign_body(value: Any, path: Path) -> Iterator[Problem]:
    """The body of a create or an update: also no emoji, and an address where a redirect needs one."""
    yield from BODY(value, path)
    if not isinstance(value, dict):
        return
    name = value.get("name")
    if isinstance(name, str) and any(ord(character) > 0xFFFF for character in name):
        yield problem((*path, "name"), name, "Emoji are not allowed")
    confirmation = value.get("confirmation")
    if isinstance(confirmation, dict) and confirmation.get("redirectType") == "customUrl":
        yield from url(confirmation.get("redirectUrl"), (*path, "confirmation", "redirectUrl"))


def sender_ids(body: dict[str, Any]) -> Iterator[str]:
    """The from fields a body refers to."""
    confirmation = body.get("confirmation", {})
    senders = [confirmation.get("fromField"), confirmation.get("replyTo")]
    senders += body.get("subscriptionNotifications", {}).get("recipients", [])
    yield from (sender["fromFieldId"] for sender in senders if sender)
