"""POST /token on the wire: what is sent, and what each kind of answer becomes."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from getresponse_django.conf import AccountConfig
from getresponse_django.errors import (
    AccountRefused,
    ConfigurationError,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from getresponse_django.oauth.token_request import Tokens, request_tokens
from tests.wire import Reply, Wire, closed_port, running_wire

FORM = {"grant_type": "refresh_token", "refresh_token": "r3fresh"}
GRANTED = {"access_token": "a", "expires_in": 60, "token_type": "Bearer", "scope": None, "refresh_token": "r"}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with running_wire() as wire:
        yield wire


def config(base_url: str, **values: Any) -> AccountConfig:
    return AccountConfig("default", client_id="client", client_secret="s3cret", base_url=base_url, **values)


def test_a_form_authenticated_by_the_client_is_sent(wire: Wire) -> None:
    wire.script(Reply(json=GRANTED))
    assert request_tokens(config(wire.base_url), FORM) == Tokens("a", "r", 60)
    (sent,) = wire.requests
    assert (sent.method, sent.path) == ("POST", "/v3/token")
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b64decode(sent.headers["authorization"].removeprefix("Basic ")) == b"client:s3cret"
    assert "x-domain" not in sent.headers
    assert parse_qs(sent.body.decode()) == {name: [value] for name, value in FORM.items()}


def test_max_is_told_the_domain(wire: Wire) -> None:
    wire.script(Reply(json=GRANTED))
    request_tokens(config(wire.base_url, platform="max-pl", domain="example.com"), FORM)
    assert wire.requests[0].headers["x-domain"] == "example.com"


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        ({"access_token": "a", "expires_in": "60"}, Tokens("a", "", 60)),
        ({"access_token": "a", "refresh_token": None}, Tokens("a", "", 3600)),
        (GRANTED | {"expires_in": 0}, Tokens("a", "r", 0)),
    ],
)
def test_what_an_answer_may_leave_out(wire: Wire, answer: Any, tokens: Tokens) -> None:
    wire.script(Reply(json=answer))
    assert request_tokens(config(wire.base_url), FORM) == tokens


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(400, {"code": 1000, "message": "The refresh token is invalid"}), AccountRefused),
        (Reply(401, {"code": 1014}), AccountRefused),
        (Reply(404, {"code": 1024}), AccountRefused),
        (Reply(404, {"code": 1013}), AccountRefused),
        (Reply(409, {"code": 1008}), AccountRefused),
        (Reply(302, headers={"Location": "https://elsewhere.example/"}), AccountRefused),
        (Reply(429, {"code": 1015}), RateLimited),
        (Reply(503, {"code": 1019}), Unavailable),
        (Reply(500, {"code": 1}), OutcomeUnknown),
        (Reply(502, body=b"<html>"), OutcomeUnknown),
        (Reply(200, body=b"{"), OutcomeUnknown),
        (Reply(200), OutcomeUnknown),
        (Reply(json=[]), OutcomeUnknown),
        (Reply(json={"access_token": ""}), OutcomeUnknown),
        (Reply(json={"access_token": 5}), OutcomeUnknown),
        (Reply(json=GRANTED | {"refresh_token": 5}), OutcomeUnknown),
        (Reply(cut="unanswered"), OutcomeUnknown),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:50]),
)
def test_every_other_answer_is_an_error(wire: Wire, reply: Reply, error: type[Exception]) -> None:
    wire.script(reply)
    with pytest.raises(error) as caught:
        request_tokens(config(wire.base_url), FORM)
    assert type(caught.value) is error
    assert len(wire.requests) == 1


def test_a_host_that_is_not_there_granted_nothing() -> None:
    with pytest.raises(Unavailable):
        request_tokens(config(f"http://127.0.0.1:{closed_port()}/v3"), FORM)


def test_an_address_that_cannot_be_is_named() -> None:
    with pytest.raises(ConfigurationError):
        request_tokens(config("http://*.example.com/v3"), FORM)


def test_an_error_that_quotes_the_secrets_shows_none(wire: Wire) -> None:
    said = f"Token r3fresh of client:s3cret ({wire.base_url}) is dead"
    wire.script(Reply(400, {"code": 1000, "message": said, "context": {"sentToken": "r3fresh"}}))
    with pytest.raises(AccountRefused) as caught:
        request_tokens(config(wire.base_url), FORM)
    assert "is dead" in str(caught.value)
    shown = f"{caught.value!r} {caught.value} {caught.value.context} {caught.value.__context__}"
    assert "r3fresh" not in shown and "s3cret" not in shown


def test_tokens_are_not_in_their_repr() -> None:
    assert "s3cret" not in repr(Tokens("s3cret", "s3cret", 5))
