"""The named periods of searches as spans of moments (contract/behaviour-newsletters.md section 1.5).

Decided where the contract is open: everything is UTC, weeks begin on Monday, ``last_7_days`` and
``last_30_days`` are so many days before today and today, unless ``includeCurrentPeriod`` is false;
``last_n_days`` includes today only when it is true. ``last_month`` and ``last_2_months`` are whole calendar
months before this one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ..state.dates import DAY, day_of, day_start, moment_of, month_start, next_month, parse

Span = tuple[int, int]
"""First second, and the first second no longer inside."""

MomentTest = Callable[[int | None], bool]
PERIODS = (
    "today",
    "yesterday",
    "last_7_days",
    "last_30_days",
    "last_n_days",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "last_2_months",
)
LAST_N_DAYS = "last_n_days"
SECTION_PERIODS = ("all_time", *(name for name in PERIODS if name != LAST_N_DAYS))


def span(name: str, now: int, days: int = 0, include_today: bool | None = None) -> Span:
    """A named period, relative to now. ``days`` are those of last_n_days; ``include_today`` counts for the
    last so many days, None is the usual of each.
    """
    today = day_start(now)
    tomorrow = today + DAY
    end = today if include_today is False else tomorrow
    monday = moment_of(day_of(now) - timedelta(days=day_of(now).weekday()))
    this_month = month_start(now)
    last_month = month_start(this_month - 1)
    match name:
        case "today":
            return today, tomorrow
        case "yesterday":
            return today - DAY, today
        case "last_7_days":
            return today - 7 * DAY, end
        case "last_30_days":
            return today - 30 * DAY, end
        case "last_n_days":
            return today - days * DAY, tomorrow if include_today else today
        case "this_week":
            return monday, monday + 7 * DAY
        case "last_week":
            return monday - 7 * DAY, monday
        case "this_month":
            return this_month, next_month(now)
        case "last_month":
            return last_month, this_month
        case "last_2_months":
            return month_start(last_month - 1), this_month
        case _:
            return 0, 2**62


def within(bounds: Span) -> MomentTest:
    """Whether a moment is inside a span; no moment is not."""
    return lambda moment: moment is not None and bounds[0] <= moment < bounds[1]


def interval_span(text: str) -> Span | None:
    """``2018-04-01/2018-04-10`` as a span, both ends included; None when it is none."""
    first, _, last = text.partition("/")
    start, end = parse(first), parse(last, end_of_day=True)
    return None if start is None or end is None else (start, end + 1)


def date_problem(operator: str, value: Any) -> str:
    """Why this is no value for a date operator; empty when it is one."""
    if not isinstance(value, str):
        return "Value must be a string"
    match operator:
        case "specific_date":
            return "" if value in PERIODS else f"Value must be one of: {', '.join(PERIODS)}"
        case "custom":
            return "" if interval_span(value) else "Value must be an interval, start/end"
        case _:
            return "" if parse(value) is not None else "Value must be a date or a date-time"


def date_test(
    operator: str, value: str, now: int, days: int = 0, include_today: bool | None = None
) -> MomentTest:
    """The test of a date operator with a value that has no problem."""
    match operator:
        case "specific_date":
            return within(span(value, now, days, include_today))
        case "custom":
            return within(interval_span(value) or (0, 0))
        case "date_from":
            return within((parse(value) or 0, 2**62))
        case _:
            return within((-(2**62), (parse(value, end_of_day=True) or 0) + 1))
