"""/shops/{shopId}/orders: what contacts have bought (behaviour-core.md sections 3 and 4).

Addresses, ``selectedVariants`` and ``metaFields`` of an update replace the old ones as a whole. There are no
workflows to start, so ``additionalFlags=skipAutomation`` changes nothing.

Decided where the contract is open: the filters ``status`` and ``externalId`` match the whole text,
``description`` a part; an order without ``processedAt`` was made when it was sent.
"""

from __future__ import annotations

from ..http.errors import unknown_reference
from ..http.filters import contains, equals, period
from ..http.validation import currency, date_time, identifier, integer, link, list_of, money, shape, text
from ..operations.stored import Resource, Values, stored, value
from ..state.dates import parse, stamp
from ..state.records import StoredRecord
from ..state.store import Store
from .addresses import ADDRESSES
from .meta_fields import META_FIELDS
from .products import categories_of
from .selected_variants import check_choice, kept_lines, product_at
from .taxes import TAXES

LINE = {"variantId": identifier, "price": money, "quantity": integer(1, 2**31 - 1)}
MORE = {"priceTax": money, "taxes": list_of(TAXES.new)}
ADDRESS_ROLES = ("shippingAddress", "billingAddress")


def made_at(record: StoredRecord) -> int:
    """When the order was made."""
    moment = parse(record.values.get("processedAt", ""))
    return record.created_at if moment is None else moment


def check_references(store: Store, record: StoredRecord, values: Values) -> None:
    """The contact, the variants and the cart must exist."""
    check_choice(store, record, values)
    if "cartId" in values and store.stored.of_kind("carts", values["cartId"], record.shop) is None:
        raise unknown_reference("cartId", values["cartId"])


def keep(store: Store, record: StoredRecord, values: Values) -> Values:
    """Nested taxes, meta fields and addresses become identifiers."""
    kept, shop = dict(values), record.shop
    if "processedAt" in kept:
        kept["processedAt"] = stamp(parse(kept["processedAt"]) or 0)
    if "selectedVariants" in kept:
        lines = kept_lines(store, shop, kept["selectedVariants"], (*LINE, *MORE))
        for line in lines:
            line["taxes"] = TAXES.linked(store, f"{shop}/taxes", line.get("taxes", ()))
        kept["selectedVariants"] = lines
    if "metaFields" in kept:
        kept["metaFields"] = META_FIELDS.linked(store, f"{shop}/meta-fields", kept["metaFields"])
    for role in ADDRESS_ROLES:
        if role in kept:
            kept[role] = ADDRESSES.same(store, ADDRESSES.path, kept[role]).id
    return kept


def show(store: Store, record: StoredRecord, values: Values) -> Values:
    """With everything nested in detail; an address that was deleted is gone."""
    shown = values | {
        "selectedVariants": [show_line(store, record.shop, line) for line in values["selectedVariants"]],
        "metaFields": META_FIELDS.shown(store, f"{record.shop}/meta-fields", values.get("metaFields", ())),
    }
    for role in ADDRESS_ROLES:
        if address := store.stored.at(f"{ADDRESSES.path}/{shown.pop(role, None)}"):
            shown[role] = ADDRESSES.detail(store, address)
    return shown


def show_line(store: Store, shop: str, line: Values) -> Values:
    """A chosen variant, with the categories of its product."""
    product = product_at(store, line)
    return line | {
        "href": store.base_url + line["href"],
        "taxes": TAXES.shown(store, f"{shop}/taxes", line["taxes"]),
        "categories": categories_of(store, product) if product else [],
    }


ORDERS = stored(
    Resource(
        "/shops/{shopId}/orders",
        "orderId",
        {
            "contactId": identifier,
            "orderUrl": link,
            "externalId": text(0, 255),
            "totalPrice": money,
            "totalPriceTax": money,
            "currency": currency,
            "status": text(0, 64),
            "cartId": identifier,
            "description": text(),
            "shippingPrice": money,
            "shippingAddress": ADDRESSES.new,
            "billingStatus": text(),
            "billingAddress": ADDRESSES.new,
            "processedAt": date_time,
            "metaFields": list_of(META_FIELDS.new),
            "selectedVariants": list_of(shape(LINE, MORE)),
        },
        required=("contactId", "totalPrice", "currency", "selectedVariants"),
        filters={
            "description": contains(value("description")),
            "status": equals(value("status")),
            "externalId": equals(value("externalId")),
            **period("processedAt", made_at, timed=True),
        },
        sorts={"createdOn": "created_at"},
        check=check_references,
        keep=keep,
        show=show,
        brief=frozenset({"selectedVariants"}),
        dated=False,
    )
)
