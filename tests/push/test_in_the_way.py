"""An address that another contact has still to give up: who wants it waits, and gets it in the end."""

from __future__ import annotations

import pytest

from getresponse_django.models import Change, Contact

from .conftest import World

pytestmark = pytest.mark.django_db(transaction=True)

ANN, BOB, EVE = "ann@example.com", "bob@example.com", "eve@example.com"


def rename(contact: Contact, email: str) -> None:
    row = Contact.objects.get(pk=contact.pk)
    row.email = email
    row.save()


def there(world: World) -> list[tuple[str, str]]:
    return sorted((contact["email"], contact["name"]) for contact in world.sandbox.contacts("customers"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_was_sent_under_an_address_keeps_it_until_it_is_renamed_there(world: World, when: str) -> None:
    world.sandbox.fail(method="POST", path="/contacts$", kind="reset", when=when)
    first = world.subscribe(ANN, name="First")
    world.push()
    rename(first, BOB)
    second = world.subscribe(ANN, name="Second")
    world.make_due()
    world.push()
    assert world.fresh(second).state == "new"
    world.age(first)
    world.push_all()
    assert there(world) == [(ANN, "Second"), (BOB, "First")]
    assert not Change.objects.exists()


def test_a_new_address_waits_until_who_was_deleted_is_off_the_list(world: World) -> None:
    first, second = world.active(ANN, name="First"), world.active(BOB)
    second.delete()
    rename(first, BOB)
    world.sandbox.fail(500, "DELETE")
    world.push()
    world.push_all()
    assert there(world) == [(BOB, "First")]
    assert world.fresh(first).last_error == ""
    assert not Change.objects.exists()


def test_who_takes_the_address_of_one_who_takes_another_waits_for_that(world: World) -> None:
    first, second = world.active(ANN, name="First"), world.active(BOB, name="Second")
    rename(first, BOB)  # before the other, and so earlier in the outbox
    Contact.plain.filter(pk=second.pk).update(email=EVE)
    Change.objects.record([second.key()])
    world.push_all()
    assert there(world) == [(BOB, "First"), (EVE, "Second")]
    assert not Change.objects.exists()


def test_two_who_wait_for_each_other_are_shown_to_a_person(world: World) -> None:
    first, second = world.active(ANN), world.active(BOB)
    rename(first, BOB)
    rename(second, ANN)
    world.push()
    assert set(Change.objects.values_list("reason", flat=True)) == {"rejected"}
    assert all("409" in row.last_error for row in Contact.objects.all())
