"""POST /token: the one request that is no JSON, authenticates the OAuth client and brings tokens back.

Source: contract/behaviour-core.md section 2. It is not one of the 220 operations, and a few a day: the
account's limits are not asked.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..answers import error_for, value_of, whole_number
from ..conf import AccountConfig, app_settings
from ..errors import (
    AccountRefused,
    ConfigurationError,
    GetResponseError,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from ..failures import failure_of
from ..session import new_session

SHORTEST_LIFE = 3600
"""Seconds, for an answer that does not say; the shortest of the contract."""

PATH = "/token"


@dataclass(frozen=True)
class Tokens:
    """What GetResponse granted. ``seconds`` is the life of the access token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    seconds: int


def request_tokens(config: AccountConfig, form: Mapping[str, str]) -> Tokens:
    """Ask for tokens. ``form`` is the grant.

    Raises AccountRefused, RateLimited, Unavailable (surely nothing was granted), OutcomeUnknown (the answer
    was lost) or ConfigurationError; none of them holds a secret.
    """
    outcome = exchange(config, form)
    if isinstance(outcome, Tokens):
        return outcome
    if isinstance(outcome, (ConfigurationError, RateLimited, Unavailable, OutcomeUnknown)):
        raise outcome
    # Whatever the code: the grant or the client is not accepted.
    raise AccountRefused(outcome.message, method="POST", path=PATH, status=outcome.status, code=outcome.code)


def exchange(config: AccountConfig, form: Mapping[str, str]) -> Tokens | GetResponseError:
    """The tokens, or the error as a value, so that no traceback of the network code is kept."""
    basic = b64encode(f"{config.client_id}:{config.client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", **config.domain_header}
    with new_session() as session:
        try:
            response = session.post(
                config.url + PATH,
                data=dict(form),
                headers=headers,
                timeout=tuple(app_settings.TIMEOUT),
                allow_redirects=False,
            )
        except (OSError, UnicodeError) as error:
            return failure_of("POST", PATH, urlsplit(config.url).hostname or "", error)
    status, content = response.status_code, response.content
    if not 200 <= status < 300:
        secrets = [basic, config.client_secret, *(form[name] for name in form if name != "grant_type")]
        return error_for("POST", PATH, status, response.headers, without(secrets, content))
    return tokens_of(value_of("POST", PATH, status, response.headers.get("Content-Type", ""), content))


def tokens_of(answer: Any) -> Tokens | GetResponseError:
    """The tokens in an answer; what cannot be used counts as lost."""
    if isinstance(answer, GetResponseError):
        return answer
    found = answer if isinstance(answer, dict) else {}
    access_token, refresh_token = found.get("access_token"), found.get("refresh_token") or ""
    if not (access_token and isinstance(access_token, str) and isinstance(refresh_token, str)):
        return OutcomeUnknown("GetResponse answered without an access token.", method="POST", path=PATH)
    seconds = whole_number(found.get("expires_in"))
    return Tokens(access_token, refresh_token, SHORTEST_LIFE if seconds is None else seconds)


def without(secrets: list[str], content: bytes) -> bytes:
    """An error body that quotes what was sent must not carry it into a message."""
    for secret in filter(None, secrets):
        content = content.replace(secret.encode(), b"***")
    return content
