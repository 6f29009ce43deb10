"""Whoever was erased does not come back with a pull: what GetResponse still has of them is to be removed."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from ..models import Account, Change, ErasedAddress
from ..models.outbox import Key
from ..resources import Json


def without_erased(account: Account, items: Iterable[Json]) -> list[Json]:
    """The contacts but those of erased addresses, whose removal is recorded."""
    items = list(items)
    kept = not_erased(items)
    if len(kept) < len(items):
        known = {item["contactId"] for item in kept}
        barred = [item for item in items if item["contactId"] not in known]
        Change.objects.record(removal_of(account, item) for item in barred)
    return kept


def not_erased(items: Iterable[Json]) -> list[Json]:
    """The contacts but those of erased addresses. Records nothing."""
    items = list(items)
    erased = ErasedAddress.objects.since(item["email"] for item in items)
    return [item for item in items if item["email"].lower() not in erased]


def removal_of(account: Account, item: Json) -> Key:
    """The removal of a contact that has no row here: its key is made of its remote id, below any row's."""
    remote_id = item["contactId"]
    number = int.from_bytes(sha256(remote_id.encode()).digest()[:7])
    tombstone = {
        "remote_id": remote_id,
        "email": "",
        "campaign_id": item["campaign"]["campaignId"],
        "sent_on": None,
    }
    return Key(account.pk, "contact", -number - 1, tombstone)
