"""The site as GetResponse sees it: its addresses, and what is stored there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from getresponse_django import tasks
from getresponse_django.models import Account
from tests.pull.conftest import impatient, unlimited

__all__ = ["impatient", "unlimited"]

SECRET, OTHER_SECRET = "the-secret-of-the-tests", "the-one-before-rotation"

Post = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def secrets(settings: Any, unlimited: None) -> None:
    """The account "default" has two secrets, "shop" has none."""
    configured = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"WEBHOOK_SECRET": [SECRET, OTHER_SECRET]}
    shop = {"API_KEY": "k", "BASE_URL": configured["BASE_URL"]}
    accounts = {"default": configured, "shop": shop}
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts}


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The accounts that workers were nudged for."""
    told: list[int] = []
    monkeypatch.setattr(tasks, "webhook_nudger", tasks.Nudger(lambda pk, _countdown: told.append(pk)))
    yield told


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def address(kind: str = "webhooks", account: str = "default", secret: str = SECRET) -> str:
    return reverse(f"getresponse_django:{kind}", args=[account, secret])


def post(body: Any, url: str = "", **headers: str) -> Any:
    """Send ``body`` as GetResponse does, or raw bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(url or address(), content, content_type="application/json", headers=headers)


def event(kind: str = "contact_added", contact_id: str = "c1", **members: Any) -> dict[str, Any]:
    """An event as the guide shows it."""
    campaign = {"campaignId": "V", "name": "customers", "href": "https://api.getresponse.com/v3/campaigns/V"}
    return {
        "type": kind,
        "contact": {"contactId": contact_id, "email": "ann@example.com", "name": None, "campaign": campaign},
        "account": {"accountId": "VfEj1"},
        "event": {"occurredAt": "2026-11-24T10:00:00+01:00"},
        **members,
    }
