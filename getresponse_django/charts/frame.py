"""Draws what surrounds the marks of a chart: title, legend, axes with their grid, hover titles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .series import Track
from .sheet import BOTTOM, LEGEND_ROW, LETTER, Sheet, with_long_unit, with_short_unit
from .svg import INK, QUIET, join, place, shortened, svg
from .times import date_label
from .values import number

HOVER_ROOM, HOVER_MOST = 5, 60
"""The least and the most that a strip for hovering is wide."""
NAMES_UP_TO = 120
"""With more dates hover titles have the values in the legend's order without names: a year is below 30 KB."""


def draw(sheet: Sheet, marks: SafeString, samples: Sequence[SafeString]) -> SafeString:
    """The whole chart. ``samples`` are the attributes that draw each series' sample in the legend."""
    parts = (
        _title(sheet),
        _legend(sheet, samples),
        _values(sheet),
        _dates(sheet),
        marks,
        _hover_titles(sheet),
    )
    return svg(sheet.title, _description(sheet), sheet.key, (sheet.width, sheet.bottom + BOTTOM), join(parts))


def _description(sheet: Sheet) -> str:
    names = ", ".join(one.name for one in sheet.series)
    first, last = date_label(sheet.times[0]), date_label(sheet.times[-1])
    return sheet.description or f"{names}: {first} \u2013 {last}"


def _title(sheet: Sheet) -> SafeString:
    text = shortened(with_long_unit(sheet.title, sheet.unit), int(sheet.width / LETTER / 1.25))
    return format_html('<text y="14" font-size="13" font-weight="600" fill="{}">{}</text>', INK, text)


def _legend(sheet: Sheet, samples: Sequence[SafeString]) -> SafeString:
    return join(
        format_html(
            '<path d="M{} {}h22" {}/><text x="{}" y="{}" fill="{}">{}</text>',
            *(place(left), 28 + LEGEND_ROW * row, sample),
            *(place(left + 28), 32 + LEGEND_ROW * row, INK, name),
        )
        for (left, row), sample, name in zip(sheet.legend, samples, sheet.names, strict=True)
    )


def _values(sheet: Sheet) -> SafeString:
    """The value axis: labels, a thin grid, and a stronger line at zero."""
    labels = (
        (place(sheet.y(tick) + 4), label) for tick, label in zip(sheet.ticks, sheet.tick_labels, strict=True)
    )
    return format_html(
        '<g stroke="{}"><path d="{}" stroke-opacity=".15"/><path d="{}" stroke-opacity=".6"/></g>'
        '<g fill="{}" text-anchor="end">{}</g>',
        *(INK, _across(sheet, sheet.ticks), _across(sheet, [tick for tick in sheet.ticks if tick == 0])),
        *(QUIET, format_html_join("", f'<text x="{place(sheet.x.start - 6)}" y="{{}}">{{}}</text>', labels)),
    )


def _across(sheet: Sheet, ticks: Iterable[Decimal]) -> str:
    start, end = place(sheet.x.start), place(sheet.x.end)
    return "".join(f"M{start} {place(sheet.y(tick))}H{end}" for tick in ticks)


def _dates(sheet: Sheet) -> SafeString:
    labels = [(place(sheet.x(time)), label) for time, label in sheet.dates]
    return format_html(
        '<path d="{}" stroke="{}" stroke-opacity=".6"/><g fill="{}" text-anchor="middle">{}</g>',
        *("".join(f"M{x} {sheet.bottom}v4" for x, _ in labels), INK, QUIET),
        format_html_join("", f'<text x="{{}}" y="{sheet.bottom + 16}">{{}}</text>', labels),
    )


def _hover_titles(sheet: Sheet) -> SafeString:
    """Unseen strips: easier to point at than a line. Dates too close for a mouse share a strip."""
    strips = ((place(_middle(sheet, times)), _told(sheet, times)) for times in _near_dates(sheet))
    return format_html(
        '<g stroke="transparent" stroke-width="{}">{}</g>',
        place(min(max(sheet.step_width, HOVER_ROOM), HOVER_MOST)),
        format_html_join(
            "", f'<path d="M{{}} {sheet.top}V{sheet.bottom}"><title>{{}}</title></path>', strips
        ),
    )


def _near_dates(sheet: Sheet) -> list[list[int]]:
    return [list(near) for _, near in groupby(sheet.times, key=lambda time: sheet.x(time) // HOVER_ROOM)]


def _middle(sheet: Sheet, times: Sequence[int]) -> float:
    return (sheet.x(times[0]) + sheet.x(times[-1])) / 2


def _told(sheet: Sheet, times: Iterable[int]) -> str:
    tell = _told_with_names if len(sheet.times) <= NAMES_UP_TO else _told_briefly
    return "\n".join(tell(sheet, time) for time in times)


def _told_with_names(sheet: Sheet, time: int) -> str:
    texts = zip(sheet.series, value_texts(sheet.tracks, time, sheet.unit), strict=True)
    return "\n".join((date_label(time), *(f"{one.name}: {text}" for one, text in texts)))


def _told_briefly(sheet: Sheet, time: int) -> str:
    return f"{date_label(time)}: " + " \u00b7 ".join(value_texts(sheet.tracks, time, sheet.unit))


def value_texts(tracks: Iterable[Track], time: int, unit: str) -> list[str]:
    """What each track has at that time, in words; a dash for a gap."""
    values = (track.get(time) for track in tracks)
    return ["\u2013" if value is None else with_short_unit(number(value), unit) for value in values]
