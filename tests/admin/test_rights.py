"""Exporting and erasing persons in the admin: for who may, asked first, without a word to GetResponse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from getresponse_django.admin.people import rights
from getresponse_django.models import Contact, ErasedAddress

from .conftest import act, list_url, said


@pytest.fixture
def officer(client: Client) -> Client:
    """Somebody who may look at contacts and erase them."""
    user = User.objects.create(username="officer", is_staff=True)
    may = Permission.objects.filter(codename__in=["view_contact", "erase_contact"])
    user.user_permissions.set(may)
    client.force_login(user)
    return client


def test_the_actions_are_for_who_may_erase(
    contact: Contact, officer: Client, client_with: Callable[..., Client]
) -> None:
    for label in ("Export all about this person", "Erase this person"):
        assert label in officer.get(list_url(Contact)).content.decode()
    other = client_with("view", "change", "delete")
    assert "this person" not in other.get(list_url(Contact)).content.decode()
    act(other, Contact, "erase_person", contact, confirmed="yes")
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_an_export_is_a_file_with_one_entry_for_each_person(
    officer: Client, make_contact: Callable[..., Contact], contact: Contact
) -> None:
    response = act(officer, Contact, "export_person", contact)
    assert response["Content-Disposition"] == 'attachment; filename="persons.json"'
    assert "no-store" in response["Cache-Control"]
    persons = json.loads(response.content)
    assert [person["email"] for person in persons] == [contact.email]
    assert persons[0]["contacts"][0]["contact_id"] == contact.contact_id


def test_erasing_asks_first_and_then_says_numbers_only(officer: Client, contact: Contact, wire: Any) -> None:
    page = act(officer, Contact, "erase_person", contact)
    assert "Erase 1 person for good?" in page.content.decode()
    assert contact.email in page.content.decode()
    assert Contact.objects.filter(pk=contact.pk).exists()
    done = act(officer, Contact, "erase_person", contact, confirmed="yes")
    assert said(done) == "1 person was erased with 1 contact."
    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert ErasedAddress.objects.count() == 1


def test_nothing_is_erased_that_would_not_be_removed_there(
    officer: Client, contact: Contact, settings: Any
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    done = act(officer, Contact, "erase_person", contact, confirmed="yes")
    assert "ENABLED" in said(done)
    assert Contact.objects.filter(pk=contact.pk).exists()


@pytest.mark.parametrize("action", ["export_person", "erase_person"])
def test_no_more_than_a_request_can_bear(
    officer: Client, contact: Contact, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(rights, "MOST_PERSONS", 0)
    done = act(officer, Contact, action, contact, confirmed="yes")
    assert "at most 0 persons" in said(done)
    assert Contact.objects.filter(pk=contact.pk).exists()
