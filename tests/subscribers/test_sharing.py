"""Several rules and several objects for one contact; a group stands for the customer of a shop, its name for
the address.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone

from getresponse_django import Subscriber, register, subscribers
from getresponse_django.models import Change, Contact, ErasedAddress, Wish
from getresponse_django.preferences.lists import leave_list
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account, waiting

pytestmark = pytest.mark.django_db

ANNA, BERT = "anna@example.com", "bert@example.com"


class Users(Subscriber):
    campaign = "customers"
    name = "first_name"
    custom_fields = {"plan": "last_name"}
    tags = ["site"]
    consent: datetime | None = None

    def wants(self, user: User) -> bool:
        return user.is_active

    def consented_at(self, user: User) -> datetime | None:
        return type(self).consent


class Buyers(Subscriber):
    campaign = "customers"
    email = "name"
    name = lambda buyer: f"Buyer {buyer.pk}"  # type: ignore[assignment]  # noqa: E731
    custom_fields = {"plan": lambda buyer: "shop", "city": lambda buyer: "Gdańsk"}
    tags = ["shop"]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Users, "consent", None)
    register(User)(Users)
    register(Group)(Buyers)


def anna(**values: Any) -> User:
    return User.objects.create(**{"username": "anna", "email": ANNA} | values)


def seen() -> list[tuple[str, str, dict[str, list[str]] | None, set[str]]]:
    """Who is on the list, with what."""
    rows = Contact.objects.exclude(state="left").order_by("email")
    return [(row.email, row.name, row.custom_fields, {t.name for t in row.tags.all()}) for row in rows]


@pytest.mark.parametrize("user_first", [True, False])
def test_a_user_who_is_a_customer_too_is_one_contact_whoever_came_first(both: None, user_first: bool) -> None:
    steps = [lambda: anna(first_name="Anna"), lambda: Group.objects.create(name=ANNA)]
    for step in steps if user_first else reversed(steps):
        step()
    assert seen() == [(ANNA, "Anna", {"plan": ["shop"], "city": ["Gdańsk"]}, {"site", "shop"})]
    assert Contact.objects.get().user == User.objects.get()
    assert {str(rule): dict(counts) for rule, counts in subscribers.reconcile().items()} == {
        f"{__name__}.Users": {},
        f"{__name__}.Buyers": {},
    }, "neither rule undoes the other"


def test_the_contact_stays_until_nobody_wants_it(both: None) -> None:
    user, buyer = anna(first_name="Anna"), Group.objects.create(name=ANNA)
    user.is_active = False
    user.save()
    assert seen() == [(ANNA, f"Buyer {buyer.pk}", {"plan": ["shop"], "city": ["Gdańsk"]}, {"site", "shop"})]
    assert Contact.objects.get().user is None
    buyer.delete()
    assert seen() == []


def test_a_user_deleted_leaves_the_contact_to_the_customer(both: None) -> None:
    user, buyer = anna(first_name="Anna"), Group.objects.create(name=ANNA)
    user.delete()
    assert [name for _email, name, *_rest in seen()] == [f"Buyer {buyer.pk}"]
    Group.objects.all().delete()
    assert not Contact.objects.exists()


def test_one_of_two_who_changes_the_address_leaves_the_old_one_to_the_other(both: None) -> None:
    user, _buyer = anna(first_name="Anna"), Group.objects.create(name=ANNA)
    user.email = BERT
    user.save()
    assert [(email, name[:5]) for email, name, *_rest in seen()] == [(ANNA, "Buyer"), (BERT, "Anna")]
    assert [row.user for row in Contact.objects.order_by("email")] == [None, user]


def test_an_object_that_is_no_user_keeps_its_contact_with_a_new_address(both: None) -> None:
    buyer = Group.objects.create(name=ANNA)
    before = Contact.objects.get()
    buyer.name = BERT
    buyer.save()
    assert (Contact.objects.get().pk, Contact.objects.get().email) == (before.pk, BERT)


def test_two_orders_of_one_address_are_one_contact_until_the_last_is_gone() -> None:
    @register(User)
    class Orders(Subscriber):
        campaign = "customers"

        def wants(self, user: User) -> bool:
            return user.is_active

    first, second = anna(username="first"), anna(username="second")
    first.is_active = False
    first.save()
    assert (Contact.objects.get().state, Contact.objects.get().user) == ("new", second)
    second.delete()
    assert not Contact.objects.exists()


def test_whose_address_was_changed_behind_our_back_speaks_no_more(both: None) -> None:
    user, buyer = anna(), Group.objects.create(name=ANNA)
    Group.objects.filter(pk=buyer.pk).update(name=BERT)
    user.is_active = False
    user.save()
    assert seen() == []


def test_a_rule_that_fails_keeps_what_it_wanted(both: None, monkeypatch: pytest.MonkeyPatch) -> None:
    user, _buyer = anna(), Group.objects.create(name=ANNA)

    def fails(self: Any, obj: Any) -> bool:
        raise RuntimeError

    monkeypatch.setattr(Buyers, "wants", fails, raising=False)
    user.is_active = False
    user.save()
    assert len(seen()) == 1


def test_a_rule_that_is_no_more_holds_nobody(both: None) -> None:
    user, _buyer = anna(), Group.objects.create(name=ANNA)
    subscribers.registry[:] = [rule for rule in subscribers.registry if rule.model is User]
    user.is_active = False
    user.save()
    assert seen() == []


def test_who_left_does_not_come_back_with_another_address_but_with_a_consent(both: None) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="left", left_on=timezone.now())
    user.email = BERT
    user.save()
    assert seen() == []
    assert "consent" in Contact.objects.get().last_error
    Users.consent = timezone.now() + timedelta(seconds=1)
    user.save()
    assert [email for email, *_rest in seen()] == [BERT]


def test_who_is_leaving_does_not_stay_with_another_address_but_with_a_consent(both: None) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="active")
    leave_list(Contact.objects.get())
    user.email = BERT
    user.save()
    assert [(row.email, row.state) for row in Contact.objects.all()] == [(ANNA, "leaving")]
    Users.consent = timezone.now() + timedelta(seconds=1)
    user.save()
    assert [(row.email, row.state) for row in Contact.objects.all()] == [(BERT, "active")]


@pytest.mark.parametrize("by_getresponse", [True, False])
@pytest.mark.parametrize("reconciled", [True, False])
def test_who_left_and_was_not_wanted_meanwhile_does_not_come_back_with_another_address(
    both: None, by_getresponse: bool, reconciled: bool
) -> None:
    user = anna()
    left = {"contact_id": "C1", "state": "left", "left_on": timezone.now()}
    if by_getresponse:
        Contact.plain.update(**left)
    user.is_active = False
    user.save()
    Contact.plain.update(**left)
    user.is_active, user.email = True, BERT
    if reconciled:
        User.objects.bulk_update([user], ["is_active", "email"])
        subscribers.reconcile()
    else:
        user.save()
    assert seen() == []
    Users.consent = timezone.now() + timedelta(seconds=1)
    subscribers.reconcile()
    assert [email for email, *_rest in seen()] == [BERT]


@pytest.mark.parametrize("reconciled", [True, False])
@pytest.mark.parametrize("state", ["new", "active"])
def test_two_who_swap_their_addresses_are_both_on_the_list(both: None, state: str, reconciled: bool) -> None:
    one, two = anna(first_name="Anna"), anna(username="bert", email=BERT, first_name="Bert")
    for contact in Contact.plain.all():
        Contact.plain.filter(pk=contact.pk).update(
            state=state, contact_id=None if state == "new" else contact.pk
        )
    one.email, two.email = two.email, one.email
    if reconciled:
        User.objects.bulk_update([one, two], ["email"])
        subscribers.reconcile()
    else:
        one.save()
        two.save()
    assert [(email, name) for email, name, *_rest in seen()] == [(ANNA, "Bert"), (BERT, "Anna")]


def test_a_second_look_writes_nothing(both: None) -> None:
    user, buyer = anna(), Group.objects.create(name=ANNA)
    Change.objects.all().delete()
    wishes = list(Wish.objects.order_by("pk").values())
    user.save()
    buyer.save()
    assert waiting() == set()
    assert list(Wish.objects.order_by("pk").values()) == wishes


@pytest.mark.django_db(transaction=True)
def test_a_rename_reaches_getresponse_in_place(sandbox: Sandbox, both: None) -> None:
    pulled("campaigns", "fields", "tags")
    subscribers.registry[:] = subscribers.registry[:1]
    user = anna(first_name="Anna")
    for email in (ANNA, BERT):
        user.email = email
        user.save()
        for _ in range(4):
            drain(the_account())
            Change.objects.update(not_before=timezone.now())
    assert [(there["email"], there["name"]) for there in sandbox.contacts("customers")] == [(BERT, "Anna")]
    assert Contact.objects.get().state == "active"


@pytest.mark.parametrize("erases", [True, False])
def test_with_the_user_all_about_the_person_is_erased_where_the_rule_says_so(erases: bool) -> None:
    @register(User)
    class Customers(Subscriber):
        campaign = "customers"
        erase_on_delete = erases

    user = anna()
    Contact.objects.subscribe(ANNA, campaign="elsewhere")
    Contact.objects.subscribe(BERT, campaign="elsewhere")
    user.delete()
    left = set(Contact.objects.values_list("email", "campaign__name"))
    assert left == {(BERT, "elsewhere")} | (set() if erases else {(ANNA, "elsewhere")})
    assert ErasedAddress.objects.exists() is erases


def test_whom_somebody_else_wants_is_not_erased_with_the_user(both: None) -> None:
    class Erasing(Users):
        erase_on_delete = True

    subscribers.registry.clear()
    register(User)(Erasing)
    register(Group)(Buyers)
    user, _buyer = anna(), Group.objects.create(name=ANNA)
    user.delete()
    assert len(seen()) == 1
    assert not ErasedAddress.objects.exists()


def test_who_had_left_already_is_erased_too() -> None:
    @register(User)
    class Customers(Subscriber):
        campaign = "customers"
        erase_on_delete = True

    user = anna()
    Contact.plain.update(state="left", left_on=timezone.now())
    user.delete()
    assert not Contact.objects.exists()
    assert ErasedAddress.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("there", [True, False])
def test_two_who_join_at_the_same_moment_know_of_each_other(postgres: None, both: None, there: bool) -> None:
    if there:
        Contact.objects.subscribe(ANNA, campaign="customers")
    gate = Barrier(2)

    def join(make: Callable[[], Any]) -> None:
        gate.wait()
        make()
        connection.close()

    makers = [lambda: Group.objects.create(name=ANNA), lambda: anna(first_name="Anna")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(join, makers))
    assert seen() == [(ANNA, "Anna", {"plan": ["shop"], "city": ["Gdańsk"]}, {"site", "shop"})]


def test_two_who_share_a_contact_that_left_are_left_alone(
    both: None, caplog: pytest.LogCaptureFixture
) -> None:
    anna()
    Group.objects.create(name=ANNA)
    Contact.plain.update(state="left", left_on=timezone.now())
    subscribers.reconcile()
    assert Contact.objects.get().state == "left"
    assert "rule_failed" not in caplog.text
