"""The consents of a contact, which are read whole."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from ..models import Contact, ContactConsent
from ..resources import Json, consent_fields
from .fitting import fitted
from .writing import upsert


def mirror_consents(contact: Contact, items: Sequence[Json]) -> int:
    """Write all consents of a contact, and forget those that GetResponse has no more; returns how many there
    are.
    """
    now = timezone.now()
    told = [item for item in items if isinstance(item, dict) and item.get("consentId")]
    read = {item["consentId"]: fitted(ContactConsent, consent_fields(item)) for item in told}
    rows = [
        ContactConsent(contact=contact, consent_id=key, read_at=now, **fields)
        for key, fields in sorted(read.items())
    ]
    with transaction.atomic():
        contact.consents.exclude(consent_id__in=list(read)).delete()
        columns = ("name", "content", "is_granted", "history", "read_at")
        upsert(ContactConsent, rows, ["contact", "consent_id"], columns)
    return len(rows)
