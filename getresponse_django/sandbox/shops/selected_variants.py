"""What carts and orders share: a contact, and the variants chosen.

A chosen variant is kept with its path as ``href``, so that carts and orders still tell the product after the
variant was deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..http.errors import unknown_reference
from ..operations.stored import Values
from ..state.records import StoredRecord
from ..state.store import Store


def check_choice(store: Store, record: StoredRecord, values: Values) -> None:
    """400, code 1001: an active contact and variants of this shop must be named."""
    if "contactId" in values and values["contactId"] not in store.active.by_id:
        raise unknown_reference("contactId", values["contactId"])
    for line in values.get("selectedVariants", ()):
        if store.stored.of_kind("variants", line["variantId"], record.shop) is None:
            raise unknown_reference("variantId", line["variantId"])


def kept_lines(store: Store, shop: str, lines: Iterable[Values], names: Iterable[str]) -> list[Values]:
    """Chosen variants with their paths, and of what was sent only the properties named."""
    kept = []
    for line in lines:
        variant = store.stored.of_kind("variants", line["variantId"], shop)
        assert variant is not None
        kept.append({"href": variant.path, **{name: line[name] for name in names if name in line}})
    return kept


def product_at(store: Store, line: Values) -> StoredRecord | None:
    """The product of a chosen variant; None when it was deleted."""
    return store.stored.at(line["href"].rsplit("/", 2)[0])
