"""The whole way from a commit to GetResponse, through a real Celery worker in a thread."""

from __future__ import annotations

import logging
import time

import pytest
from celery import current_app
from django.db import connection, transaction

from getresponse_django import tasks
from getresponse_django.models import Change, Contact
from getresponse_django.signals import change_recorded
from getresponse_django.testing.assertions import GetResponse
from getresponse_django.testing.worker import running_worker
from tests.site import celery_app

ANN = "ann@example.com"


def test_a_worker_pushes_what_is_committed(getresponse_worker: GetResponse) -> None:
    with transaction.atomic():
        Contact.objects.subscribe(ANN, campaign="customers", name="Ann", tags=["fresh"])
        time.sleep(0.3)
        assert getresponse_worker.sandbox.requests == []
    getresponse_worker.assert_subscribed(ANN, "customers", name="Ann", tags=["fresh"])
    Contact.objects.unsubscribe(ANN)
    getresponse_worker.assert_not_subscribed(ANN)
    assert current_app.main == "getresponse_tests"


def test_a_worker_tries_again_by_itself(getresponse_worker: GetResponse) -> None:
    getresponse_worker.sandbox.fail(500, method="POST", path="^/contacts$", when="after")
    Contact.objects.subscribe(ANN, campaign="customers")
    getresponse_worker.assert_subscribed(ANN, "customers")
    assert len(getresponse_worker.sandbox.contacts()) == 1


def test_the_patience_with_a_worker_ends(getresponse_worker: GetResponse) -> None:
    getresponse_worker.wait_for_worker(0.3)
    with pytest.raises(AssertionError, match=r"not subscribed .* \(after 0.3 seconds of waiting"):
        getresponse_worker.assert_subscribed(ANN, "customers")


def test_nothing_is_sent_while_nothing_is_recorded(getresponse_worker: GetResponse) -> None:
    getresponse_worker.assert_nothing_sent()
    Contact.objects.subscribe(ANN, campaign="customers")
    with pytest.raises(AssertionError, match="POST /contacts"):
        getresponse_worker.assert_nothing_sent()


def test_absence_is_not_believed_before_the_worker_had_its_turn(getresponse_worker: GetResponse) -> None:
    getresponse_worker.wait_for_worker(0.3)
    getresponse_worker.sandbox.latency = 1
    Contact.objects.subscribe(ANN, campaign="customers")
    assert Change.objects.exists()
    with pytest.raises(AssertionError, match=r"not pushed yet|is subscribed"):
        getresponse_worker.assert_not_subscribed(ANN)
    getresponse_worker.sandbox.latency = 0


def test_the_site_gets_its_own_celery_and_its_nudge_back(transactional_db: None) -> None:
    nudger, level, handlers = tasks.nudger, logging.root.level, list(logging.root.handlers)
    with running_worker():
        assert current_app.main == "getresponse_tests"
    assert current_app.main == celery_app.main
    assert tasks.nudger is nudger
    assert (logging.root.level, logging.root.handlers) == (level, handlers)
    assert change_recorded.disconnect(tasks.nudge)
    change_recorded.connect(tasks.nudge)


def test_a_database_in_memory_is_refused_with_what_to_write(
    getresponse: GetResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(connection, "is_in_memory_db", lambda: True, raising=False)
    with pytest.raises(pytest.fail.Exception, match=r"test\.sqlite3"), running_worker():
        pass
