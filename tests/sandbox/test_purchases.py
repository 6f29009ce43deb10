"""The e-commerce conditions of searches, on carts and orders sent over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.searches.purchases import PURCHASE_CHECKS, PURCHASE_TESTS, purchase_test

from .conftest import Api
from .shop_bodies import made, new_product, new_shop

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday


class Market:
    """Two shops, and what four people did there.

    anna bought a cap (PLN 100, 18 May) and a book (PLN 50.5, 2 March), bela a cap (EUR 30, today) in the
    other shop, cyril left a cart of PLN 80 on 10 May, dora did nothing.
    """

    def __init__(self, api: Api) -> None:
        self.api, self.store = api, api.sandbox._application.store
        self.shop, self.other = new_shop(api), new_shop(api, currency="EUR")
        self.ids = {"all": "all", "nope": "nope"}
        people = ("anna", "bela", "cyril", "dora")
        self.people = {
            name: api.sandbox.add_contact(f"{name}@example.com", "customers")["contactId"] for name in people
        }
        cap = self.product(self.shop, "cap", "Headwear", "Monster")
        book = self.product(self.shop, "book", "Books", "Press")
        foreign = self.product(self.other, "foreign", "Headwear", "Monster")
        self.buy("anna", self.shop, cap, 100, "PLN", 18, 5)
        self.buy("anna", self.shop, book, 50.5, "PLN", 2, 3)
        self.buy("bela", self.other, foreign, 30, "EUR", 20, 5)
        self.fill("cyril", self.shop, cap, 80, "PLN", 10, 5)
        self.ids |= {"shop": self.shop.rpartition("/")[2], "other": self.other.rpartition("/")[2]}
        api.sandbox.now = lambda: NOW

    def product(self, shop: str, name: str, category: str, brand: str) -> str:
        # An unrelated product first, so that identifiers of different kinds differ.
        made(self.api, f"{shop}/products", {"name": "filler", "variants": []})
        product = new_product(self.api, shop, name=name, vendor=brand, categories=[{"name": category}])
        self.ids[name] = product["productId"]
        self.ids.setdefault(category, product["categories"][0]["categoryId"])
        return str(product["variants"][0]["variantId"])

    def fill(
        self, who: str, shop: str, variant: str, price: float, currency: str, day: int, month: int
    ) -> str:
        self.api.sandbox.now = lambda: datetime(2026, month, day, 9, tzinfo=UTC)
        line = {"variantId": variant, "quantity": 1, "price": price, "priceTax": price}
        self.body = {
            "contactId": self.people[who],
            "totalPrice": price,
            "currency": currency,
            "selectedVariants": [line],
        }
        return str(made(self.api, f"{shop}/carts", self.body)["cartId"])

    def buy(
        self, who: str, shop: str, variant: str, price: float, currency: str, day: int, month: int
    ) -> None:
        cart_id = self.fill(who, shop, variant, price, currency, day, month)
        self.api.sandbox.now = lambda: NOW
        made_at = f"2026-{month:02}-{day:02}T09:30:00+0000"
        made(self.api, f"{shop}/orders", {**self.body, "cartId": cart_id, "processedAt": made_at})

    def find(self, condition: dict[str, Any]) -> str:
        """The first letters of those a condition finds; its scopes are names of this market."""
        scoped = {
            name: self.ids[value] if name.lower().endswith("scope") else value
            for name, value in condition.items()
        }
        assert list(PURCHASE_CHECKS[scoped["conditionType"]](scoped, ())) == []
        test = purchase_test(self.store, scoped)
        return "".join(
            name[0] for name, contact_id in self.people.items() if test(self.store.active.by_id[contact_id])
        )


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with Sandbox(limits=False) as sandbox:
        api = Api(sandbox)
        yield Market(api)
        api.session.close()


ANYTIME = {"operator": "anytime"}


def purchases(**changes: Any) -> dict[str, Any]:
    condition = {
        "conditionType": "ecommerce_number_of_purchases",
        "operatorType": "numeric_operator",
        "operator": "numeric_gt",
        "scope": "all",
        "value": 0,
        "date": ANYTIME,
    }
    return condition | changes


def spent(**changes: Any) -> dict[str, Any]:
    kind = {"conditionType": "ecommerce_total_spent", "currency": "PLN"}
    return purchases() | kind | changes


def product(**changes: Any) -> dict[str, Any]:
    condition = {
        "conditionType": "ecommerce_product_purchased",
        "operatorType": "equal_operator",
        "operator": "is",
        "shopScope": "all",
        "categoryScope": "all",
        "productScope": "all",
        "dateOperator": "all_time",
    }
    return condition | changes


def brand(**changes: Any) -> dict[str, Any]:
    condition = {
        "conditionType": "ecommerce_brand_purchased",
        "operatorType": "equal_operator",
        "operator": "is",
        "scope": "shop",
        "value": "monster",
    }
    return condition | changes


def abandoned(
    currency: str = "PLN", worth: float = 0, operator: str = "numeric_gt", **changes: Any
) -> dict[str, Any]:
    condition = {
        "conditionType": "ecommerce_abandoned_cart",
        "shopScope": "all",
        "cartValue": {"currency": currency, "value": worth, "operator": operator},
        "dateOperator": "anytime",
    }
    return condition | changes


def last(days: int, include: bool) -> dict[str, Any]:
    return {"operator": "last_n_days", "numberOfDays": days, "includeCurrentPeriod": include}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (purchases(), "ab"),
        (purchases(operator="numeric_eq"), "cd"),
        (purchases(operator="numeric_eq", value=2), "a"),
        (purchases(operator="numeric_not_eq", value=2), "bcd"),
        (purchases(operator="numeric_lt_eq", value=1), "bcd"),
        (purchases(scope="shop"), "a"),
        (purchases(scope="other"), "b"),
        (purchases(scope="nope"), ""),
        (purchases(date={"operator": "today"}), "b"),
        (purchases(date={"operator": "yesterday"}), ""),
        (purchases(date={"operator": "this_week"}), "ab"),
        (purchases(date={"operator": "this_month"}, operator="numeric_eq", value=1), "ab"),
        (purchases(date={"operator": "last_2_months"}), "a"),
        (purchases(date=last(2, False)), "a"),
        (purchases(date=last(2, True)), "ab"),
        (purchases(date=last(1, False)), ""),
        (purchases(date={"operator": "custom", "range": "2026-03-01/2026-03-02"}), "a"),
        (spent(value=100), "a"),
        (spent(operator="numeric_eq", value=150.5), "a"),
        (spent(operator="numeric_lt_eq", value=30, currency="eur"), "abcd"),
        (spent(operator="numeric_gt_eq", value=30, currency="EUR"), "b"),
        (spent(operator="numeric_eq", value=50.5, date={"operator": "last_2_months"}), "a"),
        (spent(scope="other"), ""),
        (product(), "ab"),
        (product(operator="is_not"), "cd"),
        (product(productScope="book"), "a"),
        (product(productScope="book", operator="is_not"), "bcd"),
        (product(productScope="foreign"), "b"),
        (product(categoryScope="Headwear", shopScope="shop"), "a"),
        (product(categoryScope="Books", productScope="cap"), ""),
        (product(shopScope="other"), "b"),
        (product(dateOperator="last_7_days"), "ab"),
        (product(dateOperator="last_30_days", productScope="book"), ""),
        (product(dateOperator="last_n_days", numberOfDays=2, includeCurrentPeriod=False), "a"),
        (product(dateOperator="date_from", value="2026-05-19"), "b"),
        (product(dateOperator="date_to", value="2026-05-18"), "a"),
        (product(dateOperator="date_to", value="2026-03-01"), ""),
        (product(dateOperator="custom", value="2026-05-18/2026-05-20"), "ab"),
        (brand(), "a"),
        (brand(operator="not_is"), "bcd"),
        (brand(scope="other", value="MONSTER"), "b"),
        (brand(value="Monst"), ""),
        (abandoned(), "c"),
        (abandoned(dateOperator="never"), "abd"),
        (abandoned(worth=80), ""),
        (abandoned(worth=80, operator="numeric_gt_eq"), "c"),
        (abandoned(currency="EUR"), ""),
        (abandoned(shopScope="other"), ""),
        (abandoned(shopScope="other", dateOperator="never"), "abcd"),
        (abandoned(dateOperator="this_month"), "c"),
        (abandoned(dateOperator="this_week"), ""),
        (abandoned(dateOperator="last_n_days", value=10), "c"),
        (abandoned(dateOperator="last_n_days", value=9, includeCurrentPeriod=True), ""),
        (abandoned(dateOperator="date_from", value="2026-05-11"), ""),
        (abandoned(dateOperator="custom", range="2026-05-10/2026-05-10"), "c"),
    ],
)
def test_whom_a_condition_finds(market: Market, condition: dict[str, Any], found: str) -> None:
    assert market.find(condition) == found


CHANGED_CART = {"currency": "PLN", "value": "80", "operator": "contains"}


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        (
            {"conditionType": "ecommerce_number_of_purchases"},
            {"operatorType", "operator", "scope", "date", "value"},
        ),
        (purchases(operator="is", value=1.5), {"operator", "value"}),
        (purchases(operatorType="equal_operator", scope=None), {"operatorType", "scope"}),
        (purchases(date="today"), {"date"}),
        (purchases(date={"operator": "last_7_days"}), {"date.operator"}),
        (purchases(date={"operator": "all_time"}), {"date.operator"}),
        (purchases(date={"operator": "last_n_days"}), {"date.numberOfDays", "date.includeCurrentPeriod"}),
        (purchases(date={**last(5, True), "range": "2026-01-01/2026-01-02"}), {"date.range"}),
        (purchases(date={"operator": "custom"}), {"date.range"}),
        (purchases(date={"operator": "custom", "range": "2026-01-01"}), {"date.range"}),
        (purchases(date={"operator": "today", "range": "2026-01-01/2026-01-02"}), {"date.range"}),
        (spent(value="1", currency="złoty"), {"value", "currency"}),
        (product(operator="not_is"), {"operator"}),
        (product(dateOperator="anytime"), {"dateOperator"}),
        (product(dateOperator="today", value="2026-01-01"), {"value"}),
        (product(dateOperator="last_7_days", includeCurrentPeriod="true"), {"includeCurrentPeriod"}),
        (product(dateOperator="last_n_days", numberOfDays="5"), {"numberOfDays", "includeCurrentPeriod"}),
        (product(dateOperator="date_to"), {"value"}),
        (product(dateOperator="date_to", value="2026-01-01T00:00:00+0000"), {"value"}),
        (product(dateOperator="custom", value="2026-01-01"), {"value"}),
        (
            product(shopScope=1, categoryScope="", productScope=[]),
            {"shopScope", "categoryScope", "productScope"},
        ),
        (brand(operator="is_not", value=""), {"operator", "value"}),
        (abandoned(cartValue=CHANGED_CART), {"cartValue.value", "cartValue.operator"}),
        (abandoned(dateOperator="date_from"), {"value"}),
        (abandoned(dateOperator="date_from", value=5) | {"range": "x"}, {"value", "range"}),
        (abandoned(dateOperator="last_n_days") | {"value": "2026-01-01"}, {"value"}),
        (abandoned(dateOperator="custom"), {"range"}),
        (abandoned(dateOperator="never", range="2026-01-01/2026-01-02"), {"range"}),
        (abandoned(dateOperator="last_2_months"), {"dateOperator"}),
    ],
)
def test_every_problem_of_a_condition_is_named(condition: dict[str, Any], fields: set[str]) -> None:
    problems = list(PURCHASE_CHECKS[condition["conditionType"]](condition, ()))
    assert {".".join(one["fieldName"]) for one in problems} == fields
    assert len(problems) == len(fields)


@pytest.mark.parametrize("value", [None, [], "x", 5, {}, {"date": [], "dateOperator": {}}])
@pytest.mark.parametrize("kind", sorted(PURCHASE_CHECKS))
def test_no_condition_is_too_odd_to_be_checked(kind: str, value: Any) -> None:
    assert list(PURCHASE_CHECKS[kind](value, ()))


def test_each_condition_has_a_check_and_a_test() -> None:
    assert PURCHASE_CHECKS.keys() == PURCHASE_TESTS.keys()


def test_properties_that_are_unknown_change_nothing(market: Market) -> None:
    assert market.find(product(range=5, dateOperator="custom", value="2026-05-18/2026-05-18")) == "a"
    assert market.find({**abandoned(dateOperator="last_n_days"), "value": 10, "numberOfDays": "x"}) == "c"


def test_an_order_without_a_moment_was_made_when_it_was_sent_and_ends_the_cart(api: Api) -> None:
    market = Market(api)
    carts = api.get(f"{market.shop}/carts").json()
    left = next(one for one in carts if one["contactId"] == market.people["cyril"])
    line = {"variantId": left["selectedVariants"][0]["variantId"], "price": 80, "quantity": 1}
    body = {"contactId": left["contactId"], "totalPrice": 80, "currency": "PLN", "selectedVariants": [line]}
    order = made(api, f"{market.shop}/orders", {**body, "cartId": left["cartId"]})
    assert market.find(purchases(date={"operator": "today"})) == "bc"
    assert market.find(abandoned()) == ""
    api.post(f"{market.shop}/orders/{order['orderId']}", {"contactId": market.people["dora"]})
    assert market.find(purchases(date={"operator": "today"})) == "bd"
    api.delete(f"{market.shop}/orders/{order['orderId']}")
    assert market.find(purchases(date={"operator": "today"})) == "b"
    assert market.find(abandoned()) == "c"


def test_a_deleted_product_still_counts_as_a_purchase(api: Api) -> None:
    market = Market(api)
    api.delete(f"{market.shop}/products/{market.ids['book']}")
    condition = product(dateOperator="date_to", value="2026-04-01")
    assert market.find(condition) == "a"
    assert market.find({**condition, "productScope": "book"}) == ""


def test_a_deleted_shop_takes_its_purchases_with_it(api: Api) -> None:
    market = Market(api)
    api.delete(market.shop)
    assert market.find(purchases()) == "b"
    assert market.find(abandoned()) == ""
