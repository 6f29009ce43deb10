"""Carts and orders over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api, assert_envelope, problem_fields
from .shop_bodies import ADDRESS, META_FIELD, PRODUCT, TAX, VARIANT, cart, made, new_shop, order


@pytest.fixture
def shop(api: Api) -> str:
    """The path of an empty shop."""
    return new_shop(api)


def path_of(api: Api, item: dict[str, Any]) -> str:
    """The path of what an answer shows."""
    return str(item["href"]).removeprefix(api.sandbox.url)


def test_a_cart_is_made_changed_and_deleted(api: Api, shop: str) -> None:
    sent = cart(api, shop, externalId="ext-1", cartUrl="https://example.com/cart")
    created = made(api, f"{shop}/carts", sent)
    line = created["selectedVariants"][0]
    assert created.items() >= {**sent, "selectedVariants": [line]}.items()
    assert line.items() >= sent["selectedVariants"][0].items()
    assert api.get(path_of(api, line)).json()["variantId"] == line["variantId"]
    changes = {"totalPrice": 0, "selectedVariants": []}
    updated = api.post(path_of(api, created), changes).json()
    assert updated == created | changes
    assert api.delete(path_of(api, created)).status_code == 204
    assert api.get(f"{shop}/carts").json() == []


def test_what_is_nested_in_an_order_becomes_a_resource(api: Api, shop: str) -> None:
    created = made(api, f"{shop}/orders", order(api, shop))
    shipping, billing = created["shippingAddress"], created["billingAddress"]
    assert (shipping["countryName"], billing["company"]) == ("Poland", "Example Ltd")
    assert (
        api.get("/addresses").json()
        == [shipping, billing]
        == [api.get(path_of(api, one)).json() for one in (shipping, billing)]
    )
    assert created["metaFields"][0].items() >= META_FIELD.items()
    line = created["selectedVariants"][0]
    assert line["taxes"][0].items() >= TAX.items()
    assert [one["name"] for one in line["categories"]] == ["Headwear", "Sale"]
    assert created["processedAt"] == "2026-03-01T11:30:00+0000"
    assert api.get(path_of(api, created)).json() == created


def test_a_list_of_orders_leaves_the_variants_out(api: Api, shop: str) -> None:
    created = made(api, f"{shop}/orders", order(api, shop))
    del created["selectedVariants"]
    assert api.get(f"{shop}/orders").json() == [created]


def test_an_update_of_an_order_replaces_what_is_nested(api: Api, shop: str) -> None:
    created = made(api, f"{shop}/orders", order(api, shop))
    path = path_of(api, created)
    address = {"name": "Elsewhere", "countryCode": "FRA"}
    variant_id = created["selectedVariants"][0]["variantId"]
    line = {"variantId": variant_id, "price": 10.5, "quantity": 1}
    changes = {"status": "PAID", "shippingAddress": address, "metaFields": [], "selectedVariants": [line]}
    updated = api.post(path, changes, params={"additionalFlags": "skipAutomation"}).json()
    assert (updated["status"], updated["billingAddress"]) == ("PAID", created["billingAddress"])
    assert updated["shippingAddress"]["countryName"] == "France"
    assert "city" not in updated["shippingAddress"]
    assert (updated["metaFields"], updated["selectedVariants"][0]["taxes"]) == ([], [])
    assert "priceTax" not in updated["selectedVariants"][0]
    assert api.get(path).json() == updated
    assert len(api.get("/addresses").json()) == 3


def test_a_deleted_address_disappears_from_its_order(api: Api, shop: str) -> None:
    created = made(api, f"{shop}/orders", order(api, shop))
    assert api.delete(path_of(api, created["shippingAddress"])).status_code == 204
    assert api.get(path_of(api, created)).json() == {
        name: value for name, value in created.items() if name != "shippingAddress"
    }


def test_an_order_outlives_the_product_it_names(api: Api, shop: str) -> None:
    created = made(api, f"{shop}/orders", order(api, shop))
    line = created["selectedVariants"][0]
    api.delete(path_of(api, line).rpartition("/variants/")[0])
    assert api.get(path_of(api, created)).json()["selectedVariants"] == [{**line, "categories": []}]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("carts", "contactId"),
        ("carts", "variantId"),
        ("orders", "contactId"),
        ("orders", "variantId"),
        ("orders", "cartId"),
    ],
)
def test_unknown_references_are_refused(api: Api, shop: str, kind: str, field: str) -> None:
    body = cart(api, shop) if kind == "carts" else order(api, shop)
    created = made(api, f"{shop}/{kind}", body)
    if field == "variantId":
        wrong: dict[str, Any] = {"selectedVariants": [{**body["selectedVariants"][0], field: "nope"}]}
    else:
        wrong = {field: "nope"}
    for path, sent in ((f"{shop}/{kind}", {**body, **wrong}), (path_of(api, created), wrong)):
        context = assert_envelope(api.post(path, sent), 400, 1001)["context"]
        assert context == {"fieldName": field, "originalValue": "nope"}
    assert api.get(path_of(api, created)).json() == created


def test_a_contact_who_left_cannot_buy(api: Api, shop: str) -> None:
    contact = api.sandbox.add_contact("gone@example.com", "customers")
    body = cart(api, shop, contactId=contact["contactId"])
    api.sandbox.remove_contact(contact["contactId"])
    assert_envelope(api.post(f"{shop}/carts", body), 400, 1001)


REQUIRED = {"contactId", "totalPrice", "currency", "selectedVariants"}
CART_LINE = {f"selectedVariants.0.{name}" for name in ("variantId", "quantity", "price", "priceTax")}


@pytest.mark.parametrize(
    ("kind", "change", "fields"),
    [
        ("carts", dict.fromkeys(REQUIRED), REQUIRED),
        ("carts", {"selectedVariants": [{}]}, CART_LINE),
        (
            "carts",
            {"totalPrice": -1, "totalTaxPrice": 1e12, "currency": "zł"},
            {"totalPrice", "totalTaxPrice", "currency"},
        ),
        ("carts", {"cartUrl": "cart", "externalId": 5}, {"cartUrl", "externalId"}),
        ("orders", dict.fromkeys(REQUIRED), REQUIRED),
        ("orders", {"selectedVariants": [{}]}, CART_LINE - {"selectedVariants.0.priceTax"}),
        ("orders", {"totalPrice": "716", "shippingPrice": True}, {"totalPrice", "shippingPrice"}),
        (
            "orders",
            {"shippingAddress": {"city": 1}},
            {f"shippingAddress.{name}" for name in ("name", "countryCode", "city")},
        ),
        ("orders", {"processedAt": "2026-03-01", "status": "x" * 65}, {"processedAt", "status"}),
        ("orders", {"processedAt": "2026-02-30T10:00:00Z", "orderUrl": "x"}, {"processedAt", "orderUrl"}),
        ("orders", {"metaFields": [{**META_FIELD, "name": "x"}]}, {"metaFields.0.name"}),
    ],
)
def test_every_error_of_a_body_is_named(
    api: Api, shop: str, kind: str, change: dict[str, Any], fields: set[str]
) -> None:
    body = cart(api, shop) if kind == "carts" else order(api, shop)
    response = api.post(f"{shop}/{kind}", {**body, **change})
    assert problem_fields(assert_envelope(response, 400, 1000)) == fields


@pytest.mark.parametrize(
    ("quantity", "taxes", "fields"),
    [
        (0, [TAX], {"quantity"}),
        (1.0, [TAX], {"quantity"}),
        (2, [{"name": "VAT", "rate": 99.95}], {"taxes.0.rate"}),
    ],
)
def test_errors_of_a_line_are_named(
    api: Api, shop: str, quantity: float, taxes: list[Any], fields: set[str]
) -> None:
    body = order(api, shop)
    body["selectedVariants"][0] |= {"quantity": quantity, "taxes": taxes}
    named = problem_fields(assert_envelope(api.post(f"{shop}/orders", body), 400, 1000))
    assert named == {f"selectedVariants.0.{name}" for name in fields}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"query[status]": "NEW"}, ["e-1"]),
        ({"query[status]": "N"}, []),
        ({"query[externalId]": "e-2"}, ["e-2"]),
        ({"query[description]": "GIFT"}, ["e-2"]),
        ({"query[processedAt][from]": "2026-03-01T11:30:00Z"}, ["e-1"]),
        ({"query[processedAt][to]": "2026-03-01T12:29:59+0100"}, ["e-2"]),
        ({"sort[createdOn]": "ASC", "fields": "externalId"}, ["e-1", "e-2"]),
    ],
)
def test_order_filters(api: Api, shop: str, query: dict[str, str], found: list[str]) -> None:
    made(api, f"{shop}/orders", order(api, shop, externalId="e-1"))
    more = {"status": "PAID", "description": "A gift", "processedAt": "2026-02-01T10:00:00Z"}
    made(api, f"{shop}/orders", order(api, shop, externalId="e-2", **more))
    assert [one["externalId"] for one in api.get(f"{shop}/orders", params=query).json()] == found


def test_cart_filters(api: Api, shop: str) -> None:
    for external_id in ("a", "ab"):
        made(api, f"{shop}/carts", cart(api, shop, externalId=external_id))
    for query, count in (
        ({"query[externalId]": "a"}, 1),
        ({"query[createdOn][from]": "2020-01-01", "sort[createdOn]": "DESC"}, 2),
        ({"query[createdOn][to]": "2020-01-01"}, 0),
    ):
        assert len(api.get(f"{shop}/carts", params=query).json()) == count


def test_money_stays_a_number(api: Api, shop: str) -> None:
    body = order(api, shop, totalPrice=999999999999.99, shippingPrice=0)
    created = made(api, f"{shop}/orders", body)
    assert (created["totalPrice"], created["shippingPrice"]) == (999999999999.99, 0)


def test_an_order_may_be_of_a_variant_that_was_replaced_by_one_of_the_same_sku(api: Api, shop: str) -> None:
    product = made(api, f"{shop}/products", PRODUCT)
    variant_id = product["variants"][0]["variantId"]
    line = {"variantId": variant_id, "price": 1, "quantity": 1}
    body = order(api, shop, selectedVariants=[line], shippingAddress=ADDRESS)
    created = made(api, f"{shop}/orders", body)
    api.post(path_of(api, product), {"variants": [{**VARIANT, "name": "Renewed"}]})
    found = api.get(path_of(api, created)).json()["selectedVariants"][0]
    assert api.get(path_of(api, found)).json()["name"] == "Renewed"
