"""/shops/{shopId}/products, with its two upserts (behaviour-core.md section 3).

``variants``, ``categories`` and ``metaFields`` of an update replace the whole collection; the upserts only
add, or give another category the default.

Decided where the contract is open: the filters ``category``, ``variantName``, ``name`` and ``vendor`` match a
part, the others a whole text, of the comma lists one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from ..http.errors import unknown_reference
from ..http.exchange import Request
from ..http.filters import by_route, contains, equals, period
from ..http.validation import boolean, identifier, link, list_of, shape, text
from ..operations.routing import route
from ..operations.stored import Resource, Values, stored, value, whole_list
from ..state.records import StoredRecord
from ..state.store import Store
from .categories import CATEGORIES, assigned, check_category, check_parent, reassigned, shown_assignments
from .meta_fields import META_FIELDS
from .variants import VARIANTS, nested_variants, replace_variants


def check_references(store: Store, record: StoredRecord, values: Values) -> None:
    """Every parent of a category must exist."""
    for category in values.get("categories", ()):
        check_parent(store, record, category)


def keep(store: Store, record: StoredRecord, values: Values) -> Values:
    """Variants go into a list of their own, categories and meta fields become identifiers."""
    kept, shop = dict(values), record.shop
    if "variants" in kept:
        replace_variants(store, f"{record.path}/variants", kept.pop("variants"))
    if "categories" in kept:
        kept["categories"] = assigned(store, shop, kept["categories"])
    if "metaFields" in kept:
        kept["metaFields"] = META_FIELDS.linked(store, f"{shop}/meta-fields", kept["metaFields"])
    return kept


def show(store: Store, record: StoredRecord, values: Values) -> Values:
    """With variants, categories and meta fields in detail."""
    variants = store.stored.inside(f"{record.path}/variants")
    return values | {
        "categories": categories_of(store, record),
        "variants": [VARIANTS.nested(store, variant) for variant in variants],
        "metaFields": meta_fields_of(store, record),
    }


def categories_of(store: Store, record: StoredRecord) -> list[Values]:
    """A product's categories in detail."""
    return shown_assignments(store, record.shop, record.values.get("categories", ()))


def meta_fields_of(store: Store, record: StoredRecord) -> list[Values]:
    """A product's meta fields in detail."""
    return META_FIELDS.shown(store, f"{record.shop}/meta-fields", record.values.get("metaFields", ()))


Texts = Callable[[Store, StoredRecord], Iterator[str]]
Match = Callable[[str, str], bool]


def in_list(wanted: str, text: str) -> bool:
    """Whether a text is in a comma list."""
    return text in wanted.split(",")


def is_part(wanted: str, text: str) -> bool:
    """Whether a text contains another, whatever its case."""
    return wanted.casefold() in text.casefold()


LOOKED_UP: dict[str, tuple[Texts, Match]] = {
    "category": (lambda store, record: (one["name"] for one in categories_of(store, record)), is_part),
    "categoryId": (
        lambda store, record: (one["categoryId"] for one in categories_of(store, record)),
        str.__eq__,
    ),
    "variantName": (
        lambda store, record: (one.values["name"] for one in store.stored.inside(f"{record.path}/variants")),
        is_part,
    ),
    "metaFieldNames": (lambda store, record: (one["name"] for one in meta_fields_of(store, record)), in_list),
    "metaFieldValues": (
        lambda store, record: (one["value"] for one in meta_fields_of(store, record)),
        in_list,
    ),
}
"""Filter -> (the texts of a product it looks at, how it compares what is wanted with one of them)."""


def listed(store: Store, request: Request) -> Collection[StoredRecord]:
    """The products whose categories, variants and meta fields pass the filters."""
    records = whole_list(store, request)
    for name, (texts, match) in LOOKED_UP.items():
        if wanted := request.filter(name):
            records = [one for one in records if any(match(wanted, text) for text in texts(store, one))]
    return records


PRODUCTS = stored(
    Resource(
        "/shops/{shopId}/products",
        "productId",
        {
            "name": text(2, 255),
            "type": text(2, 64),
            "url": link,
            "vendor": text(2, 64),
            "externalId": text(0, 255),
            "categories": list_of(CATEGORIES.new),
            "variants": nested_variants,
            "metaFields": list_of(META_FIELDS.new),
        },
        required=("name", "variants"),
        filters={
            "name": contains(value("name")),
            "vendor": contains(value("vendor")),
            "externalId": equals(value("externalId")),
            **by_route(*LOOKED_UP),
            **period("createdOn", "created_at"),
        },
        sorts={"name": value("name"), "createdOn": "created_at"},
        check=check_references,
        keep=keep,
        show=show,
        listed=listed,
    )
)


@route(
    "POST",
    f"{PRODUCTS.item}/categories",
    body=shape({"categories": list_of(shape({"categoryId": identifier}, {"isDefault": boolean}))}),
)
def upsert_categories(store: Store, request: Request) -> list[Values]:
    """Assigns and never unassigns; a lone category always stays the default."""
    product = product_of(store, request)
    for one in request.body["categories"]:
        check_category(store, one["categoryId"], product.shop)
    assignments = product.values.get("categories", [])
    for one in request.body["categories"]:
        assignments = reassigned(assignments, one["categoryId"], one.get("isDefault"))
    touch(store, product, {"categories": assignments})
    return categories_of(store, product)


@route(
    "POST",
    f"{PRODUCTS.item}/meta-fields",
    body=shape({"metaFields": list_of(shape({"metaFieldId": identifier}))}),
    one_page=True,
)
def upsert_meta_fields(store: Store, request: Request) -> list[Values]:
    """Assigns and never unassigns; answers with paging headers without taking pages."""
    product = product_of(store, request)
    wanted = [one["metaFieldId"] for one in request.body["metaFields"]]
    for meta_field_id in wanted:
        if store.stored.of_kind("meta-fields", meta_field_id, product.shop) is None:
            raise unknown_reference("metaFieldId", meta_field_id)
    known = product.values.get("metaFields", [])
    touch(store, product, {"metaFields": list(dict.fromkeys([*known, *wanted]))})
    found = (store.stored.of_kind("meta-fields", one, product.shop) for one in product.values["metaFields"])
    return [META_FIELDS.detail(store, record) for record in found if record]


def product_of(store: Store, request: Request) -> StoredRecord:
    """The product of an upsert's path, or 404."""
    return PRODUCTS.located(store, request.path.rpartition("/")[0])


def touch(store: Store, product: StoredRecord, values: Values) -> None:
    """Give a product other assignments."""
    product.values |= values
    product.updated_at = store.now()
    store.version += 1
