"""The tokens of a connected account: renewed in time, once among all processes, never lost silently."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from getresponse_django import oauth
from getresponse_django.client import Call, Client
from getresponse_django.errors import AccountRefused, ConfigurationError, RateLimited, Unavailable
from getresponse_django.models import Authorization
from getresponse_django.models.authorizations import Grant
from getresponse_django.oauth.bearer import access_token
from getresponse_django.oauth.connecting import oauth_config
from getresponse_django.oauth.encryption import unseal
from getresponse_django.sandbox import Sandbox
from tests.connecting import ALIAS, OTHER_TOKEN_KEY, TOKEN_KEY, age, connect, expire, paths, row, use_oauth
from tests.models.test_outbox import in_threads


@pytest.fixture
def connected(oauth_sandbox: Sandbox) -> Sandbox:
    connect(oauth_sandbox)
    oauth_sandbox._application.log.clear()
    return oauth_sandbox


@pytest.fixture
def short_lived(settings: Any) -> Iterator[Sandbox]:
    """Its access tokens are at their end at once."""
    with Sandbox(token_seconds=0) as sandbox:
        use_oauth(settings, sandbox.url)
        yield sandbox


def call() -> Any:
    """One request of a client of its own."""
    with Client.for_account(ALIAS) as client:
        return client.account()


def stored() -> tuple[str, str]:
    """The tokens in the clear."""
    return unseal(row().access_token), unseal(row().refresh_token)


class TestRenewal:
    def test_a_good_token_is_used_as_it_is(self, connected: Sandbox) -> None:
        before = row().access_token
        call()
        assert paths(connected) == ["/accounts"]
        assert row().access_token == before

    @pytest.mark.parametrize(("older", "renewed"), [(3530, False), (3545, True), (3700, True)])
    def test_it_is_renewed_shortly_before_its_end(
        self, connected: Sandbox, older: float, renewed: bool
    ) -> None:
        access, refresh = stored()
        age(older)
        call()
        assert paths(connected) == (["/token", "/accounts"] if renewed else ["/accounts"])
        assert (stored()[0] != access, stored()[1] != refresh) == (renewed, renewed)

    def test_the_end_that_comes_back_counts(self, connected: Sandbox) -> None:
        expire()
        call()
        expires_at = row().expires_at
        assert expires_at and timedelta(hours=23) < expires_at - timezone.now() <= timedelta(hours=24)

    def test_a_refused_one_is_renewed_once_and_the_request_sent_again(self, connected: Sandbox) -> None:
        connected._application.grants.access_tokens.clear()
        call()
        assert paths(connected) == ["/accounts", "/token", "/accounts"]
        assert row().refused_at is None

    def test_a_token_that_is_refused_when_new_is_a_refusal(self, connected: Sandbox) -> None:
        connected.fail(401, path="^/accounts$", code=1014, count=None)
        with pytest.raises(AccountRefused):
            call()
        assert paths(connected) == ["/accounts", "/token", "/accounts"]

    def test_a_token_that_lives_for_no_time_is_used_at_once(self, short_lived: Sandbox) -> None:
        connect(short_lived)
        with pytest.raises(AccountRefused):
            call()
        assert paths(short_lived).count("/token") <= 3

    def test_whoever_was_refused_an_old_token_takes_the_stored_one(self, connected: Sandbox) -> None:
        old = stored()[0]
        oauth.refresh(ALIAS)
        token, _until = access_token(oauth_config(ALIAS), rejected=old)
        assert token == stored()[0] != old
        assert paths(connected) == ["/token"]

    def test_refresh_replaces_both(self, connected: Sandbox) -> None:
        before = stored()
        oauth.refresh(ALIAS)
        assert not set(stored()) & set(before)
        call()

    def test_a_refresh_token_that_does_not_come_back_is_kept(
        self, connected: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grants, refresh = connected._application.grants, stored()[1]
        whole = grants._new_tokens
        monkeypatch.setattr(grants, "_new_tokens", lambda grant: whole(grant) | {"refresh_token": None})
        oauth.refresh(ALIAS)
        assert stored()[1] == refresh

    def test_many_requests_renew_once(self, connected: Sandbox) -> None:
        connected._application.grants.access_tokens.clear()
        with Client.for_account(ALIAS) as client:
            results = [result for _call, result in client.send_many([Call("GET", "/accounts")] * 12)]
        assert all(isinstance(result, dict) for result in results)
        assert paths(connected).count("/token") == 1

    def test_a_renewal_encrypts_with_the_newest_key(
        self, connected: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also a refresh token that stays the same, so that the old key can be taken out."""
        grants = connected._application.grants
        whole = grants._new_tokens
        monkeypatch.setattr(grants, "_new_tokens", lambda grant: whole(grant) | {"refresh_token": None})
        settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": [OTHER_TOKEN_KEY, TOKEN_KEY]}
        oauth.refresh(ALIAS)
        settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": [OTHER_TOKEN_KEY]}
        assert all(stored())
        call()


class TestTogether:
    def test_many_processes_renew_once(self, connected: Sandbox) -> None:
        expire()
        connected.latency = 0.1
        answers = in_threads(6, lambda _number: call()["accountId"])
        assert len(set(answers)) == 1 and isinstance(answers[0], str)
        assert paths(connected).count("/token") == 1
        assert row().leased_until is None

    def test_no_transaction_is_open_while_getresponse_answers(self, connected: Sandbox) -> None:
        expire()
        connected.latency = 1.0
        thread = threading.Thread(target=lambda: in_threads(1, lambda _number: call()))
        thread.start()
        while not row().leased_until:
            pass
        # Another process writes the same row, and has not to wait for the answer.
        began = timezone.now()
        Authorization.objects.update(reason="written meanwhile")
        assert timezone.now() - began < timedelta(seconds=0.5)
        assert "/token" not in [r.path for r in connected.requests if r.status]
        thread.join()
        assert paths(connected) == ["/token", "/accounts"]

    def test_a_good_token_serves_while_another_process_renews_it(self, connected: Sandbox) -> None:
        age(3560)
        Authorization.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
        call()
        assert paths(connected) == ["/accounts"]

    def test_one_at_its_end_is_waited_for_and_not_for_ever(self, connected: Sandbox, settings: Any) -> None:
        settings.GETRESPONSE = settings.GETRESPONSE | {"LEASE_SECONDS": 0.3}
        expire()
        Authorization.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
        with pytest.raises(Unavailable, match="Another process"):
            call()
        assert paths(connected) == []

    def test_a_process_that_was_killed_is_replaced(self, connected: Sandbox) -> None:
        expire()
        Authorization.objects.update(leased_until=timezone.now() + timedelta(seconds=0.4))
        call()
        assert row().leased_until is None

    def test_a_secret_read_before_it_was_replaced_is_not_sent(self, connected: Sandbox) -> None:
        stale = row()
        oauth.refresh(ALIAS)
        assert stale.claim(60) is False
        assert row().leased_until is None

    def test_newer_tokens_outlive_an_answer_that_came_too_late(self, connected: Sandbox) -> None:
        """The lease of a slow process ended, and another one stored its tokens first."""
        slow = row()
        assert slow.claim(0)
        oauth.refresh(ALIAS)
        newer = stored()
        assert not slow.refuse(Grant.REFRESH, "dead")
        assert stored() == newer
        assert row().refused_at is None

    def test_inside_a_transaction_nothing_is_asked_for(self, connected: Sandbox) -> None:
        expire()
        with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
            call()
        assert paths(connected) == []
        assert not connection.in_atomic_block


class TestRefusals:
    def test_a_dead_refresh_token_is_a_refusal_that_says_what_to_do(self, connected: Sandbox) -> None:
        expire()
        connected._application.grants.refresh_tokens.clear()
        with pytest.raises(AccountRefused, match="Connect the account again") as caught:
            call()
        assert "The refresh token is invalid" in row().reason
        assert str(caught.value) == row().reason
        assert row().refused_at

    def test_each_client_hears_it_once(self, connected: Sandbox) -> None:
        expire()
        connected._application.grants.refresh_tokens.clear()
        with Client.for_account(ALIAS) as client:
            for _request in range(5):
                with pytest.raises(AccountRefused):
                    client.get("/accounts")
        assert paths(connected) == ["/token"]

    def test_what_works_again_is_no_longer_refused(self, connected: Sandbox, settings: Any) -> None:
        expire()
        use_oauth(settings, connected.url, CLIENT_SECRET="wrong")
        with pytest.raises(AccountRefused):
            call()
        use_oauth(settings, connected.url)
        call()
        assert (row().refused_at, row().reason) == (None, "")

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"status": 503}, Unavailable),
            ({"status": 429, "headers": {"Retry-After": "60"}}, RateLimited),
            ({"kind": "html"}, Unavailable),
        ],
    )
    def test_an_outage_is_no_refusal_and_the_next_attempt_works(
        self, connected: Sandbox, fault: dict[str, Any], error: type[Exception]
    ) -> None:
        expire()
        connected.fail(path="^/token$", **fault)
        with pytest.raises(error):
            call()
        assert row().refused_at is None
        call()
        assert not row().was_cut_off(timezone.now())

    def test_a_lost_answer_is_remembered_and_explains_the_refusal(self, connected: Sandbox) -> None:
        """The worst that can happen: GetResponse replaced the refresh token, and nobody heard which."""
        expire()
        connected.fail(path="^/token$", kind="reset", when="after")
        with pytest.raises(Unavailable):
            call()
        assert row().was_cut_off(timezone.now())
        with pytest.raises(AccountRefused, match="answer to an earlier attempt was lost"):
            call()
        assert "Connect the account again" in row().reason

    def test_so_is_an_answer_that_could_not_be_stored(
        self, connected: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_arguments: Any, **_tokens: Any) -> bool:
            raise SystemExit

        expire()
        with monkeypatch.context() as patched, pytest.raises(SystemExit):
            patched.setattr(Authorization, "keep", crash)
            call()
        Authorization.objects.update(leased_until=timezone.now())  # some time later
        with pytest.raises(AccountRefused, match="answer to an earlier attempt was lost"):
            call()

    def test_a_new_authorization_mends_it(self, connected: Sandbox) -> None:
        expire()
        connected.fail(path="^/token$", kind="reset", when="after")
        for error in (Unavailable, AccountRefused):
            with pytest.raises(error):
                call()
        connect(connected)
        call()
        assert (row().reason, row().refused_at, row().leased_until) == ("", None, None)

    def test_a_lost_answer_whose_token_still_works_is_no_loss(self, connected: Sandbox) -> None:
        expire()
        connected.fail(path="^/token$", kind="reset")  # before the work
        with pytest.raises(Unavailable):
            call()
        call()
        assert not row().was_cut_off(timezone.now())

    def test_an_account_nobody_connected_asks_nothing(self, oauth_sandbox: Sandbox) -> None:
        with pytest.raises(AccountRefused, match="not connected to GetResponse"):
            call()
        assert paths(oauth_sandbox) == []

    def test_a_token_without_a_refresh_token_is_not_replaced_by_the_clients_own_account(
        self, connected: Sandbox
    ) -> None:
        expire()
        Authorization.objects.update(refresh_token="")
        with pytest.raises(AccountRefused, match="gave none to renew it"):
            call()
        assert paths(connected) == []

    def test_a_key_that_was_taken_away_is_a_mistake_in_the_settings(
        self, connected: Sandbox, settings: Any
    ) -> None:
        settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": [OTHER_TOKEN_KEY]}
        with pytest.raises(ConfigurationError, match="TOKEN_KEYS"):
            call()


def test_no_token_is_in_the_database_in_the_clear_nor_in_a_log_nor_in_a_repr(
    connected: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = {*stored(), connected.client_secret}
    caplog.set_level(logging.DEBUG)
    expire()
    connected.fail(path="^/token$", status=400)
    for _attempt in range(2):
        with Client.for_account(ALIAS) as client:
            try:
                client.account()
            except AccountRefused as error:
                caplog.records.append(logging.makeLogRecord({"msg": f"{error!r} {error} {error.context}"}))
    secrets |= set(stored())
    kept = str(list(Authorization.objects.values()))
    shown = " ".join(record.getMessage() for record in caplog.records) + repr(row()) + str(row())
    assert len(secrets) == 5
    assert not [secret for secret in secrets if secret in kept + shown]
