"""The query[...] filters and sort[...] orders of lists (contract/behaviour-core.md section 4).

A filter makes a test of a record from the text of the parameter; it raises ValueError with a sentence when
the text is unusable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from ..state import dates
from .exchange import Request

Test = Callable[[Any], bool]
Filter = Callable[[str, Request], Test]
Filters = Mapping[str, Filter]
"""By the name inside query[...]; a parameter that is spelled otherwise, as search[createdAt][from], whole."""

Field = str | Callable[[Any], Any]
"""Where a record keeps a value: the name of its attribute, or a function that fetches it."""


def getter(field: Field) -> Callable[[Any], Any]:
    """The function that fetches a field of a record."""
    return attrgetter(field) if isinstance(field, str) else field


def everything(text: str, request: Request) -> Test:
    """A parameter that the route's own function reads."""
    return lambda record: True


def by_route(*names: str) -> dict[str, Filter]:
    """Parameters that the route's own function reads."""
    return dict.fromkeys(names, everything)


def contains(field: Field) -> Filter:
    """A part of a text, whatever its case; the whole text with ``additionalFlags=exactMatch``."""
    get = getter(field)

    def make(text: str, request: Request) -> Test:
        wanted = text.casefold()
        if "exactMatch" in request.flags:
            return lambda record: (get(record) or "").casefold() == wanted
        return lambda record: wanted in (get(record) or "").casefold()

    return make


def equals(field: Field) -> Filter:
    """The whole text."""
    get = getter(field)
    return lambda text, request: lambda record: bool(get(record) == text)


def among(field: Field) -> Filter:
    """One of the identifiers of a comma list."""
    get = getter(field)

    def make(text: str, request: Request) -> Test:
        wanted = set(text.split(","))
        return lambda record: get(record) in wanted

    return make


def choice(field: Field, *choices: str) -> Filter:
    """One of a closed set of words."""
    get = getter(field)

    def make(text: str, request: Request) -> Test:
        if text not in choices:
            raise ValueError(f"Value must be one of: {', '.join(choices)}")
        return lambda record: bool(get(record) == text)

    return make


def boolean(field: Field) -> Filter:
    """true or false."""
    get = getter(field)

    def make(text: str, request: Request) -> Test:
        if text.lower() not in ("true", "false", "1", "0"):
            raise ValueError("Value must be true or false")
        return lambda record: bool(get(record)) == (text.lower() in ("true", "1"))

    return make


def period(name: str, field: Field, *, timed: bool = False, dated: bool = False) -> dict[str, Filter]:
    """``query[name][from]`` and ``[to]``, dates or date-times (``timed``: only these, ``dated``: only those),
    both bounds included.
    """
    get = getter(field)

    def since(text: str, request: Request) -> Test:
        bound = moment(text, timed=timed, dated=dated)
        return lambda record: get(record) is not None and get(record) >= bound

    def until(text: str, request: Request) -> Test:
        bound = moment(text, timed=timed, dated=dated, end_of_day=True)
        return lambda record: get(record) is not None and get(record) <= bound

    return {f"{name}][from": since, f"{name}][to": until}


def moment(text: str, *, timed: bool = False, dated: bool = False, end_of_day: bool = False) -> int:
    """A date or date-time as seconds since the epoch; ValueError when it is neither, or with ``timed`` no
    date-time, with ``dated`` no date.
    """
    found = dates.parse(text, end_of_day=end_of_day)
    if timed and (found is None or dates.is_date(text)):
        raise ValueError("Value must be a date-time with an offset")
    if dated and (found is None or not dates.is_date(text)):
        raise ValueError("Value must be a date")
    if found is None:
        raise ValueError("Value must be a date or a date-time with an offset")
    return found


def order(field: Field) -> Callable[[Any], tuple[bool, Any]]:
    """A sort key: by a field, missing values first, texts without regard to case."""
    get = getter(field)

    def key(record: Any) -> tuple[bool, Any]:
        value = get(record)
        return value is not None, value.casefold() if isinstance(value, str) else value or 0

    return key
