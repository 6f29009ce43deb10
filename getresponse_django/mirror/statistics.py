"""Time series, values of a day, and the windows that were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest, Least

from ..models import Account, Statistic, StatisticWindow
from ..models.statistics import Granularity, is_level, midnight
from ..resources import Value
from .fitting import fitted
from .writing import upsert

Period = tuple[str, datetime]


def mirror_statistics(
    account: Account,
    subject: str,
    remote_id: str,
    granularity: str,
    values: Iterable[Value],
    *,
    days: tuple[date, date] | None = None,
    family: str = "",
) -> int:
    """Upsert the values of one subject; returns how many were new or differed: none the second time.

    ``days``, both included, are those that were read whole: a count of the ``family`` that is stored there
    and was not told again is 0 now. A family is the part of a metric before its dot, "" without one.
    """
    read = {(value.metric, value.starts_at.astimezone(UTC)): value.value for value in storable(values)}
    key = {"account": account, "subject": subject, "remote_id": remote_id, "granularity": granularity}
    known = known_values(key, read, days, family)
    counts = {period for period, value in known.items() if value and not is_level(period[0])}
    read |= dict.fromkeys(counts - read.keys(), 0)
    # Sorted, so that two pulls that race do not wait for each other.
    rows = [
        Statistic(**key, metric=metric, starts_at=starts_at, value=value)
        for (metric, starts_at), value in sorted(read.items())
        if known.get((metric, starts_at)) != value
    ]
    upsert(
        Statistic, rows, ["account", "subject", "remote_id", "metric", "granularity", "starts_at"], ["value"]
    )
    return len(rows)


def storable(values: Iterable[Value]) -> Iterator[Value]:
    """The values as their columns keep them, but for numbers that are too large for any."""
    for value in values:
        fit = fitted(Statistic, {"metric": value.metric, "value": value.value})
        if fit["value"] is not None:
            yield replace(value, **fit)


def known_values(
    key: dict[str, Any], read: Iterable[Period], days: tuple[date, date] | None, family: str
) -> dict[Period, int]:
    """What is stored of a family in the days that were read, or in those of the values."""
    moments = [moment for _metric, moment in read]
    if days:
        moments += [midnight(days[0]), midnight(days[1]) + timedelta(days=1, microseconds=-1)]
    if not moments:
        return {}
    rows = of_family(Statistic.objects.filter(**key), family)
    rows = rows.filter(starts_at__gte=min(moments), starts_at__lte=max(moments))
    return {(metric, at): value for metric, at, value in rows.values_list("metric", "starts_at", "value")}


def of_family(rows: QuerySet[Statistic], family: str) -> QuerySet[Statistic]:
    """Those whose metric is of this family."""
    return rows.filter(metric__startswith=f"{family}.") if family else rows.exclude(metric__contains=".")


def mirror_snapshot(
    account: Account, subject: str, remote_id: str, family: str, counts: Mapping[str, int], day: date
) -> int:
    """Keep what has no time as values of the day it was read on. What the last such day had and this one
    lacks is 0 from now on. Returns how many values were new or differed.
    """
    at = midnight(day)
    read = {f"{family}.{name}": count for name, count in counts.items()}
    days = Statistic.objects.filter(account=account, subject=subject, remote_id=remote_id)
    rows = of_family(days.filter(granularity=Granularity.DAY, starts_at__lte=at), family)
    last = rows.order_by("-starts_at").values("starts_at")[:1]
    known = rows.filter(starts_at=last).values_list("metric", flat=True)
    values = [Value(metric, at, count) for metric, count in (dict.fromkeys(known, 0) | read).items()]
    return mirror_statistics(account, subject, remote_id, Granularity.DAY, values, family=family)


def widen_window(
    account: Account, subject: str, remote_id: str, granularity: str, start: date, end: date
) -> None:
    """Note that everything from ``start`` to ``end`` was read. In one statement: another pull may widen it
    too.
    """
    key = {"account": account, "subject": subject, "remote_id": remote_id, "granularity": granularity}
    window, created = StatisticWindow.objects.get_or_create(
        **key, defaults={"read_from": start, "read_until": end}
    )
    if not created and not window.read_from <= start <= end <= window.read_until:
        StatisticWindow.objects.filter(Q(read_from__gt=start) | Q(read_until__lt=end), pk=window.pk).update(
            read_from=Least("read_from", start), read_until=Greatest("read_until", end)
        )
