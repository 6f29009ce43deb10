"""Masks: which addresses they cover, and what a signup is told of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.models import Account, Blocklist, Campaign, Change, Contact
from getresponse_django.models.suppressions import covers
from tests.pulling import the_account

ANNA = "Anna@Example.com"


@pytest.mark.parametrize(
    ("mask", "covered"),
    [
        ("anna@example.com", True),
        ("ANNA@EXAMPLE.COM", True),
        (" anna@example.com ", True),
        ("ann@example.com", False),
        ("na@example.com", False),
        ("anna@example.co", False),
        ("@example.com", True),
        ("@example", True),
        ("@example.org", False),
        ("anna@", True),
        ("bela@", False),
        ("example", True),
        ("*@example.com", True),
        ("*@*.com", True),
        ("**", True),
        ("*@example.co", False),
        ("*example", False),
        ("anna*", True),
        ("an?a@example.com", False),
        (".nna*", False),
        ("", False),
        (" ", False),
    ],
)
def test_a_mask_covers_an_address_or_not(mask: str, covered: bool) -> None:
    assert covers(mask, ANNA) is covered


@settings(max_examples=30)
@given(st.text(max_size=20), st.emails())
def test_any_text_may_be_a_mask(mask: str, email: str) -> None:
    assert covers(mask, email) in (True, False)
    assert covers(email.replace("*", ""), email.replace("*", ""))


@pytest.fixture
def customers(db: Any) -> Campaign:
    return Campaign.objects.named(the_account(), "customers")


def block(*masks: str, campaign: Campaign | None = None, account: Account | None = None) -> None:
    """Store a blocklist, as a pull does."""
    Blocklist.objects.create(account=account or the_account(), campaign=campaign, masks=list(masks))


def test_the_lists_of_the_account_and_of_the_campaign_count_and_no_others(customers: Campaign) -> None:
    contact = Contact(account=the_account(), campaign=customers, email=ANNA)
    block("@example.com", campaign=Campaign.objects.named(the_account(), "partners"))
    block("@example.com", account=Account.objects.for_alias("shop"))
    assert contact.blocked_by == ""
    block("bela@example.com", "@example.com", campaign=customers)
    assert contact.blocked_by == "@example.com"
    block("anna@")
    assert contact.blocked_by in ("anna@", "@example.com")


def test_a_signup_of_a_blocked_address_is_recorded_with_a_warning(customers: Campaign) -> None:
    block("@example.com")
    contact = Contact.objects.subscribe(ANNA, campaign=customers)
    assert "“@example.com”" in contact.last_error
    assert Contact.objects.get().last_error == contact.last_error
    assert (contact.state, Change.objects.count()) == ("new", 1)


def test_a_signup_of_another_address_and_a_contact_that_is_there_are_not_warned_of(
    customers: Campaign,
) -> None:
    block("@example.com")
    assert Contact.objects.subscribe("anna@example.org", campaign=customers).last_error == ""
    there = Contact(account=the_account(), campaign=customers, email=ANNA, state="active", contact_id="C")
    Contact.plain.bulk_create([there])
    assert Contact.objects.subscribe(ANNA, campaign=customers, name="Anna").last_error == ""


def test_there_is_one_blocklist_for_the_account_and_for_each_campaign(customers: Campaign) -> None:
    for campaign in (None, customers):
        block(campaign=campaign)
        with pytest.raises(IntegrityError), transaction.atomic():
            block(campaign=campaign)
