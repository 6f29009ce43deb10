"""What is drawn on a sheet: lines, bars side by side or stacked. Colour is never the only cue to a series."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from .series import Run, Track, runs
from .sheet import Sheet
from .svg import INK, PAPER, join, place
from .values import Scale

Spans = dict[int, tuple[Decimal, Decimal]]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", INK, "#E69F00", "#56B4E9")
"""Okabe and Ito's colours for every kind of colour vision. All but the last two have a contrast
of 3:1 or more with the admin's page, light and dark."""
DASHES = ("none", "7 3", "2 2", "9 3 2 3", "4 2")
STRIPES = (None, 45, 135, 90, 0)
"""The cue beside colour: a dash pattern for a line, the angle of stripes for a bar (None: no stripes)."""
DOTS_UP_TO = 31
"""With so few dates every value is a dot on its line, otherwise only a value between two gaps."""
BAR_SHARE, WIDEST_BAR = 0.8, 48
"""How much of a date's step its bars fill, and the most that one of them is wide."""
ZERO = Decimal(0)


def lines(sheet: Sheet) -> SafeString:
    """Each track as a line that is broken at its gaps."""
    return join(_line(sheet, index, runs(track)) for index, track in enumerate(sheet.tracks))


def _line(sheet: Sheet, index: int, stretches: list[Run]) -> SafeString:
    dotted = [run for run in stretches if len(run) == 1 or len(sheet.times) <= DOTS_UP_TO]
    return format_html(
        '<path d="{}" {} stroke-linejoin="round"/>'
        '<path d="{}" stroke="{}" stroke-width="5" stroke-linecap="round"/>',
        "".join(path(run, sheet.x, sheet.y) for run in stretches if len(run) > 1),
        line_sample(index),
        "".join(path([point], sheet.x, sheet.y) for run in dotted for point in run),
        COLOURS[index % len(COLOURS)],
    )


def line_sample(index: int) -> SafeString:
    """The attributes of a series' line, on the sheet and in the legend."""
    colour, dash = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
    return format_html('stroke="{}" stroke-width="2" stroke-dasharray="{}"', colour, dash)


def path(run: Run, x: Scale, y: Scale) -> str:
    """The run as SVG path data; one value is a line without length, which a round cap makes a dot."""
    points = " ".join(f"{place(x(time))} {place(y(value))}" for time, value in run)
    return f"M{points}" if len(run) > 1 else f"M{points}h0"


def beside(tracks: Sequence[Track]) -> list[Spans]:
    """Where each bar begins and ends when all begin at zero."""
    return [{time: (ZERO, value) for time, value in track.items() if value is not None} for track in tracks]


def on_top(tracks: Sequence[Track]) -> list[Spans]:
    """Where each bar begins and ends when it stands on the one before; negative values hang below zero."""
    ends: dict[tuple[int, bool], Decimal] = {}
    stack: list[Spans] = []
    for spans in beside(tracks):
        stack.append({})
        for time, (_, value) in spans.items():
            begin = ends.get((time, value < 0), ZERO)
            ends[time, value < 0] = begin + value
            stack[-1][time] = (begin, begin + value)
    return stack


def bars(sheet: Sheet, spans: Sequence[Spans], *, stacked: bool) -> SafeString:
    """The spans as bars, in one column per date if stacked."""
    columns = 1 if stacked else len(spans)
    width = min(sheet.step_width * BAR_SHARE / columns, WIDEST_BAR)
    shifts = [(index % columns - (columns - 1) / 2) * width for index in range(len(spans))]
    drawn = join(_bars(sheet, index, spans[index], shift) for index, shift in enumerate(shifts))
    patterns = join(_stripes(sheet, index) for index in range(len(spans)))
    return format_html('<defs>{}</defs><g stroke-width="{}">{}</g>', patterns, place(max(width, 0.5)), drawn)


def _bars(sheet: Sheet, index: int, spans: Spans, shift: float) -> SafeString:
    """Bars are strokes: the shortest way to say many rectangles of one width."""
    drawn = (
        f"M{place(sheet.x(time) + shift)} {place(sheet.y(begin))}V{place(sheet.y(end))}"
        for time, (begin, end) in spans.items()
    )
    return format_html('<path d="{}" stroke="{}"/>', "".join(drawn), _paint(sheet, index))


def bar_sample(sheet: Sheet, index: int) -> SafeString:
    """The attributes of a series' sample in the legend."""
    return format_html('stroke="{}" stroke-width="10"', _paint(sheet, index))


def _paint(sheet: Sheet, index: int) -> str:
    striped = STRIPES[index % len(STRIPES)] is not None
    return f"url(#{sheet.key}-{index})" if striped else COLOURS[index % len(COLOURS)]


def _stripes(sheet: Sheet, index: int) -> SafeString:
    angle = STRIPES[index % len(STRIPES)]
    if angle is None:
        return SafeString("")
    return format_html(
        '<pattern id="{}-{}" patternUnits="userSpaceOnUse" width="6" height="6"'
        ' patternTransform="rotate({})"><path d="M0 3h6" stroke="{}" stroke-width="6"/>'
        '<path d="M0 3h6" stroke="{}" stroke-width="1.5"/></pattern>',
        *(sheet.key, index, angle, COLOURS[index % len(COLOURS)], PAPER),
    )
