"""Campaigns, fields, tags: rules of the API as validators, and lists that are named before they exist."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from getresponse_django.models import Account, Campaign, Change, CustomField, Segment, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def problems(row: Any) -> set[str]:
    """The fields that full_clean complains about."""
    try:
        row.full_clean()
    except ValidationError as error:
        return set(error.message_dict)
    return set()


@pytest.mark.parametrize("name", ["ab", "a/b c", "a\\b c", "me@home", "[list]", "party \U0001f389", "x" * 65])
def test_a_list_name_that_the_api_refuses_is_refused_here(account: Account, name: str) -> None:
    assert problems(Campaign(account=account, name=name)) == {"name"}
    assert problems(Campaign(account=account, name="Jäger & Söhne")) == set()


@pytest.mark.parametrize("name", ["Plan", "my plan", "plän", "", "email", "campaign", "x" * 129])
def test_a_field_name_that_the_api_refuses_is_refused_here(account: Account, name: str) -> None:
    assert problems(CustomField(account=account, name=name)) == {"name"}
    assert problems(CustomField(account=account, name="plan_2")) == set()


@pytest.mark.parametrize("values", [[], ["one"]])
def test_a_choice_needs_two_values(account: Account, values: list[str]) -> None:
    assert problems(CustomField(account=account, name="x", format="radio", values=values)) == {"values"}
    assert problems(CustomField(account=account, name="x", format="radio", values=["a", "b"])) == set()


@pytest.mark.parametrize("name", ["a", "two words", "né", "x" * 65, "a-b"])
def test_a_tag_name_that_the_api_refuses_is_refused_here(account: Account, name: str) -> None:
    assert problems(Tag(account=account, name=name)) == {"name"}


def test_a_tag_cannot_be_renamed(account: Account) -> None:
    tag = Tag(account=account, name="vip", tag_id="T", base={"name": "vip"})
    assert problems(tag) == set()
    tag.name = "very_important"
    assert problems(tag) == {"name"}


def test_naming_a_list_that_does_not_exist_records_nothing(account: Account) -> None:
    campaign = Campaign.objects.named(account, "customers")
    assert campaign.campaign_id is None
    assert Campaign.objects.named(account, "customers") == campaign
    assert not Change.objects.exists()


def test_a_linked_list_goes_before_a_waiting_one_of_its_name(account: Account) -> None:
    Campaign.objects.named(account, "customers")
    rows = Campaign.plain.bulk_create([Campaign(account=account, name="customers", campaign_id="C")])
    assert Campaign.objects.named(account, "customers") == rows[0]


def test_accounts_do_not_share_lists(account: Account) -> None:
    other = Account.objects.for_alias("other")
    assert Campaign.objects.named(account, "customers") != Campaign.objects.named(other, "customers")


@pytest.mark.parametrize("model", [Campaign, CustomField, Tag, Segment])
def test_a_name_is_unique_only_while_no_id_tells_its_owner(account: Account, model: Any) -> None:
    ids = {
        Campaign: "campaign_id",
        CustomField: "custom_field_id",
        Tag: "tag_id",
        Segment: "search_contact_id",
    }
    for remote_id in ("a", "A", None):
        model.objects.create(account=account, name="same", **{ids[model]: remote_id})
    for remote_id in ("a", None):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(account=account, name="same", **{ids[model]: remote_id})


@pytest.mark.parametrize(
    ("optin", "double"), [({}, False), ({"api": "single"}, False), ({"api": "double"}, True)]
)
def test_what_double_optin_is(optin: dict[str, str], double: bool) -> None:
    assert Campaign(optin_types=optin).double_optin is double


def test_names_are_what_is_shown(account: Account) -> None:
    rows = [Campaign(name="n"), CustomField(name="n"), Tag(name="n"), Segment(name="n")]
    assert [str(row) for row in rows] == ["n"] * 4


def test_what_is_not_deleted_remotely_leaves_no_tombstone() -> None:
    assert Campaign(campaign_id="C").tombstone() is None
    assert Tag().tombstone() is CustomField().tombstone() is Segment().tombstone() is None
    assert Segment(search_contact_id="S").tombstone() == {"remote_id": "S"}
    assert Tag(tag_id="T").tombstone() == {"remote_id": "T"}
    assert CustomField(custom_field_id="F").tombstone() == {"remote_id": "F"}


def test_a_linked_field_keeps_its_kind(account: Account) -> None:
    base = {"name": "plan", "type": "string", "format": "text", "values": []}
    row = CustomField(account=account, name="plan", custom_field_id="F", base=base)
    assert problems(row) == set()
    row.name, row.type, row.format = "tariff", "number", "radio"
    assert problems(row) == {"name", "type", "format"}


def test_a_new_field_is_of_a_known_kind(account: Account) -> None:
    assert problems(CustomField(account=account, name="x", type="colour", format="slider")) == {
        "type",
        "format",
    }


def test_settings_that_getresponse_gave_are_not_refused(account: Account) -> None:
    settings = {"import": "double", "api": "single"}
    row = Campaign(account=account, name="old list", optin_types=settings, base={"optinTypes": settings})
    assert problems(row) == set()
    row.optin_types = settings | {"api": "triple"}
    row.profile = {"title": "", "logo": None, "description": "x"}
    assert problems(row) == {"optin_types", "profile"}


def test_a_segment_names_lists_of_its_account(account: Account) -> None:
    Campaign.objects.create(account=account, name="customers", campaign_id="C")
    section = {
        "campaignIdsList": ["C"],
        "logicOperator": "and",
        "subscriberCycle": ["receiving_autoresponder"],
        "subscriptionDate": "all_time",
    }
    definition = {"sectionLogicOperator": "or", "section": [section]}
    row = Segment(account=account, name="buyers", definition=definition)
    assert problems(row) == set()
    row.account = Account.objects.for_alias("other")
    assert problems(row) == {"definition"}
    row.search_contact_id, row.base = "S", definition
    assert problems(row) == set()  # as GetResponse gave it
    assert problems(Segment(account=account, name="new")) == {"definition"}


def test_a_form_without_a_field_is_not_told_of_it(account: Account) -> None:
    row = CustomField(account=account, name="x", type="colour")
    row.full_clean(exclude={"type"})
    with pytest.raises(ValidationError):
        row.full_clean(exclude={"name"})
