"""Numbers of the value axis: the range to show, round ticks and their labels, the scale to a position.

Values are ``Decimal``: ticks are exact, and the largest float does not overflow on the way to one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import pgettext

SMALLEST, LARGEST = Decimal("0.0001"), Decimal(10**15)
"""Numbers outside are written with an exponent."""


@dataclass(frozen=True)
class Scale:
    """Maps ``low..high`` (which differ) linearly to the positions ``start..end`` in pixels."""

    low: Decimal
    high: Decimal
    start: float
    end: float

    def __call__(self, value: Decimal | int) -> float:
        share = float((value - self.low) / (self.high - self.low))
        return self.start + share * (self.end - self.start)


def decimal(value: float | None) -> Decimal | None:
    """The value, or None for what is not a finite number."""
    if value is None or not math.isfinite(value):
        return None
    return Decimal(repr(float(value)))


def value_range(values: Sequence[Decimal], *, from_zero: bool) -> tuple[Decimal, Decimal]:
    """Lowest and highest value to show; with zero, unless they lie close together far off."""
    low, high = min(values), max(values)
    if from_zero or low == high or (high - low) * 2 >= max(abs(low), abs(high)):
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    return (low, high) if low < high else (Decimal(0), Decimal(1))


def value_ticks(low: Decimal, high: Decimal, most: int, *, whole: bool) -> list[Decimal]:
    """About ``most`` steps of a round size (whole if asked) from ``low`` or less to ``high`` or more."""
    step = _round_step((high - low) / most, whole=whole)
    return [count * step for count in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _round_step(least: Decimal, *, whole: bool) -> Decimal:
    unit = Decimal(1).scaleb(least.adjusted())
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= least)
    return max(step, Decimal(1)) if whole else step


def value_labels(ticks: Sequence[Decimal]) -> list[str]:
    """Short labels that tell neighbours apart, all in one unit: ``0``, ``0.5M``, ``1.0M``."""
    largest, step = max(abs(tick) for tick in ticks), ticks[1] - ticks[0]
    if largest >= LARGEST or step < SMALLEST:
        return [f"{float(tick):.4g}" for tick in ticks]
    size, suffix = _unit(largest, step)
    return [number(tick / size, _places(step / size)) + suffix if tick else "0" for tick in ticks]


def _unit(largest: Decimal, step: Decimal) -> tuple[int, str]:
    """The size in which labels need two decimal places or fewer, and its letter; from 10,000 on."""
    units = (
        (10**9, 10**9, pgettext("billions on a chart's axis", "B")),
        (10**6, 10**6, pgettext("millions on a chart's axis", "M")),
        (10**4, 10**3, pgettext("thousands on a chart's axis", "k")),
    )
    fitting = (
        (size, letter) for least, size, letter in units if largest >= least and _places(step / size) <= 2
    )
    return next(fitting, (1, ""))


def _places(value: Decimal) -> int:
    """How many decimal places the finite value needs."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def number(value: Decimal, places: int | None = None) -> str:
    """The value as the active language writes it, with so many decimal places or up to 4 if it needs them."""
    if places is None:
        if value and not SMALLEST <= abs(value) < LARGEST:
            return f"{float(value):.6g}"
        places = _places(round(value, 2 if abs(value) >= 1 else 4))
    return str(number_format(round(value, places), places, force_grouping=True))
