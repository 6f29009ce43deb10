"""What the page of a campaign draws: the size of the list, who came and who left."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from ...charts import bar, data_table, line
from ...models import Campaign, Statistic
from ...models.statistics import ONE_DAY, Granularity, midnight
from .figures import Chart, Figures, Total, series
from .periods import Period

SIZE, CAME, LEFT = "total_subscribers", "added_subscribers", "removed_subscribers"
SUM_OF_OTHERS = "subscriptions.summary"


def campaign_figures(campaign: Campaign, period: Period) -> Figures:
    """Charts and totals of one campaign, in two queries."""
    found = Statistic.objects.series(campaign, [SIZE, CAME, LEFT], since=period.since, until=period.until)
    size = [series(_("contacts"), found[SIZE])]
    came = series(_("subscribed"), found[CAME])
    left, left_downwards = (series(_("removed"), found[LEFT], sign=sign) for sign in (1, -1))
    size_title, moves_title = _("Size of the list"), _("Subscriptions and removals per day")
    charts = [
        Chart(line(size, title=size_title), data_table(size, title=size_title)),
        Chart(
            bar([came, left_downwards], title=moves_title, stacked=True),
            data_table([came, left], title=moves_title),
        ),
    ]
    return Figures(period, charts, origins_and_reasons(campaign, period), _("The last:"))


def origins_and_reasons(campaign: Campaign, period: Period) -> dict[str, list[Total]]:
    """Where the new contacts came from and why others left, within the period."""
    kinds = Q(metric__startswith="subscriptions.") | Q(metric__startswith="removals.")
    days = Statistic.objects.of(campaign).filter(kinds, granularity=Granularity.DAY)
    # Not starts_at__date, which would be the day in the time zone of the site.
    days = days.filter(starts_at__gte=midnight(period.since), starts_at__lt=midnight(period.until) + ONE_DAY)
    sums = days.exclude(metric=SUM_OF_OTHERS).order_by().values_list("metric").annotate(sum=Sum("value"))
    by_metric = dict(sums)
    return {
        _("Subscribed by"): totals_of(by_metric.items(), "subscriptions."),
        _("Left by"): totals_of(by_metric.items(), "removals."),
    }


def totals_of(sums: Iterable[tuple[str, int]], prefix: str) -> list[Total]:
    """The sums of the metrics with this prefix, largest first, by the API's own words for them."""
    mine = [(metric.removeprefix(prefix), value) for metric, value in sums if metric.startswith(prefix)]
    ordered = sorted(mine, key=lambda each: (-each[1], each[0]))
    return [Total(name.replace("_", " "), value) for name, value in ordered]
