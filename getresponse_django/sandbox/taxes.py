"""/shops/{shopId}/taxes."""

from __future__ import annotations

from .filters import contains, period
from .stored import Resource, stored, value
from .validation import between, text

TAXES = stored(
    Resource(
        "/shops/{shopId}/taxes",
        "taxId",
        {"name": text(2, 255), "rate": between(0, 99.9)},
        required=("name", "rate"),
        filters={"name": contains(value("name")), **period("createdOn", "created_at")},
        sorts={"createdOn": "created_at"},
    )
)
