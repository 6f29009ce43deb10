"""The tasks: they push, plan the next push once, close circuits, and load no model when settings
import them.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from celery.beat import Scheduler, Service
from celery.signals import beat_init
from django.contrib.auth.models import User
from django.utils import timezone
from kombu.exceptions import OperationalError

from getresponse_django import Subscriber, oauth, register, tasks
from getresponse_django.models import Account, Change, Conflict, Contact, PullRun, WebhookEvent
from getresponse_django.models.outbox import Key
from getresponse_django.sandbox import Sandbox
from tests.connecting import age, use_oauth
from tests.site import celery_app


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The messages to the broker that push_changes.apply_async would send."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.push_changes, "apply_async", lambda **message: sent.append(message))
    return sent


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.for_alias("default")


def due_in(account: Account, seconds: float, pk: int = 1) -> None:
    Change.objects.record([Key(account.pk, "contact", pk)])
    Change.objects.filter(object_pk=pk).update(not_before=timezone.now() + timedelta(seconds=seconds))


def test_every_scheduled_task_exists() -> None:
    schedule = tasks.beat_schedule()
    assert {entry["task"] for entry in schedule.values()} <= set(current_app.tasks)
    assert len(schedule) == 10
    assert all(entry["schedule"] for entry in schedule.values())


def test_a_beat_that_starts_pushes_at_once_and_does_the_rest_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_app.conf, "beat_schedule", tasks.beat_schedule())
    beat = Service(celery_app, scheduler_cls=Scheduler)
    with celery_app.connection_for_write() as broker, closing(broker.SimpleQueue("celery")) as queue:
        queue.clear()
        beat_init.send(sender=beat)
        beat.scheduler.tick()
        message = queue.get(timeout=1)
        beat.scheduler.tick()
        assert queue.qsize() == 0
    assert message.headers["task"] == tasks.push_changes.name
    assert message.payload[1] == {"by_beat": True}


def test_settings_may_import_the_tasks() -> None:
    code = (
        "from django.conf import settings\n"
        "import sys, getresponse_django, getresponse_django.tasks as tasks\n"
        "tasks.beat_schedule()\n"
        "assert not settings.configured\n"
        "assert not [name for name in sys.modules if name.startswith('getresponse_django.models')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("seconds", "planned"), [(None, False), (-5, True), (0, True), (30, True), (61, False), (600, False)]
)
def test_what_is_due_soon_is_planned(
    account: Account, messages: Any, seconds: float | None, planned: bool
) -> None:
    if seconds is not None:
        due_in(account, seconds)
    tasks.plan_next(account)
    assert len(messages) == planned
    if planned:
        assert timezone.now() < messages[0]["eta"] <= timezone.now() + timedelta(seconds=max(seconds or 0, 1))


def test_plans_do_not_multiply(account: Account, messages: Any) -> None:
    due_in(account, 10)
    for _worker in range(5):
        tasks.plan_next(Account.objects.get())
    assert len(messages) == 1
    due_in(account, 4, pk=2)
    for _worker in range(5):
        tasks.plan_next(Account.objects.get())
    assert len(messages) == 2


def test_what_another_worker_is_pushing_is_not_polled_for(account: Account, messages: Any) -> None:
    due_in(account, 0)
    lease = timezone.now() + timedelta(seconds=40)
    Change.objects.update(leased_until=lease)
    tasks.plan_next(account)
    assert [message["eta"] for message in messages] == [lease]


@pytest.mark.parametrize(
    "why", [{"paused": True}, {"circuit_opened_at": timezone.now(), "circuit_reason": "x"}]
)
def test_a_silent_account_plans_nothing(account: Account, messages: Any, why: dict[str, Any]) -> None:
    due_in(account, 0)
    account.write(**why)
    tasks.plan_next(account)
    assert messages == []


def test_a_broker_that_is_gone_is_no_error_of_the_push(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_message: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.push_changes, "apply_async", broken)
    due_in(account, 0)
    tasks.plan_next(account)
    assert Change.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pushing_through_the_task_links_a_signup(sandbox: Sandbox, messages: Any) -> None:
    account = Account.objects.for_alias("default")
    tasks.pull_audience()
    Contact.objects.subscribe("ann@example.com", campaign="customers")
    for _run in range(5):
        tasks.push_changes(by_beat=True)
        Change.objects.update(not_before=timezone.now())
    assert Contact.objects.get().state == "active"
    account.refresh_from_db()
    assert account.worker_seen_at is not None
    assert account.beat_seen_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_push_may_name_the_account_by_alias_or_key(sandbox: Sandbox, messages: Any) -> None:
    account = Account.objects.for_alias("default")
    tasks.push_changes("default")
    first = Account.objects.get().worker_seen_at
    tasks.push_changes(pk=account.pk)
    assert first is not None
    assert Account.objects.get().worker_seen_at > first
    assert Account.objects.get().beat_seen_at is None
    tasks.push_changes(pk=0)


@pytest.mark.django_db(transaction=True)
def test_a_ping_closes_the_circuit_when_the_key_works_again(sandbox: Sandbox) -> None:
    account = Account.objects.for_alias("default")
    sandbox.fail(status=401)
    tasks.ping()
    assert Account.objects.get().circuit_opened_at is not None
    sandbox.fail(status=503, count=3)
    tasks.ping()
    assert Account.objects.get().circuit_opened_at is not None
    tasks.ping()
    account.refresh_from_db()
    assert (account.circuit_opened_at, account.circuit_reason) == (None, "")
    assert account.last_used_at is not None


class TestCodes:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture(autouse=True)
    def waiting(self, sandbox: Sandbox, settings: Any) -> None:
        """A code waits, and the account is refused until somebody connects it."""
        use_oauth(settings, sandbox.url)
        Account.objects.for_alias("default").open_circuit("The account is not connected.")
        oauth.receive_code("default", sandbox.authorize())

    @pytest.mark.parametrize("by_beat", [True, False])
    def test_a_code_is_exchanged_and_the_new_token_tried(self, sandbox: Sandbox, by_beat: bool) -> None:
        tasks.exchange_code(None if by_beat else Account.objects.get().pk)
        assert [request.path for request in sandbox.requests] == ["/token", "/accounts"]
        assert Account.objects.get().circuit_opened_at is None
        tasks.exchange_code()
        assert len(sandbox.requests) == 2

    def test_the_code_of_another_account_is_left_alone(self, sandbox: Sandbox) -> None:
        tasks.exchange_code(0)
        assert sandbox.requests == []

    def test_a_code_that_is_refused_ends_no_worker(self, sandbox: Sandbox, caplog: Any) -> None:
        oauth.receive_code("default", "s3cret-code")
        tasks.exchange_code()
        assert "getresponse.token.code_not_exchanged account=default" in caplog.text
        assert "s3cret-code" not in caplog.text
        assert Account.objects.get().circuit_opened_at

    def test_one_that_could_not_be_exchanged_is_tried_by_the_next_beat(self, sandbox: Sandbox) -> None:
        sandbox.fail(status=503, path="^/token$")
        tasks.exchange_code()
        tasks.exchange_code()
        assert Account.objects.get().circuit_opened_at is None

    def test_an_account_that_left_the_settings_ends_no_worker(self, sandbox: Sandbox, settings: Any) -> None:
        settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {}}
        tasks.exchange_code()
        assert sandbox.requests == []

    def test_a_ping_renews_a_token_in_time(self, sandbox: Sandbox) -> None:
        tasks.exchange_code()
        age(3560)
        tasks.ping()
        assert [request.path for request in sandbox.requests][-2:] == ["/token", "/accounts"]


def test_a_ping_comes_at_least_daily() -> None:
    schedule = tasks.beat_schedule()
    assert schedule["getresponse: ping"]["schedule"] <= timedelta(days=1)
    assert schedule["getresponse: exchange_code"]["schedule"] <= timedelta(minutes=5)


def test_old_conflicts_are_forgotten(account: Account) -> None:
    now = timezone.now()
    one = {"account": account, "resource": "contact", "object_pk": 1, "won": "local"}
    for field, days in (("name", 91), ("note", 89)):
        Conflict.objects.create(**one, field=field, on=now - timedelta(days=days))
    tasks.prune()
    assert list(Conflict.objects.values_list("field", flat=True)) == ["note"]


def test_old_runs_are_forgotten(account: Account) -> None:
    now = timezone.now()
    old, new = (
        PullRun.objects.create(account=account, kind=kind, leased_until=now)
        for kind in ("contacts", "messages")
    )
    PullRun.objects.filter(pk=old.pk).update(started_at=timezone.now() - timedelta(days=91))
    tasks.prune()
    assert list(PullRun.objects.all()) == [new]


def test_bodies_of_old_events_are_forgotten(account: Account) -> None:
    now = timezone.now()
    done = {"account": account, "source": "webhook", "processed_at": now, "body": {"a": "b"}}
    WebhookEvent.objects.create(**done)
    WebhookEvent.objects.create(**done, received_at=now - timedelta(days=91))
    tasks.prune()
    assert list(WebhookEvent.objects.order_by("pk").values_list("body", flat=True)) == [{"a": "b"}, None]


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_to_the_site_asks_for_a_worker_and_names_no_person(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.process_webhooks, "apply_async", lambda **message: sent.append(message))
    monkeypatch.setattr(tasks, "webhook_nudger", tasks.Nudger(tasks.publish_webhooks))
    body = {"contact": {"email": "ann@example.com"}}
    WebhookEvent.objects.record([WebhookEvent(account=account, source="webhook", body=body)])
    assert [message["kwargs"] for message in sent] == [{"pk": account.pk}]


def test_an_eager_site_processes_at_once(
    account: Account, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    processed: list[int] = []
    monkeypatch.setattr(tasks, "publish_webhooks", lambda pk, _countdown: processed.append(pk))
    settings.CELERY_TASK_ALWAYS_EAGER = True
    tasks.nudge_webhooks(account.pk)
    assert processed == [account.pk]


@pytest.mark.django_db(transaction=True)
def test_disabled_does_nothing(sandbox: Sandbox, settings: Any, messages: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    tasks.push_changes()
    tasks.pull_audience()
    tasks.reconcile()
    tasks.ping()
    assert sandbox.requests == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "task", [tasks.pull_messages, tasks.reconcile, tasks.ping, tasks.process_webhooks, tasks.push_changes]
)
def test_a_defect_that_one_account_meets_does_not_keep_the_others_waiting(
    sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch, task: Any
) -> None:
    known = settings.GETRESPONSE["ACCOUNTS"]["default"]
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"first": known, "second": known}}
    second, served = Account.objects.for_alias("second"), []

    def meet(account: Account, *_arguments: Any, **_options: Any) -> None:
        served.append(account.alias)
        if account.alias == "first":
            raise KeyError("a defect")

    for place in ("pull.pull", "tasks.reconcile_account", "tasks.use_key", "webhooks.process", "push.drain"):
        monkeypatch.setattr(f"getresponse_django.{place}", meet)
    with pytest.raises(KeyError):
        task()
    assert served == ["first", second.alias]


def test_what_broke_for_several_accounts_is_told_of_each() -> None:
    def meet(account: Account) -> None:
        if account.alias != "second":
            raise KeyError(account.alias)

    with pytest.raises(ExceptionGroup) as raised:
        tasks.each([Account(alias=alias) for alias in ("first", "second", "third")], meet)
    assert [error.args for error in raised.value.exceptions] == [("first",), ("third",)]


@pytest.mark.django_db(transaction=True)
def test_the_nightly_reconcile_asks_who_had_left(sandbox: Sandbox, no_rules: None) -> None:
    @register(User)
    class Members(Subscriber):
        campaign = "customers"

    sandbox.remove_contact(sandbox.add_contact("ann@example.com", "customers")["contactId"])
    tasks.pull_audience()
    User.objects.bulk_create(User(username=name, email=f"{name}@example.com") for name in ("ann", "bob"))
    sandbox.fail(status=503, count=None, path="search-contacts")
    tasks.reconcile()
    assert not Contact.objects.exists(), "nobody is subscribed who may have left"
    sandbox.heal()
    tasks.reconcile()
    states = dict(Contact.objects.values_list("email", "state"))
    assert states == {"ann@example.com": "left", "bob@example.com": "new"}


@pytest.mark.django_db(transaction=True)
def test_a_failing_pull_ends_no_worker(sandbox: Sandbox) -> None:
    sandbox.fail(status=503, count=None)
    tasks.pull_messages()
    tasks.pull_segments()
    assert {run.ok for run in PullRun.objects.all()} == {False}


@pytest.mark.django_db(transaction=True)
def test_the_messages_of_a_commit_name_no_person(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account.objects.for_alias("default")
    sent: list[Any] = []
    monkeypatch.setattr(tasks.push_changes, "apply_async", lambda **message: sent.append(message))
    monkeypatch.setattr(tasks, "nudger", tasks.Nudger(tasks.publish))
    Contact.objects.subscribe("ann@example.com", campaign="customers", tags=["vip"])
    assert 1 <= len(sent) <= 2
    assert all(message["kwargs"] == {"pk": account.pk} for message in sent)
    assert "ann" not in str(sent)
