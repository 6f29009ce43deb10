"""The query[...] filters and sort[...] orders of lists (contract/behaviour-core.md section 4).

A filter makes a test of a record from the text of the parameter; it raises ValueError with a sentence when
the text is unusable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from . import dates
from .exchange import Request

Test = Callable[[Any], bool]
Filter = Callable[[str, Request], Test]
Filters = Mapping[str, Filter]


def everything(text: str, request: Request) -> Test:
    """A parameter that the route's own function reads."""
    return lambda record: True


def by_route(*names: str) -> dict[str, Filter]:
    """Parameters that the route's own function reads."""
    return dict.fromkeys(names, everything)


def contains(attribute: str) -> Filter:
    """A part of a text, whatever its case; the whole text with ``additionalFlags=exactMatch``."""
    get = attrgetter(attribute)

    def make(text: str, request: Request) -> Test:
        wanted = text.casefold()
        if "exactMatch" in request.flags:
            return lambda record: (get(record) or "").casefold() == wanted
        return lambda record: wanted in (get(record) or "").casefold()

    return make


def among(attribute: str) -> Filter:
    """One of the identifiers of a comma list."""
    get = attrgetter(attribute)

    def make(text: str, request: Request) -> Test:
        wanted = set(text.split(","))
        return lambda record: get(record) in wanted

    return make


def choice(attribute: str, *choices: str) -> Filter:
    """One of a closed set of words."""
    get = attrgetter(attribute)

    def make(text: str, request: Request) -> Test:
        if text not in choices:
            raise ValueError(f"Value must be one of: {', '.join(choices)}")
        return lambda record: bool(get(record) == text)

    return make


def boolean(attribute: str) -> Filter:
    """true or false."""
    get = attrgetter(attribute)

    def make(text: str, request: Request) -> Test:
        if text.lower() not in ("true", "false", "1", "0"):
            raise ValueError("Value must be true or false")
        return lambda record: bool(get(record)) == (text.lower() in ("true", "1"))

    return make


def period(name: str, attribute: str) -> dict[str, Filter]:
    """``query[name][from]`` and ``[to]``, dates or date-times, both bounds included."""
    get = attrgetter(attribute)

    def since(text: str, request: Request) -> Test:
        bound = moment(text)
        return lambda record: get(record) is not None and get(record) >= bound

    def until(text: str, request: Request) -> Test:
        bound = moment(text, end_of_day=True)
        return lambda record: get(record) is not None and get(record) <= bound

    return {f"{name}][from": since, f"{name}][to": until}


def moment(text: str, *, end_of_day: bool = False) -> int:
    """A date or date-time as seconds since the epoch; ValueError when it is neither."""
    found = dates.parse(text, end_of_day=end_of_day)
    if found is None:
        raise ValueError("Value must be a date or a date-time with an offset")
    return found


def order(attribute: str) -> Callable[[Any], tuple[bool, Any]]:
    """A sort key: by an attribute, missing values first, texts without regard to case."""
    get = attrgetter(attribute)

    def key(record: Any) -> tuple[bool, Any]:
        value = get(record)
        return value is not None, value.casefold() if isinstance(value, str) else value or 0

    return key
