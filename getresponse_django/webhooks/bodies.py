"""What arrives, taken apart: the body of a webhook or the query of a callback. Pure.

Only one body was ever published in full, and official sources contradict each other
(behaviour-newsletters.md section 8): so everything is read leniently, and nothing is refused but what is no
JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..answers import writable, writable_text
from ..resources import timestamp

LARGEST_BODY = 512 * 1024
"""Bytes. A hundred events, the most that come at once, are a tenth of it."""

MOST_EVENTS = 1000
DEEPEST = 32
"""Levels of a body; a published one has four."""

CONTACT_ID = re.compile(r"[A-Za-z0-9]{1,64}")
"""It becomes a part of a path. Ids are short and alphanumeric (behaviour-contacts.md section 1)."""

BETWEEN_WORDS = re.compile(r"[\s\"'<>(),:;\\\[\]]+")
ADDRESS = re.compile(r".+@[\w-]+(?:\.[\w-]+)+")
"""Whatever looks like an e-mail address at the beginning of a word. Words are taken apart before: a body of a
megabyte is looked through once.
"""

TELL_OF_CONTACTS = (
    "contact_added",
    "contact_removed_link",
    "contact_removed_bounce",
    "contact_rejected",
    "contact_copied",
    "contact_moved",
    "contact_email_changed",
    "contact_custom_field_changed",
    "subscribe",
    "unsubscribe",
)
INFORM_ONLY = (
    "contact_opened_message",
    "contact_clicked_message_link",
    "contact_clicked_sms_link",
    "contacts_import_finished",
    "custom_reports_file_status_changed",
    "open",
    "click",
    "survey",
    "goal",
)
"""The known types of webhooks and actions of callbacks: those that tell of a contact that changed, and the
others (behaviour-newsletters.md sections 7 and 8).
"""


class Unreadable(ValueError):
    """The body is not JSON that can be kept."""


def parsed(raw: bytes) -> list[Any]:
    """The events of a body: of an array each element, else the one object. Raises Unreadable."""
    try:
        body = json.loads(raw)
        json.dumps(body, allow_nan=False)
        body = writable(body, DEEPEST)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON, or JSON that no database keeps") from None
    events = body if isinstance(body, list) else [body]
    if not isinstance(body, list | dict) or len(events) > MOST_EVENTS:
        raise Unreadable("neither an object nor an array of some objects")
    return events


def type_of(event: Any, said: str = "") -> str:
    """The type of an event, ``said`` by the header where the body does not tell it."""
    member = event.get("type", event.get("action")) if isinstance(event, dict) else None
    return writable_text(member if isinstance(member, str) else said)[:100]


def contact_id_of(event: Any) -> str:
    """The contact an event is about, nested, flat or as callbacks name it; empty when it names none."""
    if not isinstance(event, dict):
        return ""
    contact = event.get("contact")
    inner = contact.get("contactId") if isinstance(contact, dict) else None
    found = str(inner or event.get("contactId") or event.get("CONTACT_ID") or "")
    return found if CONTACT_ID.fullmatch(found) else ""


def addresses_in(event: Any) -> set[str]:
    """The e-mail addresses anywhere in an event, in lower case."""
    words = BETWEEN_WORDS.split(json.dumps(event, ensure_ascii=False))
    found = (ADDRESS.match(word) for word in words if "@" in word)
    return {address[0].lower() for address in found if address}


def occurred_at(event: Any) -> datetime | None:
    """When it happened, as far as the event tells in a way that makes sense."""
    about = event.get("event") if isinstance(event, dict) else None
    said = about.get("occurredAt") if isinstance(about, dict) else None
    try:
        moment = timestamp(said) if isinstance(said, str) else None
    except ValueError:
        return None
    # A year at the ends of the calendar overflows on its way into a database.
    return moment if moment and 2000 <= moment.year < 2100 else None


def needs_reading(event_type: str, contact_id: str) -> bool:
    """Whether the contact may have changed. Unknown types are taken to say so: a read does no harm."""
    return bool(contact_id) and event_type not in INFORM_ONLY


def fingerprint(content: bytes | Mapping[str, str]) -> str:
    """A short name for a body, or for a query in whatever order its parameters came."""
    if not isinstance(content, bytes):
        content = json.dumps(sorted(content.items())).encode()
    return hashlib.sha256(content).hexdigest()
