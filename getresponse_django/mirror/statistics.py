"""Time series and the windows that were read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date

from ..models import Account, Statistic, StatisticWindow
from ..resources import Value
from .writing import upsert


def mirror_statistics(
    account: Account, subject: str, remote_id: str, granularity: str, values: Iterable[Value]
) -> int:
    """Upsert the values of one subject; returns how many there were. Doing it twice changes nothing."""
    latest = {(value.metric, value.starts_at): value for value in values}
    rows = [
        Statistic(
            account=account,
            subject=subject,
            remote_id=remote_id,
            granularity=granularity,
            metric=value.metric,
            starts_at=value.starts_at.astimezone(UTC),
            value=value.value,
        )
        for value in latest.values()
    ]
    unique = ["account", "subject", "remote_id", "metric", "granularity", "starts_at"]
    upsert(Statistic, rows, unique, ["value"])
    return len(rows)


def widen_window(
    account: Account, subject: str, remote_id: str, granularity: str, start: date, end: date
) -> None:
    """Note that everything from ``start`` to ``end`` was read."""
    key = {"account": account, "subject": subject, "remote_id": remote_id, "granularity": granularity}
    window, created = StatisticWindow.objects.get_or_create(
        **key, defaults={"read_from": start, "read_until": end}
    )
    if not created:
        window.read_from, window.read_until = min(window.read_from, start), max(window.read_until, end)
        window.save(update_fields=["read_from", "read_until"])
