"""The tests of pulls ask as fast as they can: tests/test_throttle.py and the commands hold the limits."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django import client
from getresponse_django.sandbox import Sandbox
from getresponse_django.throttle import Unlimited


@pytest.fixture(autouse=True)
def unlimited(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does the client wait, nor does the sandbox refuse."""
    sandbox.limits_on = False
    monkeypatch.setattr(client, "Throttle", lambda *_arguments, **_options: Unlimited())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is repeated is repeated at once."""
    pause = client.pause_before_repeat

    def no_pause(*arguments: Any, **options: Any) -> float | None:
        return None if pause(*arguments, **options) is None else 0.0

    monkeypatch.setattr(client, "pause_before_repeat", no_pause)
