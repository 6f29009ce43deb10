"""/shops/{shopId}/taxes."""

from __future__ import annotations

from ..http.filters import contains, period
from ..http.validation import between, text
from ..operations.stored import Resource, stored, value

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
