"""A Celery worker in a thread, on a broker in memory, for tests that go the whole way from commit to push."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.app import TestApp, setup_default_app
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging
from django.db import connection

from .. import tasks
from ..nudging import Nudger
from ..signals import change_recorded

NOT_SHARED = (
    "getresponse_worker: a worker in another thread cannot share an SQLite database in memory with the test. "
    'Give the tests a file: DATABASES["default"]["TEST"] = {"NAME": BASE_DIR / "test.sqlite3"}'
)


@contextmanager
def running_worker() -> Iterator[None]:
    """Nudges reach a worker; afterwards the site's own Celery application is the current one again."""
    # is_in_memory_db exists for SQLite only.
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        pytest.fail(NOT_SHARED, pytrace=False)
    options = {
        "broker_transport_options": {"polling_interval": 0.02},
        # Queues in memory outlive the worker; what one test left is not for the next.
        "task_default_queue": f"getresponse-{uuid.uuid4()}",
    }
    app = TestApp("getresponse_tests", config=options)
    nudger, tasks.nudger = tasks.nudger, Nudger(tasks.publish)
    setup_logging.connect(leave_logging_alone)
    try:
        with setup_default_app(app), working(app):
            yield
    finally:
        setup_logging.disconnect(leave_logging_alone)
        tasks.nudger = nudger


@contextmanager
def working(app: Celery) -> Iterator[None]:
    """A worker of ``app`` that is nudged."""
    ended = threading.Event()
    bell = threading.Thread(target=ring, args=(app, ended), daemon=True)
    try:
        with start_worker(app, perform_ping_check=False):
            nudged = change_recorded.disconnect(tasks.nudge)
            change_recorded.connect(tasks.nudge)
            try:
                yield
            finally:
                if not nudged:  # as it was found
                    change_recorded.disconnect(tasks.nudge)
                bell.start()
    finally:
        ended.set()
    bell.join()


def ring(app: Celery, ended: threading.Event) -> None:
    """Send messages that do nothing: after one, or after 2 s without, a worker sees that it shall stop."""
    while not ended.wait(0.05):
        app.send_task("celery.ping")


def leave_logging_alone(**_options: Any) -> None:
    """Receiver of ``setup_logging``: without one, a worker sets the level and the handlers of the root."""
