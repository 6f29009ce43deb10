"""Campaigns, custom fields, tags and newsletters: created, adopted, updated, deleted, never twice."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django import mirror
from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    CustomField,
    FromField,
    Mirrored,
    Newsletter,
    Tag,
)
from getresponse_django.resources import RESOURCES

from .conftest import World

NEW: dict[str, Any] = {
    "campaign": lambda account: Campaign(account=account, name="winter sale", language_code="en"),
    "custom_field": lambda account: CustomField(
        account=account, name="shoe_size", type="number", format="text"
    ),
    "tag": lambda account: Tag(account=account, name="fresh_tag"),
}


def names(world: World, resource: str) -> list[str]:
    rows = {
        "campaign": world.sandbox.campaigns,
        "custom_field": world.sandbox.custom_fields,
        "tag": world.sandbox.tags,
    }
    return sorted(row["name"] for row in rows[resource]())


def saved(world: World, resource: str) -> Any:
    row: Mirrored = NEW[resource](world.account)
    row.save()
    return row


def reloaded(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


@pytest.fixture(params=sorted(NEW))
def resource(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_is_created_once_and_linked(world: World, resource: str) -> None:
    row = saved(world, resource)
    world.push_all()
    row = reloaded(row)
    assert names(world, resource).count(row.name) == 1
    assert getattr(row, RESOURCES[resource].id_field)
    assert [r.method for r in world.writes()] == ["POST"]
    row.save()
    world.push_all()
    assert len(world.writes()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_create_is_looked_for_before_it_is_repeated(world: World, resource: str, when: str) -> None:
    row = saved(world, resource)
    world.sandbox.fail(method="POST", kind="reset", when=when)
    world.push_all()
    assert names(world, resource).count(row.name) == 1
    assert getattr(reloaded(row), RESOURCES[resource].id_field)
    assert len(world.writes()) == (1 if when == "after" else 2)
    assert not Change.objects.exists()


def test_one_that_exists_is_adopted(world: World, resource: str) -> None:
    row = saved(world, resource)
    body = RESOURCES[resource].values(row) | ({"values": []} if resource == "custom_field" else {})
    world.as_others("POST", RESOURCES[resource].path, body)
    world.push_all()
    assert names(world, resource).count(row.name) == 1
    assert getattr(reloaded(row), RESOURCES[resource].id_field)
    assert not Change.objects.exists()


def test_what_differs_is_sent_after_an_adoption(world: World) -> None:
    there = world.sandbox.custom_fields()[0]
    CustomField.objects.all().delete()
    Change.objects.all().delete()
    row = CustomField.objects.create(
        account=world.account, name=there["name"], format=there["format"], values=there["values"], hidden=True
    )
    world.push_all()
    assert [r.body for r in world.writes()][1:] == [{"hidden": "true", "values": there["values"]}]
    assert reloaded(row).custom_field_id == there["customFieldId"]


def test_a_second_row_of_a_name_says_so(world: World) -> None:
    double = Tag.objects.create(account=world.account, name="vip")
    world.push_all()
    assert "Another row" in reloaded(double).last_error
    assert Change.objects.get().reason == "rejected"


def test_an_update_of_a_campaign_sends_its_name_and_what_differs(world: World) -> None:
    campaign = world.campaign
    campaign.language_code = "de"
    campaign.save()
    world.push_all()
    assert [r.body for r in world.writes()] == [{"name": "customers", "languageCode": "DE"}]


def test_an_update_of_a_field_sends_both_members_that_can_change(world: World) -> None:
    field = CustomField.objects.get(name="plan")
    field.hidden = not field.hidden
    field.save()
    world.push_all()
    flag = "true" if field.hidden else "false"
    assert [r.body for r in world.writes()] == [{"hidden": flag, "values": field.values}]


def test_renaming_a_tag_sends_nothing(world: World) -> None:
    tag = Tag.objects.get(name="vip")
    tag.name = "very_important"
    tag.save()
    world.push_all()
    assert world.writes() == []
    assert not Change.objects.exists()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_deletion_removes_it_even_if_the_answer_is_lost(world: World, when: str) -> None:
    world.sandbox.fail(method="DELETE", kind="reset", when=when)
    Tag.objects.get(name="vip").delete()
    world.push_all()
    assert "vip" not in names(world, "tag")
    assert not Change.objects.exists()


def test_a_deletion_before_the_creation_sends_nothing(world: World, resource: str) -> None:
    saved(world, resource).delete()
    assert not Change.objects.exists()
    world.push_all()
    assert world.writes() == []


def test_a_name_that_is_made_again_waits_for_the_removal_of_the_old_one(world: World) -> None:
    old = Tag.objects.get(name="vip")
    old_id = old.tag_id
    old.delete()
    new = Tag.objects.create(account=world.account, name="vip")
    world.sandbox.fail(status=500, method="DELETE", code=1)
    world.push()
    assert reloaded(new).tag_id is None
    world.push_all()
    assert names(world, "tag").count("vip") == 1
    assert (
        reloaded(new).tag_id == next(t["tagId"] for t in world.sandbox.tags() if t["name"] == "vip") != old_id
    )


def test_a_missing_object_is_shown(world: World) -> None:
    field = CustomField.objects.get(name="plan")
    world.as_others("DELETE", f"/custom-fields/{field.custom_field_id}")
    field.hidden = True
    field.save()
    world.push_all()
    assert Change.objects.get().reason == "rejected"
    assert reloaded(field).last_error


# --- newsletters ---------------------------------------------------------------------------------


def newsletter(world: World, **values: Any) -> Newsletter:
    mirror.mirror_named(world.account, RESOURCES["from_field"], from_fields(world))
    sender = FromField.plain.filter(is_active=True).first()
    given = {"name": "March", "subject": "Spring is here", "html": "<p>Hello</p>"} | values
    return Newsletter.objects.create(
        account=world.account, **({"campaign": world.campaign, "from_field": sender} | given)
    )


def from_fields(world: World) -> list[dict[str, Any]]:
    from getresponse_django.client import Client

    with Client.for_account("default") as client:
        fields: list[dict[str, Any]] = client.get("/from-fields")
    world.sandbox._application.log.clear()
    return fields


def drafts(world: World) -> int:
    return sum(n.subject == "Spring is here" for n in world.sandbox._application.store.newsletters.values())


def test_a_draft_is_created_once(world: World) -> None:
    row = newsletter(world)
    world.push_all()
    assert (drafts(world), reloaded(row).newsletter_id is not None) == (1, True)
    row = reloaded(row)
    row.subject = "Edited"
    row.save()
    world.push_all()
    assert len(world.writes()) == 1
    assert not Change.objects.exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "html", "garbage"])
def test_a_newsletter_of_unknown_fate_is_left_to_a_person(world: World, kind: str, when: str) -> None:
    row = newsletter(world)
    world.sandbox.fail(method="POST", kind=kind, when=when)
    world.push_all()
    assert Change.objects.get().reason == "unknown"
    row = reloaded(row)
    assert "nobody knows" in row.last_error
    row.subject = "An edit is no knowledge either"
    row.save()
    world.push_all()
    assert Change.objects.get().reason == "unknown"
    assert len(world.writes()) == 1


@pytest.mark.parametrize(("status", "code"), [(503, 1019), (429, 1015), (401, 1014)])
def test_a_newsletter_that_surely_was_not_processed_is_sent_later(
    world: World, status: int, code: int
) -> None:
    row = newsletter(world)
    world.sandbox.fail(status=status, code=code, method="POST")
    world.push()
    Account.objects.update(limits={}, resume_at=None, circuit_opened_at=None)
    world.push_all()
    assert (drafts(world), reloaded(row).newsletter_id is not None) == (1, True)


def test_a_refused_newsletter_is_sent_after_it_was_mended(world: World) -> None:
    row = newsletter(world)
    world.sandbox.fail(status=400, code=1000, method="POST")
    world.push_all()
    assert Change.objects.get().reason == "rejected"
    assert reloaded(row).last_error
    row = reloaded(row)
    row.html = "<p>Now with content</p>"
    row.save()
    world.push_all()
    assert drafts(world) == 1
    assert reloaded(row).last_error == ""


def test_a_newsletter_waits_for_its_list_and_sender(world: World) -> None:
    row = newsletter(world, campaign=Campaign.objects.named(world.account, "not there yet"))
    world.push()
    assert Change.objects.get().gave_up_at is None
    assert world.writes() == []
    world.sandbox.add_campaign("not there yet")
    world.pull_named()
    world.push_all()
    assert (drafts(world), reloaded(row).newsletter_id is not None) == (1, True)


def test_a_newsletter_is_deleted(world: World) -> None:
    row = newsletter(world)
    world.push_all()
    reloaded(row).delete()
    world.push_all()
    assert drafts(world) == 0
