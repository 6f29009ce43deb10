"""Journeys of the people who use the admin."""

from __future__ import annotations

import pytest

from getresponse_django.models import Account, Change, Contact
from getresponse_django.sandbox import Sandbox
from getresponse_django.testing.pushing import push_all
from tests.browser.person import Person

pytestmark = pytest.mark.xdist_group("browser")


def test_the_overview_says_how_the_account_is(person: Person, account: Account) -> None:
    person.open("account_change", account.pk)
    assert "Waiting to be sent" in person.text and "Last pulls" in person.text
    assert person.barriers() == []


def test_a_contact_is_found_edited_and_pushed(person: Person, account: Account, sandbox: Sandbox) -> None:
    person.open("contact_changelist")
    person.find("#searchbar").send_keys("ann")
    person.press("Search")
    person.press("ann@example.com")
    person.fill("Name", "Ann Miller")
    person.press("Save and continue editing")
    assert "Waiting to be sent to GetResponse" in person.text
    push_all(sandbox, account)
    person.open("contact_change", Contact.objects.get().pk)
    assert "The same here and in GetResponse" in person.text
    assert [contact["name"] for contact in sandbox.contacts()] == ["Ann Miller"]
    assert not Change.objects.exists()
