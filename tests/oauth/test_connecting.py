"""Connecting: the page to agree on, the code that waits, and the client's own account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from getresponse_django import oauth
from getresponse_django.client import Client
from getresponse_django.errors import AccountRefused, ConfigurationError, Unavailable
from getresponse_django.models import Authorization
from getresponse_django.oauth.encryption import unseal
from getresponse_django.sandbox import Sandbox
from tests.connecting import ALIAS, connect, expire, paths, row, use_oauth


class TestPage:
    @pytest.mark.parametrize(
        ("account", "host"),
        [
            ({}, "https://app.getresponse.com"),
            ({"PLATFORM": "max-us", "DOMAIN": "mail.example.com"}, "https://mail.example.com"),
            ({"PLATFORM": "max-pl", "DOMAIN": "example.pl"}, "https://example.pl"),
            ({"BASE_URL": "http://127.0.0.1:8025/v3"}, "http://127.0.0.1:8025"),
            (
                {"BASE_URL": "http://127.0.0.1:8025/v3", "PLATFORM": "max-pl", "DOMAIN": "example.pl"},
                "http://127.0.0.1:8025",
            ),
        ],
    )
    def test_it_is_where_the_account_is(self, settings: Any, account: dict[str, str], host: str) -> None:
        use_oauth(settings, "", **account)
        query = "response_type=code&client_id=sandbox-client&state=a%26b"
        assert oauth.authorization_url(ALIAS, "a&b") == f"{host}/oauth2_authorize.html?{query}"

    def test_an_account_with_a_key_has_none(self, settings: Any) -> None:
        use_oauth(settings, "", API_KEY="k")
        with pytest.raises(ConfigurationError, match="goes before OAuth"):
            oauth.authorization_url(ALIAS, "state")


class TestCode:
    def test_it_is_exchanged_and_the_account_works(self, oauth_sandbox: Sandbox) -> None:
        connect(oauth_sandbox)
        with Client.for_account(ALIAS) as client:
            assert client.account()["accountId"]
        stored = row()
        assert (stored.code, stored.reason, stored.refused_at, stored.leased_until) == ("", "", None, None)
        assert stored.connected_at and stored.expires_at
        assert timedelta(minutes=59) < stored.expires_at - timezone.now() <= timedelta(hours=1)

    def test_it_is_kept_encrypted_without_a_word_to_getresponse(self, oauth_sandbox: Sandbox) -> None:
        code = oauth_sandbox.authorize()
        oauth.receive_code(ALIAS, code)
        assert unseal(row().code) == code != row().code
        assert paths(oauth_sandbox) == []

    def test_a_max_account_is_connected_with_its_domain(self, settings: Any) -> None:
        with Sandbox(domain="mail.example.com") as sandbox:
            use_oauth(settings, sandbox.url, PLATFORM="max-us", DOMAIN="mail.example.com")
            connect(sandbox)
            with Client.for_account(ALIAS) as client:
                assert client.account()["accountId"]

    def test_one_that_is_refused_is_used_up_and_leaves_the_tokens(self, oauth_sandbox: Sandbox) -> None:
        before = connect(oauth_sandbox)
        with pytest.raises(AccountRefused, match="authorization code is invalid"):
            oauth.exchange_code(ALIAS, "wrong")
        stored = row()
        assert (stored.code, stored.access_token) == ("", before.access_token)
        assert "Connect the account again" in stored.reason

    def test_one_that_came_too_late_is_not_sent(self, oauth_sandbox: Sandbox) -> None:
        oauth.receive_code(ALIAS, oauth_sandbox.authorize())
        Authorization.objects.update(code_received_at=timezone.now() - timedelta(minutes=10))
        assert oauth.exchange(row()) is False
        assert paths(oauth_sandbox) == []
        assert "expired" in row().reason
        assert (row().code, oauth.exchange(row())) == ("", False)

    def test_one_that_could_not_be_exchanged_now_still_waits(self, oauth_sandbox: Sandbox) -> None:
        oauth.receive_code(ALIAS, oauth_sandbox.authorize())
        oauth_sandbox.fail(status=503, path="^/token$")
        with pytest.raises(Unavailable):
            oauth.exchange(row())
        assert oauth.exchange(row())
        assert row().access_token

    def test_two_processes_send_it_once(self, oauth_sandbox: Sandbox) -> None:
        oauth.receive_code(ALIAS, oauth_sandbox.authorize())
        first, second = row(), row()
        assert first.claim(60)
        assert oauth.exchange(second) is False
        assert paths(oauth_sandbox) == []

    def test_one_that_waits_for_a_renewal_is_not_dropped_under_way(self, oauth_sandbox: Sandbox) -> None:
        oauth.receive_code(ALIAS, oauth_sandbox.authorize())
        waiting = row()
        assert row().claim(60)
        Authorization.objects.update(code_received_at=timezone.now() - timedelta(minutes=11))
        waiting.refresh_from_db()
        assert oauth.exchange(waiting) is False
        assert row().code == waiting.code

    def test_a_newer_one_outlives_the_refusal_of_the_older(self, oauth_sandbox: Sandbox) -> None:
        oauth.receive_code(ALIAS, "older")
        older = row()
        oauth.receive_code(ALIAS, oauth_sandbox.authorize())
        assert older.claim(60) is False
        assert oauth.exchange(row())


class TestClientsOwnAccount:
    def test_it_is_connected_without_a_person(self, oauth_sandbox: Sandbox) -> None:
        oauth.authorize(ALIAS)
        with Client.for_account(ALIAS) as client:
            assert client.account()["accountId"]
        assert row().refresh_token == ""

    def test_its_token_is_replaced_without_a_refresh_token(self, oauth_sandbox: Sandbox) -> None:
        oauth.authorize(ALIAS)
        since = row().connected_at
        expire()
        with Client.for_account(ALIAS) as client:
            assert client.account()["accountId"]
        assert paths(oauth_sandbox) == ["/token", "/token", "/accounts"]
        assert row().connected_at == since

    def test_a_person_may_connect_another_one_instead(self, oauth_sandbox: Sandbox) -> None:
        oauth.authorize(ALIAS)
        connect(oauth_sandbox)
        assert row().refresh_token
        assert row().grant == "authorization_code"

    def test_without_a_key_for_its_tokens_nothing_is_asked_for(
        self, oauth_sandbox: Sandbox, settings: Any
    ) -> None:
        settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": []}
        with pytest.raises(ConfigurationError, match="TOKEN_KEYS"):
            oauth.authorize(ALIAS)
        assert paths(oauth_sandbox) == []
        assert row().leased_until is None

    def test_while_another_process_asks_it_does_not(self, oauth_sandbox: Sandbox) -> None:
        oauth.authorize(ALIAS)
        Authorization.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
        with pytest.raises(Unavailable, match="Another process"):
            oauth.authorize(ALIAS)

    @pytest.mark.parametrize("values", [{"CLIENT_SECRET": "wrong"}, {"CLIENT_ID": "wrong"}])
    def test_a_wrong_client_is_a_refusal(
        self, oauth_sandbox: Sandbox, settings: Any, values: dict[str, str]
    ) -> None:
        use_oauth(settings, oauth_sandbox.url, **values)
        with pytest.raises(AccountRefused, match="code 1014"):
            oauth.authorize(ALIAS)
