"""Draws series of numbers over time as inline SVG, for the admin and any page: no JavaScript, no stylesheet.

Texts and numbers follow the active language, colours the admin's theme (elsewhere the page's text colour).
Everything given is escaped. A time is shown by its own clock: convert it to the reader's zone before.
A unit of one or two letters (%) follows each number, a longer one the title. Sizes are in pixels.
docs/explanation/decisions/charts.md says why this is not a library.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from .frame import draw, value_texts
from .marks import bar_sample, bars, beside, line_sample, lines, on_top, path
from .series import Point, Series, Track, all_times, known_values, runs
from .sheet import Sheet, with_long_unit
from .svg import INK, clean, content_key, svg
from .times import date_label
from .values import Scale, number, value_range

__all__ = ["Point", "Series", "bar", "data_table", "line", "sparkline"]


def line(
    series: Sequence[Series],
    *,
    title: str,
    description: str = "",
    unit: str = "",
    height: int = 220,
    width: int = 720,
) -> SafeString:
    """One line per series, broken at its gaps; a value between two gaps is a dot."""
    known = known_values(one.track() for one in series)
    if not known:
        return _no_data(title, (width, height))
    low, high = value_range(known, from_zero=False)
    sheet = Sheet(tuple(series), title, description, unit, height, width, low, high)
    return draw(sheet, lines(sheet), [line_sample(index) for index in range(len(series))])


def bar(
    series: Sequence[Series],
    *,
    title: str,
    description: str = "",
    unit: str = "",
    stacked: bool = False,
    height: int = 220,
    width: int = 720,
) -> SafeString:
    """Bars from zero for each date, side by side or stacked (negative values downwards)."""
    spans = (on_top if stacked else beside)([one.track() for one in series])
    ends = [end for span in spans for _, end in span.values()]
    if not ends:
        return _no_data(title, (width, height))
    low, high = value_range(ends, from_zero=True)
    sheet = Sheet(tuple(series), title, description, unit, height, width, low, high, margin=0.5)
    samples = [bar_sample(sheet, index) for index in range(len(series))]
    return draw(sheet, bars(sheet, spans, stacked=stacked), samples)


def sparkline(points: Sequence[Point], *, title: str) -> SafeString:
    """A line of 100 x 20 pixels for a table cell, its last value a dot, named by ``title`` and that value."""
    track = Series(title, points).track()
    known = [(time, value) for time, value in track.items() if value is not None]
    if not known:
        return _small_svg(f"{title}: {gettext('No data yet.')}", "", "")
    first, last = min(track), max(track)
    x = Scale(Decimal(first), Decimal(max(last, first + 1)), 3, 97)
    y = Scale(*value_range([value for _, value in known], from_zero=False), 17, 3)
    drawn = "".join(path(run, x, y) for run in runs(track))
    return _small_svg(f"{title}: {number(known[-1][1])}", drawn, path(known[-1:], x, y))


def data_table(series: Sequence[Series], *, title: str, unit: str = "") -> SafeString:
    """The numbers of a chart as a table, folded away in ``<details>``: for screen readers and for copying."""
    names = format_html_join("", '<th scope="col">{}</th>', ((one.name,) for one in series))
    return clean(
        format_html(
            '<details class="getresponse-chart-data"><summary>{}</summary><table>'
            '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></details>',
            gettext("%(title)s: the numbers") % {"title": with_long_unit(title, unit)},
            *(gettext("Date"), names, _rows([one.track() for one in series], unit)),
        )
    )


def _rows(tracks: Sequence[Track], unit: str) -> SafeString:
    texts = ((date_label(time), value_texts(tracks, time, unit)) for time in all_times(tracks))
    rows = ((date, format_html_join("", "<td>{}</td>", ((text,) for text in cells))) for date, cells in texts)
    return format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', rows)


def _no_data(title: str, size: tuple[int, int]) -> SafeString:
    sentence = gettext("No data yet.")
    text = format_html('<text x="50%" y="50%" text-anchor="middle" fill="{}">{}</text>', INK, sentence)
    return svg(title, sentence, content_key((title, size)), size, text)


def _small_svg(name: str, drawn: str, dot: str) -> SafeString:
    return clean(
        format_html(
            '<svg class="getresponse-sparkline" viewBox="0 0 100 20" width="100" height="20" role="img"'
            ' aria-label="{}"><title>{}</title>'
            '<g fill="none" stroke="{}" stroke-width="1.5" stroke-linecap="round">'
            '<path d="{}"/><path d="{}" stroke-width="4"/></g></svg>',
            *(name, name, INK, drawn, dot),
        )
    )
