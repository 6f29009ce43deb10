"""The outbox: one row per object, claims by lease, and every end of a claim that an edit meanwhile
can meet.
"""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from getresponse_django.models import Account, Change
from getresponse_django.models.outbox import Key, Reason, settle
from getresponse_django.signals import change_gave_up, change_recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def record(account: Account, *pks: int, tombstone: dict[str, Any] | None = None) -> None:
    Change.objects.record([Key(account.pk, "contact", pk, tombstone) for pk in pks])


def claim(account: Account, now: datetime | None = None) -> list[Change]:
    """Of either kind: these tests are not about it."""
    now = now or timezone.now()
    return Change.objects.claim(account, "contact", now, bulk=False) or Change.objects.claim(
        account, "contact", now, bulk=True
    )


def the_change() -> Change:
    return Change.objects.get()


def test_recording_again_is_one_row_due_from_the_start(account: Account) -> None:
    record(account, 1)
    Change.objects.update(
        attempts=7,
        gave_up_at=timezone.now(),
        reason="rejected",
        detail="x",
        not_before=timezone.now() + timedelta(9),
    )
    stamp = the_change().stamp
    record(account, 1)
    change = the_change()
    assert change.stamp != stamp
    assert (change.attempts, change.gave_up_at, change.reason, change.detail) == (0, None, "", "")
    assert change.not_before <= timezone.now()


def test_recording_the_same_twice_in_one_statement_keeps_the_last(account: Account) -> None:
    keys = [Key(account.pk, "contact", 1), Key(account.pk, "contact", 1, {"remote_id": "a"})]
    Change.objects.record(keys)
    assert the_change().tombstone == {"remote_id": "a"}


def test_a_claim_takes_what_is_due_counts_the_attempt_and_leases(account: Account) -> None:
    record(account, 1, 2, 3, 4)
    now = timezone.now()
    Change.objects.filter(object_pk=2).update(not_before=now + timedelta(seconds=5))
    Change.objects.filter(object_pk=3).update(leased_until=now + timedelta(seconds=5))
    Change.objects.filter(object_pk=4).update(gave_up_at=now)
    (taken,) = claim(account, now)
    assert (taken.object_pk, taken.attempts, taken.leased_until) == (1, 1, now + timedelta(seconds=5))
    assert claim(account, now) == []
    assert {c.object_pk for c in claim(account, now + timedelta(seconds=6))} == {1, 2, 3}


def test_a_claim_is_limited_to_a_thousand(account: Account) -> None:
    record(account, *range(1, 1101))
    assert (len(claim(account)), len(claim(account)), len(claim(account))) == (1000, 100, 0)


def test_a_claim_takes_one_resource_of_one_account(account: Account) -> None:
    other = Account.objects.for_alias("other")
    record(other, 1)
    Change.objects.record([Key(account.pk, "tag", 1)])
    assert claim(account) == []
    assert len(claim(other)) == 1


def test_recording_never_touches_the_lease(account: Account) -> None:
    record(account, 1)
    (taken,) = claim(account)
    record(account, 1)
    assert the_change().leased_until == taken.leased_until
    assert claim(account) == []


ENDS = {
    "settle": lambda change: change.settle(),
    "retry": lambda change: change.retry_at(timezone.now() + timedelta(hours=1), "x"),
    "wait": lambda change: change.retry_at(timezone.now() + timedelta(hours=1), "x", costs_attempt=False),
    "give up": lambda change: change.give_up(Reason.REJECTED, "x"),
}


@pytest.mark.parametrize("end", sorted(ENDS))
def test_an_edit_during_a_push_is_due_at_once_after_it(account: Account, end: str) -> None:
    record(account, 1)
    (taken,) = claim(account)
    record(account, 1)
    ENDS[end](taken)
    change = the_change()
    assert (change.leased_until, change.gave_up_at, change.attempts, change.reason) == (None, None, 0, "")
    assert change.not_before <= timezone.now()


@pytest.mark.parametrize("end", sorted(ENDS))
def test_a_worker_whose_lease_is_over_writes_nothing(account: Account, end: str) -> None:
    record(account, 1)
    (late,) = claim(account)
    (taken,) = claim(account, timezone.now() + timedelta(seconds=60))
    ENDS[end](late)
    change = the_change()
    assert (change.leased_until, change.attempts, change.gave_up_at) == (taken.leased_until, 2, None)


def test_settled_is_deleted(account: Account) -> None:
    record(account, 1, 2)
    settle(claim(account))
    assert not Change.objects.exists()


def test_settling_many_keeps_those_edited_meanwhile(account: Account) -> None:
    record(account, 1, 2, 3)
    taken = claim(account)
    record(account, 2)
    settle(taken)
    assert (the_change().object_pk, the_change().leased_until) == (2, None)


def test_settling_nothing_is_nothing(account: Account) -> None:
    record(account, 1)
    settle([])
    assert Change.objects.count() == 1


@pytest.mark.parametrize(("costs", "attempts"), [(True, 1), (False, 0)])
def test_a_wait_costs_no_attempt_and_a_retry_one(account: Account, costs: bool, attempts: int) -> None:
    record(account, 1)
    (taken,) = claim(account)
    when = timezone.now() + timedelta(minutes=5)
    taken.retry_at(when, "later", costs_attempt=costs)
    change = the_change()
    assert (change.attempts, change.not_before, change.detail, change.leased_until) == (
        attempts,
        when,
        "later",
        None,
    )


def test_attempts_never_fall_below_zero(account: Account) -> None:
    record(account, 1)
    (taken,) = claim(account)
    Change.objects.update(attempts=0)
    taken.retry_at(timezone.now(), "", costs_attempt=False)
    assert the_change().attempts == 0


def test_giving_up_keeps_the_row_and_tells(account: Account) -> None:
    told: list[Change] = []

    def listen(change: Change, **_kwargs: Any) -> None:
        told.append(change)

    change_gave_up.connect(listen)
    try:
        record(account, 1)
        (taken,) = claim(account)
        taken.give_up(Reason.EXHAUSTED, "too often")
    finally:
        change_gave_up.disconnect(listen)
    assert [(c.object_pk, c.reason, c.detail, c.gave_up_at is not None) for c in told] == [
        (1, "exhausted", "too often", True)
    ]
    assert list(Change.objects.gave_up()) == [taken]
    assert not Change.objects.waiting().exists()
    assert claim(account, timezone.now() + timedelta(days=99)) == []


def test_reviving_makes_it_due_from_the_first_attempt(account: Account) -> None:
    record(account, 1)
    (taken,) = claim(account)
    taken.give_up(Reason.EXHAUSTED, "too often")
    assert Change.objects.gave_up().revive() == 1
    assert [c.attempts for c in claim(account)] == [1]
    assert the_change().stamp != taken.stamp


def test_each_recorded_row_has_a_stamp_of_its_own(account: Account) -> None:
    record(account, 1, 2)
    assert len({change.stamp for change in Change.objects.all()}) == 2
    assert all(isinstance(change.stamp, uuid.UUID) for change in Change.objects.all())


def test_forgetting_drops_only_those_named(account: Account) -> None:
    record(account, 1, 2)
    Change.objects.forget([Key(account.pk, "contact", 1), Key(account.pk, "tag", 2)])
    assert the_change().object_pk == 2


def test_the_next_due_is_not_before_the_lease_is_over(account: Account) -> None:
    assert Change.objects.next_due() is None
    record(account, 1, 2)
    now = timezone.now()
    Change.objects.filter(object_pk=1).update(leased_until=now + timedelta(seconds=30))
    Change.objects.filter(object_pk=2).update(not_before=now + timedelta(seconds=50))
    assert Change.objects.next_due() == now + timedelta(seconds=30)
    Change.objects.filter(object_pk=1).update(gave_up_at=now)
    assert Change.objects.next_due() == now + timedelta(seconds=50)


def test_a_commit_announces_each_account_once(
    account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[int] = []

    def listen(account_id: int, **_kwargs: Any) -> None:
        heard.append(account_id)

    change_recorded.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            record(account, 1, 2, 3)
            assert heard == []
    finally:
        change_recorded.disconnect(listen)
    assert heard == [account.pk]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_breaks_nothing(account: Account) -> None:
    def broken(**_kwargs: Any) -> None:
        raise RuntimeError

    change_recorded.connect(broken)
    try:
        record(account, 1)
    finally:
        change_recorded.disconnect(broken)
    assert Change.objects.count() == 1


def in_threads(count: int, work: Any) -> list[Any]:
    """What ``work(number)`` returns in each of ``count`` threads."""
    results: list[Any] = []

    def run(number: int) -> None:
        try:
            results.append(work(number))
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same(account: Account) -> None:
    record(account, *range(1, 201))
    taken = in_threads(4, lambda _number: [change.pk for change in claim(account)])
    pks = [pk for claimed in taken for pk in claimed]
    assert len(pks) == len(set(pks)) == 200


def test_many_writers_of_the_same_objects_do_not_deadlock(postgres: None) -> None:
    account = Account.objects.for_alias("default")

    def write(number: int) -> None:
        for turn in range(15):
            pks = list(range(1, 60))
            record(account, *(reversed(pks) if (number + turn) % 2 else pks))

    assert in_threads(4, write) == [None] * 4
    assert Change.objects.count() == 59
