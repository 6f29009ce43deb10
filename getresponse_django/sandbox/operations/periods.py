"""The windows and groups of statistics: query[groupBy] and query[createdOn][from|to], in UTC."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from ..http.errors import bad_query
from ..http.exchange import Request
from ..http.filters import by_route, moment
from ..state.dates import DAY, HOUR, day_start, month_start, next_month, stamp
from ..state.store import Store

GROUPS = ("hour", "day", "month", "total")
LABELS = {"hour": "%Y-%m-%d %H:00:00", "day": "%Y-%m-%d", "month": "%Y-%m", "total": "total"}
PERIOD_FILTERS = by_route("groupBy", "createdOn][from", "createdOn][to")


@dataclass(frozen=True, slots=True)
class Window:
    """The hours asked for (since the epoch, both included; ``start`` may be open) and how they are
    grouped.
    """

    start: int | None
    end: int
    group: str

    def has(self, hour: int) -> bool:
        """Whether an hour is inside."""
        return (self.start is None or hour >= self.start) and hour <= self.end


def window_of(
    store: Store, request: Request, name: str = "createdOn", groups: Collection[str] = GROUPS
) -> Window:
    """The window of a request; no later than now, grouped as a total when nothing is said. ``name`` is the
    filter that says it.
    """
    group = request.query.get("query[groupBy]", "total")
    if group not in groups:
        raise bad_query(
            "searchFilter[query]", "groupBy", "query[groupBy]", f"Value must be one of: {', '.join(groups)}"
        )
    start = bound(request, f"{name}][from", end_of_day=False)
    end = bound(request, f"{name}][to", end_of_day=True)
    now = store.now() // HOUR
    return Window(start, now if end is None else min(end, now), group)


def bound(request: Request, name: str, *, end_of_day: bool) -> int | None:
    """One end of a window as an hour since the epoch; None when it is not given."""
    text = request.query.get(f"query[{name}]")
    if text is None:
        return None
    try:
        return moment(text, end_of_day=end_of_day) // HOUR
    except ValueError as error:
        raise bad_query("searchFilter[query]", name, f"query[{name}]", str(error)) from None


def label(hour: int, group: str) -> str:
    """The name of the period an hour is in, as the keys of campaign statistics have it."""
    return time.strftime(LABELS[group], time.gmtime(hour * HOUR))


def interval(hour: int, group: str) -> str:
    """The period an hour is in, as ``start/duration``."""
    at = hour * HOUR
    match group:
        case "hour":
            return f"{stamp(at)}/PT1H"
        case "day":
            return f"{stamp(day_start(at))}/P1D"
        case _:
            return f"{stamp(month_start(at))}/P1M"


def whole_interval(start: int, end: int) -> str:
    """From the first second of an hour to the last of another, as ``start/duration``."""
    days, hours = divmod(end + 1 - start, DAY // HOUR)
    return f"{stamp(start * HOUR)}/P{days}DT{hours}H0M0S"


def next_period(hour: int, group: str, end: int) -> int:
    """The first hour of the period after that of ``hour``; for a total, the hour after ``end``."""
    match group:
        case "hour":
            return hour + 1
        case "day":
            return (day_start(hour * HOUR) + DAY) // HOUR
        case "month":
            return next_month(hour * HOUR) // HOUR
        case _:
            return end + 1
