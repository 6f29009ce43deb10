"""The layout of one chart: where title, legend, axes and plot lie, and the scales that place values on it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from .series import Series, Track, all_times, known_values
from .svg import content_key, shortened
from .times import smallest_distance, time_ticks, usual_step
from .values import Scale, value_labels, value_ticks

LETTER = 6.2
"""Width of a letter at font size 11, on the safe side of the usual sans-serif fonts."""
LONGEST_NAME = 30
TOP, RIGHT, BOTTOM, LEGEND_ROW = 50, 34, 22, 16
DATE_ROOM, VALUE_ROOM = 52, 25
"""The least distance of two labels on the axes."""


@dataclass(frozen=True)
class Sheet:
    """What one chart shows, in which size; its values lie within ``low..high``.

    ``margin`` is how many steps stay free before the first and after the last date: half a one for bars.
    """

    series: tuple[Series, ...]
    title: str
    description: str
    unit: str
    height: int
    width: int
    low: Decimal
    high: Decimal
    margin: float = 0

    @cached_property
    def key(self) -> str:
        """The beginning of every id."""
        return content_key(self)

    @cached_property
    def tracks(self) -> list[Track]:
        """The values of each series."""
        return [one.track() for one in self.series]

    @cached_property
    def times(self) -> list[int]:
        """Every time shown, ascending."""
        return all_times(self.tracks)

    @cached_property
    def step(self) -> int:
        """The seconds that one date may fill without touching the next."""
        return min(usual_step(self.times), smallest_distance(self.times))

    @cached_property
    def names(self) -> list[str]:
        """The names in the legend."""
        return [shortened(one.name, LONGEST_NAME) for one in self.series]

    @cached_property
    def legend(self) -> list[tuple[float, int]]:
        """Left edge and row of each name."""
        places, left, row = [], 0.0, 0
        for name in self.names:
            needed = 44 + LETTER * len(name)
            if left and left + needed > self.width:
                left, row = 0.0, row + 1
            places.append((left, row))
            left += needed
        return places

    @property
    def more_rows(self) -> int:
        """More rows of names make the sheet taller, not the plot flatter."""
        return LEGEND_ROW * self.legend[-1][1]

    @property
    def top(self) -> int:
        """Where the plot begins."""
        return TOP + self.more_rows

    @property
    def bottom(self) -> int:
        """Where the plot ends."""
        return max(self.top + 1, self.height - BOTTOM + self.more_rows)

    @cached_property
    def ticks(self) -> list[Decimal]:
        """Round values from below the lowest to above the highest; no fractions of contacts."""
        whole = all(value == value.to_integral_value() for value in known_values(self.tracks))
        most = max(1, (self.bottom - self.top) // VALUE_ROOM)
        return value_ticks(self.low, self.high, most, whole=whole)

    @cached_property
    def tick_labels(self) -> list[str]:
        """A label for each of ``ticks``."""
        return [with_short_unit(label, self.unit) for label in value_labels(self.ticks)]

    @cached_property
    def x(self) -> Scale:
        """Seconds -> horizontal position."""
        first, last = self.times[0], self.times[-1]
        margin = Decimal(self.step * (self.margin or 0.5 * (first == last)))
        left = max(40, 12 + LETTER * max(map(len, self.tick_labels)))
        return Scale(first - margin, last + margin, left, max(left + 1, self.width - RIGHT))

    @cached_property
    def y(self) -> Scale:
        """Value -> vertical position."""
        return Scale(self.ticks[0], self.ticks[-1], self.bottom, self.top)

    @property
    def step_width(self) -> float:
        """The pixels of one step."""
        return self.x(self.times[0] + self.step) - self.x(self.times[0])

    @property
    def dates(self) -> list[tuple[int, str]]:
        """Times and labels on the time axis."""
        return time_ticks(self.times, (self.x.end - self.x.start) / DATE_ROOM)


def with_short_unit(text: str, unit: str) -> str:
    """A unit of one or two letters (%) stands beside every number."""
    return f"{text}{unit}" if len(unit) <= 2 else text


def with_long_unit(title: str, unit: str) -> str:
    """A longer unit (contacts) is said once, beside the title."""
    return f"{title} ({unit})" if len(unit) > 2 else title
