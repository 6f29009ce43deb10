"""doctor: every problem has a finding that says what to do, and a healthy account has none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from getresponse_django import Subscriber, doctor, oauth, register
from getresponse_django.doctor import Finding, diagnose, in_words, problems_of
from getresponse_django.doctor.waiting import PULLED_BY
from getresponse_django.models import Account, Authorization, Change, PullRun, WebhookEvent
from getresponse_django.models.outbox import Key
from getresponse_django.pull import PARTS
from getresponse_django.sandbox import Sandbox
from getresponse_django.tasks import beat_schedule
from tests.connecting import OTHER_TOKEN_KEY, connect, expire, use_oauth
from tests.pulling import pulled, the_account
from tests.wire import Reply, running_wire

pytestmark = pytest.mark.django_db


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
    assert topics == {
        "key",
        "connection",
        "sending",
        "quota",
        "outbox",
        "pull",
        "subscriber",
        "worker",
        "beat",
    }


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


MAX = {"PLATFORM": "max-pl", "DOMAIN": "mail.example.com"}


class TestMax:
    """The usual mistakes of somebody who sets up GetResponse MAX, each against a MAX account."""

    @pytest.fixture
    def max_account(self, healthy: Account, settings: Any) -> Iterator[Sandbox]:
        with Sandbox(domain="mail.example.com") as there:
            account_settings(settings, BASE_URL=there.url, **MAX)
            yield there

    def test_one_that_is_set_up_well_has_no_problem(self, max_account: Sandbox) -> None:
        assert problems_of(diagnose("default")) == []

    @pytest.mark.parametrize(
        ("values", "topic", "says"),
        [
            ({"DOMAIN": ""}, "settings", "A MAX account needs DOMAIN."),
            ({"DOMAIN": "https://mail.example.com"}, "settings", "no https://, no www."),
            ({"DOMAIN": "www.example.com"}, "settings", "no https://, no www."),
            ({"API_KEY": "api-key sandbox"}, "settings", "the prefix is added for you"),
            ({"API_KEY": "sandbox\n"}, "settings", "no line break at its end"),
            ({"API_KEY": " sandbox"}, "settings", "no blanks"),
            ({"DOMAIN": "other.example.com"}, "connection", "GETRESPONSE_DOMAIN=other.example.com"),
            ({"DOMAIN": "other.example.com"}, "connection", "set GETRESPONSE_PLATFORM=max-us"),
            (
                {"DOMAIN": "other.example.com", "PLATFORM": "max-us"},
                "connection",
                "set GETRESPONSE_PLATFORM=max-pl",
            ),
            ({"API_KEY": "wrong"}, "connection", "of the panel of GETRESPONSE_DOMAIN=mail.example.com"),
            ({"API_KEY": "wrong"}, "connection", "set GETRESPONSE_PLATFORM=max-us"),
            ({"PLATFORM": "retail"}, "connection", "GETRESPONSE_PLATFORM is retail"),
            ({"API_KEY": "", "ACCESS_TOKEN": "wrong"}, "connection", "GETRESPONSE_ACCESS_TOKEN"),
        ],
    )
    def test_a_mistake_is_named_with_what_to_write(
        self, max_account: Sandbox, settings: Any, values: dict[str, str], topic: str, says: str
    ) -> None:
        account_settings(settings, **values)
        found = problem(topic)
        assert says in f"{found.message} {found.hint}"

    def test_a_retail_account_is_told_of_its_platform(self, max_account: Sandbox, settings: Any) -> None:
        account_settings(settings, PLATFORM="retail", DOMAIN="")
        found = problem("connection")
        assert "code 1024" in found.message
        assert "GETRESPONSE_PLATFORM=max-us or max-pl" in found.hint

    @pytest.mark.parametrize("answer", [Reply(200), Reply(json=[]), Reply(302, headers={"Location": "/"})])
    def test_a_host_that_answers_with_nothing_is_the_wrong_one(
        self, healthy: Account, settings: Any, answer: Reply
    ) -> None:
        with running_wire() as wire:
            wire.route(lambda _request: answer)
            account_settings(settings, BASE_URL=wire.base_url, **MAX)
            found = problem("connection")
        assert "is not the host of this account" in found.hint
        assert "GETRESPONSE_PLATFORM=max-us; a retail account has GETRESPONSE_PLATFORM=retail" in found.hint


class TestOAuth:
    """How an account that uses OAuth is connected."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def connected(self, healthy: Account, settings: Any, sandbox: Sandbox) -> Sandbox:
        use_oauth(settings, sandbox.url)
        connect(sandbox)
        return sandbox

    def problems(self) -> dict[str, str]:
        return {f.topic: f"{f.message} {f.hint}" for f in problems_of(diagnose("default"))}

    def test_one_that_is_connected_says_since_when(self, connected: Sandbox) -> None:
        assert self.problems() == {}
        messages = [found.message for found in diagnose("default")]
        assert any(message.startswith("Connected since ") for message in messages)

    def test_one_that_is_not_says_how(self, healthy: Account, settings: Any, sandbox: Sandbox) -> None:
        use_oauth(settings, sandbox.url)
        assert "Connect to GetResponse" in self.problems()["connection"]

    def test_a_wrong_client_is_named(self, connected: Sandbox, settings: Any) -> None:
        use_oauth(settings, connected.url, CLIENT_SECRET="wrong")
        expire()
        found = self.problems()
        assert "GETRESPONSE_CLIENT_SECRET" in found["connection"]
        assert "gave no tokens 0 seconds ago" in found["authorization"]

    def test_a_code_that_waits_is_named(self, connected: Sandbox) -> None:
        oauth.receive_code("default", connected.authorize())
        assert "A code waits for a worker" in self.problems()["authorization"]
        Authorization.objects.update(code_received_at=timezone.now() - timedelta(minutes=11))
        assert (
            "A code expired before a worker came; it came 11 minutes ago" in self.problems()["authorization"]
        )

    def test_a_process_that_died_while_it_asked_for_tokens_is_named(self, connected: Sandbox) -> None:
        Authorization.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        found = self.problems()["authorization"]
        assert "A process ended, or an answer was lost" in found
        assert "connect the account again" in found

    def test_and_the_refusal_that_follows_says_why(self, connected: Sandbox) -> None:
        connected._application.grants.refresh_tokens.clear()
        Authorization.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        expire()
        found = self.problems()
        assert "The answer to an earlier attempt was lost" in found["connection"]
        assert "Connect the account again" in found["connection"]

    def test_a_key_that_opens_nothing_is_named(self, connected: Sandbox, settings: Any) -> None:
        settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": [OTHER_TOKEN_KEY]}
        assert "TOKEN_KEYS" in self.problems()["connection"]

    def test_nothing_of_it_concerns_an_account_with_a_key(self, connected: Sandbox, settings: Any) -> None:
        Authorization.objects.update(refused_at=timezone.now(), reason="x")
        account_settings(settings, API_KEY="sandbox")
        assert self.problems() == {}


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
    assert problem("outbox").message == "1 change gave up."


def test_the_last_pull_of_each_kind_counts(healthy: Account) -> None:
    run = PullRun.objects.begin(healthy, "tags")
    assert run is not None
    run.finish(ok=False, message="GetResponse is away.")
    assert "tags: failed 0 seconds ago. GetResponse is away." in problem("pull").message

    pulled("tags")
    assert problems_of(diagnose("default")) == []


def test_webhook_events_that_wait_too_long_or_gave_up(healthy: Account) -> None:
    event = WebhookEvent.objects.create(account=healthy, source="webhook", type="contact_added")
    assert problems_of(diagnose("default")) == []
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(minutes=6))
    assert "1 webhook event waits, the oldest since 6 minutes" in problem("webhooks").message
    WebhookEvent.objects.filter(pk=event.pk).update(gave_up_at=timezone.now())
    assert problem("webhooks").message == "1 webhook event gave up."


def finished(account: Account, kind: str, age: timedelta, *, ok: bool = True) -> PullRun:
    """A pull that ended so long ago."""
    at = timezone.now() - age
    return PullRun.objects.create(
        account=account, kind=kind, started_at=at, finished_at=at, leased_until=at, ok=ok
    )


@pytest.mark.parametrize(
    ("kind", "age", "late"),
    [
        ("contacts", timedelta(minutes=19), False),
        ("contacts", timedelta(minutes=21), True),
        ("fields", timedelta(minutes=21), True),
        ("messages", timedelta(minutes=119), False),
        ("messages", timedelta(minutes=121), True),
        ("statistics", timedelta(minutes=121), True),
        ("segments", timedelta(hours=11), False),
        ("segments", timedelta(hours=13), True),
    ],
)
def test_a_pull_older_than_two_turns_of_beat_is_late(
    healthy: Account, kind: str, age: timedelta, late: bool
) -> None:
    finished(healthy, kind, age)
    found = problems_of(diagnose("default"))
    assert [finding.values["part"] for finding in found] == ([kind] if late else [])
    assert all("Beat starts pull_" in finding.hint for finding in found)


def test_every_part_has_its_task() -> None:
    schedule = beat_schedule()
    assert set(PULLED_BY) == set(PARTS)
    assert all(f"getresponse: {task}" in schedule for task in PULLED_BY.values())


def test_a_long_pull_under_way_is_not_late(healthy: Account) -> None:
    finished(healthy, "contacts", timedelta(hours=3))
    PullRun.objects.begin(healthy, "contacts")
    assert problems_of(diagnose("default")) == []


def test_a_failed_pull_tells_the_age_of_the_last_that_succeeded(healthy: Account) -> None:
    finished(healthy, "contacts", timedelta(hours=3))
    finished(healthy, "contacts", timedelta(minutes=4), ok=False)
    found = problem("pull")
    assert found.message == "contacts: failed 4 minutes ago."
    assert found.values == {"part": "contacts", "age_seconds": 3 * 3600}


def test_what_was_never_pulled_is_told_and_no_problem(healthy: Account) -> None:
    found = {f.values["part"]: f for f in diagnose("default") if f.topic == "pull"}
    assert list(found) == list(PARTS)
    assert found["messages"].message == "messages: not pulled yet."
    assert found["messages"].values == {"part": "messages", "age_seconds": None}


@pytest.mark.parametrize(("days", "ok"), [(0, True), (59, True), (60, False), (91, False)])
def test_a_key_that_nobody_uses_will_expire(healthy: Account, days: int, ok: bool) -> None:
    healthy.write(last_used_at=timezone.now() - timedelta(days=days))
    found = next(finding for finding in diagnose("default") if finding.topic == "key")
    assert (found.ok, found.values) == (ok, {"idle_days": days})
    assert "90 days" in found.message
    assert bool(found.hint) is not ok


def test_a_key_that_was_never_used_is_no_problem(healthy: Account) -> None:
    healthy.write(last_used_at=None)
    never = Finding("key.never_used", "The key has not been used yet.", "", {"idle_days": None})
    assert never in diagnose("default")


def test_the_quota_that_is_left(healthy: Account) -> None:
    now = time.time()
    minutes = {str(int(now // 60)): 29_000}
    batches = {"batch": {"minutes": {str(int(now // 60)): 30}}}
    state = {"minutes": minutes, "lanes": batches, "paused": {"": now + 90.5}}
    healthy.write(limits=state)
    (found,) = doctor.quota(healthy)
    assert found.ok
    assert found.message == (
        "1000 of 30000 calls are left, 50 of 80 batches. GetResponse asked to wait 90 seconds more."
    )
    assert found.values["calls_left"] == 1000
    assert found.values["batch_calls_left"] == 50
    assert found.values["paused_seconds"] in (90, 91)


def test_a_quota_that_is_used_up_is_a_problem(healthy: Account) -> None:
    healthy.write(limits={"minutes": {str(int(time.time() // 60)): 30_000}})
    (found,) = doctor.quota(healthy)
    assert not found.ok
    assert found.hint


KEYS = {
    "key": {"idle_days"},
    "connection": set(),
    "sending": set(),
    "quota": {"calls_left", "batch_calls_left", "paused_seconds"},
    "outbox": {"waiting", "oldest_seconds", "gave_up"},
    "webhooks": {"waiting", "oldest_seconds", "gave_up"},
    "pull": {"part", "age_seconds"},
    "subscriber": set(),
    "worker": {"seen_seconds"},
    "beat": {"seen_seconds"},
}
"""What machines read: see the docstring of the package ``doctor``."""


def test_the_values_for_machines_stay(healthy: Account) -> None:
    Change.objects.record([Key(healthy.pk, "tag", 1), Key(healthy.pk, "tag", 2)])
    Change.objects.filter(object_pk=1).update(gave_up_at=timezone.now())
    WebhookEvent.objects.create(account=healthy, source="webhook", type="contact_added")
    found = diagnose("default")
    for finding in found:
        assert set(finding.values) == KEYS[finding.topic]
        assert all(f"``{key}``" in str(doctor.__doc__) for key in (finding.topic, *finding.values))
    assert {finding.topic for finding in found} == set(KEYS)
    outbox = next(finding for finding in found if finding.topic == "outbox")
    assert (outbox.values["waiting"], outbox.values["gave_up"]) == (1, 1)


def test_a_rule_that_names_an_unknown_list(healthy: Account) -> None:
    @register(User)
    class Students(Subscriber):
        campaign = "students"

    User.objects.create(username="anna", email="anna@example.com")
    found = problem("subscriber")
    assert "“students”, which is not in GetResponse; 1 contact waits" in found.message
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
    finding = Finding("outbox.gave_up", "message", "hint", {"gave_up": 1})
    assert (finding.topic, finding.level, finding.ok) == ("outbox", "warning", False)
    said = {"what": "message", "what_to_do": "hint", "values": {"gave_up": 1}}
    assert finding.as_dict() == {"id": "outbox.gave_up", "level": "warning"} | said
