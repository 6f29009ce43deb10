"""Newsletters and the like: how they are shown and what their deletion leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from getresponse_django.models import (
    AbTest,
    Account,
    Autoresponder,
    Campaign,
    Change,
    FromField,
    Newsletter,
    RssNewsletter,
    Splittest,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Newsletter(name="March", subject="Hello"), "March"),
        (Newsletter(subject="Hello"), "Hello"),
        (Autoresponder(subject="Welcome"), "Welcome"),
        (RssNewsletter(subject="Blog"), "Blog"),
        (AbTest(name="Subjects"), "Subjects"),
        (Splittest(name="Hours"), "Hours"),
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


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Autoresponder, {"subject": "Welcome", "autoresponder_id": "A"}),
        (RssNewsletter, {"subject": "Blog", "rss_newsletter_id": "R"}),
        (AbTest, {"name": "Subjects", "ab_test_id": "B"}),
        (Splittest, {"name": "Hours", "splittest_id": "P"}),
    ],
)
def test_what_is_only_read_is_never_recorded(model: Any, columns: dict[str, str]) -> None:
    account = Account.objects.for_alias("default")
    row = model.objects.create(account=account, **columns)
    row.name = "Hi there"
    row.save()
    row.delete()
    FromField.objects.create(account=account, email="a@example.com", from_field_id="F").delete()
    assert not Change.objects.exists()


def test_messages_are_found_from_their_list() -> None:
    account = Account.objects.for_alias("default")
    campaign = Campaign.objects.create(account=account, name="customers")
    newsletter = Newsletter.objects.create(account=account, subject="Hello", campaign=campaign)
    assert list(campaign.newsletters.all()) == [newsletter]


@pytest.fixture
def valid() -> Newsletter:
    """A newsletter that GetResponse would take."""
    account = Account.objects.for_alias("default")
    sender = FromField.plain.create(account=account, email="a@example.com", from_field_id="F", is_active=True)
    campaign = Campaign.plain.create(account=account, name="customers", campaign_id="C")
    given = {"campaign": campaign, "from_field": sender, "subject": "Hello", "html": "<p>Hi</p>"}
    return Newsletter(account=account, send_settings={"selectedCampaigns": ["C"]}, **given)


def problems(row: Newsletter) -> set[str]:
    """The fields that full_clean complains about."""
    try:
        row.full_clean()
    except ValidationError as error:
        return set(error.message_dict)
    return set()


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ({}, set()),
        ({"name": "x"}, {"name"}),
        ({"subject": "x" * 129}, {"subject"}),
        ({"html": "", "plain_text": ""}, {"html"}),
        ({"html": "x" * 524_289}, {"html"}),
        ({"plain_text": "x" * 524_289}, {"plain_text"}),
        ({"campaign": None}, {"campaign"}),
        ({"from_field": None}, {"from_field"}),
        ({"type": "splittest"}, {"type"}),
        ({"flags": ["openrate"]}, {"flags"}),
        ({"attachments": [{}]}, {"attachments"}),
        ({"send_settings": [1]}, {"send_settings"}),
        ({"send_settings": {"selectedCampaigns": ["X"]}}, {"send_settings"}),
        ({"send_settings": {"excludedSegments": ["X"]}}, {"send_settings"}),
        ({"send_settings": {"selectedContacts": ["X"]}}, {"send_settings"}),
        ({"send_settings": {"selectedSuppressions": ["X"]}}, set()),
        ({"send_settings": {}, "type": "broadcast"}, {"send_settings"}),
        ({"newsletter_id": "N", "base": {"type": "broadcast"}, "type": "broadcast", "html": ""}, set()),
        ({"newsletter_id": "N", "base": {"type": "draft"}, "type": "broadcast"}, {"type"}),
    ],
)
def test_what_would_be_refused_is_said_of_its_field(
    valid: Newsletter, columns: dict[str, Any], fields: set[str]
) -> None:
    for name, value in columns.items():
        setattr(valid, name, value)
    assert problems(valid) == fields


def test_references_are_of_the_same_account_and_senders_are_active(valid: Newsletter) -> None:
    other = Account.objects.for_alias("other")
    valid.reply_to = FromField.plain.create(account=valid.account, email="b@example.com", from_field_id="G")
    valid.campaign = Campaign.plain.create(account=other, name="theirs", campaign_id="T")
    assert problems(valid) == {"reply_to", "campaign"}


def test_sending_and_cancelling_are_recorded(valid: Newsletter) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    valid.send(at=at)
    assert (valid.pk is not None, valid.sending, valid.send_at) == (True, "send", at)
    Change.objects.all().delete()
    valid.cancel()
    assert (valid.sending, valid.send_at, Change.objects.count()) == ("cancelled", None, 1)


def test_cancelling_a_mere_draft_changes_nothing(valid: Newsletter) -> None:
    valid.save()
    Change.objects.all().delete()
    valid.cancel()
    assert (valid.sending, Change.objects.count()) == ("", 0)


def test_a_stale_newsletter_knows_what_was_sent_meanwhile(valid: Newsletter) -> None:
    valid.save()
    Newsletter.plain.update(newsletter_id="N", type="broadcast", send_metrics={"status": "in_progress"})
    with pytest.raises(ValidationError, match="on its way"):
        valid.send()
    valid.cancel()
    assert Newsletter.objects.get().sending == "cancel"
