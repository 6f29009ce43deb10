"""Which error an answer is, what it says, and what it must never say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.answers import error_for, masked, seconds_to_pause, value_of
from getresponse_django.errors import (
    AccountRefused,
    AlreadyExists,
    GetResponseError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)

TAKEN = {"httpStatus": 409, "code": 1008, "message": "Property value is already taken", "uuid": "u-1"}


def answered(
    status: int,
    code: int | None = None,
    message: str = "No",
    *,
    method: str = "POST",
    path: str = "/contacts",
    headers: dict[str, str] | None = None,
    context: Any = None,
) -> GetResponseError:
    body = {
        "httpStatus": status,
        "message": message,
        "context": {} if context is None else context,
        "uuid": "u-1",
    }
    body |= {} if code is None else {"code": code}
    return error_for(method, path, status, headers or {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        # every code of contract/behaviour-core.md section 6, with its status
        (500, 1, OutcomeUnknown),
        (400, 1000, Rejected),
        (400, 1001, Rejected),
        (400, 1002, Rejected),
        (400, 1003, Rejected),
        (400, 1004, Rejected),
        (400, 1005, Rejected),
        (400, 1006, Rejected),
        (400, 1007, Rejected),
        (409, 1008, AlreadyExists),
        (400, 1009, Rejected),
        (400, 1010, Rejected),
        (400, 1011, Rejected),
        (400, 1012, Rejected),
        (404, 1013, NotFound),
        (401, 1014, AccountRefused),
        (429, 1015, RateLimited),
        (403, 1016, AccountRefused),
        (403, 1017, AccountRefused),
        (403, 1018, AccountRefused),
        (503, 1019, Unavailable),
        (400, 1021, AccountRefused),
        (403, 1023, Rejected),
        (404, 1024, AccountRefused),
        (400, 1027, Rejected),
        (400, 1028, Rejected),
        (400, 1029, Rejected),
        # codes seen with another status, and codes nobody documented
        (403, 1014, AccountRefused),
        (400, 1013, NotFound),
        (400, 1, Rejected),
        (400, 100002, Rejected),
        (403, 1020, AccountRefused),
        # no code at all
        (301, None, AccountRefused),
        (307, None, AccountRefused),
        (400, None, Rejected),
        (401, None, AccountRefused),
        (403, None, AccountRefused),
        (404, None, NotFound),
        (405, None, Rejected),
        (409, None, AlreadyExists),
        (429, None, RateLimited),
        (500, None, OutcomeUnknown),
        (502, None, OutcomeUnknown),
        (503, None, Unavailable),
        (504, None, OutcomeUnknown),
        (599, None, OutcomeUnknown),
    ],
)
def test_the_code_then_the_status_say_which_error_it_is(
    status: int, code: int | None, kind: type[GetResponseError]
) -> None:
    error = answered(status, code)
    assert type(error) is kind
    assert (error.status, error.code, error.uuid) == (status, code, "u-1")
    assert (error.method, error.path) == ("POST", "/contacts")


@pytest.mark.parametrize(
    ("method", "status", "kind"),
    [
        ("GET", 500, Unavailable),
        ("GET", 502, Unavailable),
        ("GET", 503, Unavailable),
        ("DELETE", 500, OutcomeUnknown),
        ("DELETE", 503, Unavailable),
    ],
)
def test_a_broken_server_leaves_only_writes_in_doubt(
    method: str, status: int, kind: type[GetResponseError]
) -> None:
    assert type(answered(status, method=method)) is kind


@pytest.mark.parametrize("status", [400, 409])
def test_a_contact_in_the_queue_already_exists(status: int) -> None:
    assert type(answered(status, 1000, "Contact in queue")) is AlreadyExists


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000]
)
def test_an_unreadable_body_is_judged_by_its_status(body: bytes) -> None:
    error = error_for("POST", "/contacts", 502, {}, body)
    assert type(error) is OutcomeUnknown
    assert str(error) == (
        "POST /contacts: GetResponse answered 502 Bad Gateway without a readable reason. (HTTP 502)"
    )


def test_a_status_nobody_registered_is_named_by_its_number() -> None:
    assert "answered 599 without" in str(error_for("GET", "/x", 599, {}, b""))


def test_a_redirect_says_what_to_mend() -> None:
    assert "check PLATFORM and BASE_URL" in str(
        error_for("GET", "/x", 302, {"Location": "https://else.where"}, b"")
    )


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ({}, "Validation error"),
        ([], "Validation error"),
        (["too long", "too short"], "Validation error: too long; too short"),
        (["", 7, None], "Validation error"),
        ([{"fieldName": "name", "errorDescription": "too long"}], "Validation error: name: too long"),
        (
            [{"fieldName": ["body", 0, "email"], "errorDescription": "bad"}],
            "Validation error: body.0.email: bad",
        ),
        (
            {"fieldName": "isDefault", "errorDescription": "Not allowed"},
            "Validation error: isDefault: Not allowed",
        ),
        ([{"errorDescription": "bad"}, {"fieldName": "x"}], "Validation error: bad"),
        ({"value": "taken"}, "Validation error"),
    ],
)
def test_every_validation_error_is_in_the_message(context: Any, text: str) -> None:
    error = answered(400, 1000, "Validation error", context=context)
    assert error.message == text
    assert error.context == context


def test_a_sentence_of_the_api_keeps_its_full_stop() -> None:
    assert answered(400, 1000, "Bad.", context=["too long"]).message == "Bad. too long"


@pytest.mark.parametrize(
    ("envelope", "message"),
    [
        ({"message": "", "codeDescription": "Taken"}, "Taken"),
        ({"message": None, "context": ["only this"]}, "only this"),
    ],
)
def test_without_a_message_the_next_best_text_is_taken(envelope: dict[str, Any], message: str) -> None:
    assert error_for("GET", "/x", 400, {}, json.dumps(envelope)).message == message


@pytest.mark.parametrize("code", ["1008", 1008, 1008.0])
def test_a_code_may_come_as_text(code: Any) -> None:
    assert type(error_for("POST", "/tags", 400, {}, json.dumps(TAKEN | {"code": code}))) is AlreadyExists


@pytest.mark.parametrize(
    ("headers", "context", "seconds"),
    [
        ({"Retry-After": "1", "X-RateLimit-Reset": "432 seconds"}, {"timeToReset": "9 seconds"}, 1),
        ({"retry-after": "1.5"}, {}, 1.5),
        ({"X-RateLimit-Reset": "432 seconds"}, {"timeToReset": "9 seconds"}, 432),
        ({"X-RateLimit-Reset": "1 seconds"}, {}, 1),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "X-RateLimit-Reset": "7 seconds"}, {}, 7),
        ({"Retry-After": "2026-10-21"}, {}, 5),
        ({"X-RateLimit-Reset": "1793000000"}, {}, 86_400),
        ({"Retry-After": "9" * 400}, {}, 86_400),
        ({}, {"timeToReset": "100 seconds"}, 100),
        ({}, {"timeToReset": 3}, 3),
        ({}, {"timeToReset": None}, 5),
        ({"X-RateLimit-Reset": "-4 seconds"}, [], 5),
        ({"Retry-After": "soon"}, ["text"], 5),
    ],
)
def test_how_long_to_wait_is_read_from_the_first_place_that_says_it(
    headers: dict[str, str], context: Any, seconds: float
) -> None:
    error = answered(429, 1015, headers=headers, context=context)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "432 seconds"}, 432),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1 seconds"}, 1),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "432 seconds"}, 0),
        ({"X-RateLimit-Remaining": "0"}, 0),
        ({"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "9 seconds"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, 0),
        ({}, 0),
    ],
)
def test_only_the_last_call_of_a_window_asks_for_a_pause(headers: dict[str, str], seconds: float) -> None:
    assert seconds_to_pause(headers) == seconds


def test_no_address_gets_into_an_error() -> None:
    error = answered(
        400,
        1000,
        'Contact "jan.kowalski+x@example.com" is bad',
        path="/contacts/jan@example.com?query%5Bemail%5D=jan%40example.com",
        context=[
            {
                "fieldName": "email",
                "originalValue": "jan@example.com",
                "errorDescription": "<jan@example.com>?",
            },
            ["mailto:jan@example.com"],
            {"jan@example.com": {"deep": "x=jan%40example.com"}},
        ],
    )
    everything = f"{error} {error!r} {error.message} {error.path} {error.context} {error.args}"
    assert "example.com" not in everything
    assert "***@***" in error.message
    assert error.path == "/contacts/***@***"


@pytest.mark.parametrize(
    "context",
    [
        {"sentToken": "s3cret"},
        {"X-Auth-Token": "s3cret"},
        [{"apiKey": {"value": "s3cret"}}],
        {"header": "api-key s3cret"},
        ["Authorization was Bearer s3cret"],
    ],
)
def test_no_credential_gets_into_an_error(context: Any) -> None:
    error = answered(401, 1014, context=context)
    assert "s3cret" not in f"{error!r} {error} {error.context}"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_any_context_is_survived(context: Any) -> None:
    error = error_for(
        "POST", "/contacts", 400, {}, json.dumps({"code": 1000, "message": "No", "context": context})
    )
    assert type(error) is Rejected
    assert "No" in str(error)


@given(st.emails())
def test_every_address_is_masked(address: str) -> None:
    assert address not in masked(f"The address {address} is bad")


def test_masking_long_texts_takes_no_time() -> None:
    assert masked("a" * 300_000) == "a" * 300_000


@pytest.mark.parametrize(
    ("status", "content_type", "body", "value"),
    [
        (204, "application/json", b"", None),
        (202, "", b"", None),
        (200, "application/json", b"[1]", [1]),
        (200, "application/json; charset=utf-8", '{"ż": 1}'.encode(), {"ż": 1}),
        (201, "text/plain", b"{}", {}),
        (200, "image/png", b"\x89PNG", b"\x89PNG"),
        (200, "application/octet-stream", b"[1]", b"[1]"),
    ],
)
def test_what_a_good_answer_holds(status: int, content_type: str, body: bytes, value: Any) -> None:
    assert value_of("GET", "/x", status, content_type, body) == value


@pytest.mark.parametrize(
    ("method", "kind"), [("GET", Unavailable), ("POST", OutcomeUnknown), ("DELETE", OutcomeUnknown)]
)
@pytest.mark.parametrize("body", [b"<html>", b'{"cut": ', b"\xff"])
def test_a_good_status_with_broken_json_leaves_writes_in_doubt(
    method: str, kind: type[GetResponseError], body: bytes
) -> None:
    error = value_of(method, "/x", 200, "text/html", body)
    assert type(error) is kind
    assert error.status == 200


def test_what_no_database_keeps_is_no_part_of_an_error() -> None:
    context = [{"fieldName": "name", "errorDescription": "a\ud83d"}]
    said = json.dumps({"code": 1000, "message": "No \0", "context": context})
    error = error_for("POST", "/contacts", 400, {}, said)
    assert str(error).isprintable() and "\ufffd" in str(error)
    assert str(error).encode()
