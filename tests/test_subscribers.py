"""Subscriber: who of the site is a contact, whatever happens to them, and nothing that breaks the site."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models.deletion import Collector
from django.test import modify_settings
from django.utils import timezone

import getresponse_django
from getresponse_django import Subscriber, register, subscribers
from getresponse_django.doctor import rules as doctor_rules
from getresponse_django.models import Campaign, Change, Contact, Tag
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account, waiting

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"
BERT = "bert@example.com"


@pytest.fixture(autouse=True)
def without_rules(no_rules: None) -> None:
    """In every test here."""


class Customers(Subscriber):
    """The usual rule: every active user with an address."""

    campaign = "customers"
    email, name = "email", "get_full_name"
    custom_fields = {"plan": "last_name"}
    tags = ["site"]
    consent: datetime | None = None

    def wants(self, user: User) -> bool:
        return user.is_active

    def consented_at(self, user: User) -> datetime | None:
        return type(self).consent


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> type[Customers]:
    monkeypatch.setattr(Customers, "consent", None)
    return register(User)(Customers)


def anna(**values: Any) -> User:
    return User.objects.create(
        **{"username": "anna", "email": ANNA, "first_name": "Anna", "last_name": "pro"} | values
    )


def drained() -> None:
    """Push until nothing waits for its id."""
    for _ in range(4):
        drain(the_account())
        Change.objects.update(not_before=timezone.now())


def names_of(sandbox: Sandbox) -> dict[str, str]:
    """Who is on the list: address -> name."""
    return {contact["email"]: contact["name"] for contact in sandbox.contacts("customers")}


# --- registering --------------------------------------------------------------------------------------


def test_the_public_names_lead_here() -> None:
    assert getresponse_django.Subscriber is Subscriber
    assert getresponse_django.register is register


def test_a_rule_is_registered_for_a_model_or_its_label() -> None:
    register("auth.Group")(Customers)
    assert [(rule.model, str(rule)) for rule in subscribers.registry] == [(Group, f"{__name__}.Customers")]


def test_the_same_rule_registered_again_replaces_the_first(rule: type[Customers]) -> None:
    register(User)(Customers)
    assert len(subscribers.registry) == 1


def test_modules_called_getresponse_are_found(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = tmp_path / "autofound"
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "getresponse.py").write_text(
        "from django.contrib.auth.models import User\n"
        "from getresponse_django import Subscriber, register\n"
        "@register(User)\nclass Found(Subscriber):\n    campaign = 'customers'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with modify_settings(INSTALLED_APPS={"append": "autofound"}):
        apps.get_app_config("getresponse_django").ready()
    assert [str(rule) for rule in subscribers.registry] == ["autofound.getresponse.Found"]


def test_of_a_name_that_is_too_long_the_beginning_is_taken(rule: type[Customers]) -> None:
    anna(first_name="A" * 100, last_name="B" * 100)
    assert Contact.objects.get().name == "A" * 100 + " " + "B" * 27


def test_two_rules_for_one_model_are_each_followed_once(rule: type[Customers]) -> None:
    calls = []

    class Readers(Subscriber):
        campaign = "newsletter"

        def wants(self, user: User) -> bool:
            calls.append(user)
            return True

    register(User)(Readers)
    user = anna()
    assert set(Contact.objects.values_list("campaign__name", "email")) == {
        ("customers", ANNA),
        ("newsletter", ANNA),
    }
    assert calls == [user]


def test_a_proxy_of_the_model_is_followed(rule: type[Customers]) -> None:
    class Buyer(User):
        class Meta:
            proxy = True
            app_label = "tests_site"

    register(User)(Customers)
    Buyer.objects.create(username="anna", email=ANNA)
    assert Contact.objects.get().email == ANNA


# --- signing up ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_new_user_becomes_a_contact_in_getresponse(sandbox: Sandbox, rule: type[Customers]) -> None:
    pulled("campaigns", "fields", "tags")
    user = anna()

    drained()

    there = sandbox.contacts("customers")[0]
    assert (there["email"], there["name"]) == (ANNA, "Anna pro")
    assert [tag["name"] for tag in there["tags"]] == ["site"]
    assert {value["name"]: value["values"] for value in there["customFieldValues"]} == {"plan": ["pro"]}
    row = Contact.objects.get()
    assert (row.state, row.user) == ("active", user)


def test_a_save_that_changes_nothing_of_the_contact_records_nothing(
    rule: type[Customers], django_assert_max_num_queries: Any
) -> None:
    user = anna()
    Change.objects.all().delete()
    with django_assert_max_num_queries(20):
        user.last_login = timezone.now()
        user.save(update_fields=["last_login"])
    assert waiting() == set()
    assert subscribers.registry[0].sync(user) == ""


def test_what_a_save_did_is_told(rule: type[Customers]) -> None:
    following = subscribers.registry[0]
    user = User(username="anna", email=ANNA, first_name="Anna")
    User.objects.bulk_create([user])  # sends no signal
    assert following.sync(user) == "subscribed"
    user.first_name = "Ania"
    assert following.sync(user) == "updated"
    user.is_active = False
    assert following.sync(user) == "unsubscribed"
    assert following.sync(user) == ""


@pytest.mark.parametrize("email", ["", None, "not an address"])
def test_a_user_without_a_good_address_is_nobody(rule: type[Customers], email: str | None) -> None:
    User.objects.create(username="anna", email=email or "")
    assert not Contact.objects.exists()


def test_name_and_custom_fields_follow_the_user(rule: type[Customers]) -> None:
    user = anna()
    user.first_name, user.last_name = "Ania", "team"
    user.save()
    row = Contact.objects.get()
    assert (row.name, row.custom_fields) == ("Ania team", {"plan": ["team"]})


@pytest.mark.django_db(transaction=True)
def test_an_empty_value_removes_the_custom_field_and_only_once(
    sandbox: Sandbox, rule: type[Customers]
) -> None:
    pulled("campaigns", "fields", "tags")
    user = anna()
    drained()
    user.last_name = ""
    user.save()
    drained()

    assert sandbox.contacts("customers")[0]["customFieldValues"] == []
    pulled("contacts", full=True, details=True)
    assert subscribers.registry[0].sync(user) == "", "nothing differs any more"
    assert waiting() == set()


def test_what_others_set_on_the_contact_stays(rule: type[Customers]) -> None:
    user = anna()
    row = Contact.objects.get()
    row.custom_fields = {"plan": ["pro"], "shoe_size": ["42"]}
    row.save()
    row.tags.add(Tag.objects.create(account=the_account(), name="vip"))
    user.first_name = "Ania"
    user.save()
    row.refresh_from_db()
    assert row.custom_fields == {"plan": ["pro"], "shoe_size": ["42"]}
    assert {tag.name for tag in row.tags.all()} == {"site", "vip"}


# --- leaving and coming back ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_who_does_not_want_it_any_more_is_taken_off_the_list(sandbox: Sandbox, rule: type[Customers]) -> None:
    pulled("campaigns", "fields", "tags")
    user = anna()
    drained()
    user.is_active = False
    user.save()
    drained()
    assert sandbox.contacts("customers") == []
    assert Contact.objects.get().state == "left"


def test_who_left_comes_back_with_a_newer_consent_only(rule: type[Customers]) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="active")
    user.is_active = False
    user.save()
    Contact.plain.update(state="left", left_on=timezone.now())

    user.is_active = True
    rule.consent = timezone.now() - timedelta(days=1)
    user.save()
    assert Contact.objects.get().state == "left"
    assert "consent" in Contact.objects.get().last_error

    rule.consent = timezone.now() + timedelta(seconds=1)
    user.save()
    row = Contact.objects.get()
    assert (row.state, row.contact_id, row.last_error) == ("new", None, "")


def test_a_change_of_mind_before_the_removal_was_pushed_needs_no_consent(rule: type[Customers]) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="active")
    for active in (False, True):
        user.is_active = active
        user.save()
    assert Contact.objects.get().state == "active"


def test_someone_who_unsubscribed_in_getresponse_is_not_put_back_by_a_save(rule: type[Customers]) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="left", left_on=timezone.now(), left_reason="unsubscribe")
    Change.objects.all().delete()
    user.first_name = "Ania"
    user.save()
    assert Contact.objects.get().state == "left"
    assert subscribers.registry[0].sync(user) == ""


# --- another address ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_new_address_is_changed_in_place(sandbox: Sandbox, rule: type[Customers]) -> None:
    pulled("campaigns", "fields", "tags")
    user = anna()
    drained()
    contact_id = sandbox.contacts("customers")[0]["contactId"]
    user.email = "anna.k@example.com"
    user.save()
    drained()
    there = sandbox.contacts("customers")[0]
    assert (there["email"], there["contactId"]) == ("anna.k@example.com", contact_id)
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_address_that_is_on_the_list_already_is_joined_and_the_old_one_leaves(
    sandbox: Sandbox, rule: type[Customers]
) -> None:
    other = sandbox.add_contact("other@example.com", "customers", "Other")
    pulled("campaigns", "fields", "tags", "contacts")
    user = anna()
    drained()
    user.email = "other@example.com"
    user.save()
    drained()

    assert names_of(sandbox) == {"other@example.com": "Anna pro"}
    row = Contact.objects.get(contact_id=other["contactId"])
    assert (row.user, row.state) == (user, "active")
    assert Contact.objects.get(email=ANNA).state == "left"


def test_a_user_deleted_is_removed(rule: type[Customers]) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="active")
    user.delete()
    assert not Contact.objects.exists()
    tombstone = Change.objects.get(resource="contact").tombstone or {}
    assert (tombstone["remote_id"], tombstone["email"]) == ("C1", ANNA)


def test_users_deleted_by_a_queryset_are_removed(rule: type[Customers]) -> None:
    anna()
    User.objects.all().delete()
    assert not Contact.objects.exists()


def test_the_record_of_who_left_outlives_the_user(rule: type[Customers]) -> None:
    user = anna()
    Contact.plain.update(contact_id="C1", state="left", left_on=timezone.now())
    user.delete()
    row = Contact.objects.get()
    assert (row.state, row.user) == ("left", None)


def test_of_two_users_with_one_address_neither_speaks_for_the_other(rule: type[Customers]) -> None:
    first = anna()
    second = User.objects.create(username="impostor", email=ANNA, is_active=False)
    assert Contact.objects.get().state == "new", "a second account does not unsubscribe the first"
    second.is_active = True
    second.save()
    assert Contact.objects.get().user == first, "nor does it take the contact over"
    second.delete()
    assert Contact.objects.get().user == first


# --- what must not happen ---------------------------------------------------------------------------------


def test_fixtures_are_not_followed(rule: type[Customers], tmp_path: Any) -> None:
    fixture = tmp_path / "users.json"
    fields = {"username": "anna", "email": ANNA, "password": ""}
    fixture.write_text(json.dumps([{"model": "auth.user", "pk": 77, "fields": fields}]))
    call_command("loaddata", str(fixture), verbosity=0)
    assert User.objects.filter(pk=77).exists()
    assert not Contact.objects.exists()


def test_with_enabled_false_nothing_happens(rule: type[Customers], settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    user = anna()
    assert subscribers.sync([user]) == {}
    assert subscribers.reconcile() == {str(subscribers.registry[0]): {}}
    user.delete()
    assert not Contact.objects.exists()


class Broken(Subscriber):
    campaign = "customers"

    def wants(self, obj: Any) -> bool:
        raise RuntimeError(f"no profile for {obj.email}")


class BrokenAddress(Broken):
    def email(self, obj: Any) -> str:  # type: ignore[override]
        raise RuntimeError(f"no address for {obj}")


@pytest.mark.parametrize("rule", [Broken, BrokenAddress])
def test_a_rule_that_raises_breaks_neither_save_nor_delete_and_logs_no_personal_data(
    rule: type[Subscriber], caplog: pytest.LogCaptureFixture
) -> None:
    register(User)(rule)
    with caplog.at_level(logging.DEBUG):
        user = anna()
        user.delete()
    assert not User.objects.exists()
    assert "getresponse.rule.failed" in caplog.text
    assert "error_type=RuntimeError" in caplog.text
    assert "anna" not in caplog.text


def test_an_error_of_the_database_in_a_rule_does_not_spoil_the_transaction_of_the_site() -> None:
    @register(User)
    class Greedy(Subscriber):
        campaign = "customers"

        def wants(self, user: User) -> bool:
            Group.objects.bulk_create([Group(name="same"), Group(name="same")])
            return True

    anna()
    assert User.objects.count() == 1
    assert not Group.objects.exists()


def test_a_bad_address_is_logged_without_it(rule: type[Customers], caplog: pytest.LogCaptureFixture) -> None:
    user = anna(email="no.address.at.all")
    assert f"getresponse.rule.bad_address rule={__name__}.Customers object_pk={user.pk}" in caplog.text
    assert "no.address" not in caplog.text


def test_a_related_object_that_comes_later_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    @register(User)
    class WithProfile(Subscriber):
        campaign = "customers"

        def wants(self, user: User) -> bool:
            return Group.objects.get(name=user.username) is not None

    user = anna()
    assert (Contact.objects.count(), caplog.text) == (0, "")
    Group.objects.create(name="anna")
    user.save()
    assert Contact.objects.count() == 1


def test_fast_deletes_of_the_site_stay_fast() -> None:
    """A receiver of post_delete of every model would load each session before deleting it."""
    assert Collector(using="default").can_fast_delete(Session.objects.all())


# --- where values come from --------------------------------------------------------------------------------


def by_function(user: User) -> str:
    return user.username.upper()


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("username", "anna"),
        ("get_full_name", "Anna pro"),
        ("username.upper", "ANNA"),
        ("profile.plan", None),
        ("last_login.year", None),
        ("", None),
        (lambda user: user.pk, 7),
        (by_function, "ANNA"),
    ],
)
def test_a_source_is_an_attribute_a_path_or_a_callable(source: Any, value: Any) -> None:
    user = User(pk=7, username="anna", first_name="Anna", last_name="pro")
    assert Customers(User).value(user, source) == value


def test_a_callable_may_be_a_function_or_a_method_of_the_rule() -> None:
    class Rule(Subscriber):
        email = lambda user: f"{user.username}@example.com"  # noqa: E731

        def name(self, user: User) -> str:  # type: ignore[override]
            return f"{type(self).__name__} {user.username}"

    rule, user = Rule(User), User(username="anna")
    assert rule.address(user) == ANNA
    assert rule.value(user, rule.name) == "Rule anna"


def test_a_rule_for_any_model_may_follow_a_relation() -> None:
    @register(LogEntry)
    class Editors(Subscriber):
        campaign = "editors"
        email = "user.email"
        custom_fields = {"groups": "user.groups.count", "since": "user.date_joined"}

    user = User.objects.create(
        username="anna", email=ANNA, date_joined=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    LogEntry.objects.create(user=user, action_flag=1, object_repr="x")
    row = Contact.objects.get()
    assert (row.email, row.user) == (ANNA, None)
    assert row.custom_fields == {"groups": ["0"], "since": ["2026-01-02 03:04:05"]}


# --- many at once --------------------------------------------------------------------------------------


def some_users() -> None:
    """Three who are not contacts yet, one who is with another name, one who wants it no more."""
    User.objects.bulk_create(
        User(username=f"new{n}", email=f"new{n}@example.com", first_name="New") for n in range(3)
    )
    known = anna()
    User.objects.filter(pk=known.pk).update(first_name="Ania")
    leaver = User.objects.create(username="bela", email="bela@example.com")
    User.objects.filter(pk=leaver.pk).update(is_active=False)


def test_many_are_brought_in_line_and_counted(rule: type[Customers]) -> None:
    some_users()
    assert subscribers.sync(User.objects.all()) == {"subscribed": 3, "updated": 1, "unsubscribed": 1}
    assert Contact.objects.exclude(state="left").count() == 4
    assert subscribers.sync(User.objects.all()) == {}


def test_a_dry_run_counts_the_same_and_changes_nothing(rule: type[Customers]) -> None:
    some_users()
    before = list(Contact.objects.order_by("pk").values())
    Change.objects.all().delete()
    expected = {"subscribed": 3, "updated": 1, "unsubscribed": 1}
    assert subscribers.sync(User.objects.all(), dry_run=True) == expected
    assert list(Contact.objects.order_by("pk").values()) == before
    assert waiting() == set()
    assert not Campaign.objects.exclude(name="customers").exists()


def test_reconcile_tells_the_numbers_of_each_rule(rule: type[Customers]) -> None:
    class Readers(Subscriber):
        campaign = "newsletter"

    some_users()
    register(User)(Readers)
    customers, readers = map(str, subscribers.registry)
    assert subscribers.reconcile() == {
        customers: {"subscribed": 3, "updated": 1, "unsubscribed": 1},
        readers: {"subscribed": 5},
    }


def test_nobody_waits_for_what_a_reconcile_finds(rule: type[Customers]) -> None:
    User.objects.create(username="waits", email=BERT)
    User.objects.bulk_create([User(username="found", email=ANNA)])
    subscribers.reconcile()
    bulk = {
        Contact.objects.get(pk=c.object_pk).email: c.bulk for c in Change.objects.filter(resource="contact")
    }
    assert bulk == {BERT: False, ANNA: True}


def test_one_bad_object_does_not_stop_the_others(rule: type[Customers]) -> None:
    User.objects.bulk_create([User(username="bad", email="no address"), User(username="good", email=ANNA)])
    assert subscribers.sync(User.objects.order_by("pk")) == {"subscribed": 1}


# --- a list that GetResponse lacks ------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_contact_of_an_unknown_list_waits_until_the_list_appears(sandbox: Sandbox) -> None:
    @register(User)
    class Students(Subscriber):
        campaign = "students"

    pulled("campaigns", "fields", "tags")
    assert [name for _rule, name in subscribers.unknown_campaigns()] == ["students"]
    anna()
    drained()
    assert sandbox.contacts() == []
    assert "no list “students”" in Contact.objects.get().last_error
    finding = next(iter(doctor_rules(the_account())))
    assert not finding.ok
    assert "“students”, which is not in GetResponse; 1 contact waits" in finding.message

    sandbox.add_campaign("students")
    pulled("campaigns")
    drained()

    assert [contact["email"] for contact in sandbox.contacts("students")] == [ANNA]
    assert subscribers.unknown_campaigns() == []
