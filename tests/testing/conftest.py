"""The fixtures of the plugin, as a site gets them."""

from __future__ import annotations

import pytest

from getresponse_django.testing import getresponse, getresponse_worker, sandbox, sandbox_server

__all__ = ["getresponse", "getresponse_worker", "sandbox", "sandbox_server"]


@pytest.fixture(autouse=True)
def without_rules(no_rules: None) -> None:
    """In every test here."""
