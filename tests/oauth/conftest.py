"""An account that uses OAuth, with a sandbox; every test commits, as tokens have to be."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox
from tests.connecting import use_oauth


@pytest.fixture(autouse=True)
def _database(transactional_db: None) -> None:
    """Every test uses the database and commits."""


@pytest.fixture
def oauth_sandbox(sandbox: Sandbox, settings: Any) -> Sandbox:
    use_oauth(settings, sandbox.url)
    return sandbox
