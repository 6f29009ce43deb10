"""Readers of single JSON values: what the API means by a text, a flag, a number, a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def timestamp(text: str | None) -> datetime | None:
    """An API time (``2018-01-15T13:30:42+0000``, without offset: UTC) as an aware datetime."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def flag(value: Any) -> bool:
    """The API's "true"/"false" strings, and real booleans, as a bool."""
    return value is True or value == "true"


def text(value: Any) -> str:
    """A nullable text as Django keeps it."""
    return "" if value is None else str(value)


def number(value: Any) -> int | None:
    """A number that may come as a string or null."""
    return None if value in (None, "") else int(float(value))


def decimal(value: Any) -> float | None:
    """A number with decimals that may come as a string or null."""
    return None if value in (None, "") else float(value)


def pick(json: Json, readers: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> dict[str, Any]:
    """The members of ``json`` that are there, as columns; ``readers`` maps member -> (column, reader)."""
    return {column: read(json[member]) for member, (column, read) in readers.items() if member in json}


def as_is(value: Any) -> Any:
    """The value itself; null becomes an empty dict, as JSON columns are never null."""
    return {} if value is None else value
