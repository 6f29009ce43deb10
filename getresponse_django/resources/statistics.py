"""Statistics in JSON as numbers (contract/behaviour-contacts.md section 8, behaviour-newsletters.md
section 3).

Campaign statistics come in several shapes; each reader takes all of them. What is assumed of time: message
statistics are stated to be UTC. Of campaign statistics nothing is stated; as other dates are UTC unless the
header X-Time-Zone says otherwise, which is never sent, their days and hours are taken for UTC, whatever the
zone of the account or of the site. Should GetResponse mean another zone, the days still have the right names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
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


def started(period: str) -> datetime:
    """When a day or hour began. Raises ValueError for a month or a total, which nobody asked for."""
    moment = timestamp(period)
    if moment is None:
        raise ValueError(f"{period!r} is no day and no hour")
    return moment


def message_values(elements: Iterable[Json] | None) -> list[Value]:
    """Message statistics: elements with ``timeInterval`` = start/duration in UTC, and counters."""
    values = []
    for element in elements or []:
        start = started(element["timeInterval"].partition("/")[0])
        counters = {key: number(value) for key, value in element.items() if key != "timeInterval"}
        values += [Value(snake(key), start, count) for key, count in counters.items() if count]
    return values


def list_size_values(elements: Iterable[Json] | None) -> list[Value]:
    """Campaign list sizes: elements with ``createdOn`` and three counters."""
    values = []
    for element in elements or []:
        start = started(element["createdOn"])
        counters = {key: number(value) for key, value in element.items() if key != "createdOn"}
        values += [
            Value(snake(key), start, count)
            for key, count in counters.items()
            if count or (count == 0 and key == "totalSubscribers")
        ]
    return values


def keyed_values(prefix: str, periods: Mapping[str, Any]) -> list[Value]:
    """Counts by period, as ``by_campaign`` finds them. Metrics become ``prefix.key``."""
    return [
        Value(f"{prefix}.{snake(key)}", started(period), count)
        for period, counts in periods.items()
        for key, count in numbers(counts)
        if count
    ]


def by_campaign(answer: Any, campaign_ids: Collection[str]) -> dict[str, Json] | None:
    """What a keyed answer says of each campaign: keyed by campaign, by day and then campaign, or, where only
    one was asked for, without campaigns. All are in use.

    None when several were asked for and the answer does not tell them apart.
    """
    asked, keyed = set(campaign_ids), merged(answer)
    if not asked.isdisjoint(keyed):
        return {campaign_id: merged(inner) for campaign_id, inner in keyed.items()}
    found: dict[str, Json] = {}
    for period, inner in keyed.items():
        if isinstance(inner, Mapping) and not asked.isdisjoint(inner):
            for campaign_id, counts in inner.items():
                found.setdefault(campaign_id, {})[period] = counts
        elif len(asked) == 1:
            found.setdefault(next(iter(asked)), {})[period] = inner
        elif inner:
            return None
    return found


def origin_counts(told: Mapping[str, Any]) -> dict[str, int]:
    """Counts by origin of one campaign, which may come in periods: their sum. Every origin is told; those of
    nobody are left out.
    """
    sums: Counter[str] = Counter()
    sums.update({snake(key): count for key, count in numbers(told)})
    for counts in told.values():
        if isinstance(counts, Mapping):
            sums.update({snake(key): count for key, count in numbers(counts)})
    return {origin: count for origin, count in sums.items() if count}


def location_counts(answer: Any, campaign_id: str) -> dict[str, int]:
    """Contacts by country code, or ``others``, of the only campaign asked for. Its continent is not kept."""
    keyed = merged(answer)
    places = merged(keyed.get(campaign_id, keyed))
    counts = {code: number(place.get("amount")) for code, place in places.items()}
    return {code: count for code, count in counts.items() if count is not None}


def summary_counts(told: Mapping[str, Any]) -> dict[str, int]:
    """The totals of one campaign; they come as strings."""
    return {snake(key): count for key, count in numbers(told)}


def numbers(counts: Any) -> Iterator[tuple[str, int]]:
    """The members of an object that are numbers; an empty list stands for an empty object."""
    for key, value in merged(counts).items():
        if isinstance(value, int | float | str) and (count := number(value)) is not None:
            yield key, count


def merged(answer: Any) -> Json:
    """A list of keyed objects as one object; an empty list as an empty object."""
    if isinstance(answer, dict):
        return answer
    result: Json = {}
    for part in answer or []:
        for key, value in part.items():
            known = result.get(key)
            if isinstance(known, dict) and isinstance(value, dict):
                value = {**known, **value}
            result[key] = value
    return result
