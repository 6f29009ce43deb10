"""The tutorial, followed literally: its commands, its files, and what it says they print."""

from __future__ import annotations

import re

import pytest
import requests

from tests.docs.literally import Reader, is_as_said
from tests.docs.pages import CHECKOUT, blocks_of

pytestmark = pytest.mark.xdist_group("example")

PAGE = "docs/tutorial/first-contact.md"


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
