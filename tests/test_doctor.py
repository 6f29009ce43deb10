"""doctor: every problem has a finding that says what to do, and a healthy account has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from getresponse_django import Subscriber, doctor, register, subscribers
from getresponse_django.doctor import Finding, diagnose, in_words, problems_of
from getresponse_django.models import Account, Change, PullRun
from getresponse_django.models.outbox import Key
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rules() -> Iterator[None]:
    before = list(subscribers.registry)
    subscribers.registry.clear()
    yield
    subscribers.registry[:] = before


@pytest.fixture
def healthy(sandbox: Sandbox) -> Account:
    """An account that is pulled, with a worker and beat."""
    pulled("campaigns", "tags")
    account = the_account()
    account.write(worker_seen_at=timezone.now(), beat_seen_at=timezone.now())
    return account


def account_settings(settings: Any, **values: Any) -> None:
    """Change the settings of the account "default"."""
    account = settings.GETRESPONSE["ACCOUNTS"]["default"] | values
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}


def problem(topic: str, alias: str = "default") -> Finding:
    """The one problem that was found, which has to be of this topic."""
    found = problems_of(diagnose(alias))
    assert [finding.topic for finding in found] == [topic]
    assert found[0].hint
    return found[0]


def test_a_healthy_account_has_no_problem(healthy: Account) -> None:
    assert problems_of(diagnose("default")) == []
    topics = {finding.topic for finding in diagnose("default")}
    assert topics == {"connection", "sending", "outbox", "pull", "subscriber", "worker", "beat"}


def test_a_look_costs_one_request(healthy: Account, sandbox: Sandbox) -> None:
    seen = len(sandbox.requests)
    diagnose("default")
    assert [(r.method, r.path) for r in sandbox.requests[seen:]] == [("GET", "/accounts")]


def test_a_wrong_key(healthy: Account, settings: Any) -> None:
    account_settings(settings, API_KEY="wrong-key")
    found = problem("connection")
    assert "HTTP 401" in found.message
    assert "GETRESPONSE_API_KEY" in found.hint
    assert "wrong-key" not in found.message + found.hint


def test_a_refused_key_is_not_used_again_by_workers(healthy: Account, settings: Any) -> None:
    account_settings(settings, API_KEY="wrong-key")
    diagnose("default")
    healthy.refresh_from_db()
    assert healthy.circuit_opened_at


def test_a_refused_max_account_is_told_about_its_domain(healthy: Account, settings: Any) -> None:
    account_settings(settings, API_KEY="wrong", PLATFORM="max-pl", DOMAIN="example.com")
    assert "GETRESPONSE_DOMAIN" in problem("connection").hint


def test_a_wrong_host(healthy: Account, settings: Any) -> None:
    account_settings(settings, BASE_URL="http://127.0.0.1:9/v3")
    assert "http://127.0.0.1:9/v3" in problem("connection").hint


def test_something_else_that_getresponse_answers(healthy: Account, sandbox: Sandbox) -> None:
    sandbox.fail(400, path="^/accounts$", code=1000)
    assert "code 1000" in problem("connection").message


@pytest.mark.parametrize(
    ("accounts", "alias", "says"),
    [
        ({}, "default", 'no account "default"'),
        ({"default": {"API_KEY": "k"}}, "shop", 'no account "shop"'),
        ({"default": {}}, "default", "No API_KEY."),
        ({"default": {"API_KEY": "k", "PLATFORM": "max-us"}}, "default", "needs DOMAIN"),
        ({"default": {"API_KEY": "k", "PLATFORM": "mars"}}, "default", "Unknown PLATFORM"),
    ],
)
def test_wrong_settings(settings: Any, accounts: dict[str, Any], alias: str, says: str) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts}
    assert says in problem("settings", alias).message


def test_a_database_without_tables(healthy: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account._meta, "db_table", "no_such_table")
    assert "migrate" in problem("database").hint


def test_an_account_that_is_paused(healthy: Account) -> None:
    healthy.write(paused=True)
    assert "paused" in problem("sending").message


def test_an_account_that_waits(healthy: Account, sandbox: Sandbox) -> None:
    healthy.write(resume_at=timezone.now() + timedelta(minutes=5))
    sandbox.fail(400, path="^/accounts$", code=1000)
    assert "sending" in {finding.topic for finding in problems_of(diagnose("default"))}


def test_a_key_that_works_again_ends_the_refusal(healthy: Account) -> None:
    healthy.open_circuit("refused")
    assert problems_of(diagnose("default")) == []
    assert the_account().circuit_opened_at is None


def test_enabled_false(healthy: Account, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    assert "ENABLED" in problem("sending").message


def test_what_waits_is_no_problem_and_what_gave_up_is(healthy: Account) -> None:
    Change.objects.record([Key(healthy.pk, "tag", 1), Key(healthy.pk, "tag", 2)])
    Change.objects.update(recorded_at=timezone.now() - timedelta(hours=3))
    messages = [finding.message for finding in diagnose("default")]
    assert "2 changes wait, the oldest since 3 hours." in messages

    Change.objects.filter(object_pk=1).update(gave_up_at=timezone.now())
    assert problem("outbox").message == "1 changes gave up."


def test_the_last_pull_of_each_kind_counts(healthy: Account) -> None:
    run = PullRun.objects.begin(healthy, "tags")
    assert run is not None
    run.finish(ok=False, message="GetResponse is away.")
    assert "tags: 0 seconds ago. GetResponse is away." in problem("pull").message

    pulled("tags")
    assert problems_of(diagnose("default")) == []


def test_a_rule_that_names_an_unknown_list(healthy: Account) -> None:
    @register(User)
    class Students(Subscriber):
        campaign = "students"

    User.objects.create(username="anna", email="anna@example.com")
    found = problem("subscriber")
    assert "“students”, which is not in GetResponse; 1 contacts wait for it" in found.message
    assert "customers, newsletter, partners" in found.hint


@pytest.mark.parametrize("topic", ["worker", "beat"])
def test_a_worker_or_beat_that_was_never_or_not_lately_seen(healthy: Account, topic: str) -> None:
    healthy.write(**{f"{topic}_seen_at": None})
    assert problem(topic).message == f"No {topic} has been seen."
    healthy.write(**{f"{topic}_seen_at": timezone.now() - timedelta(minutes=6)})
    assert problem(topic).message == f"The {topic} was seen 6 minutes ago."
    assert "celery" in problem(topic).hint


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (172800, "2 days"),
    ],
)
def test_ages_are_told_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_findings_become_json() -> None:
    finding = doctor.Finding("topic", False, "message", "hint")
    assert finding.as_dict() == {"topic": "topic", "ok": False, "message": "message", "hint": "hint"}
