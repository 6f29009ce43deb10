"""/shops/{shopId}/products/{productId}/variants (behaviour-core.md sections 3 and 4).

Decided where the contract is open: an ``sku`` used twice in a product is a validation error, since no 409 is
declared; when the variants of a product are replaced, the one with the same ``sku`` keeps its identifier, so
that carts and orders still name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..http.errors import ApiError
from ..http.filters import contains, equals, period
from ..http.validation import (
    Path,
    Problem,
    integer,
    link,
    list_of,
    nullable,
    number,
    problem,
    shape,
    text,
    url,
)
from ..operations.stored import Resource, Values, stored, value
from ..state.records import StoredRecord
from ..state.store import Store
from .meta_fields import META_FIELDS
from .taxes import TAXES

WHOLE = integer(-(2**63), 2**63 - 1)
USED = "This sku is used by another variant of the product"


def check_sku(store: Store, record: StoredRecord, values: Values) -> None:
    """400 when another variant of the product has the sku."""
    for other in store.stored.inside(record.collection):
        if other is not record and other.values["sku"] == values.get("sku"):
            raise ApiError(1000, context=[problem(("sku",), values["sku"], USED)])


def keep(store: Store, record: StoredRecord, values: Values) -> Values:
    """Nested taxes and meta fields become identifiers; images get one."""
    kept = dict(values)
    if "taxes" in kept:
        kept["taxes"] = TAXES.linked(store, f"{record.shop}/taxes", kept["taxes"])
    if "metaFields" in kept:
        kept["metaFields"] = META_FIELDS.linked(store, f"{record.shop}/meta-fields", kept["metaFields"])
    if "images" in kept:
        kept["images"] = [
            {"imageId": store.ids.new("imageId"), "src": image["src"], "position": image["position"]}
            for image in kept["images"]
        ]
    return kept


def show(store: Store, record: StoredRecord, values: Values) -> Values:
    """With taxes, meta fields and images in detail."""
    images = f"{store.base_url}{record.shop}/images/"
    return values | {
        "taxes": TAXES.shown(store, f"{record.shop}/taxes", values.get("taxes", ())),
        "metaFields": META_FIELDS.shown(store, f"{record.shop}/meta-fields", values.get("metaFields", ())),
        "images": [image | {"href": images + image["imageId"]} for image in values.get("images", ())],
    }


VARIANTS = stored(
    Resource(
        "/shops/{shopId}/products/{productId}/variants",
        "variantId",
        {
            "name": text(1, 255),
            "url": link,
            "sku": text(2, 255),
            "price": number,
            "priceTax": number,
            "previousPrice": nullable(number),
            "previousPriceTax": nullable(number),
            "quantity": WHOLE,
            "position": WHOLE,
            "barcode": text(2, 255),
            "externalId": text(0, 255),
            "description": text(2, 1000),
            "images": list_of(shape({"src": url, "position": integer(-(2**31), 2**31 - 1)})),
            "metaFields": list_of(META_FIELDS.new),
            "taxes": list_of(TAXES.new),
        },
        required=("name", "price", "priceTax", "sku"),
        filters={
            "name": contains(value("name")),
            "sku": equals(value("sku")),
            "description": contains(value("description")),
            "externalId": equals(value("externalId")),
            **period("createdAt", "created_at", timed=True),
        },
        sorts={"createdOn": "created_at"},
        check=check_sku,
        keep=keep,
        show=show,
        defaults={"quantity": 1},
    )
)


def nested_variants(value: Any, path: Path) -> Iterator[Problem]:
    """The variants in a product's body, each with an sku of its own."""
    yield from list_of(VARIANTS.new)(value, path)
    seen: set[str] = set()
    for index, variant in enumerate(value if isinstance(value, list) else ()):
        sku = variant.get("sku") if isinstance(variant, dict) else None
        if isinstance(sku, str) and sku in seen:
            yield problem((*path, str(index), "sku"), sku, USED)
        elif isinstance(sku, str):
            seen.add(sku)


def replace_variants(store: Store, collection: str, sent: Iterable[Values]) -> None:
    """Make the variants of a product those sent, and no others."""
    former = {record.values["sku"]: record for record in store.stored.inside(collection)}
    for record in former.values():
        store.stored.remove(record)
    for variant in sent:
        record = former.get(variant["sku"]) or VARIANTS.draft(store, collection)
        record.updated_at = store.now()
        VARIANTS.settle(store, record, variant)
