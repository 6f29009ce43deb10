"""OAuth 2.0 and MAX accounts: codes, tokens and their ends, and the domain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from getresponse_django.sandbox import Sandbox

from .conftest import assert_envelope


class Caller:
    """Asks for tokens, with the right client unless told otherwise, and uses them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def token(self, grant: str, **form: str) -> requests.Response:
        auth = (self.sandbox.client_id, self.sandbox.client_secret)
        body = {"grant_type": grant, **form}
        return requests.post(f"{self.sandbox.url}/token", data=body, auth=auth, timeout=10)

    def use(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.sandbox.url}/accounts", headers=headers, timeout=10)

    def later(self, seconds: float) -> None:
        self.sandbox.now = lambda: datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


@pytest.fixture
def max_sandbox() -> Iterator[Sandbox]:
    with Sandbox(domain="mail.example.com") as sandbox:
        yield sandbox


def granted(response: requests.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.parametrize(("grant", "seconds"), [("authorization_code", 3600), ("client_credentials", 86400)])
def test_a_token_is_as_the_contract_says_and_works(
    caller: Caller, sandbox: Sandbox, grant: str, seconds: int
) -> None:
    body = granted(caller.token(grant, code=sandbox.authorize()))
    refreshable = grant == "authorization_code"
    assert set(body) - {"refresh_token"} == {"access_token", "expires_in", "token_type", "scope"}
    assert ("refresh_token" in body) is refreshable
    assert (body["expires_in"], body["token_type"], body["scope"]) == (seconds, "Bearer", None)
    assert caller.use(body["access_token"]).status_code == 200


def test_a_refresh_gives_a_new_pair_and_the_old_refresh_token_dies(caller: Caller, sandbox: Sandbox) -> None:
    first = granted(caller.token("authorization_code", code=sandbox.authorize()))
    second = granted(caller.token("refresh_token", refresh_token=first["refresh_token"]))
    assert second["expires_in"] == 86400
    assert second["refresh_token"] != first["refresh_token"]
    assert_envelope(caller.token("refresh_token", refresh_token=first["refresh_token"]), 400, 1000)
    third = granted(caller.token("refresh_token", refresh_token=second["refresh_token"]))
    assert caller.use(third["access_token"]).status_code == 200


def test_a_code_works_once(caller: Caller, sandbox: Sandbox) -> None:
    code = sandbox.authorize()
    granted(caller.token("authorization_code", code=code))
    assert_envelope(caller.token("authorization_code", code=code), 400, 1000)


def test_a_code_lives_ten_minutes(caller: Caller, sandbox: Sandbox) -> None:
    codes = [sandbox.authorize(), sandbox.authorize()]
    caller.later(590)
    granted(caller.token("authorization_code", code=codes[0]))
    caller.later(601)
    assert_envelope(caller.token("authorization_code", code=codes[1]), 400, 1000)


def test_an_access_token_ends_as_the_contract_says(caller: Caller) -> None:
    token = granted(caller.token("client_credentials"))["access_token"]
    caller.later(86401)
    body = assert_envelope(caller.use(token), 401, 1014)
    assert body["message"] == "The access token provided is expired"
    assert body["context"] == {"sentToken": token}


def test_how_long_tokens_live_can_be_chosen() -> None:
    with Sandbox(token_seconds=5) as sandbox:
        caller = Caller(sandbox)
        body = granted(caller.token("authorization_code", code=sandbox.authorize()))
        assert body["expires_in"] == 5
        caller.later(6)
        assert_envelope(caller.use(body["access_token"]), 401, 1014)


@pytest.mark.parametrize("grant", ["", "password", "implicit"])
def test_other_grants_are_refused(caller: Caller, grant: str) -> None:
    assert_envelope(caller.token(grant), 400, 1000)


@pytest.mark.parametrize("auth", [None, ("sandbox-client", "wrong"), ("x", "sandbox-client-secret")])
def test_a_wrong_client_is_401(sandbox: Sandbox, auth: Any) -> None:
    form = {"grant_type": "client_credentials"}
    assert_envelope(requests.post(f"{sandbox.url}/token", data=form, auth=auth, timeout=10), 401, 1014)


def test_tokens_are_asked_for_with_a_form(sandbox: Sandbox) -> None:
    auth, body = (sandbox.client_id, sandbox.client_secret), {"grant_type": "client_credentials"}
    assert_envelope(requests.post(f"{sandbox.url}/token", json=body, auth=auth, timeout=10), 400, 1021)


def test_the_log_holds_no_secret(caller: Caller, sandbox: Sandbox) -> None:
    body = granted(caller.token("authorization_code", code=sandbox.authorize()))
    granted(caller.token("refresh_token", refresh_token=body["refresh_token"]))
    logged = str(sandbox.requests)
    assert [request.path for request in sandbox.requests] == ["/token", "/token"]
    assert body["refresh_token"] not in logged and sandbox.client_secret not in logged


def test_a_reset_forgets_what_was_granted(caller: Caller, sandbox: Sandbox) -> None:
    token, code = granted(caller.token("client_credentials"))["access_token"], sandbox.authorize()
    sandbox.reset()
    assert_envelope(caller.use(token), 401, 1014)
    assert_envelope(caller.token("authorization_code", code=code), 400, 1000)


class TestPage:
    def page(self, sandbox: Sandbox, **query: str) -> requests.Response:
        address = sandbox.url.removesuffix("/v3") + "/oauth2_authorize.html"
        return requests.get(address, params=query, allow_redirects=False, timeout=10)

    def test_it_sends_the_browser_back_with_a_code_that_works(self, caller: Caller, sandbox: Sandbox) -> None:
        sandbox.return_address = "http://site.example/back/"
        response = self.page(sandbox, response_type="code", client_id=sandbox.client_id, state="a&b=c")
        address = urlsplit(response.headers["Location"])
        query = parse_qs(address.query)
        assert response.status_code == 302
        assert address._replace(query="").geturl() == "http://site.example/back/"
        assert query["state"] == ["a&b=c"]
        granted(caller.token("authorization_code", code=query["code"][0]))

    @pytest.mark.parametrize(
        ("query", "address"),
        [
            ({"response_type": "code", "client_id": "other"}, "http://site.example/"),
            ({"response_type": "token", "client_id": "sandbox-client"}, "http://site.example/"),
            ({"response_type": "code", "client_id": "sandbox-client"}, ""),
        ],
    )
    def test_it_says_what_is_wrong(self, sandbox: Sandbox, query: dict[str, str], address: str) -> None:
        sandbox.return_address = address
        response = self.page(sandbox, **query)
        assert response.status_code == 400 and response.json()["error"]


class TestMax:
    HEADERS = {"X-Auth-Token": "api-key sandbox"}

    def get(self, sandbox: Sandbox, **headers: str) -> requests.Response:
        return requests.get(f"{sandbox.url}/accounts", headers=self.HEADERS | headers, timeout=10)

    def test_the_domain_opens_it(self, max_sandbox: Sandbox) -> None:
        response = self.get(max_sandbox, **{"X-Domain": "mail.example.com"})
        assert response.status_code == 200
        assert response.json()["href"].startswith(max_sandbox.url)

    @pytest.mark.parametrize("domain", ["", "other.example.com", "https://mail.example.com"])
    def test_without_it_the_account_is_not_found(self, max_sandbox: Sandbox, domain: str) -> None:
        assert_envelope(self.get(max_sandbox, **({"X-Domain": domain} if domain else {})), 404, 1024)

    def test_tokens_want_it_too(self, max_sandbox: Sandbox) -> None:
        assert_envelope(Caller(max_sandbox).token("client_credentials"), 404, 1024)

    def test_a_retail_account_takes_no_notice_of_it(self, sandbox: Sandbox) -> None:
        assert self.get(sandbox, **{"X-Domain": "mail.example.com"}).status_code == 200


def test_a_key_can_be_revoked_and_a_reset_brings_it_back(sandbox: Sandbox) -> None:
    headers = {"X-Auth-Token": "api-key sandbox"}
    sandbox.key = "another"
    assert_envelope(requests.get(f"{sandbox.url}/accounts", headers=headers, timeout=10), 401, 1014)
    sandbox.reset()
    assert requests.get(f"{sandbox.url}/accounts", headers=headers, timeout=10).status_code == 200
