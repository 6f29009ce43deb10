"""/shops (behaviour-core.md section 7).

Decided where the contract is open: ``productRevenue`` is the sum of the orders in the shop's own currency.
"""

from __future__ import annotations

from ..http.filters import contains
from ..http.validation import currency, text
from ..operations.stored import Resource, Values, stored, value
from ..state.records import StoredRecord
from ..state.store import Store

FIGURES = frozenset({"productCount", "productRevenue", "revenueCurrency"})


def with_figures(store: Store, record: StoredRecord, values: Values) -> Values:
    """Add how many products there are and what was sold."""
    orders = (order.values for order in store.stored.inside(f"{record.path}/orders"))
    sold = sum(order["totalPrice"] for order in orders if order["currency"] == values["currency"])
    return values | {
        "productCount": len(store.stored.inside(f"{record.path}/products")),
        "productRevenue": round(sold, 2),
        "revenueCurrency": values["currency"],
    }


SHOPS = stored(
    Resource(
        "/shops",
        "shopId",
        {
            "name": text(4, 124),
            "locale": text(2, 2, "[A-Za-z]{2}", "Value must be a language code of ISO 639-1"),
            "currency": currency,
        },
        required=("name", "locale", "currency"),
        filters={"name": contains(value("name"))},
        sorts={"name": value("name"), "createdOn": "created_at"},
        show=with_figures,
        brief=FIGURES,
    )
)
