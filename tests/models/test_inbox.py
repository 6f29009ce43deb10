"""The inbox: claims by lease, one contact with one worker, and how long what came is kept."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from getresponse_django.models import Account, WebhookEvent
from getresponse_django.models.inbox import (
    MADE_HERE,
    Outcome,
    WebhookEventQuerySet,
    finish,
    give_up,
    release,
    retry,
)
from getresponse_django.signals import event_recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def made(account: Account, webhook_id: str | None = None, index: int = 0, **columns: Any) -> WebhookEvent:
    columns = {"source": "webhook", "type": "contact_added", "body": {}} | columns
    return WebhookEvent(account=account, webhook_id=webhook_id, index=index, **columns)


def kept(account: Account, *arguments: Any, **columns: Any) -> WebhookEvent:
    event = made(account, *arguments, **columns)
    event.save()
    return event


def claim(account: Account, now: datetime | None = None) -> list[WebhookEvent]:
    return WebhookEvent.objects.claim(account, now or timezone.now())


def test_what_is_recorded_again_is_left_as_it_is(account: Account) -> None:
    WebhookEvent.objects.record([made(account, "w", 0), made(account, "w", 1)])
    WebhookEvent.objects.update(outcome="noted")
    WebhookEvent.objects.record([made(account, "w", index, type="other") for index in range(3)])
    rows = WebhookEvent.objects.order_by("index").values_list("index", "type", "outcome")
    assert list(rows) == [(0, "contact_added", "noted"), (1, "contact_added", "noted"), (2, "other", "")]


def test_recording_nothing_tells_nobody(account: Account, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        WebhookEvent.objects.record([])
    assert callbacks == []


def test_recording_is_announced_when_it_is_committed(
    account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[int] = []

    def hear(account_id: int, **_kwargs: Any) -> None:
        told.append(account_id)

    event_recorded.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        WebhookEvent.objects.record([made(account, "w")])
        assert told == []
    event_recorded.disconnect(hear)
    assert told == [account.pk]


def test_a_claim_counts_the_attempt_and_is_for_one(account: Account) -> None:
    kept(account)
    [event] = claim(account)
    assert event.attempts == 1
    assert claim(account) == []
    [again] = claim(account, timezone.now() + timedelta(hours=1))
    assert again.attempts == 2


def test_a_claim_is_of_what_is_due_of_this_account(account: Account) -> None:
    other = Account.objects.for_alias("other")
    later = timezone.now() + timedelta(minutes=1)
    (
        kept(other),
        kept(account, not_before=later),
        kept(account, processed_at=later),
        kept(account, gave_up_at=later),
    )
    due = kept(account)
    assert claim(account) == [due]
    assert WebhookEvent.objects.filter(account=account).next_due() is not None


def test_what_its_late_owner_finishes_meanwhile_is_not_claimed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding what is due and taking it."""
    kept(account)
    honest, calls = WebhookEventQuerySet.due, [0]

    def due(self: WebhookEventQuerySet, now: datetime) -> WebhookEventQuerySet:
        calls[0] += 1
        if calls[0] == 2:
            WebhookEvent.objects.update(processed_at=now)
        return honest(self, now)

    monkeypatch.setattr(WebhookEventQuerySet, "due", due)
    assert claim(account) == []
    assert calls == [2]
    assert WebhookEvent.objects.get().leased_until is None


def test_a_contact_is_with_one_worker_at_a_time(account: Account) -> None:
    kept(account, contact_id="a")
    first = claim(account)
    second, third, fourth = (kept(account, contact_id=one) for one in ("a", "b", ""))
    assert claim(account) == [third, fourth]
    finish(first, Outcome.MIRRORED)
    assert claim(account) == [second]


def test_another_account_has_contacts_of_its_own(account: Account) -> None:
    kept(account, contact_id="a")
    claim(account)
    other = Account.objects.for_alias("other")
    theirs = kept(other, contact_id="a")
    assert claim(other) == [theirs]


def test_a_claim_releases_ids_that_were_made_here_and_keeps_the_others(account: Account) -> None:
    kept(account, MADE_HERE + "x"), kept(account, "w")
    assert [event.webhook_id for event in claim(account)] == [None, "w"]


def test_releasing_takes_the_attempt_back_and_retrying_does_not(account: Account) -> None:
    kept(account)
    release(claim(account))
    event = WebhookEvent.objects.get()
    assert (event.attempts, event.leased_until) == (0, None)
    retry(claim(account), timezone.now(), "500", costs_attempt=True)
    event.refresh_from_db()
    assert (event.attempts, event.leased_until, event.detail) == (1, None, "500")


def test_what_gave_up_is_kept_and_can_be_revived(account: Account) -> None:
    kept(account)
    give_up(claim(account), "rejected", "No.")
    assert claim(account) == []
    assert WebhookEvent.objects.gave_up().revive() == 1
    [event] = claim(account)
    assert (event.attempts, event.gave_up_at, event.reason, event.detail) == (1, None, "", "")


def test_bodies_are_forgotten_after_the_retention_and_rows_much_later(account: Account) -> None:
    now = timezone.now()
    done = {"processed_at": now, "body": {"a": "b"}}
    ages = {"new": 89, "old": 91, "ancient": 91 + 365}
    for name, days in ages.items():
        kept(account, name, received_at=now - timedelta(days=days), **done)
    kept(account, "failed", received_at=now - timedelta(days=91), gave_up_at=now, body={"a": "b"})
    kept(account, "waiting", received_at=now - timedelta(days=999), body={"a": "b"})
    WebhookEvent.objects.prune(now)
    assert dict(WebhookEvent.objects.values_list("webhook_id", "body")) == {
        "new": {"a": "b"},
        "old": None,
        "failed": None,
        "waiting": {"a": "b"},
    }


@pytest.mark.django_db(transaction=True)
def test_the_same_delivery_at_the_same_moment_is_kept_once(account: Account) -> None:
    """dj-stripe's bursts ended in IntegrityError and deadlocks."""
    failures: list[Exception] = []

    def store() -> None:
        try:
            for number in range(5):
                WebhookEvent.objects.record([made(account, f"w{number}", index) for index in range(20)])
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=store) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert WebhookEvent.objects.count() == 100
