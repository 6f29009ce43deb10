"""What a failed attempt means, and whether the same may be sent again at once."""

from __future__ import annotations

import ssl
from collections import Counter

import pytest
import requests
from requests import exceptions
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)

from getresponse_django.errors import (
    AlreadyExists,
    ConfigurationError,
    GetResponseError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from getresponse_django.failures import NoConnection, failure_of, pause_before_repeat

CONNECTION = HTTPConnection("example.com")
KEY = "s3cret"


def below(reason: Exception) -> MaxRetryError:
    """urllib3's wrapping, with the whole address of the request in its text, as it really is."""
    return MaxRetryError(None, f"/v3/contacts?query[email]=jan@example.com&{KEY}", reason)  # type: ignore[arg-type]


REFUSED = requests.ConnectionError(below(NewConnectionError(CONNECTION, "refused")))
UNKNOWN_HOST = requests.ConnectionError(below(NameResolutionError("x", CONNECTION, OSError("no"))))  # type: ignore[arg-type]
SLOW_TO_CONNECT = requests.ConnectionError(below(ConnectTimeoutError("slow")))
NEVER_SENT = [
    REFUSED,
    UNKNOWN_HOST,
    SLOW_TO_CONNECT,
    requests.ConnectTimeout("slow"),
    exceptions.ProxyError("no tunnel"),
    exceptions.SSLError(below(SSLError(ssl.SSLCertVerificationError("expired")))),
]
LOST = [
    requests.ReadTimeout(KEY),
    requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())),
    requests.ConnectionError(below(ProtocolError("aborted"))),
    requests.ConnectionError(),
    exceptions.ChunkedEncodingError("cut"),
    exceptions.ContentDecodingError("not gzip"),
    exceptions.SSLError(below(SSLError(ssl.SSLError("EOF occurred in violation of protocol")))),
    OSError("CA bundle not found"),
]
MISCONFIGURED = [
    exceptions.InvalidHeader(f"Invalid header value: {KEY}"),
    exceptions.InvalidURL("bad"),
    exceptions.MissingSchema("bad"),
    exceptions.InvalidSchema("ftp"),
    UnicodeEncodeError("latin-1", f"api-key {KEY}ż", 14, 15, "ordinal not in range"),
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("failure", NEVER_SENT, ids=repr)
def test_without_a_connection_nothing_was_sent(method: str, failure: Exception) -> None:
    assert type(failure_of(method, "/x", "host", failure)) is NoConnection


@pytest.mark.parametrize(
    ("method", "kind"), [("GET", Unavailable), ("POST", OutcomeUnknown), ("DELETE", OutcomeUnknown)]
)
@pytest.mark.parametrize("failure", LOST, ids=repr)
def test_after_a_connection_only_reads_are_harmless(
    method: str, kind: type[GetResponseError], failure: Exception
) -> None:
    assert type(failure_of(method, "/x", "host", failure)) is kind


@pytest.mark.parametrize("failure", MISCONFIGURED, ids=lambda failure: type(failure).__name__)
def test_a_request_that_cannot_be_built_is_a_matter_of_settings(failure: Exception) -> None:
    assert type(failure_of("POST", "/x", "host", failure)) is ConfigurationError


@pytest.mark.parametrize(
    "failure", [*NEVER_SENT, *LOST, *MISCONFIGURED], ids=lambda failure: type(failure).__name__
)
def test_the_error_says_what_to_look_at_and_nothing_secret(failure: Exception) -> None:
    error = failure_of("POST", "/contacts?query=jan@example.com", "api.example", failure)
    assert str(error).startswith("POST /contacts: ")
    assert KEY not in f"{error!r}{error}"
    assert "jan" not in f"{error!r}{error}"
    assert error.__cause__ is None


def test_an_expired_certificate_is_named() -> None:
    assert "certificate of api.example is not trusted" in str(
        failure_of("GET", "/x", "api.example", NEVER_SENT[-1])
    )


@pytest.mark.parametrize(
    ("error", "method", "pauses"),
    [
        (RateLimited(retry_after=1, status=429), "POST", [1, 1, 1, None]),
        (RateLimited(retry_after=2, status=429), "GET", [2, 2, 2, None]),
        (RateLimited(retry_after=2.5, status=429), "GET", [None]),
        (NoConnection(), "POST", [0.5, None]),
        (NoConnection(), "DELETE", [0.5, None]),
        (NoConnection(), "GET", [0.5, None]),
        (Unavailable(status=503), "GET", [0.5, 1.0, None]),
        (Unavailable(), "GET", [0.5, 1.0, None]),
        (Unavailable(status=503), "POST", [None]),
        (Unavailable(status=503), "DELETE", [None]),
        (OutcomeUnknown(), "POST", [None]),
        (OutcomeUnknown(), "DELETE", [None]),
        (Rejected(), "GET", [None]),
        (AlreadyExists(), "POST", [None]),
        (ConfigurationError(), "GET", [None]),
    ],
)
def test_only_what_was_surely_not_processed_goes_again(
    error: GetResponseError, method: str, pauses: list[float | None]
) -> None:
    repeats: Counter[str] = Counter()
    assert [pause_before_repeat(error, method, repeats) for _ in pauses] == pauses


def test_each_cause_has_its_own_count() -> None:
    repeats: Counter[str] = Counter()
    errors = [NoConnection(), Unavailable(), RateLimited(retry_after=1), Unavailable(), NoConnection()]
    assert [pause_before_repeat(error, "GET", repeats) for error in errors] == [0.5, 0.5, 1, 1.0, None]
