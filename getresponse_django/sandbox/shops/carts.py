"""/shops/{shopId}/carts: what contacts have chosen; ``selectedVariants`` is replaced as a whole."""

from __future__ import annotations

from ..http.filters import equals, period
from ..http.validation import currency, identifier, integer, list_of, money, shape, text, url
from ..operations.stored import Resource, Values, stored, value
from ..state.records import StoredRecord
from ..state.store import Store
from .selected_variants import check_choice, kept_lines

LINE = {"variantId": identifier, "quantity": integer(1, 2**63 - 1), "price": money, "priceTax": money}


def keep(store: Store, record: StoredRecord, values: Values) -> Values:
    """With the paths of the variants."""
    if "selectedVariants" not in values:
        return values
    return values | {"selectedVariants": kept_lines(store, record.shop, values["selectedVariants"], LINE)}


def show(store: Store, record: StoredRecord, values: Values) -> Values:
    """With the addresses of the variants."""
    lines = values["selectedVariants"]
    return values | {"selectedVariants": [line | {"href": store.base_url + line["href"]} for line in lines]}


CARTS = stored(
    Resource(
        "/shops/{shopId}/carts",
        "cartId",
        {
            "contactId": identifier,
            "totalPrice": money,
            "totalTaxPrice": money,
            "currency": currency,
            "selectedVariants": list_of(shape(LINE)),
            "externalId": text(),
            "cartUrl": url,
        },
        required=("contactId", "totalPrice", "currency", "selectedVariants"),
        filters={"externalId": equals(value("externalId")), **period("createdOn", "created_at")},
        sorts={"createdOn": "created_at"},
        check=check_choice,
        keep=keep,
        show=show,
    )
)
