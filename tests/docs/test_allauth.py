"""docs/howto/allauth.md, followed literally; then a visitor does what the page says, by HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from example_project.demo.browser import Browser
from getresponse_django.models import Campaign
from tests.docs.literally import Reader
from tests.docs.pages import blocks_of
from tests.pulling import the_account

PAGE = "docs/howto/allauth.md"
ANN, BOB, NEW = "ann@example.com", "bob@example.com", "ann.lee@example.com"
PASSWORD = {"password1": "a long pass phrase", "password2": "a long pass phrase"}


pytestmark = pytest.mark.xdist_group("example")


@pytest.fixture
def visitor(reader: Reader, ports: dict[str, str]) -> Visitor:
    """A visitor of the site of the page, which runs."""
    reader.follow(PAGE)
    return Visitor(reader, ports)


class Visitor:
    """Registers, and reads the mails that the site prints in its terminal."""

    def __init__(self, reader: Reader, ports: dict[str, str]) -> None:
        self.reader, self.ports = reader, ports

    def browser(self) -> Browser:
        return Browser(f"http://127.0.0.1:{self.ports['8000']}")

    def register(self, email: str, **box: str) -> Browser:
        browser = self.browser()
        browser.submit("/accounts/signup/", {"email": email} | PASSWORD | box)
        return browser

    def confirm(self, browser: Browser, email: str) -> None:
        """Open the link of the last mail to the address, and press the button."""
        printed = "".join(log.read_text() for log in self.reader.folder.glob("terminal-*.log"))
        mail = printed.rpartition(f"To: {email}\n")[2].replace("=\n", "")  # as the page says
        (path,) = re.findall(r"/accounts/confirm-email/\S+", mail)[:1]
        browser.submit(path, {})

    def on_the_list(self) -> set[str]:
        """Whom of the visitors GetResponse has, by their addresses."""
        answer = requests.get(
            f"http://127.0.0.1:{self.ports['8025']}/v3/contacts",
            params={"perPage": "1000"},
            headers={"X-Auth-Token": "api-key sandbox"},
            timeout=10,
        )
        return {contact["email"] for contact in answer.json()} & {ANN, BOB, NEW}

    def comes_true(self, look: Callable[[], Any], expected: Any) -> None:
        until = time.monotonic() + 20
        while look() != expected and time.monotonic() < until:
            time.sleep(0.1)
        assert look() == expected


def test_the_site_of_the_page_subscribes_who_ticks_the_box_and_confirms(visitor: Visitor) -> None:
    bob = visitor.register(BOB)
    visitor.confirm(bob, BOB)
    ann = visitor.register(ANN, consent="on")
    assert visitor.on_the_list() == set()
    visitor.confirm(ann, ANN)
    visitor.comes_true(visitor.on_the_list, {ANN})
    ann.submit("/accounts/login/", {"login": ANN, "password": PASSWORD["password1"]})
    ann.submit("/accounts/email/", {"email": NEW, "action_add": ""})
    visitor.confirm(ann, NEW)
    visitor.comes_true(visitor.on_the_list, {NEW})
    assert told(visitor, LEDGER) == "[('ann@example.com', '2026-05', 'form')] True"
    ann.submit(told(visitor, LINK), {"leave_all": "1"})
    visitor.comes_true(visitor.on_the_list, set())
    visitor.comes_true(lambda: told(visitor, LEDGER)[-5:], "False")


LEDGER = """
from getresponse_django.models import ConsentRecord
from members.models import Member
print(list(ConsentRecord.objects.values_list("email", "version", "source")), end=" ")
print(Member.objects.filter(email__startswith="ann", news_since__isnull=False).exists())
"""
LINK = """
from getresponse_django.models import Contact
from getresponse_django.preferences import preference_link
print(preference_link(Contact.objects.get(user__email="ann.lee@example.com"), ""))
"""


def told(visitor: Visitor, code: str) -> str:
    """What a program prints that runs in the site."""
    return visitor.reader.output(f"python manage.py shell -v 0 -c '{code}'")[1].strip()


@pytest.mark.django_db
def test_the_list_is_set_to_single_optin_and_keeps_what_else_it_is() -> None:
    campaign = Campaign.objects.named(the_account(), "customers")
    Campaign.plain.filter(pk=campaign.pk).update(optin_types={"api": "double", "email": "double"})
    (block,) = [block for block in blocks_of(PAGE, "python") if "optin_types" in block.text]
    exec(block.text, {"__name__": "documented"})
    campaign.refresh_from_db()
    assert campaign.optin_types == {"api": "single", "email": "double"}
    assert not campaign.double_optin
