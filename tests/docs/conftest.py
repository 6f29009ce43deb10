"""Somebody who follows a page with the environment of the tests.

Two things differ from what a reader does: nothing is installed, for the environment of the tests has it all,
and the ports are free ones.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.literally import Reader
from tests.docs.pages import CHECKOUT
from tests.services import free_port

OF_THE_VENV = re.compile(r"python3 -m venv|pip install|\. venv/bin/activate")
OURS = (
    *("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CELERY_BROKER_URL"),
    *("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"),
)


@pytest.fixture
def ports() -> dict[str, str]:
    """The ports of the page, and those of this test."""
    return {"8025": str(free_port()), "8000": str(free_port())}


@pytest.fixture
def reader(tmp_path: Path, ports: dict[str, str]) -> Iterator[Reader]:
    """Who follows a page; what was left running is ended after the test."""

    def replaced(text: str) -> str:
        return re.sub(r"\b(8025|8000)\b", lambda port: ports[port[0]], text)

    def typed(command: str) -> str:
        if OF_THE_VENV.search(command):
            return ""
        places = {"getresponse_sandbox": f"--port {ports['8025']}", "runserver": ports["8000"]}
        return " ".join([command, *(place for name, place in places.items() if command.endswith(name))])

    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    reader = Reader(
        tmp_path, environment | {"PYTHONPATH": str(CHECKOUT)}, typed=typed, written=replaced, said=replaced
    )
    try:
        yield reader
    finally:
        reader.close()
