"""Lists: filtered, sorted, cut into pages, and reduced to the fields asked for (contract/behaviour-core.md
section 4).

Decided where the contract is open: an unusable ``page`` or ``perPage`` counts as left out (seen on
/contacts), a ``perPage`` over 1000 is refused, and records without a sort come in the order of their
creation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from ..http.errors import ApiError, bad_query
from ..http.exchange import Request
from ..http.filters import Filters, Test, order
from ..state.store import Store
from .routing import Route

KEPT_SELECTIONS = 8
MOST_PER_PAGE = 1000
PREFIXES = ("query", "search")
"""The words before the brackets of a filter; all but the categories' date say ``query``."""


def check_query(route: Route, request: Request) -> None:
    """Refuse filters and orders the operation does not know."""
    for name, value in request.query.items():
        key = filter_key(name)
        if key is not None and key not in route.filters:
            raise bad_filter(name, "Not allowed search field")
        if name.startswith("sort["):
            if name[5:-1] not in route.sorts:
                raise bad_query("searchFilter[sort]", name[5:-1], name, "Not allowed sort field")
            if value.upper() not in ("ASC", "DESC"):
                raise bad_query("searchFilter[sort]", name[5:-1], name, "Value must be ASC or DESC")


def filter_key(name: str) -> str | None:
    """The key of a parameter among a route's filters; None for a parameter that is no filter."""
    prefix, bracket, rest = name.partition("[")
    if not bracket or prefix not in PREFIXES:
        return None
    return rest[:-1] if prefix == "query" else name


def bad_filter(name: str, description: str) -> ApiError:
    """400: a filter that is not allowed or has an unusable value."""
    prefix, _, rest = name.partition("[")
    return bad_query(f"searchFilter[{prefix}]", rest[:-1], name, description)


def page_of(store: Store, route: Route, request: Request) -> tuple[list[Any], dict[str, str]]:
    """One rendered page of a list, and its headers."""
    page, size = paging(request)
    records = selection(store, route, request)
    assert route.each is not None
    shown = [route.each(store, record) for record in islice(records, (page - 1) * size, page * size)]
    return shown, {
        "TotalCount": str(len(records)),
        "TotalPages": str(-(-len(records) // size)),
        "CurrentPage": str(page),
    }


def one_page(records: Collection[Any]) -> dict[str, str]:
    """The headers of a list that always comes whole."""
    return {"TotalCount": str(len(records)), "TotalPages": "1", "CurrentPage": "1"}


def paging(request: Request) -> tuple[int, int]:
    """(page, perPage) of a request."""
    size = positive(request.query.get("perPage", ""), 100)
    if size > MOST_PER_PAGE:
        raise bad_query("paging", "perPage", "perPage", f"Value must be from 1 to {MOST_PER_PAGE}")
    return positive(request.query.get("page", ""), 1), size


def positive(text: str, default: int) -> int:
    """A number from 1 up, or the default for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) else default


def selection(store: Store, route: Route, request: Request) -> Collection[Any]:
    """All records of a list, kept for the next page as long as nothing changes."""
    criteria = {
        name: value for name, value in request.query.items() if name not in ("page", "perPage", "fields")
    }
    if not criteria and not request.raw:
        return arranged(route.handler(store, request), route, request)
    key = (request.path, tuple(criteria.items()), request.raw, store.now())
    kept = store.selections.get(key)
    if kept is None or kept[0] != store.version:
        kept = store.version, arranged(route.handler(store, request), route, request)
        while len(store.selections) >= KEPT_SELECTIONS:
            store.selections.pop(next(iter(store.selections)))
        store.selections[key] = kept
    return kept[1]


def arranged(records: Collection[Any], route: Route, request: Request) -> Collection[Any]:
    """The records that pass every filter, in the order asked for; not copied where all pass as they are."""
    if tests := tests_of(route.filters, request):
        records = [record for record in records if all(test(record) for test in tests)]
    for name, direction in reversed(request.query.items()):
        if name.startswith("sort["):
            descending = direction.upper() == "DESC"
            records = sorted(records, key=order(route.sorts[name[5:-1]]), reverse=descending)
    return records


def tests_of(filters: Filters, request: Request) -> list[Test]:
    """The filters of a request as tests of a record; raises 400 for an unusable value."""
    tests = []
    for name, value in request.query.items():
        if (key := filter_key(name)) is not None:
            try:
                tests.append(filters[key](value, request))
            except ValueError as error:
                raise bad_filter(name, str(error)) from None
    return tests


def projected(body: Any, request: Request, key: str) -> Any:
    """A body with only the ``fields`` asked for; the identifier always stays."""
    wanted = request.query.get("fields")
    if not wanted or not key or body is None:
        return body
    names = {*wanted.split(","), key}
    return [reduced(item, names) for item in body] if isinstance(body, list) else reduced(body, names)


def reduced(item: Any, names: Iterable[str]) -> Any:
    """An object without the properties that were not asked for."""
    return {name: value for name, value in item.items() if name in names}
