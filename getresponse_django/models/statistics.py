"""Statistic: stored time series, and the windows that were read: absent inside one is zero, outside a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .accounts import Account

if TYPE_CHECKING:
    from .audience import Campaign
    from .messages import Autoresponder, Newsletter, RssNewsletter

    HasStatistics: TypeAlias = Campaign | Newsletter | Autoresponder | RssNewsletter

LEVEL = "total_subscribers"
SNAPSHOTS = ("locations", "origins", "summary")
"""The parts of campaign statistics that have no time: what they said on a day is kept as a value of that day
(``locations.PL``, ``origins.api``, ``summary.total_newsletters``).
"""

REPEATED = "balance."
"""``balance`` only repeats the removals and subscriptions, so it is not stored: ``series`` answers
``balance.removals.user`` by ``removals.user`` and ``balance.subscriptions.api`` by ``subscriptions.api``.
"""


class Subject(models.TextChoices):
    """What a statistic is about."""

    CAMPAIGN = "campaign", _("campaign")
    NEWSLETTER = "newsletter", _("newsletter")
    AUTORESPONDER = "autoresponder", _("autoresponder")
    RSS_NEWSLETTER = "rss_newsletter", _("RSS newsletter")


class Granularity(models.TextChoices):
    """The length of one period; of windows also what has none, whose values are those of the day they were
    read on.
    """

    DAY = "day", _("day")
    HOUR = "hour", _("hour")
    SNAPSHOT = "snapshot", _("snapshot")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
STEPS = {Granularity.DAY: ONE_DAY, Granularity.HOUR: timedelta(hours=1)}


class Point(NamedTuple):
    """One period of a series; ``value`` is None where nothing was read."""

    starts_at: datetime
    value: int | None


def subject_of(row: HasStatistics) -> tuple[str, str]:
    """The (subject, remote id) of a mirrored row; the id is empty while the row is not linked."""
    return row.RESOURCE, getattr(row, f"{row.RESOURCE}_id") or ""


def is_level(metric: str) -> bool:
    """Whether a metric is a state, not a count: a day without a value is a gap even inside a window."""
    return metric == LEVEL or metric.partition(".")[0] in SNAPSHOTS


class StatisticQuerySet(models.QuerySet["Statistic"]):
    def of(self, row: HasStatistics) -> StatisticQuerySet:
        """The statistics of one campaign, newsletter, autoresponder or RSS newsletter."""
        subject, remote = subject_of(row)
        return self.filter(account_id=row.account_id, subject=subject, remote_id=remote)

    def series(
        self,
        row: HasStatistics,
        metrics: list[str],
        *,
        since: date | None = None,
        until: date | None = None,
        granularity: str = Granularity.DAY,
    ) -> dict[str, list[Point]]:
        """The series of each metric by day or hour, oldest first, in one query.

        Days are UTC; ``since`` and ``until`` are both included. Missing periods inside the window that was
        read are 0 (None for levels); outside it they are None between values, and else there are no points.
        """
        stored = {metric: metric.removeprefix(REPEATED) for metric in metrics}
        periods = self.of(row).filter(granularity=granularity, metric__in=set(stored.values()))
        # Not starts_at__date, which would be the day in the time zone of the site.
        periods = periods.filter(starts_at__gte=midnight(since)) if since else periods
        periods = periods.filter(starts_at__lt=midnight(until) + ONE_DAY) if until else periods
        window = StatisticWindow.objects.using(self.db).of(row).filter(granularity=granularity)
        step = STEPS[Granularity(granularity)]
        values: dict[str, dict[datetime, int]] = defaultdict(dict)
        read: set[datetime] = set()
        for metric, starts_at, value, first, last in with_window(periods, window):
            if first is None or last is None:
                values[metric][period_of(starts_at, step)] = value
            else:
                read = periods_read(first, last, since, until, step)
        return {metric: filled(values[name], read, name, step) for metric, name in stored.items()}


def with_window(
    values: StatisticQuerySet, window: StatisticWindowQuerySet
) -> Iterable[tuple[str, datetime, int, date | None, date | None]]:
    """(metric, starts_at, value, None, None) of each value, and a row with the days of the window, if there
    is one.
    """
    columns = ("metric", "starts_at", "value", "read_from", "read_until")
    day = models.Value(None, models.DateField())
    nothing = {
        "metric": models.Value("", models.CharField()),
        "starts_at": models.Value(None, models.DateTimeField()),
        "value": models.Value(None, models.BigIntegerField()),
    }
    rows = values.annotate(read_from=day, read_until=day).values_list(*columns)
    return rows.union(window.annotate(**nothing).values_list(*columns), all=True)


def midnight(day: date) -> datetime:
    """The moment a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def period_of(moment: datetime, step: timedelta) -> datetime:
    """The moment at which the day or hour of ``moment`` begins."""
    return moment - (moment - EPOCH) % step


def periods_between(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """The beginning of every period from first to last, both included."""
    return [first + number * step for number in range((last - first) // step + 1)]


def periods_read(
    first: date, last: date, since: date | None, until: date | None, step: timedelta = ONE_DAY
) -> set[datetime]:
    """The periods of a window that are asked for."""
    begin, end = max(first, since or first), min(last, until or last)
    return set(periods_between(midnight(begin), midnight(end) + ONE_DAY - step, step))


def filled(
    values: Mapping[datetime, int], read: set[datetime], metric: str, step: timedelta = ONE_DAY
) -> list[Point]:
    """The points of one metric: every period from the first to the last that was read or has a value."""
    if not (values or read):
        return []
    missing = None if is_level(metric) else 0
    first, last = min([*values, *read]), max([*values, *read])
    return [
        Point(moment, values.get(moment, missing if moment in read else None))
        for moment in periods_between(first, last, step)
    ]


class Statistic(models.Model):
    """The value of one metric of one subject in one period."""

    account = models.ForeignKey(  # the constraint has an index that begins with it
        Account, models.CASCADE, related_name="+", verbose_name=_("account"), db_index=False
    )
    subject = models.CharField(
        pgettext_lazy("of a statistic", "subject"), max_length=16, choices=Subject.choices
    )
    remote_id = models.CharField(_("remote id"), max_length=64)
    metric = models.CharField(_("metric"), max_length=64)
    granularity = models.CharField(_("granularity"), max_length=8, choices=Granularity.choices)
    starts_at = models.DateTimeField(_("starts at"), help_text=_("UTC"))
    value = models.BigIntegerField(_("value"))

    objects: ClassVar[models.Manager[Statistic]] = models.Manager.from_queryset(StatisticQuerySet)()

    class Meta:
        verbose_name = _("statistic")
        verbose_name_plural = _("statistics")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "subject", "remote_id", "metric", "granularity", "starts_at"],
                name="getresponse_one_statistic",
            )
        ]
        # For filters of the admin that find few or none among very many.
        indexes = [models.Index(fields=["granularity", "subject"], name="getresponse_statistic_kind")]

    def __str__(self) -> str:
        return f"{self.subject} {self.remote_id} {self.metric} {self.starts_at:%Y-%m-%d}"


class StatisticWindowQuerySet(models.QuerySet["StatisticWindow"]):
    def of(self, row: HasStatistics) -> StatisticWindowQuerySet:
        """The windows of one campaign, newsletter, autoresponder or RSS newsletter."""
        subject, remote = subject_of(row)
        return self.filter(account_id=row.account_id, subject=subject, remote_id=remote)


class StatisticWindow(models.Model):
    """From which to which UTC day the statistics of a subject were read, both included; without holes, but
    for snapshots, of which it tells the first and the last. Of hours it holds only days that were over.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    subject = models.CharField(
        pgettext_lazy("of a statistic", "subject"), max_length=16, choices=Subject.choices
    )
    remote_id = models.CharField(_("remote id"), max_length=64)
    granularity = models.CharField(_("granularity"), max_length=8, choices=Granularity.choices)
    read_from = models.DateField(_("read from"))
    read_until = models.DateField(_("read until"))

    objects: ClassVar[models.Manager[StatisticWindow]] = models.Manager.from_queryset(
        StatisticWindowQuerySet
    )()

    class Meta:
        verbose_name = _("window of statistics")
        verbose_name_plural = _("windows of statistics")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "subject", "remote_id", "granularity"], name="getresponse_one_window"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.remote_id} {self.read_from} to {self.read_until}"
