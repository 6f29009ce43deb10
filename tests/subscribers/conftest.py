"""What the tests of rules share: each registers its own, and those of others do not follow it."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def without_rules(no_rules: None) -> None:
    """In every test here."""
