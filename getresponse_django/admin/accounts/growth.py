"""What the overview draws of an account's lists: how many contacts all of them have, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from ...charts import Series, data_table, line
from ...models import Account, Statistic
from ...models.statistics import LEVEL, Granularity, Subject, midnight
from ..drawing.figures import Chart
from ..drawing.periods import Period


def growth(account: Account, period: Period) -> Chart:
    """The sum over all lists, in one query."""
    sizes = Statistic.objects.filter(
        account=account,
        subject=Subject.CAMPAIGN,
        metric=LEVEL,
        granularity=Granularity.DAY,
        starts_at__gte=midnight(period.since),
    ).order_by("starts_at")
    values = sizes.values_list("starts_at", "remote_id", "value")
    sums = summed((starts_at.date(), remote, value) for starts_at, remote, value in values)
    drawn, title = [Series(_("contacts"), sums)], _("Contacts on all lists")
    return Chart(line(drawn, title=title), data_table(drawn, title=title))


def summed(sizes: Iterable[tuple[date, str, int]]) -> list[tuple[date, int]]:
    """The sum of the lists for each day on which any was read, from (day, list, size) in the order of days.

    A list that was not read on a day counts with its last size, so that a gap of one is no fall of all.
    """
    known: dict[str, int] = {}
    sums: dict[date, int] = {}
    total = 0
    for day, remote, size in sizes:
        total += size - known.get(remote, 0)
        known[remote] = size
        sums[day] = total
    return list(sums.items())
