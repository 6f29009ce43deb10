"""/shops/{shopId}/categories, and which of them a product is in (behaviour-core.md sections 3 and 4).

Creating is idempotent (specification). A product's assignments are kept as ``{categoryId, isDefault}``; the
``isDefault`` of a product's category says which one is the product's own.

Decided where the contract is open: two requests are the same when they differ at most in ``isDefault``; a
category whose parent was deleted has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..http.errors import unknown_reference
from ..http.filters import contains, equals, period
from ..http.validation import boolean, link, text
from ..operations.stored import Resource, Values, stored, value
from ..state.records import StoredRecord
from ..state.store import Store


def check_category(store: Store, category_id: str, shop: str, field: str = "categoryId") -> None:
    """400, code 1001, for a category that is not in the shop."""
    if store.stored.of_kind("categories", category_id, shop) is None:
        raise unknown_reference(field, category_id)


def check_parent(store: Store, record: StoredRecord, values: Values) -> None:
    """The parent must exist, and be another one."""
    if "parentId" in values:
        if values["parentId"] == record.id:
            raise unknown_reference("parentId", record.id)
        check_category(store, values["parentId"], record.shop, "parentId")


def with_parent(store: Store, record: StoredRecord, values: Values) -> Values:
    """Leave out a parent that was deleted."""
    if "parentId" in values and store.stored.of_kind("categories", values["parentId"], record.shop) is None:
        del values["parentId"]
    return values


CATEGORIES = stored(
    Resource(
        "/shops/{shopId}/categories",
        "categoryId",
        {
            "name": text(2, 64),
            "parentId": text(2, 64),
            "isDefault": boolean,
            "url": link,
            "externalId": text(0, 255),
        },
        required=("name",),
        filters={
            "name": contains(value("name")),
            "parentId": equals(value("parentId")),
            "externalId": equals(value("externalId")),
            **{
                f"search[{name}]": test
                for name, test in period("createdAt", "created_at", timed=True).items()
            },
        },
        sorts={"name": value("name"), "createdAt": "created_at"},
        check=check_parent,
        show=with_parent,
        idempotent=True,
        loose=frozenset({"isDefault"}),
    )
)


def assigned(store: Store, shop: str, sent: Iterable[Values]) -> list[Values]:
    """Assignments to the categories of a product's body, which are made where they are new."""
    assignments: list[Values] = []
    for category in sent:
        plain = {name: given for name, given in category.items() if name != "isDefault"}
        record = CATEGORIES.same(store, f"{shop}/categories", plain)
        assignments = reassigned(assignments, record.id, category.get("isDefault", False))
    return assignments


def reassigned(assignments: list[Values], category_id: str, default: bool | None) -> list[Values]:
    """Assignments with one more, or with another default; None leaves a known one's as it is."""
    known = {one["categoryId"]: one["isDefault"] and default is not True for one in assignments}
    known[category_id] = known.get(category_id, False) if default is None else default
    return [{"categoryId": one, "isDefault": flag} for one, flag in known.items()]


def shown_assignments(store: Store, shop: str, assignments: Iterable[Values]) -> list[Values]:
    """The categories of a product in detail; without a default the first one is it."""
    flags = {one["categoryId"]: one["isDefault"] for one in assignments}
    shown = CATEGORIES.shown(store, f"{shop}/categories", flags)
    default = next((one for one in shown if flags[one["categoryId"]]), shown[0] if shown else None)
    return [one | {"isDefault": one is default} for one in shown]
