"""Blocklist masks: whole addresses, or parts of one such as @example.com."""

from __future__ import annotations

from collections.abc import Iterable

from .store import Store


def matches(mask: str, email: str) -> bool:
    """Whether a mask covers an address. A whole address covers itself only, anything else every address
    with it.
    """
    mask, email = mask.lower(), email.lower()
    is_address = "@" in mask[1:-1]
    return mask == email if is_address else bool(mask) and mask in email


def is_blocked(store: Store, campaign_id: str, email: str) -> bool:
    """Whether the account or the campaign refuses this address."""
    masks = store.masks + store.campaigns[campaign_id].masks
    return any(matches(mask, email) for mask in masks)


def changed(masks: list[str], given: Iterable[str], flags: frozenset[str]) -> list[str]:
    """The masks after an update: added to, taken from, or replaced without a flag (behaviour-contacts.md
    7).
    """
    given = list(dict.fromkeys(given))
    if "add" in flags:
        return list(dict.fromkeys([*masks, *given]))
    if "delete" in flags:
        return [mask for mask in masks if mask not in given]
    return given
