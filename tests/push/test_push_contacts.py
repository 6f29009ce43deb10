"""Creates, their ids, and removals, with every fault before and after the work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.models import Campaign, Change, Contact, Tag

from .conftest import ADDRESS, World


def test_a_signup_becomes_an_active_contact_by_one_request(world: World) -> None:
    contact = world.subscribe(name="Ann", tags=["vip"], custom_fields={"plan": "pro"})
    world.push_all()
    contact = world.fresh(contact)
    there = world.remote()
    assert (contact.state, contact.contact_id) == ("active", there["contactId"])
    assert there["name"] == "Ann"
    assert [tag["name"] for tag in there["tags"]] == ["vip"]
    assert {v["name"]: v["value"] for v in there["customFieldValues"]} == {"plan": ["pro"]}
    assert len(world.writes()) == 1
    assert not Change.objects.exists()


def test_a_new_tag_exists_before_the_contact_that_uses_it(world: World) -> None:
    world.subscribe(tags=["brand_new"])
    world.push()
    assert Tag.objects.get(name="brand_new").tag_id
    assert [r.path for r in world.writes()] == ["/tags", "/contacts"]


def test_a_note_follows_the_creation_which_cannot_carry_it(world: World) -> None:
    contact = world.subscribe()
    contact.note = "met at the fair"
    contact.save()
    world.push_all()
    assert world.remote()["note"] == "met at the fair"


def test_twenty_creates_go_in_one_batch(world: World) -> None:
    for number in range(25):
        world.subscribe(
            f"p{number}@example.com", name=f"P {number}", tags=["vip"], custom_fields={"plan": "pro"}
        )
    world.push_all()
    assert [r.path for r in world.writes()] == ["/contacts/batch"]
    assert len(world.emails()) == 25
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}
    assert [tag["name"] for tag in world.remote("p3@example.com")["tags"]] == ["vip"]


def test_linking_many_costs_one_scan_not_one_look_up_each(world: World) -> None:
    for number in range(60):
        world.subscribe(f"p{number}@example.com")
    world.push()
    reads_before = len(world.requests("GET"))
    world.make_due()
    world.push()
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}
    assert len(world.requests("GET")) - reads_before == 1


def test_a_bad_row_of_a_batch_is_found_out_alone(slow_world: World) -> None:
    world = slow_world
    for number in range(20):
        world.subscribe(f"p{number}@example.com")
    world.sandbox.block("p7@example.com")
    world.push()
    world.sandbox.land()
    for contact in Contact.objects.all():
        world.age(contact)
    world.push_all()
    assert len(world.emails()) == 19
    states = dict(Contact.objects.values_list("email", "state"))
    assert states.pop("p7@example.com") == "rejected"
    assert set(states.values()) == {"active"}


def test_a_refused_batch_goes_one_by_one(world: World) -> None:
    world.sandbox.fail(status=400, method="POST", path="/contacts/batch", code=1000)
    for number in range(20):
        world.subscribe(f"p{number}@example.com")
    world.push_all()
    assert len(world.emails()) == 20
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}


def test_double_optin_waits_for_the_click(world: World) -> None:
    world.sandbox.add_campaign("careful", optin="double")
    world.pull_named()
    contact = world.subscribe(campaign="careful", name="Ann")
    world.push()
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "unconfirmed"
    contact = world.fresh(contact)
    contact.name = "Anna"
    contact.save()
    world.push()
    assert (world.fresh(contact).state, world.fresh(contact).name) == ("unconfirmed", "Anna")
    world.age(contact, 5000)
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "unconfirmed"
    world.sandbox.confirm(ADDRESS, "careful")
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert world.remote(campaign="careful")["name"] == "Anna"
    assert len(world.creates()) == 1


def test_long_unconfirmed_contacts_are_searched_not_scanned(world: World) -> None:
    world.sandbox.add_campaign("careful", optin="double")
    world.pull_named()
    contact = world.subscribe(campaign="careful")
    world.push()
    world.make_due()
    world.push()
    world.age(contact, 30 * 86400)
    world.sandbox._application.log.clear()
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "unconfirmed"
    assert not world.requests("GET", "/contacts")


def test_a_contact_that_existed_keeps_what_others_set(world: World) -> None:
    world.sandbox.add_contact(
        "ANN@example.com", "customers", name="Old", tags=["by_others"], custom_fields={"city": "Rome"}
    )
    contact = world.subscribe(ADDRESS, name="Ann", tags=["vip"], custom_fields={"plan": "pro"})
    world.push_all()
    there = world.remote()
    assert world.fresh(contact).contact_id == there["contactId"]
    assert there["name"] == "Ann"
    assert {tag["name"] for tag in there["tags"]} == {"by_others", "vip"}
    assert {v["name"]: v["value"] for v in there["customFieldValues"]} == {"plan": ["pro"], "city": ["Rome"]}
    assert set(world.fresh(contact).tags.values_list("name", flat=True)) == {"by_others", "vip"}
    assert not Change.objects.exists()


def test_scores_and_cycles_of_a_contact_that_existed_survive_a_failed_read(world: World) -> None:
    there = world.sandbox.add_contact(ADDRESS, "customers", name="Old")
    remote = world.sandbox._application.store.active.by_id[there["contactId"]]
    remote.scoring, remote.day_of_cycle = 7.0, "3"
    contact = world.subscribe()
    world.sandbox.fail(status=500, method="GET", path=r"/contacts/\w+$", code=1, count=4)
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert (world.remote()["scoring"], world.remote()["dayOfCycle"], world.remote()["name"]) == (
        7.0,
        "3",
        "Old",
    )
    assert (world.fresh(contact).scoring, world.fresh(contact).day_of_cycle) == (7.0, 3)


def test_a_second_row_for_a_linked_address_says_so_and_does_not_break(world: World) -> None:
    world.active()
    double = Contact.objects.create(account=world.account, campaign=world.campaign, email=ADDRESS)
    world.push_all()
    change = Change.objects.get(object_pk=double.pk)
    assert change.reason == "rejected"
    assert "Another contact" in world.fresh(double).last_error
    assert len(world.emails()) == 1


def test_a_blocked_address_is_rejected_with_the_reason(world: World) -> None:
    world.sandbox.block(ADDRESS)
    contact = world.subscribe()
    world.push()
    contact = world.fresh(contact)
    assert contact.state == "rejected"
    assert "blacklisted" in contact.last_error
    change = Change.objects.get()
    assert (change.reason, change.gave_up_at is not None) == ("rejected", True)
    contact.note = "edited"
    contact.save()
    world.push()
    assert len(world.creates()) == 1
    assert Change.objects.get().gave_up_at is not None


def test_a_refused_contact_with_another_address_is_sent(world: World) -> None:
    world.sandbox.block(ADDRESS)
    contact = world.subscribe()
    world.push()
    contact = world.fresh(contact)
    contact.email = "mended@example.com"
    contact.save()
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert [create.body["email"] for create in world.creates()] == [ADDRESS, "mended@example.com"]
    assert not Change.objects.exists()


def test_data_that_was_refused_is_sent_again_after_an_edit(world: World) -> None:
    contact = world.subscribe(custom_fields={"plan": "pro"})
    world.sandbox.fail(status=400, method="POST", path="^/contacts$", code=1000)
    world.push()
    assert Change.objects.get().gave_up_at is not None
    assert world.fresh(contact).last_error
    contact = world.fresh(contact)
    contact.name = "Ann"
    contact.save()
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert world.fresh(contact).last_error == ""


@pytest.mark.parametrize("kind", ["reset", "garbage", "truncated", "html"])
def test_an_answer_lost_after_the_work_makes_no_second_create(world: World, kind: str) -> None:
    world.sandbox.fail(method="POST", path="^/contacts$", kind=kind, when="after")
    contact = world.subscribe(name="Ann")
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert len(world.creates()) == 1
    assert len(world.emails()) == 1


@pytest.mark.parametrize(("kind", "status"), [("reset", 0), ("html", 0), ("status", 500)])
def test_a_create_lost_before_the_work_is_sent_again_after_the_settle_time(
    world: World, kind: str, status: int
) -> None:
    world.sandbox.fail(method="POST", path="^/contacts$", kind=kind, status=status or None)
    contact = world.subscribe(name="Ann")
    world.push()
    assert world.fresh(contact).state == "sent"
    world.make_due()
    world.push()
    assert (world.fresh(contact).state, len(world.creates())) == ("sent", 1)
    world.age(contact)
    world.push_all()
    assert (world.fresh(contact).state, len(world.creates())) == ("active", 2)
    assert len(world.emails()) == 1


def test_a_create_that_is_lost_for_ever_gives_up(world: World, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"MAX_ATTEMPTS": 3, "SETTLE_SECONDS": 0}
    world.sandbox.fail(method="POST", path="^/contacts$", kind="reset", count=None)
    world.subscribe()
    for _round in range(20):
        world.make_due()
        world.push()
    assert Change.objects.get().reason == "exhausted"
    assert len(world.creates()) == 3


def test_a_lost_batch_is_looked_for_then_sent_again_once(world: World) -> None:
    world.sandbox.fail(method="POST", path="/contacts/batch", kind="reset", when="after")
    for number in range(20):
        world.subscribe(f"p{number}@example.com")
    world.push_all()
    assert len(world.emails()) == 20
    assert len(world.writes()) == 1


def test_what_was_accepted_and_dropped_is_rejected_after_the_settle_time(slow_world: World) -> None:
    world = slow_world
    contact = world.subscribe()
    world.push()
    world.sandbox.block(ADDRESS)
    world.sandbox.land()
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "accepted"
    world.age(contact, 11)
    world.make_due()
    world.push()
    contact = world.fresh(contact)
    assert contact.state == "rejected"
    assert "dropped" in contact.last_error
    assert len(world.creates()) == 1


def test_who_was_added_and_left_at_once_has_left(slow_world: World) -> None:
    world = slow_world
    contact = world.subscribe()
    world.push()
    world.sandbox.land()
    world.sandbox.remove_contact(world.remote()["contactId"], "unsubscribe")
    world.age(contact, 1.5)
    Contact.plain.update(base={})  # needs the search: as after a 409
    world.make_due()
    world.push()
    contact = world.fresh(contact)
    assert (contact.state, contact.left_reason) == ("left", "unsubscribe")
    assert not Change.objects.exists()


def test_maintenance_stops_the_drain_and_costs_no_attempt(world: World) -> None:
    world.sandbox.fail(status=503, count=None)
    for number in range(5):
        world.subscribe(f"p{number}@example.com")
    result = world.push()
    assert result.silent
    assert set(Change.objects.values_list("attempts", flat=True)) == {0}
    assert set(Contact.objects.values_list("state", flat=True)) == {"new"}
    world.account.refresh_from_db()
    assert world.account.resume_at is not None
    before = len(world.sandbox.requests)
    world.push()
    assert len(world.sandbox.requests) == before
    world.sandbox._application.faults.clear()
    world.account.write(resume_at=timezone.now())
    world.push_all()
    assert len(world.emails()) == 5
    world.account.refresh_from_db()
    assert (world.account.outages, world.account.resume_at) == (0, None)


def test_a_429_waits_as_long_as_it_says_and_costs_no_attempt(world: World) -> None:
    world.sandbox.fail(status=429, method="POST", path="^/contacts$", headers={"Retry-After": "40"})
    contact = world.subscribe()
    world.push()
    change = Change.objects.get()
    assert (world.fresh(contact).state, change.attempts) == ("new", 0)
    assert change.not_before > timezone.now() + timedelta(seconds=30)


def test_a_wrong_key_opens_the_circuit_and_nothing_is_hammered(world: World) -> None:
    world.sandbox.fail(status=401, count=None)
    lists = [world.sandbox.add_campaign(f"list {number}")["name"] for number in range(15)]
    world.pull_named()
    for number, name in enumerate(lists):
        world.subscribe(f"p{number}@example.com", campaign=name)
    world.push()
    world.push()
    assert len(world.sandbox.requests) <= 10  # those that were under way at once
    assert set(Change.objects.values_list("attempts", flat=True)) == {0}
    assert set(Contact.objects.values_list("state", flat=True)) == {"new"}
    world.account.refresh_from_db()
    assert world.account.circuit_opened_at is not None
    assert "Check" in world.account.circuit_reason or "401" in world.account.circuit_reason


def test_a_full_plan_holds_creates_only(world: World) -> None:
    known = world.active("known@example.com")
    world.sandbox.fail(status=400, method="POST", path="^/contacts$", code=1027)
    contact = world.subscribe()
    known.name = "Known"
    known.save()
    world.push()
    assert world.remote("known@example.com")["name"] == "Known"
    change = Change.objects.get()
    assert (world.fresh(contact).state, change.attempts, change.gave_up_at) == ("new", 0, None)


def test_an_unknown_list_waits_and_says_so(world: World) -> None:
    contact = world.subscribe(campaign="nowhere")
    world.push()
    assert "nowhere" in world.fresh(contact).last_error
    assert not world.sandbox.requests
    world.sandbox.add_campaign("nowhere")
    world.pull_named()
    world.push_all()
    assert world.fresh(contact).state == "active"
    assert world.fresh(contact).last_error == ""


def test_an_empty_value_of_an_unknown_field_holds_nothing_up(world: World) -> None:
    contact = world.subscribe(custom_fields={"unknown_here": ""})
    world.push_all()
    assert world.fresh(contact).state == "active"


# --- removals ------------------------------------------------------------------------------------


def test_unsubscribing_removes_the_membership(world: World) -> None:
    contact = world.active()
    Contact.objects.unsubscribe(ADDRESS)
    assert world.fresh(contact).state == "leaving"
    world.push_all()
    assert world.emails() == []
    assert world.fresh(contact).state == "left"
    assert [(r.method, r.status) for r in world.writes()] == [("DELETE", 204)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_removal_is_repeated_until_it_is_done(world: World, when: str) -> None:
    contact = world.active()
    world.sandbox.fail(method="DELETE", kind="reset", when=when)
    Contact.objects.unsubscribe(ADDRESS)
    world.push_all()
    assert world.emails() == []
    assert world.fresh(contact).state == "left"
    assert not Change.objects.exists()


def test_leaving_before_the_id_is_known_waits_for_it(slow_world: World) -> None:
    world = slow_world
    contact = world.subscribe()
    world.push()
    world.fresh(contact).leave()
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "leaving"
    world.sandbox.land()
    world.push_all()
    assert world.emails() == []
    assert world.fresh(contact).state == "left"


def test_a_stale_object_cannot_leave_as_if_it_had_never_been_sent(world: World) -> None:
    stale = world.subscribe()
    world.push_all()
    assert stale.state == "new"
    stale.leave()
    assert world.fresh(stale).state == "leaving"
    world.push_all()
    assert world.emails() == []


def test_deleting_a_stale_object_removes_the_contact_too(world: World) -> None:
    stale = world.subscribe()
    world.push_all()
    assert stale.contact_id is None
    stale.delete()
    world.push_all()
    assert world.emails() == []
    assert not Change.objects.exists()


def test_deleting_many_removes_them_all(world: World) -> None:
    for number in range(30):
        world.subscribe(f"p{number}@example.com")
    world.push_all()
    Contact.objects.all().delete()
    world.push_all()
    assert world.emails() == []
    assert not Change.objects.exists()


def test_a_row_deleted_before_its_id_is_known_is_removed_when_it_appears(slow_world: World) -> None:
    world = slow_world
    contact = world.subscribe()
    world.push()
    Contact.objects.get(pk=contact.pk).delete()
    world.make_due()
    world.push()
    assert Change.objects.get().tombstone is not None
    world.sandbox.land()
    assert world.emails() == [ADDRESS]
    world.push_all()
    assert world.emails() == []
    assert not Change.objects.exists()


def test_a_deleted_unconfirmed_contact_is_removed_after_its_confirmation(world: World) -> None:
    world.sandbox.add_campaign("careful", optin="double")
    world.pull_named()
    contact = world.subscribe(campaign="careful")
    world.push()
    world.age(contact, 5000)
    world.fresh(contact).delete()
    world.push_all(3)
    assert Change.objects.get().tombstone is not None
    world.sandbox.confirm(ADDRESS, "careful")
    world.push_all()
    assert world.emails("careful") == []
    assert not Change.objects.exists()


def test_an_address_that_is_made_again_waits_for_the_removal_of_the_old_row(world: World) -> None:
    old = world.active()
    old.delete()
    world.sandbox.fail(status=500, method="DELETE", code=1)
    new = world.subscribe()
    world.push()
    assert not world.creates()
    world.push_all()
    assert world.fresh(new).state == "active"
    assert world.fresh(new).contact_id == world.remote()["contactId"] != old.contact_id


def move(world: World, contact: Contact, name: str) -> None:
    contact = world.fresh(contact)
    contact.campaign = Campaign.objects.named(contact.account, name)
    contact.save()


def test_a_signup_on_a_list_that_the_same_address_is_leaving_waits_for_the_move(world: World) -> None:
    old = world.active()
    move(world, old, "newsletter")
    before = len(world.creates())
    world.sandbox.fail(status=500, method="POST", path=f"^/contacts/{old.contact_id}$")
    new = world.subscribe()
    world.push()
    assert len(world.creates()) == before
    world.push_all()
    assert world.emails() == world.emails("newsletter") == [ADDRESS]
    assert world.fresh(old).contact_id == world.remote(campaign="newsletter")["contactId"]
    assert world.fresh(new).contact_id == world.remote()["contactId"]
    assert not Change.objects.exists()


def test_a_create_that_met_the_old_contact_is_sent_again_when_that_has_moved(world: World) -> None:
    old = world.active()
    new = world.subscribe("new@example.com")
    world.push()
    # Renamed before its id was known: GetResponse answered the create of the new one with the old one's id.
    Contact.plain.filter(pk=new.pk).update(email=ADDRESS, base={}, state="accepted", contact_id=None)
    Contact.plain.filter(pk=old.pk).update(email="old@example.com")
    Change.objects.record([world.fresh(old).key(), world.fresh(new).key()])
    world.push_all()
    assert world.fresh(old).contact_id == world.remote("old@example.com")["contactId"]
    assert world.fresh(new).contact_id == world.remote()["contactId"]
    assert not Change.objects.gave_up().exists()


def test_who_comes_back_while_the_removal_is_under_way_is_created_anew(world: World) -> None:
    contact = world.active()
    contact.leave()
    deleting = world.sandbox._application.faults

    class BackInTime:
        """Subscribes again at the moment the DELETE is answered."""

        def take(self, request: Any) -> None:
            if request.method == "DELETE":
                world.sandbox._application.faults = deleting
                world.subscribe()
                connection.close()

    world.sandbox._application.faults = BackInTime()  # type: ignore[assignment]
    world.push_all()
    assert world.emails() == [ADDRESS]
    assert world.fresh(contact).state == "active"
    assert world.fresh(contact).contact_id == world.remote()["contactId"]


def test_who_left_meanwhile_is_not_brought_back_by_our_own_removal(world: World) -> None:
    contact = world.active()
    contact.leave()
    stale = world.fresh(contact)
    Contact.plain.filter(pk=contact.pk).update(state="left")  # as a pull does
    mirror.mark_deleted(stale)
    assert world.fresh(contact).state == "left"


def test_consent_newer_than_the_leaving_brings_someone_back(world: World) -> None:
    contact = world.active()
    Contact.objects.unsubscribe(ADDRESS)
    world.push_all()
    world.subscribe(consent=timezone.now() - timedelta(days=1))
    world.push_all()
    assert world.emails() == []
    world.subscribe(consent=timezone.now())
    world.push_all()
    assert world.emails() == [ADDRESS]
    assert world.fresh(contact).state == "active"


@pytest.mark.parametrize("way", ["create", "bulk_create"])
def test_a_second_row_of_who_left_is_not_sent_without_a_newer_consent(world: World, way: str) -> None:
    world.active()
    Contact.objects.unsubscribe(ADDRESS)
    world.push_all()
    again = Contact(account=world.account, campaign=world.campaign, email=ADDRESS.upper())
    if way == "create":
        again.save()
    else:
        Contact.objects.bulk_create([again])
    world.push_all()
    assert world.emails() == []
    assert (world.fresh(again).state, "consent" in world.fresh(again).last_error) == ("left", True)
    assert not Change.objects.exists()
    world.subscribe(consent=timezone.now())
    world.push_all()
    assert world.emails() == [ADDRESS.upper()]


def test_a_second_row_with_a_newer_consent_is_sent(world: World) -> None:
    world.active()
    Contact.objects.unsubscribe(ADDRESS)
    world.push_all()
    Contact.objects.create(
        account=world.account, campaign=world.campaign, email=ADDRESS, consented_at=timezone.now()
    )
    world.push_all()
    assert world.emails() == [ADDRESS]
