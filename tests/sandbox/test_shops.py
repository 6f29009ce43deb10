"""Shops, categories, taxes, meta fields and addresses over HTTP, and what all plain stored resources do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.shops.countries import COUNTRIES

from .conftest import Api, assert_envelope, problem_fields
from .shop_bodies import ADDRESS, CATEGORY, META_FIELD, SHOP, TAX, cart, made, new_product, new_shop, order


@pytest.fixture
def shop(api: Api) -> str:
    """The path of an empty shop."""
    return new_shop(api)


def test_a_sandbox_without_contacts_has_no_shop(api: Api) -> None:
    assert api.get("/shops").json() == api.get("/addresses").json() == []


def test_a_shop_is_made_changed_in_part_and_deleted(api: Api, sandbox: Sandbox) -> None:
    sandbox.now = lambda: datetime(2026, 5, 1, 8, tzinfo=UTC)
    shop = made(api, "/shops", SHOP)
    path = f"/shops/{shop['shopId']}"
    assert shop["href"] == sandbox.url + path
    assert shop["createdOn"] == shop["updatedOn"] == "2026-05-01T08:00:00+0000"
    sandbox.now = lambda: datetime(2026, 5, 2, 8, tzinfo=UTC)
    updated = api.post(path, {"name": "Monster bazaar"}).json()
    assert updated == shop | {"name": "Monster bazaar", "updatedOn": "2026-05-02T08:00:00+0000"}
    assert api.get(path).json() == updated
    deleted = api.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert assert_envelope(api.get(path), 404, 1013)["context"] == {"shopId": shop["shopId"]}


def test_what_is_read_only_or_unknown_is_ignored(api: Api, shop: str) -> None:
    sent = {**TAX, "taxId": "mine", "href": "x", "createdOn": 1, "colour": "red"}
    tax = made(api, f"{shop}/taxes", sent)
    assert tax["taxId"] != "mine"
    assert "colour" not in tax
    assert made(api, f"{shop}/taxes", {**tax, "name": "Other"})["taxId"] != tax["taxId"]


def test_the_figures_of_a_shop_are_in_its_detail_only(api: Api, shop: str) -> None:
    for changes in ({"totalPrice": 10.25}, {"totalPrice": 0.5}, {"totalPrice": 99, "currency": "EUR"}):
        made(api, f"{shop}/orders", order(api, shop, **changes))
    detail = api.get(shop).json()
    assert (detail["productCount"], detail["productRevenue"], detail["revenueCurrency"]) == (3, 10.75, "PLN")
    assert not {"productCount", "productRevenue", "revenueCurrency"} & api.get("/shops").json()[0].keys()


def test_a_deleted_shop_takes_everything_inside_with_it(api: Api, shop: str) -> None:
    other = new_shop(api)
    kept = made(api, f"{other}/taxes", TAX)["taxId"]
    product = made(api, f"{shop}/orders", order(api, shop))["selectedVariants"][0]["href"]
    assert api.get(product.removeprefix(api.sandbox.url)).status_code == 200
    assert api.delete(shop).status_code == 204
    for kind in ("carts", "orders", "products", "taxes", "categories", "meta-fields"):
        assert_envelope(api.get(f"{shop}/{kind}"), 404, 1013)
    assert_envelope(api.get(product.removeprefix(api.sandbox.url)), 404, 1013)
    assert api.get(f"{other}/taxes/{kept}").status_code == 200


def test_nothing_is_found_by_way_of_another_shop(api: Api, shop: str) -> None:
    tax_id = made(api, f"{shop}/taxes", TAX)["taxId"]
    other = new_shop(api)
    path = f"{other}/taxes/{tax_id}"
    for response in (api.get(path), api.post(path, TAX), api.delete(path)):
        assert assert_envelope(response, 404, 1013)["context"] == {"taxId": tax_id}
    variants = "/shops/nope/products/none/variants"
    assert assert_envelope(api.get(variants), 404, 1013)["context"] == {"shopId": "nope"}
    variants = f"{shop}/products/none/variants"
    assert assert_envelope(api.get(variants), 404, 1013)["context"] == {"productId": "none"}


def test_lists_have_pages_orders_and_fields(api: Api, shop: str) -> None:
    for name in ("beta", "Alpha", "gamma"):
        made(api, f"{shop}/categories", {"name": name})
    response = api.get(f"{shop}/categories", params={"sort[name]": "ASC", "perPage": "2", "fields": "name"})
    assert [set(one) for one in response.json()] == [{"categoryId", "name"}] * 2
    assert [one["name"] for one in response.json()] == ["Alpha", "beta"]
    headers = [response.headers[name] for name in ("TotalCount", "TotalPages", "CurrentPage")]
    assert headers == ["3", "2", "1"]
    assert [one["name"] for one in api.get(f"{shop}/categories").json()] == ["beta", "Alpha", "gamma"]
    assert_envelope(api.get(f"{shop}/categories", params={"sort[createdOn]": "ASC"}), 400, 1000)


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/shops", {}, {"name", "locale", "currency"}),
        ("/shops", {**SHOP, "name": "abc"}, {"name"}),
        (
            "/shops",
            {**SHOP, "name": "x" * 125, "locale": "pol", "currency": "zł"},
            {"name", "locale", "currency"},
        ),
        ("{shop}/taxes", {}, {"name", "rate"}),
        ("{shop}/taxes", {"name": "V", "rate": 100}, {"name", "rate"}),
        ("{shop}/taxes", {"name": "VAT", "rate": "23"}, {"rate"}),
        ("{shop}/taxes", {"name": "VAT", "rate": True}, {"rate"}),
        ("{shop}/taxes", {"name": "VAT", "rate": -0.1}, {"rate"}),
        ("{shop}/meta-fields", {}, {"name", "value", "valueType"}),
        ("{shop}/meta-fields", {**META_FIELD, "name": "ab", "valueType": "float"}, {"name", "valueType"}),
        (
            "{shop}/meta-fields",
            {**META_FIELD, "value": 11, "description": "x" * 256},
            {"value", "description"},
        ),
        ("{shop}/meta-fields", {**META_FIELD, "value": "x" * 65001}, {"value"}),
        ("{shop}/categories", {}, {"name"}),
        (
            "{shop}/categories",
            {"name": "H", "isDefault": "true", "url": "nope"},
            {"name", "isDefault", "url"},
        ),
        (
            "{shop}/categories",
            {"name": "Hats", "parentId": "x", "externalId": None},
            {"parentId", "externalId"},
        ),
        ("{shop}/categories", {"name": "Hats", "url": "https://example.com/" + "x" * 2048}, {"url"}),
        ("/addresses", {}, {"name", "countryCode"}),
        ("/addresses", {"name": "me", "countryCode": "PL"}, {"name", "countryCode"}),
        ("/addresses", {**ADDRESS, "countryCode": "XYZ", "zip": 80001}, {"countryCode", "zip"}),
        ("/addresses", {**ADDRESS, "firstName": "x" * 65, "company": "x" * 129}, {"firstName", "company"}),
    ],
)
def test_every_error_of_a_body_is_named(
    api: Api, shop: str, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    response = api.post(path.format(shop=shop), body)
    assert problem_fields(assert_envelope(response, 400, 1000)) == fields


@pytest.mark.parametrize(
    ("kind", "body", "change"),
    [
        ("taxes", TAX, {"rate": 8.5}),
        ("meta-fields", META_FIELD, {"value": "12"}),
        ("categories", CATEGORY, {"isDefault": False}),
    ],
)
def test_an_update_changes_what_it_says(
    api: Api, shop: str, kind: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    created = made(api, f"{shop}/{kind}", body)
    assert body.items() <= created.items()
    path = created["href"].removeprefix(api.sandbox.url)
    name, value = next(iter(change.items()))
    assert api.post(path, change).json()[name] == value
    assert api.get(path).json() == created | change
    assert problem_fields(assert_envelope(api.post(path, {"name": ""}), 400, 1000)) == {"name"}


def test_creating_a_category_twice_makes_one(api: Api, shop: str) -> None:
    first, second = (made(api, f"{shop}/categories", CATEGORY) for _ in range(2))
    assert first == second
    assert made(api, f"{shop}/categories", {**CATEGORY, "externalId": "other"}) != first
    assert len(api.get(f"{shop}/categories").json()) == 2
    assert made(api, f"{new_shop(api)}/categories", CATEGORY)["href"] != first["href"]


def test_creating_a_tax_twice_makes_two(api: Api, shop: str) -> None:
    assert len({made(api, f"{shop}/taxes", TAX)["taxId"] for _ in range(2)}) == 2


def test_the_parent_of_a_category_must_be_in_the_shop(api: Api, shop: str) -> None:
    parent = made(api, f"{shop}/categories", {"name": "Clothes"})["categoryId"]
    child = made(api, f"{shop}/categories", {"name": "Hats", "parentId": parent})
    path = f"{shop}/categories/{child['categoryId']}"
    stranger = made(api, f"{new_shop(api)}/categories", {"name": "Elsewhere"})["categoryId"]
    for wrong in ("nope", stranger, child["categoryId"]):
        body = assert_envelope(api.post(path, {"parentId": wrong}), 400, 1001)
        assert body["context"] == {"fieldName": "parentId", "originalValue": wrong}
    assert_envelope(api.post(f"{shop}/categories", {"name": "Lost", "parentId": "nope"}), 400, 1001)
    assert api.get(path).json()["parentId"] == parent
    api.delete(f"{shop}/categories/{parent}")
    assert "parentId" not in api.get(path).json()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"query[name]": "HAT"}, ["Hats", "Small hats"]),
        ({"query[name]": "hats", "additionalFlags": "exactMatch"}, ["Hats"]),
        ({"query[externalId]": "e-2"}, ["Shoes"]),
        ({"query[externalId]": "e"}, []),
        ({"search[createdAt][from]": "2026-05-02T00:00:00+0000"}, ["Shoes", "Small hats"]),
        ({"search[createdAt][to]": "2026-05-02T08:00:00Z", "query[name]": "s"}, ["Hats", "Shoes"]),
        ({"sort[createdAt]": "desc"}, ["Small hats", "Shoes", "Hats"]),
    ],
)
def test_category_filters(
    api: Api, sandbox: Sandbox, shop: str, query: dict[str, str], names: list[str]
) -> None:
    for day, body in enumerate(
        ({"name": "Hats"}, {"name": "Shoes", "externalId": "e-2"}, {"name": "Small hats"}), 1
    ):
        sandbox.now = lambda day=day: datetime(2026, 5, day, 8, tzinfo=UTC)
        made(api, f"{shop}/categories", body)
    assert [one["name"] for one in api.get(f"{shop}/categories", params=query).json()] == names


def test_categories_of_a_parent(api: Api, shop: str) -> None:
    parent = made(api, f"{shop}/categories", {"name": "Clothes"})["categoryId"]
    child = made(api, f"{shop}/categories", {"name": "Hats", "parentId": parent})
    assert api.get(f"{shop}/categories", params={"query[parentId]": parent}).json() == [child]


@pytest.mark.parametrize(
    ("path", "parameter", "kind"),
    [
        ("{shop}/categories", "query[createdAt][from]", "searchFilter[query]"),
        ("{shop}/categories", "search[createdOn][from]", "searchFilter[search]"),
        ("{shop}/categories", "search[createdAt][from]", "searchFilter[search]"),
        ("{shop}/taxes", "search[createdOn][from]", "searchFilter[search]"),
        ("{shop}/orders", "query[createdOn][from]", "searchFilter[query]"),
        ("{shop}/orders", "query[processedAt][to]", "searchFilter[query]"),
        ("/addresses", "query[createdOn][to]", "searchFilter[query]"),
    ],
)
def test_a_filter_that_is_unknown_or_wants_a_time_of_day_is_refused(
    api: Api, shop: str, path: str, parameter: str, kind: str
) -> None:
    response = api.get(path.format(shop=shop), params={parameter: "2026-05-01"})
    assert assert_envelope(response, 400, 1000)["context"]["validationType"] == kind


def test_the_other_lists_take_dates(api: Api, shop: str) -> None:
    made(api, f"{shop}/taxes", TAX)
    made(api, f"{shop}/meta-fields", META_FIELD)
    for kind in ("taxes", "meta-fields"):
        for moment, found in (("2020-01-01", 1), ("2999-01-01T00:00:00Z", 0)):
            assert len(api.get(f"{shop}/{kind}", params={"query[createdOn][from]": moment}).json()) == found


@pytest.mark.parametrize(("name", "text"), [("name", "shoe"), ("value", "1"), ("description", "EURO")])
def test_meta_field_filters(api: Api, shop: str, name: str, text: str) -> None:
    made(api, f"{shop}/meta-fields", {"name": "Nothing", "value": "", "valueType": "string"})
    field = made(api, f"{shop}/meta-fields", META_FIELD)
    assert api.get(f"{shop}/meta-fields", params={f"query[{name}]": text}).json() == [field]


def test_an_address_tells_its_country(api: Api) -> None:
    address = made(api, "/addresses", ADDRESS)
    assert (address["countryName"], address["city"]) == ("Poland", "Gdańsk")
    path = f"/addresses/{address['addressId']}"
    updated = api.post(path, {"countryCode": "DEU", "city": "Berlin"}).json()
    assert updated == address | {"countryCode": "DEU", "countryName": "Germany", "city": "Berlin"}
    assert api.get("/addresses", params={"query[city]": "berl", "query[zip]": "80"}).json() == [updated]
    assert api.get("/addresses", params={"query[province]": "x"}).json() == []
    assert api.delete(path).status_code == 204
    assert_envelope(api.post(path, {}), 404, 1013)


def test_all_countries_are_known() -> None:
    assert len(COUNTRIES) == len(set(COUNTRIES.values())) == 249
    assert all(len(code) == 3 and code.isupper() for code in COUNTRIES)


def test_dates_come_in_the_zone_asked_for(api: Api, sandbox: Sandbox, shop: str) -> None:
    sandbox.now = lambda: datetime(2026, 7, 1, 8, tzinfo=UTC)
    tax = made(api, f"{shop}/taxes", TAX)
    path = tax["href"].removeprefix(sandbox.url)
    response = api.session.get(sandbox.url + path, headers={"X-Time-Zone": "Europe/Warsaw"})
    assert response.json()["createdOn"] == "2026-07-01T10:00:00+0200"


def test_the_seeded_shop_is_the_same_for_a_seed() -> None:
    def content() -> list[Any]:
        with Sandbox(contacts=40, limits=False) as sandbox:
            sandbox.now = lambda: datetime(2026, 6, 1, 12, tzinfo=UTC)
            sandbox.reset()
            api = Api(sandbox)
            shop = f"/shops/{api.get('/shops').json()[0]['shopId']}"
            kinds = ("products", "categories", "carts", "orders")
            found = [api.get(f"{shop}/{kind}", perPage=1000).json() for kind in kinds]
            api.session.close()
            return [
                {name: value for name, value in one.items() if name not in ("href", "variants", "categories")}
                for one in [one for kind in found for one in kind]
                if "selectedVariants" not in one
            ]

    first = content()
    assert len(first) > 8
    assert first == content()


def test_the_seeded_carts_and_orders_are_of_seeded_contacts(seeded: Api) -> None:
    known = {contact["contactId"]: contact["createdOn"] for contact in seeded.sandbox.contacts()}
    shop = f"/shops/{seeded.get('/shops').json()[0]['shopId']}"
    carts = {one["cartId"]: one for one in seeded.get(f"{shop}/carts", perPage=1000).json()}
    orders = seeded.get(f"{shop}/orders", perPage=1000).json()
    assert 0 < len(orders) < len(carts)
    for one in [*carts.values(), *orders]:
        assert one["contactId"] in known
    for one in orders:
        assert carts[one["cartId"]]["contactId"] == one["contactId"]
        assert one["processedAt"] > known[one["contactId"]]
    created = [one["createdOn"] for one in carts.values()]
    assert created == sorted(created)


def test_a_cart_and_a_product_are_in_their_own_shop_only(api: Api, shop: str) -> None:
    other = new_shop(api)
    new_product(api, other)
    body = cart(api, other)
    assert_envelope(api.post(f"{shop}/carts", body), 400, 1001)
    assert made(api, f"{other}/carts", body)["href"].startswith(api.sandbox.url + other)
