"""How Python values become the query string of a request (contract/behaviour-core.md section 4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode

MAX_PER_PAGE = 1000


def query_string(params: Mapping[str, Any]) -> str:
    """``params`` as a percent-encoded query string, brackets included; "" when nothing is left.

    Nested mappings become brackets: ``{"query": {"createdOn": {"from": day}}}`` is
    ``query[createdOn][from]=...``. ``None`` is left out, lists are joined by commas, booleans are ``true``
    and ``false``, dates are ISO 8601, in UTC. Raises ValueError for a page the API would answer with
    nonsense, an empty list and a date-time without a zone.
    """
    check_page(params.get("page"), params.get("perPage"))
    # quote, not quote_plus: a space must not become "+" (contract/behaviour-contacts.md section 1).
    return urlencode(list(pairs(params)), quote_via=quote, safe="")


def check_page(page: Any = None, per_page: Any = None) -> None:
    """Raises ValueError for what the API accepts without a word (contract/behaviour-core.md section 4)."""
    if page is not None and (type(page) is not int or page < 1):
        raise ValueError(f"page must be a whole number from 1, not {page!r}")
    if per_page is not None and (type(per_page) is not int or not 1 <= per_page <= MAX_PER_PAGE):
        raise ValueError(f"perPage must be a whole number from 1 to {MAX_PER_PAGE}, not {per_page!r}")


def pairs(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each value with its bracketed name, in the order given."""
    for key, value in params.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, Mapping):
            yield from pairs(value, name)
        elif value is not None:
            yield name, text_of(value, name)


def text_of(value: Any, name: str) -> str:
    """One value as the API reads it; ``name`` is for the message of a ValueError."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return moment(value, name)
        case date():
            return value.isoformat()
        case Iterable():
            return comma_list(value, name)
    return str(value)


def moment(value: datetime, name: str) -> str:
    """``2026-01-15T13:30:42+0000``: always UTC, the offset without a colon as the API writes it."""
    if value.tzinfo is None:
        raise ValueError(f"{name} needs a date-time with a time zone")
    # Not strftime: on Linux its %Y has fewer than four digits before the year 1000.
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "+0000"


def comma_list(values: Iterable[Any], name: str) -> str:
    """``a,b``. An empty list is refused: sent as nothing, the filter would match everything."""
    texts = [text_of(value, name) for value in values if value is not None]
    if not texts:
        raise ValueError(f"{name} is an empty list; leave it out to get everything")
    return ",".join(sorted(texts) if isinstance(values, set | frozenset) else texts)
