"""Charts: what is drawn for which numbers, and that it stays valid, escaped and readable for any of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.charts import Point, Series, bar, data_table, line, sparkline
from getresponse_django.charts.marks import COLOURS, DASHES, STRIPES, on_top
from getresponse_django.charts.series import runs
from getresponse_django.charts.svg import place, shortened
from getresponse_django.charts.times import DAY, MONTH, WEEK, moment, seconds, time_ticks, usual_step
from getresponse_django.charts.values import Scale, number, value_labels, value_range, value_ticks

START = datetime.date(2025, 1, 1)
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def daily(*values: float | None, start: datetime.date = START) -> list[Point]:
    return [(start + datetime.timedelta(days), value) for days, value in enumerate(values)]


def parsed(markup: str) -> ElementTree.Element:
    """The markup as a tree without namespace, as inline SVG has none."""
    return ElementTree.fromstring(markup)


def positions(data: str) -> Iterator[tuple[float, float]]:
    """Every point that path data reaches."""
    x = y = 0.0
    for command, arguments in re.findall(r"([MHVhv])([^MHVhv]*)", data):
        values = [float(value) for value in NUMBERS.findall(arguments)]
        if command == "M":
            for x, y in zip(values[::2], values[1::2], strict=True):
                yield x, y
        else:
            x = values[0] if command == "H" else x + values[0] * (command == "h")
            y = values[0] if command == "V" else y + values[0] * (command == "v")
            yield x, y


def drawn_positions(chart: ElementTree.Element) -> Iterator[tuple[float, float]]:
    """Every point of every path and text outside of patterns."""
    hidden = {each for pattern in chart.iter("pattern") for each in pattern}
    for each in chart.iter():
        if each.tag == "path" and each not in hidden:
            yield from positions(each.attrib["d"])
        if each.tag == "text" and "%" not in each.attrib["y"]:
            yield float(each.attrib.get("x", 0)), float(each.attrib["y"])


def series_paths(chart: ElementTree.Element) -> list[tuple[str, str]]:
    """Lines and dots of each series of a line chart, as path data."""
    marks = [each for each in chart if each.tag == "path" and each.attrib.get("stroke") in COLOURS]
    marks = [each for each in marks if "stroke-opacity" not in each.attrib and "h22" not in each.attrib["d"]]
    return [(line.attrib["d"], dots.attrib["d"]) for line, dots in zip(marks[::2], marks[1::2], strict=True)]


def texts(chart: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in chart.iter("text")]


def hover_titles(chart: ElementTree.Element) -> list[str]:
    return [title.text or "" for path in chart.iter("path") for title in path.iter("title")]


# Numbers of the value axis


@pytest.mark.parametrize(
    ("low", "high", "most", "whole", "expected"),
    [
        ("0", "1", 5, True, "0 1"),
        ("0", "1", 5, False, "0.0 0.2 0.4 0.6 0.8 1.0"),
        ("0", "9", 5, True, "0 2 4 6 8 10"),
        ("0", "100", 4, True, "0 50 100"),
        ("0", "100", 5, True, "0 20 40 60 80 100"),
        ("-30", "48", 5, True, "-40 -20 0 20 40 60"),
        ("-9", "-1", 4, True, "-10 -8 -6 -4 -2 0"),
        ("1200000", "1253100", 5, True, "1200000 1220000 1240000 1260000"),
        ("0", "0.003", 3, False, "0 0.001 0.002 0.003"),
        ("0", "3", 1, True, "0 5"),
    ],
)
def test_value_ticks_are_round_and_enclose_the_values(
    low: str, high: str, most: int, whole: bool, expected: str
) -> None:
    ticks = value_ticks(Decimal(low), Decimal(high), most, whole=whole)
    assert ticks == [Decimal(tick) for tick in expected.split()]


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        ("0 1", ["0", "1"]),
        ("0 0.5 1", ["0", "0.5", "1.0"]),
        ("0 2000 4000", ["0", "2,000", "4,000"]),
        ("0 5000 10000", ["0", "5k", "10k"]),
        ("0 500000 1000000", ["0", "0.5M", "1.0M"]),
        ("1200000 1220000", ["1.20M", "1.22M"]),
        ("1200000 1200001", ["1,200,000", "1,200,001"]),
        ("-2000000000 0 2000000000", ["-2B", "0", "2B"]),
        ("0 1E+300", ["0", "1e+300"]),
        ("0 1E-9", ["0", "1e-09"]),
    ],
)
def test_value_labels_are_short_and_tell_neighbours_apart(ticks: str, expected: list[str]) -> None:
    assert value_labels([Decimal(tick) for tick in ticks.split()]) == expected


@pytest.mark.parametrize(
    ("values", "from_zero", "expected"),
    [
        ("0 0", False, "0 1"),
        ("5", False, "0 5"),
        ("-5", False, "-5 0"),
        ("10 90", False, "0 90"),
        ("90 100", False, "90 100"),
        ("-100 -90", False, "-100 -90"),
        ("90 100", True, "0 100"),
        ("-3 4", True, "-3 4"),
    ],
)
def test_value_range_has_zero_unless_the_values_are_far_from_it(
    values: str, from_zero: bool, expected: str
) -> None:
    low, high = value_range([Decimal(value) for value in values.split()], from_zero=from_zero)
    assert f"{low} {high}" == expected


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        ("0", "en", "0"),
        ("1200000", "en", "1,200,000"),
        ("1234.5", "en", "1,234.5"),
        ("1234.567", "en", "1,234.57"),
        ("0.12346", "en", "0.1235"),
        ("2.0", "en", "2"),
        ("-7", "en", "-7"),
        ("1E+16", "en", "1e+16"),
        ("0.00001", "en", "1e-05"),
        ("1234.5", "pl", "1\xa0234,5"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(value: str, language: str, expected: str) -> None:
    with translation.override(language):
        assert number(Decimal(value)) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 200.0), (5, 150.0), (10, 100.0), (20, 0.0)])
def test_a_scale_maps_values_to_positions(value: int, expected: float) -> None:
    assert Scale(Decimal(0), Decimal(10), 200, 100)(value) == expected


@pytest.mark.parametrize(
    ("position", "expected"), [(1.0, "1"), (1.25, "1.2"), (-0.01, "0"), (719.96, "720"), (0.5, "0.5")]
)
def test_coordinates_are_short(position: float, expected: str) -> None:
    assert place(position) == expected


@pytest.mark.parametrize(("text", "expected"), [("four", "four"), ("fives", "fiv\u2026")])
def test_long_texts_are_cut(text: str, expected: str) -> None:
    assert shortened(text, 4) == expected


# Dates of the time axis


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2025-01-01"], DAY),
        (["2025-01-01", "2025-01-02"], DAY),
        (["2025-01-01", "2025-01-06"], DAY),
        (["2025-01-01", "2025-01-08", "2025-01-22"], WEEK),
        (["2025-01-06", "2025-01-20", "2025-02-03"], 2 * WEEK),
        (["2025-01-01", "2025-02-01", "2025-03-01"], MONTH),
        (["2025-02-01", "2025-03-01", "2025-06-01"], MONTH),
        (["2025-01-01", "2025-04-01"], 3 * MONTH),
        (["2023-01-01", "2024-01-01"], 12 * MONTH),
        (["2025-01-01T10:00", "2025-01-01T11:00", "2025-01-03T11:00"], 3600),
    ],
)
def test_the_usual_step_is_that_of_the_calendar(dates: list[str], expected: int) -> None:
    assert usual_step([seconds(datetime.datetime.fromisoformat(date)) for date in dates]) == expected


@pytest.mark.parametrize(
    ("first", "last", "step", "expected"),
    [
        ("2025-01-01", "2025-01-01", DAY, ["1 Jan 2025"]),
        (
            "2025-01-01",
            "2025-01-07",
            DAY,
            ["1 Jan 2025", "2 Jan", "3 Jan", "4 Jan", "5 Jan", "6 Jan", "7 Jan"],
        ),
        ("2024-12-30", "2025-01-02", DAY, ["30 Dec 2024", "31 Dec", "1 Jan 2025", "2 Jan"]),
        ("2025-01-01", "2025-01-30", DAY, ["1 Jan 2025", "8 Jan", "15 Jan", "22 Jan", "29 Jan"]),
        ("2025-01-06", "2025-02-03", WEEK, ["6 Jan 2025", "13 Jan", "20 Jan", "27 Jan", "3 Feb"]),
        ("2025-03-15", "2025-09-15", DAY, ["Apr 2025", "May", "Jun", "Jul", "Aug", "Sep"]),
        ("2016-01-01", "2026-01-01", DAY, ["2016", "2017", "2018", "2019", "2020", "2021"]),
        ("2025-01-01T09:30", "2025-01-01T12:30", 3600, ["1 Jan 10:00", "11:00", "12:00"]),
        (
            "2025-01-01T18:00",
            "2025-01-02T06:00",
            3600,
            ["1 Jan 18:00", "21:00", "2 Jan 00:00", "03:00", "06:00"],
        ),
        ("2025-01-01T10:05", "2025-01-01T10:05", 3600, ["Jan. 1, 2025, 10:05 a.m."]),
    ],
)
def test_date_labels_fit_the_span(first: str, last: str, step: int, expected: list[str]) -> None:
    start, end = (seconds(datetime.datetime.fromisoformat(date)) for date in (first, last))
    labels = [label for _, label in time_ticks([*range(start, end, step), end], 11)]
    assert labels[: len(expected)] == expected
    assert len(labels) <= 12


def test_ticks_of_monthly_numbers_are_their_months() -> None:
    months = [seconds(datetime.date(2024 + month // 12, month % 12 + 1, 1)) for month in range(9, 15)]
    labels = ["Oct 2024", "Nov", "Dec", "Jan 2025", "Feb", "Mar"]
    assert time_ticks(months, 11) == list(zip(months, labels, strict=True))


@given(st.lists(st.datetimes(), min_size=1, max_size=5, unique=True), st.floats(5, 40))
def test_date_ticks_lie_between_the_dates(dates: list[datetime.datetime], most: float) -> None:
    times = sorted({seconds(date) for date in dates})
    ticks = [tick for tick, _ in time_ticks(times, most)]
    assert ticks == sorted(ticks)
    assert times[0] <= ticks[0] <= ticks[-1] <= times[-1]
    assert len(ticks) <= max(1, most * 1.1 + 1)


@given(st.datetimes() | st.dates())
def test_seconds_are_turned_back_into_the_moment(date: datetime.date) -> None:
    assert moment(seconds(date)).isoformat()[:19].startswith(date.isoformat()[:19])


def test_a_time_is_shown_by_its_own_clock() -> None:
    warsaw = datetime.timezone(datetime.timedelta(hours=2))
    chart = parsed(
        line([Series("Opens", [(datetime.datetime(2025, 6, 1, 9, tzinfo=warsaw), 3)])], title="Opens")
    )
    assert hover_titles(chart) == ["June 1, 2025, 9 a.m.\nOpens: 3"]


# Gaps


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], [3]),
        ([1, 2, None, 4, 5], [2, 2]),
        ([1, None, 3, None, 5], [1, 1, 1]),
        ([None, None], []),
        ([None, 2, None], [1]),
        ([1.0, float("nan"), 3.0, float("inf")], [1, 1]),
        ([], []),
    ],
)
def test_a_track_is_broken_where_a_value_is_missing(values: list[float | None], expected: list[int]) -> None:
    assert [len(run) for run in runs(Series("s", daily(*values)).track())] == expected


def test_a_missing_day_is_a_gap() -> None:
    points = daily(1, 2, 3, 4, 5)
    del points[2]
    assert [len(run) for run in runs(Series("s", points).track())] == [2, 2]


def test_months_of_different_length_are_no_gap_but_a_missing_month_is() -> None:
    months = [datetime.date(2025, month, 1) for month in (1, 2, 3, 4, 6, 7)]
    assert [len(run) for run in runs(Series("s", [(month, 1) for month in months]).track())] == [4, 2]


def test_a_line_is_broken_at_a_gap_and_a_lone_value_is_a_dot() -> None:
    values = [float(day) for day in range(40)]
    chart = parsed(line([Series("s", daily(*values[:20], None, 7, None, *values[20:]))], title="t"))
    [(drawn, dots)] = series_paths(chart)
    assert drawn.count("M") == 2
    assert re.fullmatch(r"M[\d.]+ [\d.]+h0", dots)


def test_few_values_are_dots_on_their_line() -> None:
    [(_, dots)] = series_paths(parsed(line([Series("s", daily(1, 2, 3))], title="t")))
    assert dots.count("h0") == 3


def test_points_may_come_in_any_order_and_the_last_of_one_date_counts() -> None:
    track = Series("s", [*reversed(daily(1, 2, 3)), (START, 9)]).track()
    assert list(track.values()) == [9, 2, 3]


# Whole charts


@pytest.mark.parametrize("draw", [line, bar])
def test_a_chart_tells_screen_readers_what_it_is(draw: Callable[..., str]) -> None:
    chart = parsed(draw([Series("Opens", daily(1, 2))], title="One newsletter"))
    title, description = chart[0], chart[1]
    assert chart.attrib["role"] == "img"
    assert chart.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    assert title.text == "One newsletter"
    assert description.text == "Opens: Jan. 1, 2025 \u2013 Jan. 2, 2025"


def test_a_description_of_ones_own_wins() -> None:
    assert parsed(bar([Series("s", daily(1))], title="t", description="Up and up."))[1].text == "Up and up."


def test_a_chart_says_its_names_ticks_dates_and_unit() -> None:
    chart = parsed(
        line([Series("In", daily(0, 40)), Series("Out", daily(1, 2))], title="Growth", unit="contacts")
    )
    assert texts(chart) == [
        "Growth (contacts)",
        "In",
        "Out",
        "0",
        "10",
        "20",
        "30",
        "40",
        "1 Jan 2025",
        "2 Jan",
    ]


def test_a_short_unit_stands_beside_the_numbers() -> None:
    chart = parsed(line([Series("Rate", daily(0, 20))], title="Open rate", unit="%"))
    assert {"Open rate", "0%", "20%"} <= set(texts(chart))
    assert hover_titles(chart)[1] == "Jan. 2, 2025\nRate: 20%"


def test_hovering_over_a_date_shows_every_series() -> None:
    chart = parsed(bar([Series("In", daily(1200, 3)), Series("Out", daily(4, None))], title="t"))
    assert hover_titles(chart) == ["Jan. 1, 2025\nIn: 1,200\nOut: 4", "Jan. 2, 2025\nIn: 3\nOut: \u2013"]


@pytest.mark.parametrize("draw", ["line", "bar", "stacked"])
def test_a_year_of_two_daily_series_is_small_and_every_day_can_be_read(draw: str) -> None:
    year = [
        Series(name, daily(*(day * 7919 % 500 for day in range(365)))) for name in ("Subscribed", "Removed")
    ]
    markup = line(year, title="t") if draw == "line" else bar(year, title="t", stacked=draw == "stacked")
    days = "\n".join(hover_titles(parsed(markup))).split("\n")
    assert len(markup.encode()) < 30_000
    assert len(days) == 365
    assert days[1] == "Jan. 2, 2025: 419 \u00b7 419"


def test_labels_of_dates_do_not_overlap() -> None:
    for count in (2, 5, 10, 13, 14, 30, 60, 100, 200, 365, 366, 400, 800, 3000):
        chart = parsed(line([Series("s", daily(*range(count)))], title="t"))
        group = next(each for each in chart.iter("g") if each.attrib.get("text-anchor") == "middle")
        edges = [(float(label.attrib["x"]), len(label.text or "") * 3.1) for label in group]
        for (before, half), (after, next_half) in pairwise(edges):
            assert before + half < after - next_half, count


def test_lines_differ_by_dashes_and_bars_by_stripes_as_well_as_by_colour() -> None:
    cues = len(COLOURS) * len(DASHES)
    assert len({(COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]) for i in range(cues)}) == cues
    chart = parsed(line([Series(str(i), daily(i, i)) for i in range(4)], title="t"))
    dashes = [each.attrib["stroke-dasharray"] for each in chart if "stroke-linejoin" in each.attrib]
    assert dashes == list(DASHES[:4])
    stripes = [
        each.attrib["patternTransform"]
        for each in parsed(bar([Series("a", daily(1))] * 3, title="t")).iter("pattern")
    ]
    assert stripes == [f"rotate({angle})" for angle in STRIPES[1:3]]


def luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", COLOURS[:4])
@pytest.mark.parametrize("page", ["#ffffff", "#121212"])
def test_the_first_colours_stand_out_on_both_themes(colour: str, page: str) -> None:
    """WCAG 2.2, 1.4.11: graphics have a contrast of at least 3:1."""
    darker, lighter = sorted((luminance(colour), luminance(page)))
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def test_stacked_bars_stand_on_each_other_and_negative_ones_hang() -> None:
    tracks = [Series("s", daily(*values)).track() for values in ([5, 1], [-2, None], [3, 4], [-1, -1])]
    first, second = tracks[0]
    assert [spans.get(first) for spans in on_top(tracks)] == decimals((0, 5), (0, -2), (5, 8), (-2, -3))
    assert [spans.get(second) for spans in on_top(tracks)] == decimals((0, 1), None, (1, 5), (0, -1))


def decimals(*pairs: tuple[int, int] | None) -> list[tuple[Decimal, Decimal] | None]:
    return [pair and (Decimal(pair[0]), Decimal(pair[1])) for pair in pairs]


def bar_lines(markup: str) -> list[str]:
    group = next(each for each in parsed(markup).iter("g") if "stroke-width" in each.attrib)
    return [each.attrib["d"] for each in group]


def test_bars_stand_side_by_side_unless_stacked() -> None:
    both = [Series("a", daily(2, 4)), Series("b", daily(4, 2))]
    left, right = ([x for x, _ in positions(data)] for data in bar_lines(bar(both, title="t")))
    assert all(a < b for a, b in zip(left, right, strict=True))
    below, above = (list(positions(data)) for data in bar_lines(bar(both, title="t", stacked=True)))
    assert [x for x, _ in below] == [x for x, _ in above]
    assert above[0] == below[1]


def test_a_bar_begins_at_zero() -> None:
    markup = bar([Series("s", daily(90, 100))], title="t")
    assert "0" in texts(parsed(markup))


@pytest.mark.parametrize("values", [[0], [0, 0, 0], [1_200_000], [-5], [-5, 3], [None, 4], [1e-9], [0.5]])
@pytest.mark.parametrize("draw", ["line", "bar", "stacked"])
def test_edge_cases_are_drawn(values: list[float | None], draw: str) -> None:
    series = [Series("s", daily(*values))]
    chart = parsed(
        line(series, title="t") if draw == "line" else bar(series, title="t", stacked=draw == "stacked")
    )
    assert len(hover_titles(chart)) == len(values)


@pytest.mark.parametrize("series", [[], [Series("s", [])], [Series("s", daily(None, None))]])
@pytest.mark.parametrize("draw", ["line", "bar", "stacked"])
def test_without_numbers_a_chart_says_so(series: list[Series], draw: str) -> None:
    chart = parsed(
        line(series, title="t") if draw == "line" else bar(series, title="t", stacked=draw == "stacked")
    )
    assert texts(chart) == ["No data yet."]
    assert chart[1].text == "No data yet."


def test_many_names_make_the_chart_taller() -> None:
    few, many = (
        parsed(
            line([Series(f"Campaign number {i}", daily(i, 1)) for i in range(count)], title="t", height=200)
        )
        for count in (2, 12)
    )
    assert (few.attrib["height"], int(many.attrib["height"]) > 200) == ("200", True)


def test_the_same_chart_is_the_same_text_and_another_has_other_ids() -> None:
    one, same, other = (line([Series("s", daily(1, value))], title="t") for value in (2, 2, 3))
    assert one == same
    assert parsed(one)[0].attrib["id"] != parsed(other)[0].attrib["id"]


def test_a_small_chart_is_still_a_chart() -> None:
    chart = parsed(bar([Series("s", daily(1, 2))], title="A title too long for it", width=60, height=30))
    assert hover_titles(chart) == ["Jan. 1, 2025\ns: 1\nJan. 2, 2025\ns: 2"]


def test_dates_and_numbers_follow_the_language() -> None:
    with translation.override("pl"):
        chart = parsed(line([Series("s", daily(0, 20000.5))], title="t"))
    assert hover_titles(chart)[1] == "2 stycznia 2025\ns: 20\xa0000,5"


# Sparklines


def test_a_sparkline_is_tiny_and_named_by_its_last_value() -> None:
    markup = sparkline(daily(*range(30)), title="Opens")
    chart = parsed(markup)
    assert (chart.attrib["role"], chart.attrib["aria-label"]) == ("img", "Opens: 29")
    assert (chart.attrib["width"], chart.attrib["height"]) == ("100", "20")
    assert len(markup) < 700
    assert "id" not in chart.attrib


def test_a_sparkline_has_gaps_and_ends_at_its_last_known_value() -> None:
    drawn, dot = parsed(sparkline(daily(1, 2, None, 4, None), title="t")).iter("path")
    assert drawn.attrib["d"].count("M") == 2
    assert drawn.attrib["d"].endswith(dot.attrib["d"])


def test_a_sparkline_without_numbers_says_so() -> None:
    assert parsed(sparkline(daily(None), title="Opens")).attrib["aria-label"] == "Opens: No data yet."


# Tables


def test_the_table_has_the_numbers_of_the_chart() -> None:
    series = [Series("In", daily(1200, None)), Series("Out", daily(4.5))]
    table = parsed(data_table(series, title="Growth", unit="contacts"))
    assert [cell.text for cell in table.iter("th")] == ["Date", "In", "Out", "Jan. 1, 2025", "Jan. 2, 2025"]
    assert [cell.text for cell in table.iter("td")] == ["1,200", "4.5", "\u2013", "\u2013"]
    assert (table.tag, table[0].text) == ("details", "Growth (contacts): the numbers")
    assert [cell.attrib["scope"] for cell in table.iter("th")] == ["col"] * 3 + ["row"] * 2


# Whatever comes in

HOSTILE = '</title><script>alert(1)</script>" onload="x" &amp; \x00\x1b'


@pytest.mark.parametrize("kind", ["line", "bar", "sparkline", "table", "empty"])
def test_names_and_titles_are_escaped(kind: str) -> None:
    series = [Series(HOSTILE, daily(1, 2))] * 2
    markup = {
        "line": lambda: line(series, title=HOSTILE, description=HOSTILE, unit=HOSTILE),
        "bar": lambda: bar(series, title=HOSTILE, description=HOSTILE, unit=HOSTILE),
        "sparkline": lambda: sparkline(daily(1), title=HOSTILE),
        "table": lambda: data_table(series, title=HOSTILE, unit="<b"),
        "empty": lambda: line([], title=HOSTILE),
    }[kind]()
    tree = parsed(markup)
    assert "<script" not in markup
    assert not [each for each in tree.iter() if each.tag in {"script", "b"} or "onload" in each.attrib]


Tracks = st.lists(
    st.builds(
        Series,
        st.text(max_size=40),
        st.lists(
            st.tuples(
                st.dates(datetime.date(2024, 1, 1), datetime.date(2024, 3, 1)) | st.dates() | st.datetimes(),
                st.none() | st.floats() | st.integers(-(10**20), 10**20),
            ),
            max_size=8,
        ),
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(Tracks, st.text(max_size=20), st.sampled_from(["", "%", "contacts"]))
def test_any_numbers_give_a_valid_chart_within_its_box(series: list[Series], title: str, unit: str) -> None:
    for markup in (
        line(series, title=title, unit=unit),
        bar(series, title=title, unit=unit),
        bar(series, title=title, unit=unit, stacked=True),
        *(sparkline(one.points, title=title) for one in series),
    ):
        chart = parsed(markup)
        _, _, width, height = map(float, chart.attrib["viewBox"].split())
        numbers = "".join(
            each.attrib.get("d", "") + each.attrib.get("stroke-width", "") for each in chart.iter()
        )
        assert "nan" not in numbers and "inf" not in numbers
        for x, y in drawn_positions(chart):
            assert -0.05 <= x <= width + 0.05
            assert -0.05 <= y <= height + 0.05
    parsed(data_table(series, title=title, unit=unit))
