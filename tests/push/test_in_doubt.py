"""What was sent and whose end was not written down: edits back to the old value are not taken for what
GetResponse has.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from getresponse_django import Client, mirror
from getresponse_django.models import Campaign, Change, Contact, Segment, Tag
from getresponse_django.resources import RESOURCES

from .conftest import ADDRESS, World


class Killed(BaseException):
    """The end of the process, at a moment of our choice."""


@pytest.fixture(params=["killed", "lost answer"])
def cut_short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[World], None]:
    """A push whose requests are done, and which never writes down that they are."""

    def killed(*_arguments: Any, **_options: Any) -> None:
        raise Killed

    def push(world: World) -> None:
        if request.param == "lost answer":
            for method in ("POST", "DELETE"):
                world.sandbox.fail(method=method, kind="reset", when="after", count=9)
            world.push()
            assert Change.objects.waiting().exists()
            world.sandbox.heal()
            return
        with monkeypatch.context() as patch:
            for name in ("mark_pushed", "mark_deleted", "mark_named_pushed"):
                patch.setattr(mirror, name, killed)
            with pytest.raises(Killed):
                world.push()

    return push


SAID: dict[str, Any] = {"name": "Ann", "tags": ["vip"], "custom_fields": {"plan": "pro"}}


def edit(contact: Contact, *, name: str, vip: bool, plan: list[str]) -> None:
    (contact.tags.add if vip else contact.tags.remove)(Tag.objects.get(name="vip"))
    contact.name, contact.custom_fields = name, {"plan": plan} if plan else {}
    contact.save()


def said_there(world: World) -> tuple[str, list[str], dict[str, list[str]]]:
    there = world.remote()
    fields = {item["name"]: item["values"] for item in there["customFieldValues"]}
    return there["name"], [tag["name"] for tag in there["tags"]], fields


def test_an_edit_back_after_an_update_is_pushed(world: World, cut_short: Callable[[World], None]) -> None:
    contact = world.active(**SAID)
    edit(contact, name="Bea", vip=False, plan=[])
    cut_short(world)
    assert world.remote()["name"] == "Bea"
    edit(world.fresh(contact), name="Ann", vip=True, plan=["pro"])
    world.push_all()
    assert said_there(world) == ("Ann", ["vip"], {"plan": ["pro"]})
    assert world.fresh(contact).in_doubt == {}


def test_what_was_added_and_taken_back_is_taken_back_there(
    world: World, cut_short: Callable[[World], None]
) -> None:
    contact = world.active(name="Ann")
    edit(contact, name="Ann", vip=True, plan=["pro"])
    cut_short(world)
    edit(world.fresh(contact), name="Ann", vip=False, plan=[])
    world.push_all()
    assert said_there(world) == ("Ann", [], {})


@pytest.mark.parametrize("back", [True, False])
def test_what_is_done_late_does_not_undo_what_was_said_meanwhile(
    world: World, settings: Any, back: bool
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"TIMEOUT": (2, 0.3)}
    contact = world.active(name="Ann", tags=["vip"] if back else [])
    edit(contact, name="Ann", vip=not back, plan=[])
    world.sandbox.fail(method="POST", path="^/contacts/", kind="slow", seconds=1)
    world.push()
    edit(world.fresh(contact), name="Ann", vip=back, plan=[])
    world.push()
    time.sleep(1)
    world.push_all()
    assert said_there(world) == ("Ann", ["vip"] if back else [], {})


def test_a_pull_in_between_does_not_take_our_own_update_for_somebody_elses(
    world: World, cut_short: Callable[[World], None]
) -> None:
    contact = world.active(**SAID)
    edit(contact, name="Bea", vip=False, plan=[])
    cut_short(world)
    edit(world.fresh(contact), name="Ann", vip=True, plan=["pro"])
    call_command("getresponse_pull", only="contacts", details=True, verbosity=0)
    world.push_all()
    assert said_there(world) == ("Ann", ["vip"], {"plan": ["pro"]})
    contact = world.fresh(contact)
    assert (contact.name, contact.custom_fields) == ("Ann", {"plan": ["pro"]})
    assert [tag.name for tag in contact.tags.all()] == ["vip"]


def test_who_comes_back_after_a_removal_is_created_anew(
    world: World, cut_short: Callable[[World], None]
) -> None:
    contact = world.active(**SAID)
    Contact.objects.unsubscribe(ADDRESS)
    cut_short(world)
    assert world.emails() == []
    world.subscribe(consent=timezone.now(), **SAID)
    world.push_all()
    assert world.emails() == [ADDRESS]
    assert world.fresh(contact).state == "active"
    assert said_there(world) == ("Ann", ["vip"], {"plan": ["pro"]})


def moved_to(world: World, contact: Contact, campaign: str) -> None:
    contact = world.fresh(contact)
    contact.campaign = Campaign.objects.get(name=campaign)
    contact.save()
    world.push_all()


def test_who_comes_back_to_a_list_that_was_left_once_without_an_id_is_created_anew(
    world: World, cut_short: Callable[[World], None]
) -> None:
    contact = world.active(**SAID)
    moved_to(world, contact, "partners")
    never_sent = world.subscribe()
    assert Contact.objects.unsubscribe(ADDRESS, campaign="customers") == [never_sent]
    moved_to(world, contact, "customers")
    Contact.objects.unsubscribe(ADDRESS)
    cut_short(world)
    world.subscribe(consent=timezone.now(), **SAID)
    world.push_all()
    assert world.emails() == [ADDRESS]
    assert said_there(world) == ("Ann", ["vip"], {"plan": ["pro"]})
    assert world.fresh(contact).contact_id == world.remote()["contactId"]
    assert (world.fresh(never_sent).state, world.fresh(never_sent).contact_id) == ("left", contact.contact_id)
    assert not Change.objects.exists()


def test_who_comes_back_to_where_another_row_waits_leaves_the_place_to_it(
    world: World, cut_short: Callable[[World], None]
) -> None:
    contact = world.active(**SAID)
    Contact.objects.unsubscribe(ADDRESS)
    cut_short(world)
    world.subscribe(consent=timezone.now(), **SAID)
    other = Contact.objects.create(account=world.account, campaign=world.campaign, email=ADDRESS, name="Bea")
    world.push_all()
    assert world.emails() == [ADDRESS]
    assert (world.fresh(contact).state, world.fresh(other).state) == ("left", "active")


def test_who_comes_back_after_a_removal_that_was_not_done_stays(world: World) -> None:
    contact = world.active(**SAID)
    Contact.objects.unsubscribe(ADDRESS)
    world.sandbox.fail(method="DELETE", kind="reset", when="before")
    world.push()
    world.subscribe(consent=timezone.now(), **SAID)
    world.push_all()
    assert world.remote()["contactId"] == world.fresh(contact).contact_id == contact.contact_id
    assert (world.fresh(contact).state, world.fresh(contact).in_doubt) == ("active", {})


def made_campaign(world: World) -> Campaign:
    return Campaign.objects.create(account=world.account, name="anglers", language_code="pl")


def made_segment(world: World) -> Segment:
    whole = {
        "campaignIdsList": [world.campaign.campaign_id],
        "logicOperator": "or",
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
    }
    definition = {"sectionLogicOperator": "or", "section": [whole]}
    return Segment.objects.create(account=world.account, name="anglers", definition=definition)


@pytest.mark.parametrize("made", [made_campaign, made_segment])
def test_an_edit_back_of_a_named_object_is_pushed(
    world: World, cut_short: Callable[[World], None], made: Callable[[World], Any]
) -> None:
    row = made(world)
    world.push_all()
    for name in ("bakers", "anglers"):
        row = type(row).objects.get(pk=row.pk)
        row.name = name
        row.save()
        if name == "bakers":
            cut_short(world)
    world.push_all()
    path = RESOURCES[row.RESOURCE].path
    assert {item["name"] for item in Client.for_account("default").get(path)} & {"anglers", "bakers"} == {
        "anglers"
    }
