"""Which days a chart shows: chosen by a link, counted in UTC as GetResponse counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest

CHOICES = (30, 90, 365)


@dataclass(frozen=True)
class Period:
    """The days from ``since`` to ``until``, both included."""

    days: int
    since: date
    until: date


def chosen_days(request: HttpRequest, default: int) -> int:
    """The length that ``?days=`` asks for, if it is one of CHOICES."""
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, CHOICES) else default


def last_days(days: int, today: date) -> Period:
    """The days that end with today."""
    return Period(days, today - timedelta(days=days - 1), today)


def first_days(days: int, start: date, today: date) -> Period:
    """The days that begin with ``start``, as far as they are over."""
    return Period(days, start, max(start, min(start + timedelta(days=days - 1), today)))
