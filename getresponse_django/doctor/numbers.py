"""The numbers of an account for monitoring: always the same names, one value each, from rows alone."""

from __future__ import annotations

import time
from math import ceil

from ..limits import remaining
from ..pull import PARTS
from .findings import age_of, seconds_of
from .standing import Standing

Numbers = dict[str, int | None]

PULLED = {part: f"{part}_pulled_seconds" for part in PARTS}

NAMES = (
    "changes_waiting",
    "changes_gave_up",
    "change_oldest_seconds",
    "webhooks_waiting",
    "webhooks_gave_up",
    "webhook_oldest_seconds",
    "webhook_last_seconds",
    "worker_seen_seconds",
    "beat_seen_seconds",
    "key_used_seconds",
    "calls_left",
    "batch_calls_left",
    "paused_seconds",
    *PULLED.values(),
)

UNKNOWN: Numbers = dict.fromkeys(NAMES)
"""Of an account whose rows cannot be read."""


def numbers_of(standing: Standing) -> Numbers:
    """Counts, and ages in whole seconds; None where there is nothing to tell the age of."""
    account, left = standing.account, remaining(standing.account.limits, time.time())
    changes, events = standing.outbox, standing.inbox
    succeeded = {part: pulls.success for part, pulls in standing.pulls.items()}
    return {
        "changes_waiting": changes.waiting,
        "changes_gave_up": changes.gave_up,
        "change_oldest_seconds": seconds_of(age_of(changes.oldest)),
        "webhooks_waiting": events.waiting,
        "webhooks_gave_up": events.gave_up,
        "webhook_oldest_seconds": seconds_of(age_of(events.oldest)),
        "webhook_last_seconds": seconds_of(age_of(events.last.received_at if events.last else None)),
        "worker_seen_seconds": seconds_of(age_of(account.worker_seen_at)),
        "beat_seen_seconds": seconds_of(age_of(account.beat_seen_at)),
        "key_used_seconds": seconds_of(age_of(account.last_used_at)),
        "calls_left": left.calls,
        "batch_calls_left": left.batch_calls,
        "paused_seconds": ceil(max([0.0, *left.paused.values()])),
    } | {
        name: seconds_of(age_of(run.finished_at if (run := succeeded.get(part)) else None))
        for part, name in PULLED.items()
    }
