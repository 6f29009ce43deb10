"""Bodies and paths of the e-commerce operations, for the tests that run over all operations.

Everything is made in the first shop; only a call that changes or deletes a shop gets one of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Api

TAX = {"name": "VAT", "rate": 23}
META_FIELD = {"name": "Shoe size", "value": "11", "valueType": "integer", "description": "European"}
VARIANT = {
    "name": "Red Monster Cap",
    "sku": "SKU-1254",
    "price": 20,
    "priceTax": 24.6,
    "previousPrice": None,
    "url": "https://example.com/caps/red",
    "images": [{"src": "https://example.com/red.png", "position": 1}],
    "metaFields": [META_FIELD],
    "taxes": [TAX],
}
CATEGORY = {"name": "Headwear", "isDefault": True, "externalId": "ext3343"}
PRODUCT = {
    "name": "Monster Cap",
    "type": "Headwear",
    "vendor": "Example",
    "url": "https://example.com/caps",
    "categories": [CATEGORY, {"name": "Sale"}],
    "variants": [VARIANT],
    "metaFields": [META_FIELD],
}
ADDRESS = {"name": "some_shipping_address", "countryCode": "POL", "city": "Gdańsk", "zip": "80-001"}
SHOP = {"name": "Monster market", "locale": "PL", "currency": "PLN"}


def made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a create answers."""
    response = api.post(path, body)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


def new_shop(api: Api, **changes: str) -> str:
    """The path of a new shop."""
    return f"/shops/{made(api, '/shops', {**SHOP, **changes})['shopId']}"


def new_product(api: Api, shop: str, **changes: Any) -> dict[str, Any]:
    """A new product."""
    return made(api, f"{shop}/products", {**PRODUCT, **changes})


def first_shop(api: Api) -> str:
    """The path of a shop that stays."""
    shops = api.get("/shops", perPage=1).json()
    return f"/shops/{shops[0]['shopId']}" if shops else new_shop(api)


def contact_id(api: Api) -> str:
    """Some contact, added when there is none."""
    contacts = api.get("/contacts", perPage=1).json()
    return str((contacts or [api.sandbox.add_contact("buyer@example.com", "customers")])[0]["contactId"])


def cart(api: Api, shop: str, **changes: Any) -> dict[str, Any]:
    """The body of a cart with a new product."""
    variant_id = new_product(api, shop)["variants"][0]["variantId"]
    lines = [{"variantId": variant_id, "quantity": 3, "price": 57, "priceTax": 68.5}]
    total = {"totalPrice": 171, "totalTaxPrice": 205.5, "currency": "PLN"}
    return {"contactId": contact_id(api), **total, "selectedVariants": lines, **changes}


def order(api: Api, shop: str, **changes: Any) -> dict[str, Any]:
    """The body of an order of a new cart."""
    chosen = cart(api, shop)
    cart_id = made(api, f"{shop}/carts", chosen)["cartId"]
    line = {**chosen["selectedVariants"][0], "taxes": [TAX]}
    return {
        "contactId": chosen["contactId"],
        "totalPrice": 171,
        "totalPriceTax": 205.5,
        "currency": "PLN",
        "status": "NEW",
        "cartId": cart_id,
        "shippingAddress": ADDRESS,
        "billingAddress": {**ADDRESS, "company": "Example Ltd"},
        "processedAt": "2026-03-01T12:30:00+0100",
        "metaFields": [META_FIELD],
        "selectedVariants": [line],
        **changes,
    }


PLACES: dict[str, Callable[[Api, str], dict[str, Any]]] = {
    "/addresses": lambda api, shop: ADDRESS,
    "/shops": lambda api, shop: SHOP,
    "/shops/{shopId}/carts": cart,
    "/shops/{shopId}/categories": lambda api, shop: CATEGORY,
    "/shops/{shopId}/meta-fields": lambda api, shop: META_FIELD,
    "/shops/{shopId}/orders": order,
    "/shops/{shopId}/products": lambda api, shop: PRODUCT,
    "/shops/{shopId}/products/{productId}/variants": lambda api, shop: {**VARIANT, "sku": "SKU-2"},
    "/shops/{shopId}/taxes": lambda api, shop: TAX,
}
"""The path of a list -> the body that makes one."""

KEYS = {
    "/addresses": "addressId",
    "/shops": "shopId",
    "/shops/{shopId}/carts": "cartId",
    "/shops/{shopId}/categories": "categoryId",
    "/shops/{shopId}/meta-fields": "metaFieldId",
    "/shops/{shopId}/orders": "orderId",
    "/shops/{shopId}/products": "productId",
    "/shops/{shopId}/products/{productId}/variants": "variantId",
    "/shops/{shopId}/taxes": "taxId",
}


def bodies() -> dict[str, Callable[[Api], Any]]:
    """What each POST sends."""
    table: dict[str, Callable[[Api], Any]] = {}
    for place, body in PLACES.items():
        for path in (place, f"{place}/{{{KEYS[place]}}}"):
            table[f"POST {path}"] = lambda api, body=body: body(api, first_shop(api))
    product = "POST /shops/{shopId}/products/{productId}"
    return {
        **table,
        f"{product}/categories": lambda api: {
            "categories": [{"categoryId": new_id(api, "/shops/{shopId}/categories"), "isDefault": True}]
        },
        f"{product}/meta-fields": lambda api: {
            "metaFields": [{"metaFieldId": new_id(api, "/shops/{shopId}/meta-fields")}]
        },
    }


def new_id(api: Api, place: str) -> str:
    """Make something where it belongs; its identifier."""
    body = PLACES[place](api, first_shop(api))
    return str(made(api, shop_path(api, place), body)[KEYS[place]])


def shop_path(api: Api, template: str) -> str:
    """A templated path of this module with identifiers of things made for the purpose."""
    if template == "/shops/{shopId}":
        return new_shop(api)
    path = template.replace("/shops/{shopId}", first_shop(api))
    if "{productId}" in path:
        path = path.replace("{productId}", new_product(api, first_shop(api))["productId"])
    if "{" in path:
        body = PLACES[template.rpartition("/")[0]](api, first_shop(api))
        collection, _, name = path.rpartition("/")
        path = f"{collection}/{made(api, collection, body)[name[1:-1]]}"
    return path


def shop_ids(api: Api) -> dict[str, str]:
    """An identifier for each key, of things that exist in the first shop."""
    ids = {"shopId": first_shop(api).rpartition("/")[2]}
    for place in sorted(PLACES, key=len):
        path = place.format(**ids)
        found = api.get(path, perPage=1).json() or [made(api, path, PLACES[place](api, first_shop(api)))]
        ids[KEYS[place]] = found[0][KEYS[place]]
    return ids


SHOP_BODIES = bodies()
IN_SHOPS = ("/shops", "/addresses")
"""How the paths of these operations begin."""
