"""Consents as columns: what forms ask for, and what a contact said. GetResponse only shows them."""

from __future__ import annotations

from typing import Any

from .reading import Json, as_list, as_object, flag, pick, text, timestamp

GDPR_FIELD = {
    "gdprFieldId": ("gdpr_field_id", text),
    "name": ("name", text),
    "createdOn": ("created_on", timestamp),
}
VERSION = {
    "gdprFieldVersionId": ("version_id", text),
    "content": ("content", text),
    "createdOn": ("version_on", timestamp),
}
CONSENT: dict[str, Any] = {
    "name": ("name", text),
    "content": ("content", text),
    "isGranted": ("is_granted", flag),
    "history": ("history", as_list),
}


def gdpr_field_fields(json: Json) -> dict[str, Any]:
    """A consent of forms as columns; its text comes only with the detail (behaviour-contacts.md section
    10).
    """
    return pick(json, GDPR_FIELD) | pick(as_object(json.get("latestVersion")), VERSION)


def consent_fields(json: Json) -> dict[str, Any]:
    """What a contact said to a consent, as columns; ``isGranted`` is a real boolean (section 1)."""
    return {"is_granted": False} | pick(json, CONSENT)
