"""A person of staff in front of a browser, on a live site whose GetResponse is the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from getresponse_django.models import Account
from getresponse_django.sandbox import Sandbox
from tests.browser.chromium import running_chromium, why_browser_is_missing
from tests.browser.person import Person
from tests.pulling import pulled
from tests.services import REQUIRED


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    """One browser for the whole run."""
    missing = why_browser_is_missing()
    if missing:
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    with running_chromium() as driver:
        yield driver


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is nudged: the tests drain by themselves."""
    monkeypatch.setattr("getresponse_django.tasks.nudger._publish", lambda _pk, _countdown: None)


@pytest.fixture
def account(transactional_db: None, sandbox: Sandbox) -> Account:
    """The account of a sandbox with three lists and Ann, pulled."""
    ann = sandbox.add_contact("ann@example.com", "customers", name="Ann Lee")
    assert ann
    pulled("campaigns", "fields", "tags", "contacts", details=True)
    return Account.objects.for_alias("default")


@pytest.fixture
def person_with(driver: Any, live_server: Any, account: Account) -> Iterator[Callable[[User], Person]]:
    """Seats a user before the browser. Nothing may be wrong in its console in the end."""
    driver.get_log("browser")  # what another test has left

    def seat(user: User) -> Person:
        client = Client()
        client.force_login(user)
        person = Person(driver, live_server.url)
        person.enter(client.cookies["sessionid"].value)
        return person

    yield seat
    wrong = [each["message"] for each in driver.get_log("browser") if each["level"] == "SEVERE"]
    driver.get("about:blank")  # so that no page asks a server that is gone
    assert [message for message in wrong if "favicon.ico" not in message] == []


@pytest.fixture
def person(person_with: Callable[[User], Person], admin_user: User) -> Person:
    """Someone who may do everything."""
    return person_with(admin_user)
