"""What a failed attempt means: whether the request left, and whether the same may be sent again at once.
Pure.
"""

from __future__ import annotations

import ssl
from collections import Counter

from requests import ConnectTimeout
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, ProxyError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .answers import lost, safe_path
from .errors import AccountRefused, ConfigurationError, GetResponseError, RateLimited, Unavailable

SHORT_WAIT = 2.0
"""The longest Retry-After, in seconds, that the client waits for itself; a longer one is for the caller to
plan with.
"""

MOST_REPEATS = {"limited": 3, "connect": 1, "read": 2, "refused": 1}
FIRST_PAUSE = 0.5
"""Seconds before the first repeat after a failure; doubled for the next."""


MISCONFIGURED = (InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, UnicodeError)


class NoConnection(Unavailable):
    """GetResponse could not be reached: nothing was sent."""


def pause_before_repeat(
    error: GetResponseError, method: str, repeats: Counter[str], *, renewable: bool = False
) -> float | None:
    """Seconds until the same request may go again, or None if it must not; counts the repeat in ``repeats``.

    Only what was surely not processed goes again: refused by the limits, sent with credentials that were not
    accepted and are ``renewable``, never connected, or a read. A write whose fate is unknown is for the
    caller to look up (contract/behaviour-contacts.md section 11, "Retry").
    """
    match error:
        case RateLimited(retry_after=seconds) if seconds <= SHORT_WAIT:
            cause, pause = "limited", seconds
        case AccountRefused(code=1014) if renewable:
            cause, pause = "refused", 0.0
        case NoConnection():
            cause, pause = "connect", FIRST_PAUSE
        case Unavailable() if method == "GET":
            cause, pause = "read", FIRST_PAUSE * 2 ** repeats["read"]
        case _:
            return None
    repeats[cause] += 1
    return pause if repeats[cause] <= MOST_REPEATS[cause] else None


def failure_of(method: str, path: str, host: str, error: Exception) -> GetResponseError:
    """The error of an attempt without an answer. ``error`` may hold the key: its text is not used."""
    name = type(error).__name__
    if is_misconfigured(error):
        kind: type[GetResponseError] = ConfigurationError
        message = (
            f"The request cannot be built ({name}): check BASE_URL, API_KEY and DOMAIN for odd characters."
        )
    elif is_untrusted(error):
        kind, message = NoConnection, f"The certificate of {host} is not trusted: update the CA bundle."
    elif never_connected(error):
        kind, message = NoConnection, f"No connection to {host} ({name}): check the network and BASE_URL."
    else:
        kind, message = lost(method), f"The answer of {host} was lost ({name})."
    return kind(message, method=method, path=safe_path(path))


def is_misconfigured(error: Exception) -> bool:
    """The address or a header is unusable; a UnicodeError is a header that HTTP cannot carry."""
    return isinstance(error, MISCONFIGURED)


def is_untrusted(error: Exception) -> bool:
    """The certificate was refused, before anything was sent; other TLS errors also happen later."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in reason_of(error).args)


def never_connected(error: Exception) -> bool:
    """Refused, unknown host, timeout while connecting, or a proxy that did not let us through."""
    if isinstance(error, ConnectTimeout | ProxyError):
        return True
    return isinstance(reason_of(error), NewConnectionError | ConnectTimeoutError)


def reason_of(error: Exception) -> BaseException:
    """What urllib3 says was the matter, below the exception of requests; or the exception itself."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return reason if isinstance(reason, BaseException) else error
