"""The seeded shop: a few products in categories, and what seeded contacts bought or left in carts."""

from __future__ import annotations

import random
from operator import itemgetter

from ..operations.stored import Values
from ..shops.carts import CARTS
from ..shops.categories import CATEGORIES
from ..shops.orders import ORDERS
from ..shops.products import PRODUCTS
from ..shops.shops import SHOPS
from ..state.dates import DAY, HOUR, stamp
from ..state.records import Contact, StoredRecord
from ..state.store import Store
from .seed_people import campaign_id

CATEGORY_NAMES = ("Mugs", "Books", "Outdoor")
GOODS = (
    # name, category, brand, variants, price without tax
    ("Monster Mug", "Mugs", "Example Pottery", ("red", "blue"), 39.0),
    ("Travel Mug", "Mugs", "Example Outdoor", ("steel",), 79.0),
    ("The Long Letter", "Books", "Example Press", ("paperback", "hardcover"), 45.5),
    ("Postcards of Gdańsk", "Books", "Example Press", ("set of ten",), 19.9),
    ("Rain Jacket", "Outdoor", "Example Outdoor", ("S", "M", "L"), 249.0),
)
RATE = 23
VAT = {"name": "VAT", "rate": RATE}
BUYERS = 60
"""The first so many members of the list of customers come to the shop."""


def seed_shop(store: Store, rng: random.Random, start: int, today: int) -> None:
    """Make the shop, and its carts and orders of the half year before today."""
    buyers = list(store.active.of_campaign(campaign_id(store, "customers")))[:BUYERS]
    if not buyers:
        return
    shop = SHOPS.make(store, "/shops", {"name": "Example Shop", "locale": "PL", "currency": "PLN"})
    backdate(shop, start)
    for name in CATEGORY_NAMES:
        backdate(CATEGORIES.make(store, f"{shop.path}/categories", {"name": name}), start)
    variants = [
        variant for number, goods in enumerate(GOODS) for variant in stock(store, shop, number, goods, start)
    ]
    coming = [(moment, buyer) for buyer in buyers for moment in visits(rng, buyer, today)]
    for number, (moment, buyer) in enumerate(sorted(coming, key=itemgetter(0)), 1):
        visit(store, rng, shop, buyer, rng.sample(variants, rng.choice((1, 1, 2))), moment, number)


def stock(
    store: Store,
    shop: StoredRecord,
    number: int,
    goods: tuple[str, str, str, tuple[str, ...], float],
    start: int,
) -> list[StoredRecord]:
    """Make a product; its variants are the answer."""
    name, category, brand, kinds, price = goods
    variants = [
        {
            "name": f"{name}, {kind}",
            "sku": f"EX-{number + 1}-{position}",
            "price": price,
            "priceTax": with_tax(price),
            "position": position,
            "quantity": 100,
            "taxes": [VAT],
        }
        for position, kind in enumerate(kinds, 1)
    ]
    body = {
        "name": name,
        "vendor": brand,
        "type": category,
        "categories": [{"name": category}],
        "variants": variants,
    }
    product = PRODUCTS.make(store, f"{shop.path}/products", body)
    made = list(store.stored.inside(f"{product.path}/variants"))
    for record in (product, *made, *store.stored.inside(f"{shop.path}/taxes")):
        backdate(record, start)
    return made


def visits(rng: random.Random, buyer: Contact, today: int) -> list[int]:
    """When a contact came: up to three times since it subscribed, never today."""
    days = (today - buyer.created_at) // DAY
    chosen = sorted(rng.sample(range(days), min(days, rng.choice((0, 1, 1, 2, 3)))))
    return [buyer.created_at + day * DAY for day in chosen]


def visit(
    store: Store,
    rng: random.Random,
    shop: StoredRecord,
    buyer: Contact,
    variants: list[StoredRecord],
    moment: int,
    number: int,
) -> None:
    """A cart is filled, and three times out of four it becomes an order an hour later."""
    lines: list[Values] = [
        {
            "variantId": one.id,
            "quantity": rng.choice((1, 1, 1, 2)),
            "price": one.values["price"],
            "priceTax": one.values["priceTax"],
        }
        for one in variants
    ]
    net = round(sum(line["price"] * line["quantity"] for line in lines), 2)
    total = {"contactId": buyer.contact_id, "totalPrice": net, "currency": "PLN", "selectedVariants": lines}
    cart = CARTS.make(
        store, f"{shop.path}/carts", {**total, "totalTaxPrice": with_tax(net), "externalId": f"cart-{number}"}
    )
    backdate(cart, moment)
    if rng.random() < 0.75:
        placed = {
            "totalPriceTax": with_tax(net),
            "cartId": cart.id,
            "externalId": f"order-{number}",
            "status": "completed",
            "processedAt": stamp(moment + HOUR),
        }
        backdate(ORDERS.make(store, f"{shop.path}/orders", {**total, **placed}), moment + HOUR)


def with_tax(price: float) -> float:
    """A price with the seeded tax."""
    return round(price * (1 + RATE / 100), 2)


def backdate(record: StoredRecord, moment: int) -> None:
    """Let a record have been made earlier."""
    record.created_at = record.updated_at = moment
