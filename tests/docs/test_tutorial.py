"""The tutorial, followed literally: its commands, its files, and what it says they print.

Three things differ from what a reader does: nothing is installed, for the environment of the tests has it
all; the ports are free ones; and beat pushes every two seconds and not every minute, so that it shows itself
sooner.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.docs.literally import Reader, is_as_said
from tests.docs.pages import CHECKOUT, blocks_of
from tests.services import free_port

pytestmark = pytest.mark.xdist_group("example")

PAGE = "docs/tutorial/first-contact.md"
OF_THE_VENV = re.compile(r"python3 -m venv|pip install|\. venv/bin/activate")
SOONER = '\nCELERY_BEAT_SCHEDULE["getresponse: push_changes"]["schedule"] = 2\n'


@pytest.fixture
def ports() -> dict[str, str]:
    """The ports of the page, and those of this test."""
    return {"8025": str(free_port()), "8000": str(free_port())}


@pytest.fixture
def reader(tmp_path: Path, ports: dict[str, str]) -> Iterator[Reader]:
    """Somebody who follows the page with the environment of the tests."""

    def replaced(text: str) -> str:
        return re.sub(r"\b(8025|8000)\b", lambda port: ports[port[0]], text)

    def typed(command: str) -> str:
        if OF_THE_VENV.search(command):
            return ""
        places = {"getresponse_sandbox": f"--port {ports['8025']}", "runserver": ports["8000"]}
        return " ".join([command, *(place for name, place in places.items() if command.endswith(name))])

    def written(text: str) -> str:
        return replaced(text).replace("= beat_schedule()\n", f"= beat_schedule(){SOONER}")

    ours = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CELERY_BROKER_URL", "PYTEST_ADDOPTS")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    reader = Reader(
        tmp_path, environment | {"PYTHONPATH": str(CHECKOUT)}, typed=typed, written=written, said=replaced
    )
    try:
        yield reader
    finally:
        reader.close()


def test_the_tutorial_works_as_it_is_written(reader: Reader, ports: dict[str, str]) -> None:
    reader.follow(PAGE)
    assert "Ann Lee" in contacts_in_the_admin(f"http://127.0.0.1:{ports['8000']}/admin/")


def contacts_in_the_admin(admin: str) -> str:
    """The list of contacts, for who logs in as the page says."""
    said = re.search(r"log in as `(\w+)` with the password `(\w+)`", (CHECKOUT / PAGE).read_text())
    assert said
    with requests.Session() as browser:
        browser.get(f"{admin}login/")
        entered = {
            "username": said[1],
            "password": said[2],
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        assert browser.post(f"{admin}login/", entered, allow_redirects=False).status_code == 302
        return browser.get(f"{admin}getresponse_django/contact/?q=ann@example.com").text


def test_every_command_of_the_tutorial_is_one_to_type() -> None:
    consoles = blocks_of(PAGE, "console")
    assert len(consoles) > 5
    assert all(block.text.startswith("$ ") for block in consoles)


@pytest.mark.parametrize(
    ("printed", "said", "so"),
    [
        ("a\n  ok   b 12 c\n", "ok   b ... c", True),
        ("a", "", True),
        ("a\nb", "b\na", True),
        ("a", "a\nb", False),
        ("axb", "a.b", False),
    ],
)
def test_what_is_printed_is_held_against_what_is_said(printed: str, said: str, so: bool) -> None:
    assert is_as_said(printed, said) is so
