"""Links to a person's own pages: signed, for one purpose, good for a year."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from getresponse_django.models import Account, Contact
from getresponse_django.preferences import preference_link, unsubscribe_link
from getresponse_django.preferences.links import PREFERENCES, UNSUBSCRIBE, contact_of

pytestmark = pytest.mark.django_db
PURPOSES = {PREFERENCES: preference_link, UNSUBSCRIBE: unsubscribe_link}


@pytest.fixture
def contact() -> Contact:
    Account.objects.for_alias("default")
    return Contact.objects.subscribe("eva@example.com", campaign="customers")


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_leads_to_its_contact_and_holds_no_personal_data(contact: Contact, purpose: str) -> None:
    link = PURPOSES[purpose](contact)
    assert re.fullmatch(rf"/getresponse/{purpose}/[\w:-]+/", link)
    assert "eva" not in str(signing.b64_decode(token_of(link).split(":")[0].encode()))
    assert contact_of(token_of(link), purpose) == contact


def test_a_mail_gets_the_whole_address(contact: Contact) -> None:
    link = unsubscribe_link(contact, "https://www.example.com")
    assert link.startswith("https://www.example.com/getresponse/unsubscribe/")


def test_a_link_is_for_its_purpose_only(contact: Contact) -> None:
    for made, other in ((preference_link, UNSUBSCRIBE), (unsubscribe_link, PREFERENCES)):
        with pytest.raises(signing.BadSignature):
            contact_of(token_of(made(contact)), other)


@pytest.mark.parametrize(("days", "good"), [(364, True), (366, False)])
def test_a_link_is_good_for_a_year(contact: Contact, monkeypatch: Any, days: int, good: bool) -> None:
    token = token_of(preference_link(contact))
    later = timezone.now().timestamp() + days * 86_400
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    if good:
        assert contact_of(token, PREFERENCES) == contact
    else:
        with pytest.raises(signing.SignatureExpired):
            contact_of(token, PREFERENCES)


def test_a_link_of_another_secret_key_is_not_ours(contact: Contact, settings: Any) -> None:
    token = token_of(preference_link(contact))
    settings.SECRET_KEY = "another"
    with pytest.raises(signing.BadSignature):
        contact_of(token, PREFERENCES)
    settings.SECRET_KEY_FALLBACKS = ["tests"]
    assert contact_of(token, PREFERENCES) == contact


def test_an_unsaved_contact_has_no_link() -> None:
    with pytest.raises(ValueError, match="Save the contact"):
        preference_link(Contact(email="eva@example.com"))
