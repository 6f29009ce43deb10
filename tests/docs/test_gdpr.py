"""docs/howto/gdpr.md: its examples do what the page says, and what it says of the data is so."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone

from getresponse_django import Consent
from getresponse_django.checks import check_settings
from getresponse_django.forms import NewsletterForm
from getresponse_django.models import Campaign, ConsentRecord, Contact, ErasedAddress
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.docs.pages import blocks_of
from tests.pulling import pulled, the_account

SETTINGS, FORGET, NOT_AGREED, TAKE_BACK, MY_DATA = (
    block.text for block in blocks_of("docs/howto/gdpr.md", "python")
)
EVA, BERT, ANNA = "eva@example.com", "bert@example.com", "anna@example.com"

pytestmark = pytest.mark.django_db(transaction=True)


def made_by(block: str) -> dict[str, Any]:
    """The names that an example makes."""
    names: dict[str, Any] = {"__name__": "documented"}
    exec(block, names)
    return names


def contact(email: str, campaign: str = "customers", **columns: Any) -> Contact:
    target = Campaign.objects.named(the_account(), campaign)
    return Contact.objects.create(account=the_account(), campaign=target, email=email, **columns)


def agreed(email: str, version: str, on: datetime) -> None:
    said = Consent(on, "Yes.", version, "form")
    Contact.objects.subscribe(email, campaign="customers", consent=said)
    Contact.objects.filter(email=email).update(state="active")


def test_the_settings_of_the_page_pass_the_checks(settings: Any) -> None:
    settings.GETRESPONSE = made_by(SETTINGS)["GETRESPONSE"]
    assert [str(message) for message in check_settings() if message.level >= 40] == []


def test_only_who_left_all_lists_long_ago_is_forgotten() -> None:
    long_ago, lately = timezone.now() - timedelta(days=800), timezone.now() - timedelta(days=30)
    contact(EVA, state="left", left_on=long_ago)
    contact(BERT, state="left", left_on=long_ago)
    contact(BERT, "newsletter", state="active")
    contact(ANNA, state="left", left_on=long_ago)
    contact(ANNA, "newsletter", state="left", left_on=lately)
    made_by(FORGET)["forget_who_left"]()
    assert sorted(set(Contact.objects.values_list("email", flat=True))) == [ANNA, BERT]
    assert ErasedAddress.objects.count() == 1


def test_who_has_not_agreed_to_the_words_of_now_is_found() -> None:
    now = timezone.now()
    agreed(EVA, "1", now - timedelta(days=2))
    agreed(BERT, "1", now - timedelta(days=2))
    agreed(BERT, "2", now - timedelta(days=1))
    contact(ANNA, state="active")
    found = made_by(NOT_AGREED)["not_agreed_to"]("2", "customers")
    assert sorted(one.email for one in found) == [ANNA, EVA]


def test_what_is_taken_back_is_in_the_ledger_and_counts_at_once() -> None:
    said = Consent(timezone.now(), "Yes.", "7", "form")
    Contact.objects.subscribe(EVA, campaign="customers", consent=said)
    Contact.objects.update(state="active", contact_id="c1")
    made_by(TAKE_BACK)["take_back"](EVA, "customers")
    given, back = ConsentRecord.objects.order_by("pk")
    assert (given.given, back.given, back.version, back.source) == (True, False, "7", "user")
    Contact.objects.subscribe(EVA, campaign="customers")
    assert Contact.objects.get().state == "leaving"


def test_without_the_ledger_a_removal_that_was_not_pushed_can_be_called_off() -> None:
    contact(EVA, state="active", contact_id="c1")
    Contact.objects.unsubscribe(EVA)
    Contact.objects.subscribe(EVA, campaign="customers")
    assert Contact.objects.get().state == "active"


def test_the_view_shows_what_is_held() -> None:
    contact(EVA)
    request = RequestFactory().get("/")
    request.user = User(username="eva", email=EVA)
    shown = json.loads(made_by(MY_DATA)["my_data"](request).content)
    assert [row["email"] for row in shown["contacts"]] == [EVA]


def test_a_signup_sends_address_name_and_list_and_nothing_of_the_consent(sandbox: Sandbox) -> None:
    pulled("campaigns")
    form = NewsletterForm(
        {"email": EVA, "name": "Eva", "consent": "on"}, campaign="customers", ip_address="198.51.100.7"
    )
    assert form.is_valid(), form.errors
    form.save()
    drain(the_account())
    sent = [request.body for request in sandbox.requests if request.method == "POST" and request.body]
    assert [set(body) for body in sent if "email" in body] == [{"email", "name", "campaign"}]
