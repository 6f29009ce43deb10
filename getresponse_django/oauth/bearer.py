"""The access token of an account: the stored one, renewed shortly before its end or when it was refused."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from ..conf import AccountConfig, app_settings
from ..errors import AccountRefused, ConfigurationError, Unavailable
from ..models import Authorization
from ..models.authorizations import Grant
from .encryption import unseal
from .grants import AGAIN, ask

POLL = 0.1
"""Seconds between two looks whether the process that renews the token has finished."""


class Bearer:
    """What the client calls for the headers of its requests. It remembers the token until that has to be
    renewed, and a refusal for good: each client hears it once.
    """

    def __init__(self, config: AccountConfig) -> None:
        self._config = config
        self._token, self._until = "", timezone.now()
        self._refusal: AccountRefused | None = None

    def __call__(self, refused: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """The headers; other ones than ``refused``, which GetResponse did not accept. Raises
        GetResponseError.
        """
        rejected = (refused or {}).get("Authorization", "").removeprefix("Bearer ")
        if self._refusal:
            raise self._refusal
        if self._token == rejected or timezone.now() >= self._until:
            try:
                self._token, self._until = access_token(self._config, rejected)
            except AccountRefused as error:
                self._refusal = error
                raise
        return self._config.bearer(self._token)


def access_token(config: AccountConfig, rejected: str = "") -> tuple[str, datetime]:
    """An access token other than ``rejected``, and until when it need not be asked for again.

    While another process renews it, the old one is used as long as it is good, else this waits. Raises
    GetResponseError; RuntimeError when it has to be renewed inside a transaction.
    """
    patience = time.monotonic() + app_settings.LEASE_SECONDS
    renewed = False
    while True:
        row = Authorization.objects.filter(account__alias=config.alias).select_related("account").first()
        if row is None or row.renew_at is None or row.expires_at is None:
            raise not_connected(row)
        token, now = unseal(row.access_token), timezone.now()
        good = token != rejected
        if renewed or (good and now < row.renew_at):
            return token, row.renew_at
        renewed = renew(row, config)
        if not renewed:
            if good and now < row.expires_at:
                return token, now
            if time.monotonic() > patience:
                raise Unavailable("Another process has been renewing the access token for too long.")
            time.sleep(POLL)


def renew(row: Authorization, config: AccountConfig) -> bool:
    """Replace the tokens; False if another process is at it. Raises as ``ask`` does; ConfigurationError in a
    copied database, whose renewal would end the tokens of the site it was copied from.
    """
    if row.account.is_copy:
        raise ConfigurationError(f"{row.account.why_copy()} The access token is not renewed either.")
    if row.refresh_token:
        return ask(row, config, Grant.REFRESH, refresh_token=unseal(row.refresh_token))
    if row.grant == Grant.CLIENT:
        return ask(row, config, Grant.CLIENT)
    raise AccountRefused(f"The access token is at its end, and GetResponse gave none to renew it. {AGAIN}")


def not_connected(row: Authorization | None) -> AccountRefused:
    """The error of an account without any token."""
    why = f" The last attempt: {row.reason}" if row and row.reason else f" {AGAIN.replace(' again', '')}"
    return AccountRefused(f"The account is not connected to GetResponse.{why}")
