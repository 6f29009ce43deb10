"""Newsletters and the like: how they are shown and what their deletion leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from getresponse_django.models import Account, Autoresponder, Campaign, Change, FromField, Newsletter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Newsletter(name="March", subject="Hello"), "March"),
        (Newsletter(subject="Hello"), "Hello"),
        (Autoresponder(subject="Welcome"), "Welcome"),
        (FromField(name="Shop", email="shop@example.com"), "Shop <shop@example.com>"),
        (FromField(email="shop@example.com"), "shop@example.com"),
    ],
)
def test_how_they_are_shown(row: Any, text: str) -> None:
    assert str(row) == text


def test_only_a_linked_newsletter_leaves_a_tombstone() -> None:
    account = Account.objects.for_alias("default")
    Newsletter.objects.create(account=account, subject="Hello").delete()
    assert not Change.objects.exists()
    Newsletter.objects.create(account=account, subject="Hello", newsletter_id="N").delete()
    assert Change.objects.get().tombstone == {"remote_id": "N"}


def test_a_subject_needs_two_characters() -> None:
    with pytest.raises(ValidationError, match="2"):
        Newsletter(account=Account.objects.for_alias("default"), subject="x").full_clean()


def test_what_is_only_read_is_never_recorded() -> None:
    account = Account.objects.for_alias("default")
    row = Autoresponder.objects.create(account=account, subject="Welcome", autoresponder_id="A")
    row.subject = "Hi there"
    row.save()
    row.delete()
    FromField.objects.create(account=account, email="a@example.com", from_field_id="F").delete()
    assert not Change.objects.exists()


def test_messages_are_found_from_their_list() -> None:
    account = Account.objects.for_alias("default")
    campaign = Campaign.objects.create(account=account, name="customers")
    newsletter = Newsletter.objects.create(account=account, subject="Hello", campaign=campaign)
    assert list(campaign.newsletters.all()) == [newsletter]
