"""Stored statistics as a page shows them: charts with their numbers as a table, and totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.safestring import SafeString

from ...charts import Series
from ...models.statistics import Point
from .periods import CHOICES, Period


class Chart(NamedTuple):
    """A drawing, and the same as a table."""

    drawing: SafeString
    table: SafeString


class Total(NamedTuple):
    """One line of the totals."""

    name: str
    value: int
    share: str = ""


@dataclass(frozen=True)
class Figures:
    """Everything about the statistics of one object. ``choice`` says what the links to other periods mean."""

    period: Period
    charts: list[Chart]
    totals: dict[str, list[Total]] = field(default_factory=dict)
    choice: str = ""
    lengths: tuple[int, ...] = CHOICES


def in_percent(ratio: float) -> str:
    """A share such as 0.333, in percent. Rounded first: Django only cuts the decimals off."""
    return f"{number_format(round(100 * ratio, 1), 1)}%"


def series(name: str, points: Sequence[Point], *, sign: int = 1) -> Series:
    """A series for a chart. Its days are UTC days, so they are dates and not moments of the reader's zone."""
    return Series(
        name,
        [(point.starts_at.date(), None if point.value is None else sign * point.value) for point in points],
    )
