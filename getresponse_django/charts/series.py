"""The data of a chart: named values over time, and where they have gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .times import Moment, seconds, usual_step
from .values import decimal

Point = tuple[Moment, float | None]
Track = dict[int, Decimal | None]
Run = list[tuple[int, Decimal]]


@dataclass(frozen=True)
class Series:
    """A name and its values over time, in any order. None, NaN and a missing day (or month) are gaps."""

    name: str
    points: Sequence[Point]

    def track(self) -> Track:
        """Seconds -> value, ascending; of two points at one time the last one counts."""
        return dict(sorted({seconds(when): decimal(value) for when, value in self.points}.items()))


def all_times(tracks: Iterable[Track]) -> list[int]:
    """Every time that any track names, ascending; a gap counts."""
    return sorted({time for track in tracks for time in track})


def known_values(tracks: Iterable[Track]) -> list[Decimal]:
    """Every value of the tracks, without the gaps."""
    return [value for track in tracks for value in track.values() if value is not None]


def runs(track: Track) -> list[Run]:
    """The stretches of the track without a gap, each with at least one value."""
    longest = 1.5 * usual_step(list(track))
    stretches: list[Run] = []
    before = None
    for time, value in track.items():
        if value is not None:
            if before is None or time - before > longest:
                stretches.append([])
            stretches[-1].append((time, value))
        before = None if value is None else time
    return stretches
