"""Updates of linked contacts: the smallest requests, and nothing lost that others set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.models import Campaign, Change, Contact, CustomField, Tag
from getresponse_django.resources import timestamp

from .conftest import ADDRESS, World, meanwhile


def bodies(world: World) -> list[Any]:
    return [
        (r.method, r.path.rpartition("/")[2] if r.path.count("/") > 2 else "", r.body) for r in world.writes()
    ]


def edit(contact: Contact, **values: Any) -> None:
    for name, value in values.items():
        setattr(contact, name, value)
    contact.save()


@pytest.mark.parametrize(
    ("values", "body"),
    [
        ({"name": "Anna"}, {"name": "Anna"}),
        ({"note": "hi"}, {"note": "hi"}),
        ({"scoring": 5.0}, {"scoring": 5.0}),
        ({"day_of_cycle": 4}, {"dayOfCycle": "4"}),
        ({"email": "anna@example.com"}, {"email": "anna@example.com"}),
        ({"name": "Anna", "note": "hi"}, {"name": "Anna", "note": "hi"}),
    ],
)
def test_only_what_differs_is_sent(world: World, values: dict[str, Any], body: dict[str, Any]) -> None:
    contact = world.active(name="Ann")
    edit(contact, **values)
    world.push_all()
    assert bodies(world) == [("POST", "", body)]
    world.fresh(contact).save()
    world.push_all()
    assert len(world.writes()) == 1


def test_clearing_is_sent_where_the_api_has_a_way(world: World) -> None:
    contact = world.active(name="Ann")
    edit(contact, scoring=5.0, day_of_cycle=1, note="hi")
    world.push_all()
    edit(world.fresh(contact), scoring=None, day_of_cycle=None, note="")
    world.push_all()
    assert bodies(world)[-1] == ("POST", "", {"scoring": None, "dayOfCycle": None, "note": ""})
    assert world.remote()["scoring"] is None


def test_a_change_taken_back_before_the_push_sends_nothing(world: World) -> None:
    contact = world.active(name="Ann")
    edit(contact, name="Anna")
    edit(contact, name="Ann")
    world.push_all()
    assert world.sandbox.requests == []
    assert not Change.objects.exists()


def test_an_emptied_name_cannot_be_sent_and_is_not_sent_for_ever(world: World) -> None:
    contact = world.active(name="Ann")
    edit(contact, name="")
    world.push_all()
    assert world.writes() == []
    assert world.remote()["name"] == "Ann"


def test_added_tags_and_values_go_by_the_calls_that_never_remove(world: World) -> None:
    contact = world.active(tags=["vip"])
    field_id = CustomField.objects.get(name="plan").custom_field_id
    contact.add_tags(["site"])
    tag_id = Tag.objects.get(name="site").tag_id
    edit(contact, custom_fields={"plan": ["pro"]})
    world.push_all()
    tag_id = Tag.objects.get(name="site").tag_id
    assert sorted(b for b in bodies(world) if b[1]) == [  # both are under way at once
        ("POST", "custom-fields", {"customFieldValues": [{"customFieldId": field_id, "value": ["pro"]}]}),
        ("POST", "tags", {"tags": [{"tagId": tag_id}]}),
    ]
    assert {tag["name"] for tag in world.remote()["tags"]} == {"vip", "site"}


def others_set(world: World) -> None:
    """Somebody works in the panel of GetResponse."""
    path = f"/contacts/{world.remote()['contactId']}"
    world.as_others("POST", f"{path}/tags", {"tags": [{"tagId": world.sandbox._tag_id("by_others")}]})
    value = {"customFieldId": world.sandbox._custom_field_id("city"), "value": ["Rome"]}
    world.as_others("POST", f"{path}/custom-fields", {"customFieldValues": [value]})


def test_removing_a_tag_keeps_the_tags_of_others(world: World) -> None:
    contact = world.active(tags=["vip", "site"])
    others_set(world)
    contact.tags.remove(Tag.objects.get(name="vip"))
    world.push_all()
    assert {tag["name"] for tag in world.remote()["tags"]} == {"site", "by_others"}
    assert [v["name"] for v in world.remote()["customFieldValues"]] == ["city"]


def test_emptying_a_field_keeps_the_fields_of_others(world: World) -> None:
    contact = world.active(custom_fields={"plan": "pro"}, tags=["vip"])
    others_set(world)
    edit(contact, custom_fields={"plan": []})
    world.push_all()
    assert {v["name"]: v["value"] for v in world.remote()["customFieldValues"]} == {"city": ["Rome"]}
    assert {tag["name"] for tag in world.remote()["tags"]} == {"vip", "by_others"}


def test_what_is_gone_already_needs_no_replacement(world: World) -> None:
    contact = world.active(tags=["vip"])
    tag = Tag.objects.get(name="vip")
    contact.tags.remove(tag)
    world.as_others("POST", f"/contacts/{contact.contact_id}", {"tags": []})
    world.push_all()
    assert world.writes() == []
    assert not Change.objects.exists()


def test_a_removal_at_500_tags_is_refused_with_the_reason(world: World) -> None:
    contact = world.active(tags=["vip"])
    tags = [{"tagId": world.sandbox._tag_id(f"t_{number}")} for number in range(510)]
    world.as_others("POST", f"/contacts/{contact.contact_id}/tags", {"tags": tags})
    contact.tags.remove(Tag.objects.get(name="vip"))
    world.push_all()
    assert world.writes() == []
    assert "500 tags" in world.fresh(contact).last_error
    assert Change.objects.get().reason == "rejected"


def test_a_move_sends_the_campaign_only(world: World) -> None:
    world.sandbox.add_campaign("second")
    world.pull_named()
    contact = world.active(name="Ann")
    second = Campaign.objects.get(name="second")
    edit(contact, campaign=second)
    world.push_all()
    assert bodies(world) == [("POST", "", {"campaign": {"campaignId": second.campaign_id}})]
    assert (world.emails(), world.emails("second")) == ([], [ADDRESS])


def test_a_move_to_a_list_that_has_the_address_is_refused_and_shown(world: World) -> None:
    world.sandbox.add_campaign("second")
    world.pull_named()
    world.sandbox.add_contact(ADDRESS, "second")
    contact = world.active()
    edit(contact, campaign=Campaign.objects.get(name="second"))
    world.push_all()
    assert world.fresh(contact).last_error
    assert Change.objects.get().reason == "rejected"


def test_changes_of_others_are_not_hidden_from_the_next_pull_by_our_push(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = world.active(name="Ann")
    later = timezone.now() + timedelta(hours=1)  # the API tells seconds only
    monkeypatch.setattr(world.sandbox, "now", lambda: later)
    others_set(world)
    edit(contact, name="Anna")
    world.push_all()
    assert mirror.stale_contacts(world.account, [world.remote()]) == [contact.contact_id]


def test_our_own_push_costs_the_next_pull_no_read(world: World) -> None:
    contact = world.active(name="Ann", tags=["vip"], custom_fields={"plan": "pro"})
    edit(contact, name="Anna")
    world.push_all()
    assert mirror.stale_contacts(world.account, [world.remote()]) == []
    assert timestamp(world.remote()["changedOn"]) == world.fresh(contact).changed_on


def test_a_contact_that_is_gone_has_left_with_the_reason(world: World) -> None:
    contact = world.active()
    world.sandbox.remove_contact(contact.contact_id or "", "complaint")
    edit(contact, name="Anna")
    world.push_all()
    contact = world.fresh(contact)
    assert (contact.state, contact.left_reason) == ("left", "complaint")
    assert world.emails() == []
    assert not Change.objects.exists()


def test_a_contact_that_came_back_under_another_id_is_linked_anew(world: World) -> None:
    contact = world.active(name="Ann", tags=["vip"])
    old_id = contact.contact_id
    world.sandbox.remove_contact(old_id or "", "api")
    world.sandbox.add_contact(ADDRESS, "customers", name="Other", tags=["by_others"])
    edit(contact, note="hi", email="anna@example.com")
    world.push_all()
    there = world.remote("anna@example.com")
    contact = world.fresh(contact)
    assert contact.contact_id == there["contactId"] != old_id
    assert there["note"] == "hi"
    assert "by_others" in {tag["name"] for tag in there["tags"]}
    assert not Change.objects.exists()


def test_the_successor_of_a_removed_contact_may_have_a_row_already(world: World) -> None:
    contact = world.active()
    world.sandbox.remove_contact(contact.contact_id or "", "api")
    new = world.sandbox.add_contact(ADDRESS, "customers")
    successor = Contact.plain.create(
        account=world.account,
        campaign=world.campaign,
        email=ADDRESS,
        contact_id=new["contactId"],
        state="active",
    )
    Change.objects.all().delete()
    edit(contact, note="hi")
    world.push_all()
    assert world.fresh(contact).state == "left"
    assert world.fresh(successor).contact_id == new["contactId"]
    assert not Change.objects.filter(gave_up_at=None).exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "status"])
def test_a_lost_update_is_repeated(world: World, when: str, kind: str) -> None:
    contact = world.active(name="Ann")
    world.sandbox.fail(status=500, method="POST", path=r"/contacts/\w+$", kind=kind, when=when)
    edit(contact, name="Anna")
    world.push_all()
    assert world.remote()["name"] == "Anna"
    assert not Change.objects.exists()


def test_a_value_that_is_refused_is_shown_and_harms_no_other(world: World) -> None:
    good, bad = world.active("good@example.com"), world.active("bad@example.com")
    world.sandbox._application.store.custom_fields[world.sandbox._custom_field_id("city")].type = "number"
    edit(bad, custom_fields={"city": ["far too much"]})
    edit(good, name="Good")
    world.push_all()
    assert world.remote("good@example.com")["name"] == "Good"
    assert "city" in world.fresh(bad).last_error
    assert Change.objects.get().object_pk == bad.pk


def test_detaching_stops_with_a_refused_key(world: World) -> None:
    contacts = [world.active(f"p{number}@example.com", tags=["vip"]) for number in range(5)]
    for contact in contacts:
        contact.tags.clear()
    world.sandbox._application.log.clear()
    world.sandbox.fail(status=401, count=None)
    world.push()
    assert len(world.sandbox.requests) == 1


def test_an_edit_during_the_push_is_pushed_again(world: World) -> None:
    contact = world.active(name="Ann")
    edit(contact, name="Anna")
    faults = world.sandbox._application.faults

    class EditInBetween:
        def take(self, request: Any) -> None:
            world.sandbox._application.faults = faults
            edit(Contact.objects.get(), name="Annabel")
            connection.close()

    world.sandbox._application.faults = EditInBetween()  # type: ignore[assignment]
    world.push_all()
    assert world.remote()["name"] == "Annabel"
    assert [r.body["name"] for r in world.writes()] == ["Anna", "Annabel"]


def test_what_a_pull_reads_during_a_push_is_known_as_theirs(world: World) -> None:
    contact = world.active(name="Ann")
    remote = world.remote()
    fields = {field["name"]: field["customFieldId"] for field in world.sandbox.custom_fields()}
    tag = world.sandbox.tags()[0]["tagId"]

    def others(note: str | None, values: list[Any], tags: list[Any]) -> None:
        body = {"note": note, "customFieldValues": values, "tags": tags}
        world.as_others("POST", f"/contacts/{remote['contactId']}", body)
        mirror.mirror_contacts(world.account, [world.remote()])

    edit(contact, name="Bea")
    set_there = ("hello", [{"customFieldId": fields["city"], "value": ["Rome"]}], [{"tagId": tag}])
    with meanwhile(world, "POST", lambda: others(*set_there)):
        world.push()
    assert world.remote()["name"] == "Bea"
    others(None, [], [])
    contact = world.fresh(contact)
    assert (contact.note, contact.custom_fields, list(contact.tags.all())) == ("", {}, [])
    edit(contact, name="Cid")
    world.push_all()
    there = world.remote()
    assert (there["name"], there["note"]) == ("Cid", None)
    assert (there["customFieldValues"], there["tags"]) == ([], [])
