"""PullRun: one at a time, alive as long as it renews its lease."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from getresponse_django.models import Account, PullRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def begin(account: Account, kind: str = "tags") -> PullRun:
    run = PullRun.objects.begin(account, kind)
    assert run is not None
    return run


def test_only_one_run_of_a_kind_is_alive(account: Account) -> None:
    begin(account)
    assert PullRun.objects.begin(account, "tags") is None
    assert PullRun.objects.begin(account, "contacts") is not None
    assert PullRun.objects.begin(Account.objects.for_alias("other"), "tags") is not None


def test_the_next_one_begins_when_the_first_has_ended(account: Account) -> None:
    begin(account).finish(ok=True)
    assert PullRun.objects.begin(account, "tags") is not None


def test_a_killed_run_makes_room_when_its_lease_is_over(account: Account) -> None:
    killed = begin(account)
    PullRun.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert PullRun.objects.begin(account, "tags") is not None
    killed.refresh_from_db()
    assert (killed.ok, killed.finished_at is not None) == (False, True)
    assert killed.message


def test_progress_keeps_a_run_alive(account: Account) -> None:
    run = begin(account)
    PullRun.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    run.advance(done=1)
    assert PullRun.objects.begin(account, "tags") is None


def test_progress_adds_up_here_and_in_the_database(account: Account) -> None:
    run = begin(account)
    run.advance(expected=10)
    run.advance(done=3, written=2)
    run.advance(done=4)
    run.finish(ok=True)
    for row in (run, PullRun.objects.get()):
        assert (row.total, row.done, row.written) == (10, 7, 2)


def test_a_thousand_objects_read_at_once_are_one_statement(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.models.runs.SIGN_OF_LIFE", 60)
    run = begin(account)
    with django_assert_num_queries(1):
        for _ in range(1000):
            run.advance(done=1)
    run.next_sign = 0
    run.advance(done=1)
    assert PullRun.objects.get().done == 1001


def test_a_run_that_ended_tells_when_and_how(account: Account) -> None:
    run = begin(account)
    run.finish(ok=False, message="No.")
    row = PullRun.objects.get()
    assert (row.ok, row.message) == (False, "No.")
    assert row.finished_at is not None and row.finished_at >= row.started_at
    assert str(row).startswith("tags ")
