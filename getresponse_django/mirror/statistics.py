"""Time series and the windows that were read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from ..models import Account, Statistic, StatisticWindow
from ..resources import Value
from .writing import upsert

Period = tuple[str, datetime]


def mirror_statistics(
    account: Account, subject: str, remote_id: str, granularity: str, values: Iterable[Value]
) -> int:
    """Upsert the values of one subject; returns how many were new or differed: none the second time."""
    read = {(value.metric, value.starts_at.astimezone(UTC)): value.value for value in values}
    if not read:
        return 0
    key = {"account": account, "subject": subject, "remote_id": remote_id, "granularity": granularity}
    known = known_values(key, read)
    rows = [
        Statistic(**key, metric=metric, starts_at=starts_at, value=value)
        for (metric, starts_at), value in read.items()
        if known.get((metric, starts_at)) != value
    ]
    upsert(
        Statistic, rows, ["account", "subject", "remote_id", "metric", "granularity", "starts_at"], ["value"]
    )
    return len(rows)


def known_values(key: dict[str, Any], read: Iterable[Period]) -> dict[Period, int]:
    """What is stored of a subject in the time and of the metrics that were read."""
    metrics, moments = {metric for metric, _at in read}, [at for _metric, at in read]
    rows = Statistic.objects.filter(
        **key, metric__in=metrics, starts_at__gte=min(moments), starts_at__lte=max(moments)
    )
    return {(metric, at): value for metric, at, value in rows.values_list("metric", "starts_at", "value")}


def widen_window(
    account: Account, subject: str, remote_id: str, granularity: str, start: date, end: date
) -> None:
    """Note that everything from ``start`` to ``end`` was read."""
    key = {"account": account, "subject": subject, "remote_id": remote_id, "granularity": granularity}
    window, created = StatisticWindow.objects.get_or_create(
        **key, defaults={"read_from": start, "read_until": end}
    )
    if not created and not window.read_from <= start <= end <= window.read_until:
        window.read_from, window.read_until = min(window.read_from, start), max(window.read_until, end)
        window.save(update_fields=["read_from", "read_until"])
