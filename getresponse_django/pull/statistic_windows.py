"""Decides, purely, which days and hours of a list or message are to be read now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..models.statistics import Granularity

LONGEST_BACKFILL = timedelta(days=730)
"""A first pull reads at most two years."""

LIVELY = timedelta(days=7)
"""So long after it went out a message is read by the hour, and in every pull."""


@dataclass(frozen=True)
class Subject:
    """A list or message with statistics; ``began`` is its first UTC day, None where nobody tells."""

    kind: str
    remote_id: str
    began: date | None


@dataclass(frozen=True)
class Window:
    """What is to be read of one subject: whole UTC days, both included."""

    subject: str
    remote_id: str
    granularity: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def read_until(self, today: date) -> date:
        """The last day of which nothing is missing once it was read today. Days are shown while they last;
        hours are not, as those to come would be zeros.
        """
        hours = self.granularity == Granularity.HOUR
        return min(self.end, today - timedelta(days=1)) if hours else self.end


Known = Mapping[tuple[str, str, str], tuple[date, date]]
"""(subject, remote id, granularity) -> the first and the last day that were read."""


def due_windows(
    subject: Subject, known: Known, today: date, again: timedelta, *, full: bool
) -> Iterator[Window]:
    """What is to be read of a subject today: from where it was read before less ``again`` (opens and clicks
    arrive late), all since its beginning the first time and with ``full``. Never with a hole.
    """
    if subject.kind == "newsletter" and subject.began and subject.began > today:
        return  # scheduled
    began = max(subject.began or today, today - LONGEST_BACKFILL)
    until = {} if full else {part: read_until(subject, part, known, began) for part in Granularity}
    by_day = until.get(Granularity.DAY)
    due = by_day is None or today - by_day >= pause(subject, today, again)
    if due:
        start = max(by_day - again, began) if by_day else began
        yield _window(subject, Granularity.DAY, min(start, today), today)
    if subject.kind == "campaign":
        if (read := until.get(Granularity.SNAPSHOT)) is None or read < today:
            yield _window(subject, Granularity.SNAPSHOT, today, today)
    elif hours := due_hours(subject, until.get(Granularity.HOUR), today, again, with_days=due):
        yield hours


def read_until(subject: Subject, part: str, known: Known, began: date) -> date | None:
    """Until when a subject was read from its first day on. None also where that day was learnt later, as of a
    list that was known by a contact only: what lies before was never read.
    """
    first, last = known.get((subject.kind, subject.remote_id, part), (began, None))
    return last if first <= began or part == Granularity.SNAPSHOT else None


def pause(subject: Subject, today: date, again: timedelta) -> timedelta:
    """How long the days of a subject rest between two pulls. A newsletter goes out once: it is read in every
    pull while it is lively, daily as long as reactions are worth it, and then once in ``again``.
    """
    age = today - (subject.began or today)
    if subject.kind != "newsletter" or age <= LIVELY:
        return timedelta()
    return timedelta(days=1) if age <= LIVELY + again else max(again, timedelta(days=1))


def due_hours(
    subject: Subject, until: date | None, today: date, again: timedelta, *, with_days: bool
) -> Window | None:
    """The first days of a message by the hour, until they were read whole; after that they are read again
    with its days (``with_days``), as long as what comes late may concern them.
    """
    if subject.began is None or subject.began > today:
        return None
    last = subject.began + LIVELY
    if last < today - LONGEST_BACKFILL:
        return None
    if until is None or until < last:
        start = max(until - again, subject.began) if until else subject.began
        return _window(subject, Granularity.HOUR, start, min(last, today))
    if with_days and today <= last + again:
        return _window(subject, Granularity.HOUR, subject.began, last)
    return None


def _window(subject: Subject, granularity: str, start: date, end: date) -> Window:
    return Window(subject.kind, subject.remote_id, granularity, start, end)


MOST_TOGETHER = 100
MOST_DAYS = 10_000
"""A request for several lists asks for at most so many, and so many days of them all: what it answers is held
in memory.
"""


def together(windows: list[Window]) -> Iterator[tuple[Window, ...]]:
    """Groups of lists that one request may ask for: it covers the days of all, but no list is read over more
    than twice its own.
    """
    group: list[Window] = []
    for window in sorted(windows, key=lambda each: (each.start, each.remote_id)):
        days = group[0].days if group else 0
        full = len(group) >= MOST_TOGETHER or days * (len(group) + 1) > MOST_DAYS
        if group and (full or window.days * 2 < days):
            yield tuple(group)
            group = []
        group.append(window)
    if group:
        yield tuple(group)


def query_of(windows: tuple[Window, ...]) -> dict[str, Any]:
    """The days of these windows as the API filters them; the answer of a day is complete only with its
    end.
    """
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    return {"groupBy": windows[0].granularity, "createdOn": {"from": start, "to": end}}
