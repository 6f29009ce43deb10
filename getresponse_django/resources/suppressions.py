"""Suppression lists as columns. GetResponse shows them; newsletters name them."""

from __future__ import annotations

from typing import Any

from .reading import Json, as_list, pick, text, timestamp

SUPPRESSION: dict[str, Any] = {
    "suppressionId": ("suppression_id", text),
    "name": ("name", text),
    "createdOn": ("created_on", timestamp),
    "masks": ("masks", as_list),
}


def suppression_fields(json: Json) -> dict[str, Any]:
    """A suppression list as columns; its masks come only with the detail (section 10)."""
    return pick(json, SUPPRESSION)
