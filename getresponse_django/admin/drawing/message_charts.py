"""What the page of a message draws: opens, clicks and losses by day and first by hour, and their totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_zone

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ...charts import Series, data_table, line
from ...models import Autoresponder, Newsletter, RssNewsletter, Statistic
from ...models.statistics import Granularity, Point
from ...pull.statistic_windows import LIVELY
from .figures import Chart, Figures, Total, in_percent, series
from .periods import Period

HUMAN_OPENS, OPENS = "unique_human_opened", "unique_opened"
HUMAN_CLICKS, CLICKS = "unique_human_clicked", "unique_clicked"
SENT, BOUNCED, UNSUBSCRIBED, COMPLAINTS = "sent", "bounced", "unsubscribed", "complaints"
DRAWN = [HUMAN_OPENS, OPENS, HUMAN_CLICKS, CLICKS, UNSUBSCRIBED, BOUNCED]


def message_figures(
    message: Newsletter | Autoresponder | RssNewsletter,
    period: Period,
    choice: str,
    began: datetime | None,
) -> Figures:
    """Charts and totals of one message, which ``began`` then, in three queries. The totals are those of all
    days that were read.
    """
    found = Statistic.objects.series(message, DRAWN, since=period.since, until=period.until)
    drawn = [series(name, points) for name, points in reactions(found)]
    title = _("Reactions per day")
    charts = [Chart(line(drawn, title=title), data_table(drawn, title=title))]
    hourly = first_hours(message, began) if began else []
    if any(value for one in hourly for _at, value in one.points):
        title = _("Reactions per hour in the first 7 days")
        charts.append(Chart(line(hourly, title=title), data_table(hourly, title=title)))
    return Figures(period, charts, {_("Since sending"): totals(sums(message))}, choice)


def reactions(found: Mapping[str, list[Point]]) -> Iterator[tuple[str, list[Point]]]:
    """The series that are drawn, each with its name."""
    opens, clicks = human(found, HUMAN_OPENS, OPENS), human(found, HUMAN_CLICKS, CLICKS)
    yield _("opens by people") if opens == HUMAN_OPENS else _("opens"), found[opens]
    yield _("clicks by people") if clicks == HUMAN_CLICKS else _("clicks"), found[clicks]
    yield _("unsubscribed"), found[UNSUBSCRIBED]
    yield _("bounced"), found[BOUNCED]


def first_hours(message: Newsletter | Autoresponder | RssNewsletter, began: datetime) -> list[Series]:
    """The reactions of each hour since the beginning, by the reader's clock as it was then: one that changes
    for the summer would show an hour twice.
    """
    begin = began.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    end = begin + LIVELY
    found = Statistic.objects.series(
        message, DRAWN, since=begin.date(), until=end.date(), granularity=Granularity.HOUR
    )
    clock = fixed_zone(timezone.localtime(began).utcoffset() or timedelta())
    return [
        Series(name, [(at.astimezone(clock), value) for at, value in points if begin <= at < end])
        for name, points in reactions(found)
    ]


def human(found: Mapping[str, list[Point]], by_people: str, by_all: str) -> str:
    """The metric without robots where GetResponse gives it, else the one with them."""
    return by_people if any(point.value for point in found[by_people]) else by_all


def sums(message: Newsletter | Autoresponder | RssNewsletter) -> dict[str, int]:
    """Metric -> the sum of all days."""
    days = Statistic.objects.of(message).filter(granularity=Granularity.DAY)
    return dict(days.order_by().values_list("metric").annotate(sum=Sum("value")))


def totals(sums: Mapping[str, int]) -> list[Total]:
    """The totals with their share of what was sent."""
    sent = sums.get(SENT, 0)
    names = {
        SENT: _("messages sent"),
        HUMAN_OPENS: _("opened by people"),
        OPENS: _("opened, with robots"),
        HUMAN_CLICKS: _("clicked by people"),
        CLICKS: _("clicked, with robots"),
        UNSUBSCRIBED: _("unsubscribed"),
        BOUNCED: _("bounced"),
        COMPLAINTS: _("complained"),
    }
    return [
        Total(name, sums.get(metric, 0), share(sums.get(metric, 0), sent) if metric != SENT else "")
        for metric, name in names.items()
    ]


def share(part: int, whole: int) -> str:
    """``part`` of ``whole`` in percent; empty when there is no whole."""
    return in_percent(part / whole) if whole else ""
