"""Writers and workers at the same time: in the end GetResponse has what the database has, and nothing is sent
twice.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from getresponse_django.models import Change, Contact, Tag
from getresponse_django.push import drain

from .conftest import World, meanwhile

WRITERS, TURNS = 4, 12


@contextmanager
def workers(world: World, count: int = 2) -> Iterator[None]:
    """So many workers drain meanwhile; what they leave is pushed at the end."""
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            drain(world.account)
        connection.close()

    threads = [threading.Thread(target=work) for _number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
    world.push_all(30)


def write_side_by_side(write: Callable[[int], None]) -> None:
    """``write(number)`` in WRITERS threads; raises what one of them raised."""
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            write(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def there(world: World) -> dict[str, tuple[str, set[str]]]:
    """Address -> name and tags, as GetResponse has them."""
    return {
        contact["email"]: (contact["name"] or "", {tag["name"] for tag in contact["tags"]})
        for contact in world.sandbox.contacts("customers")
    }


def here(*states: str) -> dict[str, tuple[str, set[str]]]:
    """The same as the database has it."""
    rows = Contact.objects.filter(state__in=states or ("active",)).prefetch_related("tags")
    return {row.email: (row.name, {tag.name for tag in row.tags.all()}) for row in rows}


def accepted_creates(world: World) -> Counter[str]:
    """How often a create of each address was accepted."""
    bodies = [r.body for r in world.creates() if r.status == 202]
    batches = [r.body["contacts"] for r in world.requests("POST", "/contacts/batch") if r.status == 202]
    return Counter([body["email"] for body in bodies] + [row["email"] for rows in batches for row in rows])


def test_many_writers_and_two_workers_end_in_the_same_state(postgres: None, world: World) -> None:
    shared = [world.subscribe(f"shared{number}@example.com") for number in range(5)]
    world.sandbox.latency = 0.005

    def write(number: int) -> None:
        chance = random.Random(number)
        for turn in range(TURNS):
            row = Contact.objects.get(pk=chance.choice(shared).pk)
            row.name = f"Writer {number} turn {turn}"
            row.save()
            own = Contact.objects.subscribe(
                f"own{number}-{turn % 4}@example.com", campaign="customers", name=f"Turn {turn}"
            )
            own.add_tags([f"tag_{chance.randrange(3)}"])
            if turn % 5 == 4:
                Contact.objects.filter(pk__in=[contact.pk for contact in shared]).update(note=f"n{turn}")

    with workers(world):
        write_side_by_side(write)
    assert not Change.objects.exists()
    assert there(world) == here()
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}
    assert len(there(world)) == 5 + WRITERS * 4
    assert set(accepted_creates(world).values()) == {1}


def test_people_who_come_and_go_end_as_they_last_said(postgres: None, world: World) -> None:
    world.sandbox.latency = 0.005
    wanted: dict[str, bool] = {}

    def write(number: int) -> None:
        chance = random.Random(number)
        for turn in range(TURNS):
            email = f"p{number}-{turn % 3}@example.com"
            row = Contact.objects.filter(email=email).first()
            wanted[email] = chance.random() < 0.6
            if not wanted[email]:
                Contact.objects.unsubscribe(email)
            elif row is None or not row.gone:
                Contact.objects.subscribe(email, campaign="customers")
            else:
                wanted[email] = False

    with workers(world):
        write_side_by_side(write)
    assert {email for email, wants in wanted.items() if wants} == set(there(world))
    assert set(here()) == set(there(world))
    assert not Change.objects.exists()


def test_rows_that_are_deleted_and_made_again_are_there_once(postgres: None, world: World) -> None:
    world.sandbox.latency = 0.005

    def write(number: int) -> None:
        for turn in range(TURNS):
            Contact.objects.filter(email=f"p{number}@example.com").delete()
            Contact.objects.create(
                account=world.account,
                campaign=world.campaign,
                email=f"p{number}@example.com",
                name=f"Turn {turn}",
            )

    with workers(world):
        write_side_by_side(write)
    for contact in Contact.objects.exclude(state="active"):
        world.age(contact)
    world.push_all(30)
    assert (
        there(world) == here() == {f"p{n}@example.com": (f"Turn {TURNS - 1}", set()) for n in range(WRITERS)}
    )
    assert not Change.objects.exists()


def test_bulk_writes_and_single_ones_of_the_same_rows_do_not_deadlock(postgres: None, world: World) -> None:
    rows = [world.active(f"p{number}@example.com") for number in range(25)]
    tag = Tag.objects.exclude(tag_id=None).first()
    assert tag is not None

    def write(number: int) -> None:
        chance = random.Random(number)
        for turn in range(TURNS):
            pks = [row.pk for row in rows]
            chance.shuffle(pks)
            if number % 2:
                Contact.objects.filter(pk__in=pks).update(note=f"{number}-{turn}")
            else:
                row = Contact.objects.get(pk=pks[0])
                row.name = f"{number}-{turn}"
                row.save()
                row.tags.add(tag)

    with workers(world):
        write_side_by_side(write)
    assert there(world) == here()
    notes = {contact["email"]: contact["note"] for contact in world.sandbox.contacts("customers")}
    assert notes == dict(Contact.objects.values_list("email", "note"))
    assert not Change.objects.exists()


def test_an_edit_during_a_push_is_pushed_after_it(world: World) -> None:
    contact = world.active(name="Old")
    contact.name = "First"
    contact.save()

    def edit() -> None:
        row = world.fresh(contact)
        row.name = "Second"
        row.save()

    with meanwhile(world, "POST", edit):
        world.push()
    assert (world.remote()["name"], world.fresh(contact).name) == ("Second", "Second")
    names = [r.body["name"] for r in world.requests("POST", "/contacts/.*")]
    assert names == ["First", "Second"]
    assert not Change.objects.exists()


def test_an_edit_while_a_whole_page_is_linked_is_pushed(world: World) -> None:
    contacts = Contact.objects.bulk_create(
        [
            Contact(account=world.account, campaign=world.campaign, email=f"p{number}@example.com")
            for number in range(30)
        ]
    )
    world.push()

    def edit() -> None:
        row = world.fresh(contacts[7])
        row.name = "Edited"
        row.save()

    world.make_due()
    with meanwhile(world, "GET", edit):
        world.push()
    world.push_all()
    assert world.remote("p7@example.com")["name"] == "Edited"
    assert not Change.objects.exists()


@pytest.mark.parametrize("linked", [True, False])
def test_a_row_deleted_during_a_push_is_removed_there(world: World, linked: bool) -> None:
    contact = world.active(name="Old") if linked else world.subscribe(name="Old")
    if linked:
        contact.name = "New"
        contact.save()
    with meanwhile(world, "POST", lambda: Contact.objects.filter(pk=contact.pk).delete()):
        world.push()
    for change in Change.objects.filter(tombstone__isnull=False):
        assert change.tombstone is not None
        assert change.tombstone["email"] == contact.email
    world.push_all()
    assert world.emails() == []
    assert not Contact.objects.exists()
    assert not Change.objects.exists()


def test_a_contact_made_again_waits_until_its_predecessor_is_removed(world: World) -> None:
    world.active(name="First").delete()
    world.sandbox.fail(status=500, code=1, method="DELETE", path="^/contacts/")
    second = Contact.objects.create(
        account=world.account, campaign=world.campaign, email="ann@example.com", name="Second"
    )
    world.push()
    assert world.creates() == []
    world.push_all()
    assert [(r.method, r.status) for r in world.writes()][-2:] == [("DELETE", 204), ("POST", 202)]
    assert world.remote()["name"] == "Second"
    assert world.fresh(second).contact_id == world.remote()["contactId"]
