"""The account row: written by many processes at once, silent when it must be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django
import pytest
from django.utils import timezone

from getresponse_django.models import Account

from .test_outbox import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def test_there_is_one_row_per_alias(account: Account) -> None:
    assert Account.objects.for_alias("default") == account
    assert str(account) == "default"


def test_writing_touches_the_named_columns_only(account: Account) -> None:
    stale = Account.objects.get()
    account.write(account_id="a1")
    stale.write(time_zone="UTC")
    fresh = Account.objects.get()
    assert (fresh.account_id, fresh.time_zone) == ("a1", "UTC")


@pytest.mark.parametrize(
    ("values", "silent"),
    [
        ({}, False),
        ({"paused": True}, True),
        ({"circuit_opened_at": timezone.now(), "circuit_reason": "wrong key"}, True),
        ({"resume_at": timezone.now() + timedelta(hours=1)}, True),
        ({"resume_at": timezone.now() - timedelta(hours=1)}, False),
    ],
)
def test_when_an_account_is_silent(account: Account, values: dict[str, Any], silent: bool) -> None:
    account.write(**values)
    assert bool(account.why_silent(timezone.now())) is silent


def test_admins_are_told_once_when_the_circuit_opens(
    account: Account, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.ADMINS = ["ops@example.com"] if django.VERSION >= (6, 0) else [("Ops", "ops@example.com")]
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    for process in (account, Account.objects.get(), Account.objects.get()):
        process.open_circuit("wrong key")
    assert [(mail.to, mail.body) for mail in mailoutbox] == [(["ops@example.com"], "wrong key")]


def test_the_circuit_opens_when_the_admins_cannot_be_told(
    account: Account, settings: Any, caplog: Any
) -> None:
    settings.ADMINS = [("Ops", "ops@example.com", "too much")]
    account.open_circuit("wrong key")
    assert account.why_silent(timezone.now()) == "wrong key"
    assert "getresponse.account.admins_not_told" in caplog.text


def test_an_open_circuit_keeps_its_first_reason_until_the_key_works(account: Account) -> None:
    account.open_circuit("wrong key")
    account.open_circuit("still wrong")
    assert account.why_silent(timezone.now()) == "wrong key"
    account.wait(60)
    account.mark_used()
    fresh = Account.objects.get()
    assert fresh.why_silent(timezone.now()) == ""
    assert fresh.last_used_at is not None


def test_outages_are_waited_out_longer_and_longer(account: Account, settings: Any) -> None:
    settings.GETRESPONSE = {**settings.GETRESPONSE, "BACKOFF": (60, 300)}
    waits = []
    for _outage in range(8):
        before = timezone.now()
        account.wait_out_outage()
        waits.append(round((account.resume_at - before).total_seconds()))
    assert waits == [15, 30, 60, 120, 240, 300, 300, 300]


def test_a_drain_is_planned_once_and_an_earlier_one_goes_before(account: Account) -> None:
    soon, later = (timezone.now() + timedelta(seconds=s) for s in (10, 20))
    assert account.plan_drain(later)
    assert not account.plan_drain(later)
    assert account.plan_drain(soon)
    assert not account.plan_drain(later)
    Account.objects.update(next_drain_at=timezone.now() - timedelta(seconds=1))
    assert account.plan_drain(later)


def test_cursors_keep_each_other(account: Account) -> None:
    stale = Account.objects.get()
    account.move_cursor("contacts", "2026")
    stale.move_cursor("messages", "2025")
    assert Account.objects.get().cursors == stale.cursors == {"contacts": "2026", "messages": "2025"}


@pytest.mark.django_db(transaction=True)
def test_limits_are_changed_one_after_the_other() -> None:
    account = Account.objects.for_alias("default")

    def count(limits: dict[str, Any]) -> int:
        limits["n"] = limits.get("n", 0) + 1
        return int(limits["n"])

    numbers = in_threads(4, lambda _number: [account.transact_limits(count) for _turn in range(10)])
    assert sorted(n for some in numbers for n in some) == list(range(1, 41))


def test_a_reservation_that_fails_changes_nothing(account: Account) -> None:
    def broken(limits: dict[str, Any]) -> None:
        limits["n"] = 1
        raise RuntimeError

    with pytest.raises(RuntimeError):
        account.transact_limits(broken)
    assert Account.objects.get().limits == {}
