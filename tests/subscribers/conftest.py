"""What the tests of rules share: each registers its own, and those of others do not follow it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from getresponse_django import subscribers


@pytest.fixture(autouse=True)
def no_rules() -> Iterator[None]:
    before = list(subscribers.registry)
    subscribers.registry.clear()
    yield
    subscribers.registry[:] = before
