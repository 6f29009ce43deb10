"""Moments as the API writes and reads them. Inside the sandbox a moment is an int: seconds since the
epoch, UTC.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta

HOUR = 3600
DAY = 86400
DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def stamp(moment: int) -> str:
    """``2026-01-16T11:55:41+0000``: seconds and an offset without a colon (contract/behaviour-core.md
    section 7).
    """
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(moment))


def optional_stamp(moment: int | None) -> str | None:
    """``stamp``, or None for no moment."""
    return None if moment is None else stamp(moment)


def parse(text: str, *, end_of_day: bool = False) -> int | None:
    """A date or date-time as a moment; None when it is neither. A bare date is its first second, or its
    last.
    """
    try:
        moment = datetime.fromisoformat(text)
        if DATE_ONLY.match(text) and end_of_day:
            moment += timedelta(seconds=DAY - 1)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def is_date(text: str) -> bool:
    """Whether ``text`` is a real calendar date, yyyy-mm-dd."""
    return bool(DATE_ONLY.match(text)) and parse(text) is not None


def day_start(moment: int) -> int:
    """The first second of the UTC day of ``moment``."""
    return moment - moment % DAY


def day_of(moment: int) -> date:
    """The UTC date of ``moment``."""
    return datetime.fromtimestamp(moment, UTC).date()


def moment_of(day: date) -> int:
    """The first second of ``day``, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def month_start(moment: int) -> int:
    """The first second of the UTC month of ``moment``."""
    return moment_of(day_of(moment).replace(day=1))


def next_month(moment: int) -> int:
    """The first second of the UTC month after that of ``moment``."""
    return month_start(month_start(moment) + 32 * DAY)
