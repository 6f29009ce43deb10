"""Subscribing and unsubscribing by code: idempotent, and consent decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    ConsentRecord,
    Contact,
    CustomField,
    Tag,
)
from getresponse_django.models.field_values import as_values, value_list

from .test_outbox import in_threads

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


def subscribe(email: str = "ann@example.com", **said: Any) -> Contact:
    return Contact.objects.subscribe(email, **({"campaign": "customers"} | said))


def state(**values: Any) -> Contact:
    """The only contact, in this state."""
    Contact.plain.update(**values)
    return Contact.objects.get()


def test_a_new_address_is_a_new_contact_with_all_that_was_said(account: Account) -> None:
    contact = subscribe(name="Ann", custom_fields={"plan": "pro"}, tags=["vip", "site"], consent=NOW)
    fresh = Contact.objects.get()
    assert fresh == contact
    assert (fresh.state, fresh.name, fresh.custom_fields, fresh.consented_at) == (
        "new",
        "Ann",
        {"plan": ["pro"]},
        NOW,
    )
    assert set(fresh.tags.values_list("name", flat=True)) == {"vip", "site"}
    assert str(fresh) == "ann@example.com"


def test_subscribing_again_changes_nothing_and_records_nothing(account: Account) -> None:
    said: dict[str, Any] = {
        "name": "Ann",
        "custom_fields": {"plan": {"b", "a"}},
        "tags": ["vip"],
        "consent": NOW,
    }
    subscribe(**said)
    Change.objects.all().delete()
    assert subscribe("ANN@Example.com", **said) == Contact.objects.get()
    assert Tag.objects.count() == 1
    assert not Change.objects.exists()


def test_what_is_not_said_stays(account: Account) -> None:
    subscribe(name="Ann", custom_fields={"plan": "pro"}, tags=["vip"], consent=NOW)
    contact = subscribe(custom_fields={"city": "Rome"}, tags=["site"])
    assert (contact.name, contact.consented_at) == ("Ann", NOW)
    assert contact.custom_fields == {"plan": ["pro"], "city": ["Rome"]}
    assert contact.tags.count() == 2


def test_a_campaign_may_be_an_instance(account: Account) -> None:
    campaign = Campaign.objects.create(account=account, name="other")
    assert subscribe(campaign=campaign).campaign == campaign


@pytest.mark.parametrize("email", ["", "no address", "a@b@c", "a@"])
def test_a_bad_address_is_refused_and_leaves_nothing(account: Account, email: str) -> None:
    with pytest.raises(ValidationError):
        subscribe(email)
    assert not Contact.objects.exists()


def test_unsubscribing_takes_off_one_list_or_all(account: Account) -> None:
    for campaign in ("customers", "partners"):
        subscribe(campaign=campaign)
    Contact.plain.update(state="active")
    (contact,) = Contact.objects.unsubscribe("ANN@example.com", campaign="partners")
    assert (contact.campaign.name, contact.state) == ("partners", "leaving")
    assert len(Contact.objects.unsubscribe("ann@example.com")) == 2
    assert set(Contact.objects.values_list("state", flat=True)) == {"leaving"}
    Change.objects.all().delete()
    Contact.objects.unsubscribe("ann@example.com")
    assert not Change.objects.exists()
    assert Contact.objects.unsubscribe("stranger@example.com") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("new", "left"),
        ("sent", "leaving"),
        ("accepted", "leaving"),
        ("unconfirmed", "leaving"),
        ("active", "leaving"),
        ("leaving", "leaving"),
        ("left", "left"),
        ("rejected", "rejected"),
    ],
)
def test_leaving_from_every_state(account: Account, before: str, after: str) -> None:
    subscribe()
    contact = state(state=before)
    contact.leave()
    contact.leave()
    assert Contact.objects.get().state == after
    assert (Contact.objects.get().left_on is not None) == (before == "new")


def test_leaving_saves_the_other_edits_too(account: Account, django_user_model: Any) -> None:
    contact = subscribe(user=django_user_model.objects.create(username="ann"))
    contact.user = None
    contact.leave()
    assert Contact.objects.get().user is None


@pytest.mark.parametrize(
    ("gone", "consent", "state_after"),
    [
        ({"state": "left", "left_on": NOW}, None, "left"),
        ({"state": "left", "left_on": NOW}, NOW - timedelta(days=1), "left"),
        ({"state": "left", "left_on": NOW}, NOW, "left"),
        ({"state": "left", "left_on": NOW}, NOW + timedelta(days=1), "new"),
        ({"state": "rejected", "sent_on": NOW}, NOW - timedelta(days=1), "rejected"),
        ({"state": "rejected", "sent_on": NOW}, NOW + timedelta(days=1), "new"),
        ({"state": "left"}, NOW, "new"),
        ({"state": "left"}, None, "left"),
    ],
)
def test_only_a_newer_consent_brings_someone_back(
    account: Account, gone: dict[str, Any], consent: datetime | None, state_after: str
) -> None:
    subscribe(name="Old")
    state(contact_id="a", base={"name": "Old"}, **gone)
    Change.objects.all().delete()
    contact = subscribe(name="New", consent=consent)
    assert contact.pk == Contact.objects.get().pk
    assert (contact.state, Contact.objects.get().state) == (state_after, state_after)
    if state_after == "new":
        assert (contact.contact_id, contact.base, contact.left_on, contact.name) == (None, {}, None, "New")
        assert Change.objects.exists()
    else:
        assert (contact.name, bool(contact.last_error)) == ("Old", True)
        assert not Change.objects.exists()


def test_the_reason_of_a_rejection_is_not_covered_up(account: Account) -> None:
    subscribe()
    state(state="rejected", last_error="Cannot add contact that is blacklisted")
    assert subscribe().last_error == "Cannot add contact that is blacklisted"


def test_of_several_that_left_the_last_leaving_counts(account: Account) -> None:
    subscribe()
    first = state(state="left", contact_id="a", left_on=NOW - timedelta(days=900))
    rows = [
        Contact(
            account=account,
            campaign=first.campaign,
            email=first.email,
            contact_id="b",
            state="left",
            left_on=NOW,
        )
    ]
    Contact.plain.bulk_create(rows)
    assert subscribe(consent=NOW - timedelta(days=1)).gone
    assert subscribe(consent=NOW + timedelta(days=1)).pk == rows[0].pk


def test_a_consent_that_lies_in_the_future_outlasts_no_leaving(account: Account) -> None:
    later = timezone.now() + timedelta(hours=2)
    contact = subscribe(consent=later)
    ConsentRecord.objects.note_withdrawn(contact, source="form")
    assert ConsentRecord.objects.withdrawn_on(contact)
    contact.leave()
    assert subscribe(consent=later).gone
    contact.delete()
    assert subscribe(consent=later).gone
    assert not subscribe(consent=timezone.now()).gone


@pytest.mark.parametrize(("contact_id", "after"), [("a", "active"), (None, "sent")])
def test_who_changes_their_mind_stays(account: Account, contact_id: str | None, after: str) -> None:
    subscribe()
    state(state="leaving", contact_id=contact_id)
    assert subscribe().state == after


@pytest.mark.django_db(transaction=True)
def test_two_signups_at_the_same_moment_are_one_contact() -> None:
    Campaign.objects.named(Account.objects.for_alias("default"), "customers")
    results = in_threads(4, lambda number: subscribe(name="Ann", tags=["vip"]).pk)
    assert len(set(results)) == 1, results
    assert Contact.objects.get().tags.count() == 1


def test_a_lost_race_is_no_error(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = type(Contact.objects.all())
    honest = mine._membership
    taken: list[Contact] = []

    def race(self: Any, owner: Account, email: str, campaign: Campaign) -> Contact:
        """The first time, the other signup looked as well and finds nothing; both would insert."""
        if taken:
            return honest(self, owner, email, campaign)
        taken.append(Contact(account=owner, campaign=campaign, email=email))
        twin = Contact(account=owner, campaign=campaign, email=email)
        monkeypatch.setattr(twin, "save", raise_conflict)
        return twin

    monkeypatch.setattr(mine, "_membership", race)
    assert subscribe(name="Ann") == Contact.objects.get()


def raise_conflict() -> None:
    raise IntegrityError("the other one was first")


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, []),
        ("", []),
        ("pro", ["pro"]),
        (0, ["0"]),
        (4.5, ["4.5"]),
        (True, ["true"]),
        (False, ["false"]),
        (date(2026, 5, 1), ["2026-05-01"]),
        (datetime(2026, 5, 1, 13, 30), ["2026-05-01 13:30:00"]),
        (["b", None, "", "a", 1], ["b", "a", "1"]),
        (("x", ["y"]), ["x", "y"]),
        ({"b", "a"}, ["a", "b"]),
        ((text for text in ("x", "y")), ["x", "y"]),
        ({"x": 1, "y": 2}.keys(), ["x", "y"]),
        ({"x": 1, "y": 2}.values(), ["1", "2"]),
        (Campaign.plain.none(), []),
        (File(BytesIO(b"never read"), name="photo.png"), ["photo.png"]),
    ],
)
def test_values_are_lists_of_strings(value: Any, texts: list[str]) -> None:
    assert value_list(value) == texts


@given(
    st.dictionaries(
        st.sampled_from("xyz"),
        st.none() | st.text(max_size=3) | st.lists(st.integers() | st.lists(st.text(max_size=2))),
    )
)
def test_values_of_values_are_themselves(values: dict[str, Any]) -> None:
    once = as_values(values)
    assert as_values(once) == once


@pytest.mark.parametrize(
    ("state_", "tombstone"),
    [
        ("new", False),
        ("left", False),
        ("rejected", False),
        ("sent", True),
        ("accepted", True),
        ("unconfirmed", True),
        ("active", True),
        ("leaving", True),
    ],
)
def test_only_what_may_be_there_leaves_a_tombstone(account: Account, state_: str, tombstone: bool) -> None:
    subscribe()
    contact = state(state=state_, sent_on=timezone.now())
    assert (contact.tombstone() is not None) is tombstone


# --- what GetResponse would refuse ----------------------------------------------------------------


@pytest.fixture
def plan(account: Account) -> CustomField:
    field = CustomField(account=account, name="plan", format="radio", values=["free", "pro"])
    field.save()
    return field


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": '"ann lee"@example.com'}, "email"),
        ({"name": "x" * 129}, "name"),
        ({"custom_fields": {"plan": "gold"}}, "custom_fields"),
        ({"custom_fields": {"plan": ["free", "pro"]}}, "custom_fields"),
        ({"custom_fields": {"unknown": "x" * 2049}}, "custom_fields"),
        ({"tags": ["vip", "two words"]}, "tags"),
    ],
)
def test_a_signup_that_would_be_refused_raises_and_leaves_no_trace(
    plan: CustomField, said: dict[str, Any], field: str
) -> None:
    Change.objects.all().delete()
    with pytest.raises(ValidationError) as refused:
        subscribe(**said)
    assert list(refused.value.message_dict) == [field]
    assert not (Contact.objects.exists() or Tag.objects.exists() or Change.objects.exists())


def test_custom_fields_that_are_not_known_yet_are_not_refused(plan: CustomField) -> None:
    contact = subscribe(custom_fields={"plan": "pro", "not_there_yet": [1, 2]})
    assert contact.custom_fields == {"plan": ["pro"], "not_there_yet": ["1", "2"]}


def test_values_that_getresponse_has_itself_are_not_refused(plan: CustomField) -> None:
    contact = subscribe()
    Contact.plain.filter(pk=contact.pk).update(base={"customFieldValues": {"plan": ["old plan"]}})
    assert subscribe(custom_fields={"plan": "old plan"}).custom_fields == {"plan": ["old plan"]}


def test_who_cannot_mend_a_value_enrolls_with_it(plan: CustomField) -> None:
    contact = Contact.objects.enroll("ann@example.com", campaign="customers", custom_fields={"plan": "gold"})
    assert contact.custom_fields == {"plan": ["gold"]}
    with pytest.raises(ValidationError):
        Contact.objects.enroll("nobody", campaign="customers")


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ({}, set()),
        ({"email": "a@localhost"}, {"email"}),
        ({"name": "x" * 129}, {"name"}),
        ({"note": "x" * 256}, {"note"}),
        ({"scoring": float("inf")}, {"scoring"}),
        ({"day_of_cycle": 10_000}, {"day_of_cycle"}),
        ({"ip_address": "10.0.0"}, {"ip_address"}),
        ({"custom_fields": ["plan"]}, {"custom_fields"}),
        ({"custom_fields": {"plan": "pro"}}, {"custom_fields"}),
        ({"custom_fields": {"plan": ["gold"]}}, {"custom_fields"}),
        ({"custom_fields": {"plan": ["gold"]}, "base": {"customFieldValues": {"plan": ["gold"]}}}, set()),
    ],
)
def test_what_would_be_refused_is_said_of_its_field(
    account: Account, plan: CustomField, columns: dict[str, Any], fields: set[str]
) -> None:
    campaign = Campaign.objects.named(account, "customers")
    given = {"email": "ann@example.com", "name": "Ann", "note": "n", "scoring": 1.5, "day_of_cycle": 9999}
    contact = Contact(account=account, campaign=campaign, **(given | columns))
    assert problems(contact) == fields


def problems(contact: Contact) -> set[str]:
    """The fields that full_clean complains about."""
    try:
        contact.full_clean()
    except ValidationError as error:
        return set(error.message_dict)
    return set()


def test_the_ip_address_is_given_with_the_creation_or_never(account: Account) -> None:
    contact = subscribe()
    contact.ip_address = "10.0.0.1"
    assert problems(contact) == set()
    contact.save()
    contact.contact_id = "c"
    assert problems(contact) == set()
    contact.ip_address = "10.0.0.2"
    assert problems(contact) == {"ip_address"}


def test_a_contact_is_of_the_account_of_its_list(account: Account) -> None:
    theirs = Campaign.objects.named(Account.objects.for_alias("other"), "customers")
    assert problems(Contact(account=account, campaign=theirs, email="ann@example.com")) == {"campaign"}


def test_a_signup_is_not_refused_for_what_the_contact_had_before(plan: CustomField) -> None:
    contact = subscribe()
    old = {"plan": ["no longer sold"]}
    Contact.plain.filter(pk=contact.pk).update(state="left", left_on=NOW, custom_fields=old)
    assert subscribe(consent=NOW + timedelta(days=1)).custom_fields == old
