"""The fixtures of the plugin, as a site gets them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from getresponse_django import subscribers
from getresponse_django.testing import getresponse, getresponse_worker, sandbox, sandbox_server

__all__ = ["getresponse", "getresponse_worker", "sandbox", "sandbox_server"]


@pytest.fixture(autouse=True)
def own_rules() -> Iterator[None]:
    """Each test registers its own rules; those of others do not follow it."""
    before = list(subscribers.registry)
    subscribers.registry.clear()
    yield
    subscribers.registry[:] = before
