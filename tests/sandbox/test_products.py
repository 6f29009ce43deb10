"""Products, their variants and the two upserts over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api, assert_envelope, problem_fields
from .shop_bodies import CATEGORY, META_FIELD, PRODUCT, TAX, VARIANT, made, new_product, new_shop


@pytest.fixture
def shop(api: Api) -> str:
    """The path of an empty shop."""
    return new_shop(api)


@pytest.fixture
def product(api: Api, shop: str) -> dict[str, Any]:
    """A product in two categories, with one variant and one meta field."""
    return new_product(api, shop)


def path_of(api: Api, item: dict[str, Any]) -> str:
    """The path of what an answer shows."""
    return str(item["href"]).removeprefix(api.sandbox.url)


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["name"] for item in items]


def test_what_is_nested_in_a_product_becomes_a_resource_of_the_shop(
    api: Api, shop: str, product: dict[str, Any]
) -> None:
    variant = product["variants"][0]
    assert api.get(path_of(api, variant)).json().items() >= variant.items()
    for items, nested in (
        ("categories", product["categories"]),
        ("meta-fields", product["metaFields"]),
        ("taxes", variant["taxes"]),
    ):
        assert [one["href"] for one in api.get(f"{shop}/{items}").json()] == [one["href"] for one in nested]
    assert variant["metaFields"] == product["metaFields"]
    assert variant["images"][0]["src"] == "https://example.com/red.png"
    assert (variant["quantity"], variant["previousPrice"]) == (1, None)


def test_the_same_nested_resource_is_not_made_twice(api: Api, shop: str, product: dict[str, Any]) -> None:
    other = new_product(api, shop)
    assert other["productId"] != product["productId"]
    assert other["variants"][0]["variantId"] != product["variants"][0]["variantId"]
    assert other["categories"] == product["categories"]
    assert other["metaFields"] == product["metaFields"]


def test_a_product_has_one_default_category(api: Api, shop: str, product: dict[str, Any]) -> None:
    def defaults(categories: list[dict[str, Any]]) -> list[bool]:
        return [one["isDefault"] for one in new_product(api, shop, categories=categories)["categories"]]

    assert [one["isDefault"] for one in product["categories"]] == [True, False]
    assert defaults([{"name": "Hats"}, {"name": "Sale"}]) == [True, False]
    assert defaults([{"name": "Hats"}, {"name": "Sale", "isDefault": True}]) == [False, True]
    assert defaults([{"name": "Hats", "isDefault": False}]) == [True]
    assert defaults([{**CATEGORY, "name": name} for name in ("Hats", "Sale")]) == [False, True]
    assert defaults([]) == []


def test_an_update_leaves_what_it_does_not_say(api: Api, product: dict[str, Any]) -> None:
    updated = api.post(path_of(api, product), {"vendor": "Other"}).json()
    assert updated == product | {"vendor": "Other"}


def test_an_update_replaces_whole_collections(api: Api, shop: str, product: dict[str, Any]) -> None:
    path, former = path_of(api, product), product["variants"][0]
    blue = {"name": "Blue", "sku": "SKU-B", "price": 21, "priceTax": 25.83}
    plain = {"name": "Still red", "sku": VARIANT["sku"], "price": 19, "priceTax": 23.37}
    changes = {"variants": [blue, plain], "categories": [{"name": "Sale"}], "metaFields": []}
    updated = api.post(path, changes).json()
    assert names(updated["variants"]) == ["Blue", "Still red"]
    assert updated["variants"][1]["variantId"] == former["variantId"]
    assert updated["variants"][1]["images"] == updated["variants"][1]["taxes"] == []
    assert (names(updated["categories"]), updated["categories"][0]["isDefault"]) == (["Sale"], True)
    assert updated["metaFields"] == []
    assert api.get(path).json() == updated
    assert len(api.get(f"{shop}/categories").json()) == 2
    assert api.post(path, {"variants": []}).json()["variants"] == []
    assert_envelope(api.get(path_of(api, former)), 404, 1013)


def test_what_was_deleted_disappears_from_products(api: Api, shop: str, product: dict[str, Any]) -> None:
    for nested in (product["categories"][0], product["metaFields"][0], product["variants"][0]["taxes"][0]):
        assert api.delete(path_of(api, nested)).status_code == 204
    found = api.get(path_of(api, product)).json()
    assert [(one["name"], one["isDefault"]) for one in found["categories"]] == [("Sale", True)]
    assert found["metaFields"] == found["variants"][0]["taxes"] == found["variants"][0]["metaFields"] == []


def test_a_deleted_product_takes_its_variants_with_it(api: Api, product: dict[str, Any]) -> None:
    assert api.delete(path_of(api, product)).status_code == 204
    assert_envelope(api.get(path_of(api, product["variants"][0])), 404, 1013)
    assert_envelope(api.get(f"{path_of(api, product)}/variants"), 404, 1013)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": "x", "variants": None}, {"name", "variants"}),
        ({"variants": [{}]}, {f"variants.0.{name}" for name in ("name", "sku", "price", "priceTax")}),
        ({"variants": [VARIANT, {**VARIANT, "price": "20"}]}, {"variants.1.sku", "variants.1.price"}),
        ({"categories": [{"isDefault": "true"}]}, {"categories.0.name", "categories.0.isDefault"}),
        ({"metaFields": [{**META_FIELD, "valueType": "real"}]}, {"metaFields.0.valueType"}),
        ({"type": "H", "vendor": "x" * 65, "url": "ftp://a.b"}, {"type", "vendor", "url"}),
        ({"externalId": "x" * 256, "categories": {}}, {"externalId", "categories"}),
    ],
)
def test_every_error_of_a_product_is_named(
    api: Api, shop: str, product: dict[str, Any], change: dict[str, Any], fields: set[str]
) -> None:
    for path in (f"{shop}/products", path_of(api, product)):
        response = api.post(path, {**PRODUCT, **change})
        assert problem_fields(assert_envelope(response, 400, 1000)) == fields
    assert api.get(path_of(api, product)).json() == product


def test_a_refused_product_leaves_nothing_behind(api: Api, shop: str) -> None:
    categories = [{"name": "Made before"}, {"name": "Lost", "parentId": "nope"}]
    body = assert_envelope(api.post(f"{shop}/products", {**PRODUCT, "categories": categories}), 400, 1001)
    assert body["context"] == {"fieldName": "parentId", "originalValue": "nope"}
    assert api.get(f"{shop}/categories").json() == api.get(f"{shop}/products").json() == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"query[name]": "CAP"}, ["Monster Cap"]),
        ({"query[vendor]": "example"}, ["Monster Cap", "Mug"]),
        ({"query[externalId]": "e-1"}, ["Mug"]),
        ({"query[category]": "head"}, ["Monster Cap"]),
        ({"query[variantName]": "monster"}, ["Monster Cap"]),
        ({"query[metaFieldNames]": "Colour,Shoe size"}, ["Monster Cap"]),
        ({"query[metaFieldNames]": "Shoe"}, []),
        ({"query[metaFieldValues]": "11,12", "query[vendor]": "example"}, ["Monster Cap"]),
        ({"query[metaFieldValues]": "12"}, []),
        ({"query[createdOn][from]": "2020-01-01", "sort[name]": "DESC"}, ["Mug", "Monster Cap"]),
        ({"query[createdOn][to]": "2020-01-01T00:00:00Z"}, []),
    ],
)
def test_product_filters(
    api: Api, shop: str, product: dict[str, Any], query: dict[str, str], found: list[str]
) -> None:
    mug = {"name": "Mug", "vendor": "Example", "externalId": "e-1", "variants": []}
    made(api, f"{shop}/products", mug)
    assert names(api.get(f"{shop}/products", params=query).json()) == found


def test_products_of_a_category(api: Api, shop: str, product: dict[str, Any]) -> None:
    new_product(api, shop, categories=[])
    query = {"query[categoryId]": product["categories"][1]["categoryId"]}
    assert api.get(f"{shop}/products", params=query).json() == [product]


def test_categories_are_assigned_and_never_unassigned(api: Api, shop: str) -> None:
    path = path_of(api, new_product(api, shop, categories=[]))
    first, second = (
        made(api, f"{shop}/categories", {"name": name})["categoryId"] for name in ("Hats", "Caps")
    )

    def upsert(category_id: str, **more: bool) -> list[tuple[str, bool]]:
        response = api.post(f"{path}/categories", {"categories": [{"categoryId": category_id, **more}]})
        assert response.status_code == 200
        assert api.get(path).json()["categories"] == response.json()
        return [(one["name"], one["isDefault"]) for one in response.json()]

    assert upsert(first, isDefault=False) == [("Hats", True)]
    assert upsert(second) == [("Hats", True), ("Caps", False)]
    assert upsert(second, isDefault=True) == [("Hats", False), ("Caps", True)]
    assert upsert(second) == [("Hats", False), ("Caps", True)]
    assert upsert(second, isDefault=False) == [("Hats", True), ("Caps", False)]
    body = assert_envelope(
        api.post(f"{path}/categories", {"categories": [{"categoryId": "nope"}]}), 400, 1001
    )
    assert body["context"] == {"fieldName": "categoryId", "originalValue": "nope"}
    assert problem_fields(
        assert_envelope(api.post(f"{path}/categories", {"categories": [{"isDefault": 1}]}), 400, 1000)
    ) == {"categories.0.categoryId", "categories.0.isDefault"}


def test_meta_fields_are_assigned_and_never_unassigned(api: Api, shop: str, product: dict[str, Any]) -> None:
    path = f"{path_of(api, product)}/meta-fields"
    colour = made(api, f"{shop}/meta-fields", {"name": "Colour", "value": "red", "valueType": "string"})
    body = {"metaFields": [{"metaFieldId": colour["metaFieldId"]}]}
    for _ in range(2):
        response = api.post(path, body)
        assert response.json()[1] == colour
        assert names(response.json()) == ["Shoe size", "Colour"]
        assert (response.headers["TotalCount"], response.headers["CurrentPage"]) == ("2", "1")
    assert_envelope(api.post(path, {"metaFields": [{"metaFieldId": "nope"}]}), 400, 1001)
    assert names(api.get(path_of(api, product)).json()["metaFields"]) == ["Shoe size", "Colour"]


def test_a_variant_is_made_changed_and_deleted(api: Api, product: dict[str, Any]) -> None:
    path = f"{path_of(api, product)}/variants"
    blue = made(api, path, {**VARIANT, "name": "Blue", "sku": "SKU-B", "quantity": 7})
    assert (blue["quantity"], blue["taxes"]) == (7, product["variants"][0]["taxes"])
    changes = {"price": 18.5, "taxes": [{"name": "Reduced", "rate": 8}], "images": []}
    updated = api.post(path_of(api, blue), changes).json()
    assert (updated["price"], updated["images"], names(updated["taxes"])) == (18.5, [], ["Reduced"])
    assert (updated["quantity"], updated["metaFields"]) == (7, blue["metaFields"])
    assert names(api.get(path_of(api, product)).json()["variants"]) == ["Red Monster Cap", "Blue"]
    assert api.delete(path_of(api, blue)).status_code == 204
    assert names(api.get(path).json()) == ["Red Monster Cap"]


def test_an_sku_is_unique_within_its_product(api: Api, shop: str, product: dict[str, Any]) -> None:
    path, own = f"{path_of(api, product)}/variants", path_of(api, product["variants"][0])
    assert problem_fields(assert_envelope(api.post(path, VARIANT), 400, 1000)) == {"sku"}
    other = made(api, path, {**VARIANT, "sku": "SKU-2"})
    assert_envelope(api.post(path_of(api, other), {"sku": VARIANT["sku"]}), 400, 1000)
    assert api.post(own, {"sku": VARIANT["sku"], "name": "Same"}).status_code == 200
    assert new_product(api, shop)["variants"][0]["sku"] == VARIANT["sku"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"sku": "x", "barcode": "1", "description": "d"}, {"sku", "barcode", "description"}),
        ({"price": None, "priceTax": True, "previousPrice": "1"}, {"price", "priceTax", "previousPrice"}),
        ({"quantity": 1.5, "position": "1"}, {"quantity", "position"}),
        ({"images": [{"src": "nope"}]}, {"images.0.src", "images.0.position"}),
        (
            {"taxes": [TAX, {"name": "VAT"}], "metaFields": [{}]},
            {"taxes.1.rate"} | {f"metaFields.0.{name}" for name in ("name", "value", "valueType")},
        ),
    ],
)
def test_every_error_of_a_variant_is_named(
    api: Api, product: dict[str, Any], change: dict[str, Any], fields: set[str]
) -> None:
    response = api.post(f"{path_of(api, product)}/variants", {**VARIANT, "sku": "SKU-2", **change})
    assert problem_fields(assert_envelope(response, 400, 1000)) == fields


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"query[name]": "RED"}, 1),
        ({"query[sku]": "SKU-1254"}, 1),
        ({"query[sku]": "SKU"}, 0),
        ({"query[description]": "soft"}, 0),
        ({"query[externalId]": "x"}, 0),
        ({"query[createdAt][from]": "2020-01-01T00:00:00Z", "sort[createdOn]": "asc"}, 1),
    ],
)
def test_variant_filters(api: Api, product: dict[str, Any], query: dict[str, str], count: int) -> None:
    path = f"{path_of(api, product)}/variants"
    assert len(api.get(path, params=query).json()) == count
    for wrong in ("query[createdOn][from]", "sort[createdAt]"):
        assert_envelope(api.get(path, params={wrong: "ASC"}), 400, 1000)
