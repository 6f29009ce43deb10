"""Dates of the time axis: moments as whole seconds, how far apart they should be, ticks and their labels.

Seconds are counted on the wall clock from the year 1: whole numbers, nothing is lost, nothing overflows.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from itertools import pairwise

from django.utils.dateformat import format as format_date
from django.utils.formats import date_format

Moment = datetime.date | datetime.datetime

HOUR, DAY = 3600, 86400
WEEK, MONTH = 7 * DAY, 31 * DAY
TIME_RULES = (
    *((hours * HOUR, "H:i", "j M H:i", "Ymd") for hours in (1, 3, 6, 12)),
    *((days * DAY, "j M", "j M Y", "Y") for days in (1, 2, 7, 14)),
    *((months * MONTH, "M", "M Y", "Y") for months in (1, 2, 3, 6)),
    *((years * 12 * MONTH, "Y", "Y", "Y") for years in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)),
)
"""Seconds between ticks, their format, a longer one for the first in a period, the format of the period."""


def seconds(moment: Moment) -> int:
    """The moment's own wall clock in seconds; a time zone is not converted."""
    if not isinstance(moment, datetime.datetime):
        return moment.toordinal() * DAY
    return moment.toordinal() * DAY + moment.hour * HOUR + moment.minute * 60 + moment.second


def moment(time: int) -> datetime.datetime:
    """The inverse of ``seconds``."""
    return datetime.datetime.fromordinal(time // DAY) + datetime.timedelta(seconds=time % DAY)


def smallest_distance(times: Sequence[int]) -> int:
    """The seconds between the two closest of these ascending times; a day where there is only one."""
    return min((after - before for before, after in pairwise(times)), default=DAY)


def usual_step(times: Sequence[int]) -> int:
    """How far apart two neighbours of these ascending times should be, in seconds.

    Months if all are firsts of a month, weeks if all are one weekday, else a day (less if some are closer).
    """
    nearest = smallest_distance(times)
    if nearest >= 28 * DAY and all(moment(time).day == 1 for time in times):
        return round(nearest / (30.4 * DAY)) * MONTH
    if nearest >= WEEK and all((time - times[0]) % WEEK == 0 for time in times):
        return nearest // WEEK * WEEK
    return min(nearest, DAY)


def time_ticks(times: Sequence[int], most: float) -> list[tuple[int, str]]:
    """Times and labels for an axis with room for ``most`` labels, no finer than the data; at least one."""
    first, last, finest = times[0], times[-1], usual_step(times)
    fitting = (rule for rule in TIME_RULES if rule[0] >= finest and last - first <= rule[0] * most)
    step, *formats = next(fitting, TIME_RULES[-1])
    ticks = _every(step, first, last) if step < MONTH else _every_months(step // MONTH, first, last)
    return _labelled(ticks, *formats) or [(first, date_label(first))]


def _every(step: int, first: int, last: int) -> Iterable[int]:
    """Round hours, or midnights from the first on: weeks begin where the data do."""
    start = first + -first % min(step, DAY)
    return range(start, last + 1, step)


def _every_months(count: int, first: int, last: int) -> Iterable[int]:
    start, end = (time.year * 12 + time.month - 1 for time in (moment(first), moment(last)))
    months = range(start + -start % count, end + 1, count)
    ticks = (seconds(datetime.date(month // 12, month % 12 + 1, 1)) for month in months)
    return (tick for tick in ticks if tick >= first)


def _labelled(ticks: Iterable[int], short: str, long: str, period: str) -> list[tuple[int, str]]:
    labels, current = [], ""
    for tick in ticks:
        before, current = current, format_date(moment(tick), period)
        labels.append((tick, str(format_date(moment(tick), short if current == before else long))))
    return labels


def date_label(time: int) -> str:
    """The date as the active language writes it, with its time of day unless that is midnight."""
    return str(date_format(moment(time), "DATETIME_FORMAT" if time % DAY else "DATE_FORMAT"))
