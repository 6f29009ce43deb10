"""Accounts: the overview, its warnings, the pause, and pulls and pushes that a person starts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django import tasks
from getresponse_django.models import Account, Change, Contact, Newsletter, PullRun, Statistic
from getresponse_django.pull.chosen import KIND as CHOSEN
from getresponse_django.pull.searches import MEMBERS
from tests.admin.conftest import act, list_url, page_url, said


def warnings(client: Client, account: Account) -> str:
    found = client.get(page_url(account)).context["overview"].warnings
    return " | ".join(f"{warning.text} {warning.advice} {warning.url}".strip() for warning in found)


@pytest.fixture
def well(account: Account) -> Account:
    """An account without anything to complain about."""
    run = PullRun.objects.begin(account, "contacts")
    assert run is not None
    run.finish(ok=True)
    return account


@pytest.fixture
def deaf_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that accepts and never answers."""
    monkeypatch.setattr("getresponse_django.admin.shared.broker.LONGEST_WAIT", 0.2)
    for task in (tasks.pull_audience, tasks.push_changes, tasks.ping):
        monkeypatch.setattr(task, "apply_async", lambda **_options: time.sleep(5))


def test_the_accounts_of_the_settings_are_there_before_the_first_pull(admin_client: Client) -> None:
    assert [row.alias for row in admin_client.get(list_url(Account)).context["cl"].result_list] == ["default"]


def test_the_list_counts_what_waits_and_what_gave_up(admin_client: Client, account: Account) -> None:
    for pk, when in enumerate([None, None, timezone.now()]):
        Change.objects.create(account=account, resource="tag", object_pk=pk, gave_up_at=when)
    row = admin_client.get(list_url(Account)).context["cl"].result_list[0]
    assert (row.waiting, row.gave_up) == (2, 1)


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "works"),
        ({"last_used_at": None}, "not used yet"),
        ({"paused": True}, "paused"),
        ({"resume_at": timezone.now() + timedelta(hours=1)}, "waiting"),
        ({"paused": True, "circuit_opened_at": timezone.now()}, "refused by GetResponse"),
    ],
)
def test_health_in_a_word(admin_client: Client, account: Account, columns: Any, word: str) -> None:
    account.write(**columns)
    assert f'">{word}</span>' in admin_client.get(list_url(Account)).content.decode()


def test_an_account_in_order_has_no_warning(admin_client: Client, well: Account) -> None:
    assert warnings(admin_client, well) == ""
    assert "All is well." in admin_client.get(page_url(well)).content.decode()


@pytest.mark.parametrize(
    ("columns", "warning"),
    [
        ({"paused": True}, "The account is paused"),
        (
            {"circuit_opened_at": timezone.now(), "circuit_reason": "Code 1014."},
            "refuses this account: Code 1014.",
        ),
        ({"resume_at": timezone.now() + timedelta(hours=1)}, "sending goes on in"),
        ({"worker_seen_at": None}, "No worker has been seen."),
        ({"beat_seen_at": timezone.now() - timedelta(hours=1)}, "The beat was seen 6"),
    ],
)
def test_what_needs_somebody_is_said_with_what_to_do(
    admin_client: Client, well: Account, columns: Any, warning: str
) -> None:
    well.write(**columns)
    assert warning in warnings(admin_client, well)


def test_changes_that_gave_up_are_linked(admin_client: Client, well: Account) -> None:
    Change.objects.create(account=well, resource="tag", object_pk=1, gave_up_at=timezone.now())
    Change.objects.create(account=well, resource="tag", object_pk=2)
    assert "1 change gave up." in warnings(admin_client, well)
    url = admin_client.get(page_url(well)).context["overview"].urls["gave_up"]
    assert [row.object_pk for row in admin_client.get(url).context["cl"].result_list] == [1]


def test_a_failed_pull_is_named_with_its_message(admin_client: Client, well: Account) -> None:
    run = failed(well, "tags")
    said = warnings(admin_client, well)
    assert "tags: failed 0 seconds ago. Not reachable. It is tried again by itself." in said
    assert page_url(run) in said


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        (MEMBERS, "Choose “Read the members” in the list of segments again"),
        (CHOSEN, "Choose “Pull now” in the list of contacts again"),
        ("something", "Nothing tries it again by itself"),
    ],
)
def test_what_a_person_started_is_not_said_to_be_tried_again(
    admin_client: Client, well: Account, kind: str, advice: str
) -> None:
    run = failed(well, kind)
    said = warnings(admin_client, well)
    assert f"{kind}: failed" in said and advice in said
    assert "It is tried again" not in said
    PullRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=2))
    assert warnings(admin_client, well) == ""


def failed(account: Account, kind: str) -> PullRun:
    run = PullRun.objects.begin(account, kind)
    assert run is not None
    run.finish(ok=False, message="Not reachable.")
    return run


def test_only_the_last_pull_of_each_kind_counts(admin_client: Client, well: Account) -> None:
    for ok in (False, True):
        run = PullRun.objects.begin(well, "contacts")
        assert run is not None
        run.finish(ok=ok)
    runs = admin_client.get(page_url(well)).context["overview"].runs
    assert [(last.run.kind, last.run.ok) for last in runs] == [("contacts", True)]
    assert warnings(admin_client, well) == ""


def test_before_the_first_pull_the_page_says_how_to_start_it(admin_client: Client, account: Account) -> None:
    assert "Nothing was pulled yet." in warnings(admin_client, account)


def test_settings_that_are_wrong_are_named(admin_client: Client, well: Account, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {}, "ENABLED": False}
    text = warnings(admin_client, well)
    assert 'no account "default"' in text and "nothing is sent" in text


def test_what_is_left_of_the_limits_is_shown(admin_client: Client, well: Account) -> None:
    minute = str(int(time.time() // 60))
    well.write(limits={"minutes": {minute: 1000}})
    assert admin_client.get(page_url(well)).context["overview"].limits.calls == 29000


def test_the_pause_is_the_only_thing_that_is_written(admin_client: Client, account: Account) -> None:
    url = page_url(account)
    assert set(admin_client.get(url).context["adminform"].form.fields) == {"paused"}
    admin_client.get(url)
    account.write(limits={"written": "meanwhile"})
    admin_client.post(url, {"paused": "on"})
    account.refresh_from_db()
    assert (account.paused, account.limits) == (True, {"written": "meanwhile"})


def test_saving_does_not_undo_what_a_worker_writes_during_the_request(
    admin_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form's row was loaded before the worker wrote."""
    from getresponse_django.admin.accounts.pages import AccountAdmin

    save = AccountAdmin.save_model

    def worker_first(self: Any, *args: Any) -> None:
        Account.objects.update(cursors={"contacts": "far"})
        save(self, *args)

    monkeypatch.setattr(AccountAdmin, "save_model", worker_first)
    admin_client.post(page_url(account), {"paused": "on"})
    account.refresh_from_db()
    assert account.cursors == {"contacts": "far"}


@pytest.mark.django_db(transaction=True)
def test_pull_now_pulls_everything(admin_client: Client, account: Account, sandbox: Any, eager: None) -> None:
    response = admin_client.post(page_url(account), {"_pull_now": "Pull now"}, follow=True)
    assert "The pull is on its way" in said(response)
    assert response.redirect_chain[-1][0] == page_url(account)
    assert set(PullRun.objects.filter(ok=True).values_list("kind", flat=True)) == {
        "campaigns", "fields", "tags", "contacts", "messages", "statistics", "segments"
    }  # fmt: skip
    assert all(model._base_manager.exists() for model in (Newsletter, Statistic))


@pytest.mark.django_db(transaction=True)
def test_push_now_pushes(admin_client: Client, account: Account, sandbox: Any, eager: None) -> None:
    from getresponse_django.pull import pull

    pull(account, ["campaigns"])
    Contact.objects.subscribe("ann@example.com", campaign="customers")
    pushed = admin_client.post(page_url(account), {"_push_now": "Push now"}, follow=True)
    assert "pushed now" in said(pushed)
    assert "ann@example.com" in {there["email"] for there in sandbox.contacts()}


@pytest.mark.parametrize("button", ["_pull_now", "_push_now", "_check_key"])
def test_a_disabled_site_says_that_nothing_is_asked(
    admin_client: Client, account: Account, sandbox: Any, eager: None, settings: Any, button: str
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    page = admin_client.post(page_url(account), {button: "1"}, follow=True)
    assert said(page) == "GetResponse is asked nothing: GETRESPONSE['ENABLED'] is False."
    assert sandbox.requests == []


def test_checking_the_key_closes_the_circuit(
    admin_client: Client, account: Account, sandbox: Any, eager: None
) -> None:
    account.open_circuit("Code 1014.")
    act(admin_client, Account, "check_key", account)
    account.refresh_from_db()
    assert account.circuit_opened_at is None


@pytest.mark.parametrize("action", ["pull_now", "push_now", "check_key"])
def test_a_broker_that_never_answers_costs_a_moment_and_is_said(
    admin_client: Client, account: Account, deaf_broker: None, action: str
) -> None:
    started = time.monotonic()
    response = act(admin_client, Account, action, account)
    assert "broker did not answer" in said(response)
    assert time.monotonic() - started < 2
