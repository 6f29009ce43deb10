"""The conditions of a search that look at carts and orders (contract/behaviour-newsletters.md section 1.5).

Decided where the contract is open: every order counts, whatever its status, at the moment it was made
(``processedAt``, else when it was sent); only orders and carts in the currency of the condition count, tax
excluded; a cart is abandoned when no order of the contact names it, since its last change; brands are
compared without regard to case; who bought nothing has not bought any product or brand.
"""

from __future__ import annotations

from collections.abc import Callable

from ..http.validation import Check
from ..shops.orders import made_at
from ..shops.selected_variants import product_at
from ..state.records import Contact, StoredRecord
from ..state.store import Store
from .operators import NUMBERS, Condition, Test
from .purchase_bodies import BRAND, NUMBER_OF_PURCHASES, TOTAL_SPENT, check_cart, check_product
from .search_periods import MomentTest, date_test, interval_span, span, within


def in_scope(record: StoredRecord, scope: str) -> bool:
    """Whether a record is in the shop of that id; ``all`` is any."""
    return scope == "all" or record.shop == f"/shops/{scope}"


def orders_of(store: Store, contact: Contact, scope: str) -> list[StoredRecord]:
    """A contact's orders in a shop, or in all."""
    orders = store.stored.of_contact("orders", contact.contact_id)
    return [order for order in orders if in_scope(order, scope)]


def moment_test(
    store: Store, operator: str, given: Condition, *, interval: str = "value", days: str = "numberOfDays"
) -> MomentTest:
    """The test of a date operator that has no problem; ``interval`` and ``days`` name the properties of its
    interval and its number of days.
    """
    match operator:
        case "custom":
            return within(interval_span(given[interval]) or (0, 0))
        case "date_from" | "date_to":
            return date_test(operator, given["value"], store.now())
        case "last_n_days":
            return within(span(operator, store.now(), given[days], given.get("includeCurrentPeriod", False)))
        case _:
            include = [given["includeCurrentPeriod"]] if "includeCurrentPeriod" in given else []
            return within(span(operator, store.now(), 0, *include))


def range_test(store: Store, given: Condition) -> MomentTest:
    """The test of a PurchaseDateRange."""
    return moment_test(store, given["operator"], given, interval="range")


def number_of_purchases_test(store: Store, condition: Condition) -> Test:
    """By how many orders there are."""
    compare, wanted, scope = NUMBERS[condition["operator"]], condition["value"], condition["scope"]
    inside = range_test(store, condition["date"])
    return lambda contact: compare(
        sum(inside(made_at(order)) for order in orders_of(store, contact, scope)), wanted
    )


def total_spent_test(store: Store, condition: Condition) -> Test:
    """By the sum of the orders."""
    compare, wanted, scope = NUMBERS[condition["operator"]], condition["value"], condition["scope"]
    inside = range_test(store, condition["date"])
    unit = condition["currency"].upper()

    def test(contact: Contact) -> bool:
        spent = (
            order.values["totalPrice"]
            for order in orders_of(store, contact, scope)
            if order.values["currency"].upper() == unit and inside(made_at(order))
        )
        return compare(round(sum(spent), 2), wanted)

    return test


def product_test(store: Store, condition: Condition) -> Test:
    """Bought, or has not bought, a product, any of a category, or anything."""
    inside = moment_test(store, condition["dateOperator"], condition)
    category_id, product_id = condition["categoryScope"], condition["productScope"]

    def matches(line: Condition) -> bool:
        product = product_at(store, line)
        if product is None:
            return {category_id, product_id} == {"all"}
        categories = {one["categoryId"] for one in product.values.get("categories", ())}
        return category_id in ("all", *categories) and product_id in ("all", product.id)

    def test(contact: Contact) -> bool:
        orders = orders_of(store, contact, condition["shopScope"])
        lines = (line for one in orders if inside(made_at(one)) for line in one.values["selectedVariants"])
        return any(map(matches, lines)) is (condition["operator"] == "is")

    return test


def brand_test(store: Store, condition: Condition) -> Test:
    """Bought, or has not bought, anything of a brand: a product's ``vendor``."""
    brand = condition["value"].casefold()

    def test(contact: Contact) -> bool:
        orders = orders_of(store, contact, condition["scope"])
        products = (product_at(store, line) for one in orders for line in one.values["selectedVariants"])
        bought = any(one.values.get("vendor", "").casefold() == brand for one in products if one)
        return bought is (condition["operator"] == "is")

    return test


def abandoned_cart_test(store: Store, condition: Condition) -> Test:
    """Left a cart of some worth, or ``never`` did."""
    worth = condition["cartValue"]
    compare, unit = NUMBERS[worth["operator"]], worth["currency"].upper()
    never = condition["dateOperator"] == "never"
    inside = moment_test(store, condition["dateOperator"], condition, interval="range", days="value")

    def test(contact: Contact) -> bool:
        ordered = {order.values.get("cartId") for order in orders_of(store, contact, "all")}
        left = any(
            cart.id not in ordered
            and in_scope(cart, condition["shopScope"])
            and cart.values["currency"].upper() == unit
            and compare(cart.values["totalPrice"], worth["value"])
            and inside(cart.updated_at)
            for cart in store.stored.of_contact("carts", contact.contact_id)
        )
        return left is not never

    return test


PURCHASE_CHECKS: dict[str, Check] = {
    "ecommerce_number_of_purchases": NUMBER_OF_PURCHASES,
    "ecommerce_total_spent": TOTAL_SPENT,
    "ecommerce_product_purchased": check_product,
    "ecommerce_brand_purchased": BRAND,
    "ecommerce_abandoned_cart": check_cart,
}
"""conditionType -> the check of its body."""

PURCHASE_TESTS: dict[str, Callable[[Store, Condition], Test]] = {
    "ecommerce_number_of_purchases": number_of_purchases_test,
    "ecommerce_total_spent": total_spent_test,
    "ecommerce_product_purchased": product_test,
    "ecommerce_brand_purchased": brand_test,
    "ecommerce_abandoned_cart": abandoned_cart_test,
}
"""conditionType -> the maker of its test of a contact."""


def purchase_test(store: Store, condition: Condition) -> Test:
    """The test of a condition that has no problem."""
    return PURCHASE_TESTS[condition["conditionType"]](store, condition)
