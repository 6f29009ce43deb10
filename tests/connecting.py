"""An account of OAuth instead of a key, connected by way of the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from getresponse_django import oauth
from getresponse_django.models import Authorization
from getresponse_django.sandbox import Sandbox

ALIAS = "default"
TOKEN_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OTHER_TOKEN_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="


def use_oauth(settings: Any, base_url: str, **account: Any) -> None:
    """Let the account "default" use the sandbox's OAuth client, and no key."""
    client = {"CLIENT_ID": Sandbox.client_id, "CLIENT_SECRET": Sandbox.client_secret}
    accounts = {ALIAS: {**client, "BASE_URL": base_url, **account}}
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts, "TOKEN_KEYS": [TOKEN_KEY]}


def connect(sandbox: Sandbox) -> Authorization:
    """Somebody agrees, and the code is exchanged."""
    assert oauth.exchange_code(ALIAS, sandbox.authorize())
    return row()


def row() -> Authorization:
    """The authorization as it is stored now."""
    return Authorization.objects.get(account__alias=ALIAS)


def age(seconds: float) -> None:
    """Let the access token be so much older."""
    stored, gone = row(), timedelta(seconds=seconds)
    assert stored.expires_at and stored.renewed_at
    Authorization.objects.update(expires_at=stored.expires_at - gone, renewed_at=stored.renewed_at - gone)


def expire() -> None:
    """Let the access token be at its end."""
    Authorization.objects.update(expires_at=timezone.now())


def paths(sandbox: Sandbox) -> list[str]:
    """What was asked for so far, in order."""
    return [request.path for request in sandbox.requests]
