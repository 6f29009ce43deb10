"""The settings of the example site, with everything that waits scaled down."""

from __future__ import annotations

from datetime import timedelta

from example_project.settings import *  # noqa: F403
from example_project.settings import CELERY_BEAT_SCHEDULE as FULL_SCHEDULE
from example_project.settings import GETRESPONSE as EXAMPLE

GETRESPONSE = EXAMPLE | {
    "TIMEOUT": (0.5, 0.8),
    "SETTLE_SECONDS": 4,
    "LEASE_SECONDS": 6,
    "BACKOFF": (0.4, 1, 2),
}
CELERY_BEAT_SCHEDULE = {
    "push": FULL_SCHEDULE["getresponse: push_changes"] | {"schedule": timedelta(seconds=2)},
    "ping": FULL_SCHEDULE["getresponse: ping"] | {"schedule": timedelta(seconds=5)},
}
