"""Statistic: stored time series, and the windows that were read: absent inside one is zero, outside a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import Account

if TYPE_CHECKING:
    from .audience import Campaign
    from .messages import Autoresponder, Newsletter

LEVELS = frozenset({"total_subscribers"})
"""Metrics that are states, not counts: a day without a value is a gap even inside a window."""


class Subject(models.TextChoices):
    """What a statistic is about."""

    CAMPAIGN = "campaign", _("campaign")
    NEWSLETTER = "newsletter", _("newsletter")
    AUTORESPONDER = "autoresponder", _("autoresponder")


class Granularity(models.TextChoices):
    """The length of one period."""

    DAY = "day", _("day")
    HOUR = "hour", _("hour")


class Point(NamedTuple):
    """One period of a series; ``value`` is None where nothing was read."""

    starts_at: datetime
    value: int | None


def subject_of(row: Campaign | Newsletter | Autoresponder) -> tuple[str, str]:
    """The (subject, remote id) of a mirrored row; the id is empty while the row is not linked."""
    return row.RESOURCE, getattr(row, f"{row.RESOURCE}_id") or ""


class StatisticQuerySet(models.QuerySet["Statistic"]):
    def of(self, row: Campaign | Newsletter | Autoresponder) -> StatisticQuerySet:
        """The statistics of one campaign, newsletter or autoresponder."""
        subject, remote = subject_of(row)
        return self.filter(account_id=row.account_id, subject=subject, remote_id=remote)

    def series(
        self,
        row: Campaign | Newsletter | Autoresponder,
        metrics: list[str],
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> dict[str, list[Point]]:
        """The daily series of each metric, oldest first, in two queries: the values and the window read.

        Days are UTC. Missing days inside the window that was read are 0 (None for levels); outside it they
        are None between values, and else there are no points.
        """
        days = self.of(row).filter(granularity=Granularity.DAY, metric__in=metrics)
        # Not starts_at__date, which would be the day in the time zone of the site.
        days = days.filter(starts_at__gte=midnight(since)) if since else days
        days = days.filter(starts_at__lt=midnight(until) + timedelta(days=1)) if until else days
        values: dict[str, dict[date, int]] = {metric: {} for metric in metrics}
        for metric, starts_at, value in days.values_list("metric", "starts_at", "value"):
            values[metric][starts_at.date()] = value
        window = StatisticWindow.objects.of(row).filter(granularity=Granularity.DAY).first()
        return {metric: filled(values[metric], window, metric, since, until) for metric in metrics}


def midnight(day: date) -> datetime:
    """The moment a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def filled(
    values: dict[date, int],
    window: StatisticWindow | None,
    metric: str,
    since: date | None,
    until: date | None,
) -> list[Point]:
    """The points of one metric: every day from the first to the last that was read or has a value."""
    read = days_read(window, since, until)
    if not (values or read):
        return []
    missing = None if metric in LEVELS else 0
    return [
        Point(midnight(day), values.get(day, missing if day in read else None))
        for day in days_between(min([*values, *read]), max([*values, *read]))
    ]


def days_read(window: StatisticWindow | None, since: date | None, until: date | None) -> set[date]:
    """The days of the window that are asked for."""
    if window is None:
        return set()
    first = max(window.read_from, since or window.read_from)
    last = min(window.read_until, until or window.read_until)
    return set(days_between(first, last))


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


class Statistic(models.Model):
    """The value of one metric of one subject in one period."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    subject = models.CharField(_("subject"), max_length=16, choices=Subject.choices)
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

    def __str__(self) -> str:
        return f"{self.subject} {self.remote_id} {self.metric} {self.starts_at:%Y-%m-%d}"


class StatisticWindowQuerySet(models.QuerySet["StatisticWindow"]):
    def of(self, row: Campaign | Newsletter | Autoresponder) -> StatisticWindowQuerySet:
        """The windows of one campaign, newsletter or autoresponder."""
        subject, remote = subject_of(row)
        return self.filter(account_id=row.account_id, subject=subject, remote_id=remote)


class StatisticWindow(models.Model):
    """From which to which day the statistics of a subject were read, both included; without holes."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    subject = models.CharField(_("subject"), max_length=16, choices=Subject.choices)
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
