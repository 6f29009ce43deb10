"""Seeded consents: who came by a form agreed to what it asked for, and some have withdrawn since."""

from __future__ import annotations

import random
from typing import Any

from ..state.dates import DAY, HOUR, stamp
from ..state.records import Contact, GdprField
from ..state.store import Store

FORM_ORIGINS = ("www", "landing_page")
SHARES = {"newsletter": (1.0, 0.04), "terms": (0.6, 0.0), "phone": (0.25, 0.3)}
"""Of those who came by a form, how many agreed, and how many of these withdrew."""


def seed_consents(store: Store, rng: random.Random, today: int) -> None:
    """Give the people of forms their consents to the fields of /gdpr-fields."""
    for index in (store.active, store.unconfirmed, store.removed):
        for contact in index:
            if contact.origin in FORM_ORIGINS:
                contact.consents = [
                    consent(rng, contact, field, SHARES[field.name][1], today)
                    for field in store.gdpr_fields.values()
                    if rng.random() < SHARES[field.name][0]
                ]


def consent(
    rng: random.Random, contact: Contact, field: GdprField, withdrawn: float, today: int
) -> dict[str, Any]:
    """ContactConsent, given with the form and perhaps withdrawn before today."""
    history = [declared(field, contact.created_at, granted=True)]
    if rng.random() < withdrawn and today - contact.created_at > DAY:
        history.append(declared(field, rng.randrange(contact.created_at + HOUR, today), granted=False))
    return {
        "consentId": field.gdpr_field_id,
        "name": field.name,
        "content": field.content,
        "isGranted": history[-1]["wasGranted"],
        "history": history,
    }


def declared(field: GdprField, moment: int, *, granted: bool) -> dict[str, Any]:
    """ContactConsentHistoryItem."""
    return {
        "content": field.content,
        "wasGranted": granted,
        "declaredAt": stamp(moment),
        "createdAt": stamp(moment),
    }
