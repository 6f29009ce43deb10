"""Learning ids where it is not plain: late, moved, renamed, several lists, and reads that fail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from getresponse_django.models import Campaign, Change, Contact
from getresponse_django.signals import contact_left, contact_linked

from .conftest import ADDRESS, World


def test_a_create_that_lands_late_is_found(slow_world: World) -> None:
    world = slow_world
    contact = world.subscribe(name="Ann")
    world.push()
    for _look in range(3):
        world.make_due()
        world.push()
    assert world.fresh(contact).state == "accepted"
    assert Change.objects.get().attempts == 0
    world.sandbox.land()
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert len(world.creates()) == 1


def test_the_looks_get_rarer(slow_world: World, settings: Any) -> None:
    settings.GETRESPONSE |= {"SETTLE_SECONDS": 900}
    world = slow_world
    contact = world.subscribe()
    world.push()
    waits = []
    for seconds in (0, 60, 240):
        world.age(contact, seconds)
        world.make_due()
        world.push()
        waits.append((Change.objects.get().not_before - timezone.now()).total_seconds())
    # The age at the look, and machines are slow at times.
    assert [wait < limit for wait, limit in zip(waits, (30, 120, 360), strict=True)] == [True] * 3
    assert waits[0] < waits[1] < waits[2]


def test_an_edit_while_it_is_on_its_way_is_pushed_after_the_link(slow_world: World) -> None:
    world = slow_world
    contact = world.subscribe(name="Ann", tags=["vip"])
    world.push()
    fresh = world.fresh(contact)
    fresh.name, fresh.email = "Anna", "anna@example.com"
    fresh.save()
    world.push()
    assert len(world.writes()) == 1
    world.sandbox.land()
    world.push_all()
    there = world.remote("anna@example.com")
    assert (there["name"], len(world.emails())) == ("Anna", 1)
    assert world.fresh(contact).contact_id == there["contactId"]


def test_a_move_while_it_is_on_its_way_moves_it_after_the_link(slow_world: World) -> None:
    world = slow_world
    world.sandbox.add_campaign("second")
    world.pull_named()
    contact = world.subscribe()
    world.push()
    fresh = world.fresh(contact)
    fresh.campaign = Campaign.objects.get(name="second")
    fresh.save()
    world.sandbox.land()
    world.push_all()
    assert (world.emails(), world.emails("second")) == ([], [ADDRESS])


def test_one_address_on_two_lists_is_two_contacts(world: World) -> None:
    world.sandbox.add_campaign("second")
    world.pull_named()
    contacts = [world.subscribe(), world.subscribe(campaign="second")]
    world.push_all()
    ids = {world.fresh(contact).contact_id for contact in contacts}
    assert len(ids) == 2
    assert ids == {world.remote()["contactId"], world.remote(campaign="second")["contactId"]}


@pytest.mark.parametrize("optin", ["single", "double"])
def test_many_that_existed_are_linked_by_search_and_read_in_full(world: World, optin: str) -> None:
    world.sandbox.add_campaign("old list", optin=optin)
    world.pull_named()
    for number in range(70):
        world.sandbox.add_contact(
            f"p{number}@example.com", "old list", name=f"Old {number}", tags=["by_others"]
        )
    long_ago = timezone.now() - timedelta(days=3)
    for contact in world.sandbox._application.store.active.by_id.values():
        contact.created_at = contact.changed_at = int(long_ago.timestamp())
    for number in range(70):
        world.subscribe(f"p{number}@example.com", campaign="old list")
    world.push()
    for contact in Contact.objects.all():
        world.age(contact, 1)
    Contact.plain.update(sent_on=timezone.now() - timedelta(seconds=3))
    world.push_all()
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}
    assert Contact.objects.get(email="p7@example.com").name == "Old 7"
    assert set(Contact.tags.through.objects.values_list("tag__name", flat=True)) == {"by_others"}
    assert [r.path for r in world.writes()] == ["/contacts/batch"]
    assert len(world.requests("POST", "/search-contacts/contacts")) <= 4


@pytest.mark.parametrize("status", [503, 500, 429, 401])
def test_a_look_that_fails_decides_nothing(world: World, status: int) -> None:
    contact = world.subscribe()
    world.push()
    world.sandbox.fail(
        status=status, method="GET", path="^/contacts$", count=3, headers={"Retry-After": "30"}
    )
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "accepted"
    change = Change.objects.get()
    assert (change.reason, change.gave_up_at, change.leased_until) == ("", None, None)


def test_leaving_while_unconfirmed_waits_until_it_can_be_removed(world: World) -> None:
    world.sandbox.add_campaign("careful", optin="double")
    world.pull_named()
    contact = world.subscribe(campaign="careful")
    world.push()
    world.fresh(contact).leave()
    world.age(contact, 100)
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "leaving"
    world.sandbox.confirm(ADDRESS, "careful")
    world.push_all()
    assert world.emails("careful") == []
    assert world.fresh(contact).state == "left"


def test_leaving_after_a_lost_create_ends_when_it_proves_absent(world: World) -> None:
    world.sandbox.fail(method="POST", path="^/contacts$", kind="reset")
    contact = world.subscribe()
    world.push()
    world.fresh(contact).leave()
    world.age(contact)
    world.push_all()
    assert (world.fresh(contact).state, len(world.creates())) == ("left", 1)


def test_changing_ones_mind_after_a_lost_create_still_subscribes(world: World) -> None:
    world.sandbox.fail(method="POST", path="^/contacts$", kind="reset")
    contact = world.subscribe()
    world.push()
    world.fresh(contact).leave()
    world.subscribe()
    world.age(contact)
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert world.emails() == [ADDRESS]


def test_the_unconfirmed_who_never_confirm_are_rejected_with_the_reason(world: World) -> None:
    world.sandbox.add_campaign("careful", optin="double")
    world.pull_named()
    contact = world.subscribe(campaign="careful")
    world.push()
    world.make_due()
    world.push()
    store = world.sandbox._application.store
    store.unconfirmed.remove(store.unconfirmed.at(world.fresh(contact).campaign.campaign_id, ADDRESS))
    store.version += 1
    world.age(contact, 100)
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "rejected"
    assert "confirm" in world.fresh(contact).last_error


def test_links_and_leavings_are_told_once(world: World) -> None:
    told: list[str] = []

    def linked(contact: Contact, **_kwargs: object) -> None:
        told.append(f"linked {contact.state} {contact.contact_id is not None}")

    def gone(contact: Contact, **_kwargs: object) -> None:
        told.append(f"left {contact.state}")

    contact_linked.connect(linked)
    contact_left.connect(gone)
    try:
        contact = world.active()
        contact.leave()
        world.push_all()
    finally:
        contact_linked.disconnect(linked)
        contact_left.disconnect(gone)
    assert told == ["linked active True", "left left"]


def test_an_id_that_somebody_of_the_same_address_had_who_left_the_list_is_given_again(world: World) -> None:
    given_again = world.sandbox.add_contact(ADDRESS, "customers")["contactId"]
    contact = world.subscribe(consent=timezone.now())
    Contact.plain.bulk_create(
        [
            Contact(
                account=world.account,
                campaign=world.campaign,
                email=ADDRESS,
                state="left",
                left_on=timezone.now() - timedelta(days=9),
                contact_id=given_again,
            )
        ]
    )
    world.push_all()
    (left,) = Contact.objects.exclude(pk=contact.pk)
    assert (world.fresh(contact).contact_id, left.contact_id) == (given_again, None)
    assert (world.fresh(contact).state, left.state) == ("active", "left")
