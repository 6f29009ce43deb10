"""OAuth 2.0 as an alternative to the key: connect an account, keep its tokens encrypted, renew them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..conf import AccountConfig
from .bearer import Bearer
from .connecting import authorization_url, authorize, exchange, exchange_code, receive_code, refresh

__all__ = [
    "authorization_url",
    "authorize",
    "exchange",
    "exchange_code",
    "headers_of",
    "receive_code",
    "refresh",
]


def headers_of(
    config: AccountConfig,
) -> Mapping[str, str] | Callable[[Mapping[str, str] | None], Mapping[str, str]]:
    """What authenticates the requests of an account: fixed headers for a key, else a Bearer."""
    return Bearer(config) if config.uses_oauth else config.headers
