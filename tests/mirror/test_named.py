"""Objects that are one row here: matched by id, then by name, and three-way where a local change waits."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from getresponse_django.mirror import forget, mirror_named
from getresponse_django.mirror.named import GONE
from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    Conflict,
    CustomField,
    Newsletter,
    Segment,
    Tag,
)
from getresponse_django.resources import RESOURCES
from tests.pulling import nothing_written, the_account, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return the_account()


def campaign(campaign_id: str, name: str, **values: Any) -> dict[str, Any]:
    """A list as its detail shows it."""
    return {
        "campaignId": campaign_id,
        "name": name,
        "languageCode": "PL",
        "isDefault": "false",
        "createdOn": "2026-01-01T00:00:00+0000",
    } | values


def write(name: str, *items: Any) -> int:
    return mirror_named(the_account(), RESOURCES[name], items)


def names() -> dict[str | None, str]:
    return dict(Campaign.objects.values_list("campaign_id", "name"))


def test_rows_are_written_once_and_without_an_echo(account: Account) -> None:
    page = [campaign("C1", "customers"), campaign("c1", "newsletter")]
    assert write("campaign", *page) == 2
    with nothing_written():
        assert write("campaign", *page) == 0
    assert names() == {"C1": "customers", "c1": "newsletter"}
    assert waiting() == set()


def test_a_member_that_is_not_told_stays(account: Account) -> None:
    write("campaign", campaign("C1", "customers", optinTypes={"api": "double"}))
    write("campaign", campaign("C1", "clients"))
    row = Campaign.objects.get()
    assert (row.name, row.double_optin) == ("clients", True)


def test_names_swapped_in_one_page(account: Account) -> None:
    write("campaign", campaign("C1", "customers"), campaign("C2", "newsletter"))
    assert write("campaign", campaign("C1", "newsletter"), campaign("C2", "customers")) == 2
    assert names() == {"C1": "newsletter", "C2": "customers"}


def test_a_row_that_waits_for_its_object_is_adopted_and_what_it_says_is_pushed(account: Account) -> None:
    mine = Campaign.objects.create(account=account, name="students", language_code="EN")
    write("campaign", campaign("C1", "students"))
    row = Campaign.objects.get()
    assert (row.pk, row.campaign_id, row.language_code) == (mine.pk, "C1", "EN")
    assert row.base["languageCode"] == "PL"
    assert waiting() == {("campaign", mine.pk)}


def test_a_linked_row_of_that_name_is_not_taken_over(account: Account) -> None:
    write("campaign", campaign("C1", "customers"))
    write("campaign", campaign("C2", "customers"))
    assert names() == {"C1": "customers", "C2": "customers"}


PAIRS = list(itertools.product(["before", "here"], ["before", "there"]))


@pytest.mark.parametrize("conflict", ["local", "remote"])
@pytest.mark.parametrize(("name", "other_name"), PAIRS)
@pytest.mark.parametrize(("title", "other_title"), PAIRS)
def test_each_member_is_merged_by_itself(
    account: Account, settings: Any, conflict: str, name: str, other_name: str, title: str, other_title: str
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"CONFLICT": conflict}
    write("campaign", campaign("C1", "before", profile={"title": "before"}, languageCode="PL"))
    row = Campaign.objects.get()
    row.name, row.profile = name, {"title": title}
    row.save()

    write("campaign", campaign("C1", other_name, profile={"title": other_title}, languageCode="DE"))

    row.refresh_from_db()
    assert row.name == stands(name, other_name, conflict)
    assert row.profile == {"title": stands(title, other_title, conflict)}
    assert row.language_code == "DE", "what changed there only is taken over"
    decided = {"name": (name, other_name), "profile": (title, other_title)}
    assert {(one.field, one.won) for one in Conflict.objects.of(row)} == {
        (field, conflict) for field, values in decided.items() if "before" not in values
    }
    assert (row.base["name"], row.base["profile"]) == (other_name, {"title": other_title})


def stands(here: str, there: str, conflict: str) -> str:
    """The value that stands when both began as "before"."""
    if "before" in (here, there):
        return here if there == "before" else there
    return here if conflict == "local" else there


def test_references_to_what_is_not_here_are_empty(account: Account) -> None:
    write("campaign", campaign("C1", "customers"))
    message = {"name": "May", "subject": "May", "type": "broadcast", "fromField": {"fromFieldId": "unknown"}}
    write(
        "newsletter",
        message | {"newsletterId": "N1", "campaign": {"campaignId": "C1"}},
        message | {"newsletterId": "N2", "campaign": {"campaignId": "unknown"}},
    )
    assert dict(Newsletter.objects.values_list("newsletter_id", "campaign__name")) == {
        "N1": "customers",
        "N2": None,
    }
    assert Newsletter.objects.filter(from_field=None).count() == 2


def test_what_was_deleted_here_does_not_come_back(account: Account) -> None:
    write("tag", {"tagId": "T1", "name": "vip"}, {"tagId": "T2", "name": "site"})
    Tag.objects.get(name="vip").delete()
    assert write("tag", {"tagId": "T1", "name": "vip"}, {"tagId": "T2", "name": "site"}) == 0
    assert [tag.name for tag in Tag.objects.all()] == ["site"]


@pytest.mark.parametrize(
    ("name", "model", "item"),
    [
        ("tag", Tag, {"tagId": "X1", "name": "vip"}),
        ("custom_field", CustomField, {"customFieldId": "X1", "name": "city", "type": "text"}),
        ("segment", Segment, {"searchContactId": "X1", "name": "all", "createdOn": None}),
    ],
)
def test_a_definition_that_getresponse_deleted_is_forgotten_with_its_change(
    account: Account, name: str, model: Any, item: Any
) -> None:
    write(name, item)
    Change.objects.record([model.objects.get().key()])
    assert forget(account, RESOURCES[name], ["X1", "unknown"]) == 1
    assert not model.objects.exists()
    assert waiting() == set()


def test_a_list_that_getresponse_deleted_stays_and_says_so_once_until_it_is_back(account: Account) -> None:
    write("campaign", campaign("C1", "customers"))
    assert forget(account, RESOURCES["campaign"], ["C1"]) == 1
    assert forget(account, RESOURCES["campaign"], ["C1"]) == 0
    assert Campaign.objects.get().last_error == GONE
    assert waiting() == set()
    write("campaign", campaign("C1", "customers"))
    assert Campaign.objects.get().last_error == ""
