"""An account without anything to complain about."""

from __future__ import annotations

import pytest
from django.utils import timezone

from getresponse_django.models import Account
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account


@pytest.fixture(autouse=True)
def without_rules(no_rules: None) -> None:
    """In every test here."""


@pytest.fixture
def healthy(sandbox: Sandbox) -> Account:
    """An account that is pulled, with a worker and beat."""
    pulled("campaigns", "tags")
    account = the_account()
    account.write(worker_seen_at=timezone.now(), beat_seen_at=timezone.now())
    return account
