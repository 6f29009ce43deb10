"""Campaigns, custom fields, tags and segments: created, adopted, updated, deleted, never twice."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django import mirror
from getresponse_django.client import Client
from getresponse_django.models import Account, Campaign, Change, CustomField, Mirrored, Segment, Tag
from getresponse_django.resources import RESOURCES

from .conftest import World, meanwhile

NEW: dict[str, Any] = {
    "campaign": lambda account: Campaign(account=account, name="winter sale", language_code="en"),
    "custom_field": lambda account: CustomField(
        account=account, name="shoe_size", type="number", format="text"
    ),
    "tag": lambda account: Tag(account=account, name="fresh_tag"),
    "segment": lambda account: Segment(account=account, name="buyers", definition=definition(account)),
}


def definition(account: Account, operator: str = "and", **condition: str) -> dict[str, Any]:
    """What a segment looks for: contacts of the list with a name."""
    name = {"conditionType": "name", "operatorType": "string_operator", "operator": "is", "value": "Ann"}
    campaign_id = Campaign.objects.get(account=account, name="customers").campaign_id
    section = {
        "campaignIdsList": [campaign_id],
        "logicOperator": operator,
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
        "conditions": [name | condition],
    }
    return {"sectionLogicOperator": "or", "section": [section]}


def segments(world: World) -> list[dict[str, Any]]:
    """The segments there, in full."""
    known = world.sandbox._store.segments.values()
    return [{"id": s.search_contact_id, "name": s.name, **s.definition} for s in known]


def names(world: World, resource: str) -> list[str]:
    rows = {
        "campaign": world.sandbox.campaigns,
        "custom_field": world.sandbox.custom_fields,
        "tag": world.sandbox.tags,
        "segment": lambda: segments(world),
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


def test_settings_that_were_never_set_are_not_sent_back(world: World) -> None:
    with Client.for_account("default") as client:
        there = client.get(f"/campaigns/{world.campaign.campaign_id}")
    mirror.mirror_named(world.account, RESOURCES["campaign"], [there])
    world.sandbox._application.log.clear()
    campaign = world.campaign
    assert campaign.profile["title"] == ""
    campaign.profile = campaign.profile | {"title": "Shop"}
    campaign.full_clean()
    campaign.save()
    world.push_all()
    assert [r.body for r in world.writes()] == [{"name": "customers", "profile": {"title": "Shop"}}]
    assert not Change.objects.exists()


def test_an_update_of_a_field_sends_both_members_that_can_change(world: World) -> None:
    field = CustomField.objects.get(name="plan")
    field.hidden = not field.hidden
    field.save()
    world.push_all()
    flag = "true" if field.hidden else "false"
    assert [r.body for r in world.writes()] == [{"hidden": flag, "values": field.values}]


def test_renaming_a_tag_is_refused_until_it_is_set_back(world: World) -> None:
    tag = Tag.objects.get(name="vip")
    tag.name = "very_important"
    tag.save()
    world.push_all()
    assert world.writes() == []
    assert Change.objects.get().reason == "rejected"
    assert "cannot change the name of a tag" in reloaded(tag).last_error
    tag.name = "vip"
    tag.save()
    world.push_all()
    assert not Change.objects.exists()


def test_what_can_change_of_a_field_is_sent_although_the_rest_is_refused(world: World) -> None:
    field = CustomField.objects.get(name="plan")
    field.type, field.hidden = "number", not field.hidden
    field.save()
    world.push_all()
    flag = "true" if field.hidden else "false"
    assert [r.body for r in world.writes()] == [{"hidden": flag, "values": field.values}]
    assert "cannot change the type of a custom field" in Change.objects.get().detail


def test_an_adoption_is_shown(world: World, resource: str) -> None:
    row = saved(world, resource)
    world.as_others("POST", RESOURCES[resource].path, RESOURCES[resource].values(row))
    world.push_all()
    assert reloaded(row).adopted_on is not None


def test_what_a_lost_request_made_is_not_shown_as_an_adoption(world: World, resource: str) -> None:
    row = saved(world, resource)
    world.sandbox.fail(method="POST", kind="reset", when="after")
    world.push_all()
    row = reloaded(row)
    assert (row.adopted_on, bool(getattr(row, RESOURCES[resource].id_field))) == (None, True)


def test_a_segment_is_replaced_as_a_whole_and_its_conditions_stay_as_they_came(world: World) -> None:
    row = saved(world, "segment")
    world.push_all()
    row = reloaded(row)
    row.definition = definition(world.account, "or", value="Bob")
    row.save()
    world.push_all()
    assert [r.body for r in world.writes()][-1] == {"name": "buyers", **row.definition}
    (there,) = segments(world)
    assert there["section"] == row.definition["section"]
    row.name = "old buyers"
    row.save()
    world.push_all()
    (there,) = segments(world)
    assert (there["name"], there["section"]) == ("old buyers", row.definition["section"])


def test_a_segment_whose_definition_was_not_read_keeps_it_when_it_is_renamed(world: World) -> None:
    given = {"name": "panel", **definition(world.account)}
    world.as_others("POST", "/search-contacts", given)
    (there,) = segments(world)
    item = {"searchContactId": there["id"], "name": "panel"}
    mirror.mirror_named(world.account, RESOURCES["segment"], [item])
    row = Segment.objects.get()
    row.name = "renamed"
    row.save()
    world.push_all()
    (there,) = segments(world)
    assert (there["name"], there["section"]) == ("renamed", given["section"])
    assert not Change.objects.exists()


def test_a_segment_is_deleted(world: World) -> None:
    row = saved(world, "segment")
    world.push_all()
    reloaded(row).delete()
    world.push_all()
    assert (segments(world), Change.objects.count()) == ([], 0)


@pytest.mark.off_contract
def test_what_is_refused_is_shown_by_field(world: World) -> None:
    row = Tag.objects.create(account=world.account, name="not a tag")
    world.push_all()
    assert list(reloaded(row).refused_fields()) == ["name"]
    row = CustomField.objects.create(account=world.account, name="two faults", values=[1])
    world.push_all()
    assert set(reloaded(row).refused_fields()) == {"name", "values"}
    row.name, row.values = "no_fault", []
    row.save()
    world.push_all()
    assert reloaded(row).refused_fields() == {}


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


@pytest.mark.parametrize("resource", ["custom_field", "segment", "tag"])
def test_what_is_deleted_while_it_is_made_is_removed_there(world: World, resource: str) -> None:
    row = saved(world, resource)
    with meanwhile(world, "POST", lambda: type(row).objects.filter(pk=row.pk).delete()):
        world.push()
    world.push_all()
    assert row.name not in names(world, resource)
    assert not Change.objects.exists()
