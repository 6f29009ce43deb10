"""Statistics in JSON as numbers of time series (contract/behaviour-contacts.md section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .reading import Json, number, timestamp


@dataclass(frozen=True)
class Value:
    """One number of a time series; ``starts_at`` is UTC."""

    metric: str
    starts_at: datetime
    value: int


def snake(name: str) -> str:
    """camelCase as snake_case; the API's old misspellings are mended (behaviour-newsletters.md section 3)."""
    mended = {"unsubsribed": "unsubscribed", "website_buider_elegant": "website_builder_elegant"}.get(
        name, name
    )
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in mended).lstrip("_")


def message_values(elements: Iterable[Json]) -> list[Value]:
    """Message statistics: elements with ``timeInterval`` = start/duration in UTC, and counters."""
    values = []
    for element in elements:
        start = timestamp(element["timeInterval"].partition("/")[0])
        assert start is not None
        counters = {key: number(value) for key, value in element.items() if key != "timeInterval"}
        values += [Value(snake(key), start, count) for key, count in counters.items() if count]
    return values


def list_size_values(elements: Iterable[Json]) -> list[Value]:
    """Campaign list sizes: elements with ``createdOn`` and three counters."""
    values = []
    for element in elements:
        start = timestamp(element["createdOn"])
        assert start is not None
        for key, value in element.items():
            if key != "createdOn" and (value or key == "totalSubscribers"):
                values.append(Value(snake(key), start, int(value)))
    return values


def keyed_values(prefix: str, answer: Any, campaign_id: str) -> list[Value]:
    """Statistics keyed by day, by campaign then day, or by day then campaign: all three shapes are in use
    (behaviour-contacts.md section 8). Metrics become ``prefix.key``."""
    days = merged(answer)
    days = days.get(campaign_id, days)
    values = []
    for day, counters in days.items():
        start = timestamp(day)
        assert start is not None
        inner = counters.get(campaign_id, counters)
        values += [
            Value(f"{prefix}.{snake(key)}", start, int(count)) for key, count in inner.items() if int(count)
        ]
    return values


def merged(answer: Any) -> Json:
    """A list of keyed objects as one object; an empty list as an empty object."""
    if isinstance(answer, dict):
        return answer
    result: Json = {}
    for part in answer or []:
        result |= part
    return result
