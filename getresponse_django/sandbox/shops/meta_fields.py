"""/shops/{shopId}/meta-fields: the shop's own properties of products, variants and orders."""

from __future__ import annotations

from ..http.filters import contains, period
from ..http.validation import one_of, text
from ..operations.stored import Resource, stored, value

TEXTS = ("name", "description", "value")
META_FIELDS = stored(
    Resource(
        "/shops/{shopId}/meta-fields",
        "metaFieldId",
        {
            "name": text(3, 63),
            "value": text(0, 65000),
            "valueType": one_of("string", "integer"),
            "description": text(0, 255),
        },
        required=("name", "value", "valueType"),
        filters={**{name: contains(value(name)) for name in TEXTS}, **period("createdOn", "created_at")},
        sorts={"createdOn": "created_at"},
    )
)
