"""From a key that GetResponse refuses to one that works again: nothing hammers, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal
from django.utils import timezone

from getresponse_django import oauth, tasks
from getresponse_django.models import Account, Change, Contact
from getresponse_django.sandbox import Sandbox
from getresponse_django.signals import account_refused, account_restored
from tests.connecting import connect, expire, paths, use_oauth
from tests.pulling import the_account
from tests.wire import Reply, running_wire

pytestmark = pytest.mark.django_db(transaction=True)


class Heard(list[tuple[str, Account, str]]):
    """What the two signals said, in order."""

    def listen(self, name: str, signal: Signal) -> Any:
        def receive(sender: Any, account: Account, reason: str, **_kwargs: Any) -> None:
            assert sender is Account
            self.append((name, account, reason))

        signal.connect(receive)
        return receive

    @property
    def names(self) -> list[str]:
        return [name for name, _account, _reason in self]


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    pairs = [("refused", account_refused), ("restored", account_restored)]
    receivers = [(signal, heard.listen(name, signal)) for name, signal in pairs]
    yield heard
    for signal, receiver in receivers:
        signal.disconnect(receiver)


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else pushes: this test is the worker."""
    monkeypatch.setattr(tasks.push_changes, "apply_async", lambda **_message: None)
    monkeypatch.setattr("getresponse_django.tasks.nudger._publish", lambda *_message: None)


def minutes_of_beat(count: int) -> None:
    """What beat starts every minute, so many times, without waiting for the clock."""
    for _minute in range(count):
        Change.objects.update(not_before=timezone.now(), leased_until=None)
        tasks.exchange_code()
        tasks.push_changes(by_beat=True)


def everything_else() -> None:
    """What beat starts now and then, but for the ping."""
    for task in (tasks.pull_audience, tasks.pull_messages, tasks.pull_statistics, tasks.pull_segments):
        task()


def test_a_refused_key_is_left_alone_until_it_works_and_then_the_push_goes_out(
    sandbox: Sandbox, heard: Heard
) -> None:
    tasks.pull_audience()
    Contact.objects.subscribe("ann@example.com", campaign="customers")
    sandbox.key = "made-anew"
    before = len(sandbox.requests)

    minutes_of_beat(1)
    first = len(sandbox.requests) - before
    assert 1 <= first <= 2
    minutes_of_beat(10)
    everything_else()
    assert len(sandbox.requests) - before == first
    tasks.ping()
    tasks.ping()
    assert len(sandbox.requests) - before == first + 2
    assert heard.names == ["refused"]
    assert "HTTP 401" in heard[0][2]
    assert the_account().circuit_opened_at
    assert Change.objects.waiting().count() == 1
    assert sandbox.contacts("customers") == []

    sandbox.key = "sandbox"
    minutes_of_beat(1)
    assert len(sandbox.requests) - before == first + 2
    tasks.ping()
    minutes_of_beat(3)
    assert [contact["email"] for contact in sandbox.contacts("customers")] == ["ann@example.com"]
    assert not Change.objects.exists()
    assert heard.names == ["refused", "restored"]
    assert heard[1][2] == heard[0][2]
    tasks.ping()
    assert heard.names == ["refused", "restored"]


def test_tokens_that_are_refused_are_left_alone_until_somebody_connects_again(
    sandbox: Sandbox, settings: Any, heard: Heard
) -> None:
    use_oauth(settings, sandbox.url)
    connect(sandbox)
    tasks.pull_audience()
    Contact.objects.subscribe("ann@example.com", campaign="customers")
    expire()
    sandbox._application.grants.forget()
    sandbox._application.log.clear()

    minutes_of_beat(10)
    everything_else()
    assert paths(sandbox) == ["/token"]
    assert heard.names == ["refused"]
    assert "Connect the account again" in heard[0][2]

    oauth.receive_code("default", sandbox.authorize())
    minutes_of_beat(3)
    assert [contact["email"] for contact in sandbox.contacts("customers")] == ["ann@example.com"]
    assert heard.names == ["refused", "restored"]


def test_a_host_that_answers_with_nothing_closes_no_circuit(settings: Any, heard: Heard) -> None:
    with running_wire() as wire:
        wire.route(lambda _request: Reply(200))
        accounts = {"default": {"API_KEY": "k", "BASE_URL": wire.base_url}}
        settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts}
        the_account().open_circuit("refused")
        tasks.ping()
        assert wire.paths == ["/v3/accounts"]
    assert heard.names == ["refused"]
    assert the_account().circuit_opened_at


def test_a_new_authorization_of_an_account_that_was_never_refused_restores_nothing(
    sandbox: Sandbox, settings: Any, heard: Heard
) -> None:
    use_oauth(settings, sandbox.url)
    oauth.receive_code("default", sandbox.authorize())
    tasks.exchange_code(the_account().pk)
    assert heard == []
    assert the_account().last_used_at


def test_a_receiver_that_breaks_hinders_nothing(sandbox: Sandbox) -> None:
    def broken(**_kwargs: Any) -> None:
        raise RuntimeError

    account_refused.connect(broken)
    account_restored.connect(broken)
    try:
        the_account().open_circuit("refused")
        tasks.ping()
    finally:
        account_refused.disconnect(broken)
        account_restored.disconnect(broken)
    assert the_account().circuit_opened_at is None
