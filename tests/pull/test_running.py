"""A pull under way: alone of its kind, with progress, and an end that is always written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from getresponse_django.errors import AccountRefused, ConfigurationError, Unavailable
from getresponse_django.models import PullRun
from getresponse_django.pull import AlreadyRunning, TooManyRemovals
from getresponse_django.pull.running import DAILY, done_now, guard, overdue, running
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account

pytestmark = pytest.mark.django_db


def last_run() -> PullRun:
    return PullRun.objects.latest("pk")


def test_a_run_that_ends_well_says_so(sandbox: Sandbox) -> None:
    run = pulled("tags")[0]
    assert (run.ok, run.message, run.done, run.total) == (True, "", 6, 6)
    stored = last_run()
    assert (stored.ok, stored.done, stored.total, stored.written) == (True, 6, 6, 6)
    assert stored.finished_at is not None
    assert the_account().last_used_at is not None


def test_a_second_run_of_the_same_kind_is_refused_and_another_kind_is_not(sandbox: Sandbox) -> None:
    with running(the_account(), "tags"):
        with pytest.raises(AlreadyRunning, match="tags of the account default"):
            pulled("tags")
        assert pulled("fields")[0].ok


def test_a_killed_run_is_superseded_when_its_lease_is_over(sandbox: Sandbox) -> None:
    killed = PullRun.objects.begin(the_account(), "tags")
    assert killed is not None
    PullRun.objects.filter(pk=killed.pk).update(leased_until=timezone.now() - timedelta(seconds=1))

    assert pulled("tags")[0].ok

    killed.refresh_from_db()
    assert (killed.ok, killed.message) == (False, "It ended without a word: killed?")


def test_the_failure_is_written_on_the_run_without_key_or_address(sandbox: Sandbox, caplog: Any) -> None:
    sandbox.add_contact("anna@example.com", "customers")
    sandbox.fail(503, path="^/contacts$", count=None)

    with pytest.raises(Unavailable):
        pulled("campaigns", "contacts")

    run = last_run()
    assert run.ok is False
    assert "503" in run.message
    assert "anna" not in run.message + caplog.text
    assert "sandbox" not in run.message, "the key of the sandbox"


def test_a_defect_is_told_by_its_kind_only(sandbox: Sandbox) -> None:
    with pytest.raises(ZeroDivisionError), running(the_account(), "tags"):
        raise ZeroDivisionError("anna@example.com")
    assert last_run().message == "ZeroDivisionError; the log has more."


def test_a_refused_account_is_not_asked_again(sandbox: Sandbox, settings: Any) -> None:
    account = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"API_KEY": "wrong"}
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}

    with pytest.raises(AccountRefused):
        pulled("tags")

    assert the_account().circuit_opened_at is not None


def test_without_settings_nothing_begins(sandbox: Sandbox, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {}}
    with pytest.raises(ConfigurationError):
        pulled("tags")
    assert not PullRun.objects.exists()


@pytest.mark.parametrize(
    ("gone", "here", "force", "stops"),
    [
        (5, 5, False, False),
        (6, 20, False, False),
        (7, 20, False, True),
        (20, 20, True, False),
        (0, 0, False, False),
    ],
)
def test_a_mass_removal_is_stopped(gone: int, here: int, force: bool, stops: bool) -> None:
    """SAFE_REMOVAL_PERCENT is 30; up to five are always believed."""
    if stops:
        with pytest.raises(TooManyRemovals, match=f"{gone} of {here} contacts"):
            guard(gone, here, "contacts", force=force)
    else:
        guard(gone, here, "contacts", force=force)


def test_what_is_done_daily_is_overdue_after_a_day() -> None:
    account = the_account()
    assert overdue(account, "listed", DAILY)
    done_now(account, "listed")
    assert not overdue(account, "listed", DAILY)
    account.move_cursor("listed", (timezone.now() - timedelta(hours=25)).isoformat())
    assert overdue(account, "listed", DAILY)
