"""Readers of single JSON values: what the API means by a text, a flag, a number, a time.

What a value cannot mean (a time that is none, an object where a text is expected) is as if it were null: one
such value must not hide the rest of its object, nor other objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import Any

Json = dict[str, Any]


def timestamp(text: Any) -> datetime | None:
    """An API time (``2018-01-15T13:30:42+0000``, without offset: UTC) as an aware datetime."""
    if not text or not isinstance(text, str):
        return None
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # databases keep UTC, in which the first and the last year may be over
        return moment
    return None


def flag(value: Any) -> bool:
    """The API's "true"/"false" strings, and real booleans, as a bool."""
    return value is True or value == "true"


def text(value: Any) -> str:
    """A nullable text as Django keeps it."""
    return "" if value is None else str(value)


def number(value: Any) -> int | None:
    """A number that may come as a string or null."""
    found = decimal(value)
    return None if found is None else int(value if isinstance(value, int) else found)


def decimal(value: Any) -> float | None:
    """A number with decimals that may come as a string or null."""
    with suppress(TypeError, ValueError, OverflowError):
        found = float(value)
        return found if isfinite(found) else None
    return None


def pick(json: Json, readers: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> dict[str, Any]:
    """The members of ``json`` that are there, as columns; ``readers`` maps member -> (column, reader)."""
    return {column: read(json[member]) for member, (column, read) in readers.items() if member in json}


def as_object(value: Any) -> Json:
    """An object; null, or the empty array that may stand for an empty object, becomes an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """An array; null becomes an empty one, and a lone value an array of it."""
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def reference(member: str) -> Callable[[Any], str | None]:
    """A reader of the id in a reference such as ``{"campaignId": "V"}``."""
    return lambda value: text(as_object(value).get(member)) or None
