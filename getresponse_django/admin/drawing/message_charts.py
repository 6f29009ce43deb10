"""What the page of a message draws: opens, clicks and losses by day, and their totals."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ...charts import data_table, line
from ...models import Autoresponder, Newsletter, RssNewsletter, Statistic
from ...models.statistics import Granularity, Point
from .figures import Chart, Figures, Total, series
from .periods import Period

HUMAN_OPENS, OPENS = "unique_human_opened", "unique_opened"
HUMAN_CLICKS, CLICKS = "unique_human_clicked", "unique_clicked"
SENT, BOUNCED, UNSUBSCRIBED, COMPLAINTS = "sent", "bounced", "unsubscribed", "complaints"
DRAWN = [HUMAN_OPENS, OPENS, HUMAN_CLICKS, CLICKS, UNSUBSCRIBED, BOUNCED]


def message_figures(
    message: Newsletter | Autoresponder | RssNewsletter, period: Period, choice: str
) -> Figures:
    """Chart and totals of one message, in two queries. The totals are those of all days that were read."""
    found = Statistic.objects.series(message, DRAWN, since=period.since, until=period.until)
    opens, clicks = human(found, HUMAN_OPENS, OPENS), human(found, HUMAN_CLICKS, CLICKS)
    drawn = [
        series(_("opens by people") if opens == HUMAN_OPENS else _("opens"), found[opens]),
        series(_("clicks by people") if clicks == HUMAN_CLICKS else _("clicks"), found[clicks]),
        series(_("unsubscribed"), found[UNSUBSCRIBED]),
        series(_("bounced"), found[BOUNCED]),
    ]
    title = _("Reactions per day")
    charts = [Chart(line(drawn, title=title), data_table(drawn, title=title))]
    return Figures(period, charts, {_("Since sending"): totals(sums(message))}, choice)


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
    return f"{number_format(100 * part / whole, 1)}%" if whole else ""
