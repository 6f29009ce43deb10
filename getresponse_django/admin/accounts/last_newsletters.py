"""What the overview shows of the last newsletters: how many got each, and how people reacted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ...charts import Series, bar, data_table
from ...models import Account, Newsletter, Statistic
from ...models.statistics import Granularity, Subject
from ..drawing.figures import Chart, Total
from ..drawing.message_charts import (
    BOUNCED,
    CLICKS,
    DRAWN,
    HUMAN_CLICKS,
    HUMAN_OPENS,
    OPENS,
    SENT,
    UNSUBSCRIBED,
    share,
)

SHOWN = 8


class Line(NamedTuple):
    """One newsletter; each total with its share of what was sent."""

    newsletter: Newsletter
    sent: int
    totals: list[Total]


@dataclass(frozen=True)
class LastNewsletters:
    """The newsletters, the last one first, and their chart."""

    lines: list[Line]
    charts: list[Chart]


def last_newsletters(account: Account) -> LastNewsletters:
    """In two queries. Nothing is drawn of what nobody got."""
    went_out = Newsletter.plain.filter(
        account=account, newsletter_id__isnull=False, send_on__lte=timezone.now()
    )
    shown = went_out.only("newsletter_id", "name", "subject", "send_on").order_by("-send_on")[:SHOWN]
    newsletters = list(shown)
    sums = sums_of(account, [str(each.newsletter_id) for each in newsletters])
    columns = columns_of(sums)
    lines = [line_of(each, sums[str(each.newsletter_id)], columns) for each in newsletters]
    return LastNewsletters(lines, charts_of(lines))


def sums_of(account: Account, remote_ids: list[str]) -> dict[str, dict[str, int]]:
    """Remote id -> metric -> the sum of all days."""
    days = Statistic.objects.filter(
        account=account,
        subject=Subject.NEWSLETTER,
        remote_id__in=remote_ids,
        granularity=Granularity.DAY,
        metric__in=[SENT, *DRAWN],
    )
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for remote, metric, value in days.order_by().values_list("remote_id", "metric").annotate(Sum("value")):
        sums[remote][metric] = value
    return sums


def columns_of(sums: dict[str, dict[str, int]]) -> dict[str, str]:
    """Metric -> its name: opens and clicks without those of robots where GetResponse tells them apart."""
    human = any(each.get(HUMAN_OPENS) for each in sums.values())
    if human:
        first = {HUMAN_OPENS: _("opened by people"), HUMAN_CLICKS: _("clicked by people")}
    else:
        first = {OPENS: _("opened, with robots"), CLICKS: _("clicked, with robots")}
    return {**first, UNSUBSCRIBED: _("unsubscribed"), BOUNCED: _("bounced")}


def line_of(newsletter: Newsletter, sums: dict[str, int], columns: dict[str, str]) -> Line:
    """A newsletter with its totals."""
    sent = sums.get(SENT, 0)
    counts = [(name, sums.get(metric, 0)) for metric, name in columns.items()]
    return Line(newsletter, sent, [Total(name, count, share(count, sent)) for name, count in counts])


def charts_of(lines: list[Line]) -> list[Chart]:
    """Opens and clicks in percent of what was sent, by the week of sending: single days would be too thin."""
    weeks: dict[date, list[Line]] = defaultdict(list)
    for each in reversed(lines):
        if each.sent and each.newsletter.send_on:
            day = localtime(each.newsletter.send_on).date()
            weeks[day - timedelta(days=day.weekday())].append(each)
    if not weeks:
        return []
    drawn = [
        Series(lines[0].totals[number].name, [(week, percent(of, number)) for week, of in weeks.items()])
        for number in (0, 1)
    ]
    title = _("The last newsletters, by the week of sending")
    return [Chart(bar(drawn, title=title, unit="%"), data_table(drawn, title=title, unit="%"))]


def percent(lines: list[Line], number: int) -> float:
    """The total of this number of all these newsletters, in percent of what was sent."""
    return round(100 * sum(each.totals[number].value for each in lines) / sum(each.sent for each in lines), 1)
