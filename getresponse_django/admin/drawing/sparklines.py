"""Sparklines in lists of objects: the statistics of all rows of a page in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...charts import sparkline
from ...models import Statistic
from ...models.statistics import ONE_DAY, Granularity, midnight, subject_of
from ..shared.typed import ModelAdmin
from .message_charts import HUMAN_OPENS, OPENS

Days = dict[str, dict[date, int]]
"""Metric -> day -> value."""


class SparklinedAdmin(ModelAdmin):
    """A list with a small line in each row, opens unless told otherwise."""

    drawn: Sequence[str] = (HUMAN_OPENS, OPENS)
    """The metrics that are read for the lines."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changes = super().get_changelist_instance(request)
        rows = list(changes.result_list)
        found = days_of(
            [(row, first, last) for row in rows for first, last in self.drawn_days(row)], self.drawn
        )
        for row in rows:  # all at once: the list must not ask per row
            row.getresponse_line = self.sparkline(row, found[key_of(row)])
        changes.result_list = rows
        return changes

    def drawn_days(self, row: Any) -> Iterator[tuple[date, date]]:
        """The first and the last UTC day that a row draws; nothing where it has no statistics."""
        raise NotImplementedError

    def sparkline(self, row: Any, days: Days) -> SafeString | None:
        """The line of one row, if it has any."""
        return opens_line(days)

    @admin.display(description=gettext_lazy("opens"))
    def opens(self, row: Any) -> SafeString | None:
        line: SafeString | None = row.getresponse_line
        return line


def key_of(row: Any) -> tuple[int, str]:
    """What tells the statistics of a row apart from those of the others of its kind."""
    return row.account_id, subject_of(row)[1]


def days_of(drawn: Iterable[tuple[Any, date, date]], metrics: Iterable[str]) -> dict[tuple[int, str], Days]:
    """The values of each row within its days, both included, in one query."""
    found: dict[tuple[int, str], Days] = defaultdict(lambda: defaultdict(dict))
    together: dict[tuple[int, str, date, date], list[str]] = defaultdict(list)
    for row, first, last in drawn:
        subject, remote = subject_of(row)
        together[row.account_id, subject, first, last].append(remote)
    windows = [
        Q(account=account, subject=subject, remote_id__in=remote)
        & Q(starts_at__gte=midnight(first), starts_at__lt=midnight(last) + ONE_DAY)
        for (account, subject, first, last), remote in together.items()
    ]
    if not windows:
        return found
    days = Statistic.objects.filter(
        Q(*windows, _connector=Q.OR), metric__in=list(metrics), granularity=Granularity.DAY
    )
    columns = ("account_id", "remote_id", "metric", "starts_at", "value")
    for account, remote_id, metric, at, value in days.values_list(*columns):
        found[account, remote_id][metric][at.astimezone(UTC).date()] = value
    return found


def level_line(days: Days, metric: str, title: str) -> SafeString | None:
    """A state over time; a day that was not read is a gap."""
    points = sorted(days[metric].items())
    return sparkline(points, title=title) if points else None


def opens_line(days: Days) -> SafeString | None:
    """Opens from the first day to the last that has any; by people where GetResponse tells them apart."""
    opened = days[HUMAN_OPENS] if any(days[HUMAN_OPENS].values()) else days[OPENS]
    if not any(opened.values()):
        return None
    first, last = min(opened), max(opened)
    shown = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return sparkline([(day, opened.get(day, 0)) for day in shown], title=_("Opens per day, the last"))
