"""The ledger of consents: what goes in, that it stays as it is, and that the last word counts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import getresponse_django
from getresponse_django import Consent, Subscriber, register
from getresponse_django.admin.contacts import memberships
from getresponse_django.models import Account, Campaign, ConsentRecord, Contact, Suppression
from getresponse_django.models.consent_records import FINAL, as_consent, hashed_address

pytestmark = pytest.mark.django_db
ANN = "Ann@Example.com"
THEN = datetime(2026, 5, 1, tzinfo=UTC)
AGREED = Consent(THEN, "Yes, send me news.", "2", "form", ip_address="203.0.113.7", gdpr_field="G1")


@pytest.fixture(autouse=True)
def account() -> Account:
    return Account.objects.for_alias("default")


def subscribe(consent: Any = None, campaign: str = "customers") -> Contact:
    return Contact.objects.subscribe(ANN, campaign=campaign, consent=consent)


def leave(contact: Contact, **columns: Any) -> None:
    Contact.plain.filter(pk=contact.pk).update(state="left", **columns)


def test_a_consent_is_written_down_with_all_it_says() -> None:
    contact = subscribe(AGREED)
    record = ConsentRecord.objects.get()
    assert (record.account, record.contact, record.campaign) == (
        contact.account,
        contact,
        Campaign.objects.get(),
    )
    assert (record.email, record.given, record.on) == ("ann@example.com", True, THEN)
    assert (record.text, record.version, record.gdpr_field) == ("Yes, send me news.", "2", "G1")
    assert (record.source, str(record)) == ("form", "ann@example.com")
    assert contact.consented_at == THEN


def test_the_package_exports_the_consent() -> None:
    assert getresponse_django.Consent is Consent


def test_a_moment_alone_is_a_consent_given_to_code() -> None:
    subscribe(THEN)
    record = ConsentRecord.objects.get()
    assert (record.source, record.on, record.text, record.ip_hash) == ("api", THEN, "", "")


def test_without_a_consent_there_is_nothing_to_write_down() -> None:
    subscribe()
    assert not ConsentRecord.objects.exists()


def test_the_same_consent_is_written_down_once_and_a_new_one_again() -> None:
    later = THEN + timedelta(days=1)
    for moment in (THEN, THEN, later, THEN, later):
        subscribe(moment)
    assert list(ConsentRecord.objects.order_by("pk").values_list("on", flat=True)) == [THEN, later]


def test_the_same_consent_again_costs_no_query_of_the_ledger() -> None:
    subscribe(THEN)
    with CaptureQueriesContext(connection) as queries:
        subscribe(THEN)
    assert not [query for query in queries if "consentrecord" in query["sql"]]


def test_a_consent_that_does_not_count_is_not_written_down() -> None:
    leave(subscribe(), left_on=THEN)
    assert subscribe(Consent(THEN, "old", "1", "form")).gone
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:DB8::1", "2001:db8:0:0::1", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("unix:", "unix:", True),
    ],
)
def test_an_ip_address_is_only_kept_as_a_keyed_hash(one: str, other: str, same: bool, settings: Any) -> None:
    assert (hashed_address(one) == hashed_address(other)) is same
    before = hashed_address(one)
    assert one not in before
    assert len(before) == 64
    settings.SECRET_KEY = "another"
    assert hashed_address(one) != before


def test_the_ledger_holds_the_hash_and_nothing_shows_the_address() -> None:
    subscribe(AGREED)
    row = ConsentRecord.objects.values().get()
    assert row["ip_hash"] == hashed_address("203.0.113.7")
    assert "203.0.113.7" not in f"{row} {AGREED!r}"


def test_a_consent_from_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="form, import, admin, api, user"):
        Consent(THEN, "text", "1", "website")


def test_a_naive_moment_is_taken_in_the_time_zone_of_the_site(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Warsaw"
    consent = as_consent(datetime(2026, 5, 1, 2))
    assert consent is not None
    assert consent.on == THEN


# --- nothing is changed -----------------------------------------------------------------------------------


def changed(record: ConsentRecord) -> None:
    record.text = "Something else"
    record.save()


REFUSED: dict[str, Callable[[ConsentRecord], Any]] = {
    "save": changed,
    "save of some fields": lambda record: record.save(update_fields=["text"]),
    "delete": lambda record: record.delete(),
    "update": lambda record: ConsentRecord.objects.update(text="x"),
    "update of a filter": lambda record: ConsentRecord.objects.filter(pk=record.pk).update(given=False),
    "update by the contact": lambda record: record.contact.consent_records.update(given=False),  # type: ignore[union-attr]
    "delete of a query": lambda record: ConsentRecord.objects.all().delete(),
    "bulk_update": lambda record: ConsentRecord.objects.bulk_update([record], ["text"]),
    "update_or_create": lambda record: ConsentRecord.objects.update_or_create(
        pk=record.pk, defaults={"text": "x"}
    ),
    "upsert": lambda record: ConsentRecord.objects.bulk_create(
        [record], update_conflicts=True, update_fields=["text"], unique_fields=["id"]
    ),
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_written_cannot_be_changed_or_deleted(way: str) -> None:
    subscribe(AGREED)
    before = ConsentRecord.objects.values().get()
    with pytest.raises(ValueError) as refused, transaction.atomic():
        REFUSED[way](ConsentRecord.objects.get())
    assert str(refused.value) == FINAL
    assert ConsentRecord.objects.values().get() == before


def test_a_new_row_does_not_take_the_place_of_another() -> None:
    subscribe(AGREED)
    record = ConsentRecord.objects.get()
    copy = ConsentRecord(pk=record.pk, account=record.account, email="eve@example.com", given=False, on=THEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
    assert ConsentRecord.objects.get().email == "ann@example.com"


def test_many_rows_can_be_added_at_once() -> None:
    account = Account.objects.get()
    rows = [ConsentRecord(account=account, email=f"{n}@Example.com", given=True, on=THEN) for n in range(3)]
    ConsentRecord.objects.bulk_create(rows)
    assert ConsentRecord.objects.filter(email__endswith="@example.com").count() == 3


def test_the_records_outlive_the_contact() -> None:
    subscribe(AGREED).delete()
    record = ConsentRecord.objects.get()
    assert (record.contact, record.email, record.text) == (None, "ann@example.com", AGREED.text)


# --- the last word counts -----------------------------------------------------------------------------------


def withdraw(contact: Contact) -> ConsentRecord:
    return ConsentRecord.objects.note_withdrawn(contact, source="form")


def test_taking_back_names_the_wording_that_was_agreed_to() -> None:
    contact = subscribe(AGREED)
    withdraw(contact)
    last = ConsentRecord.objects.of(contact).first()
    assert last is not None
    assert (last.given, last.text, last.version, last.gdpr_field) == (False, AGREED.text, "2", "G1")
    assert last.on > THEN


@pytest.mark.parametrize("state", ["leaving", "left"])
@pytest.mark.parametrize(
    ("consent", "returns"), [(None, False), (timedelta(days=-1), False), (timedelta(seconds=1), True)]
)
def test_who_took_the_consent_back_returns_with_a_newer_one_only(
    state: str, consent: timedelta | None, returns: bool
) -> None:
    contact = subscribe(AGREED)
    taken_back = withdraw(contact).on
    Contact.plain.update(state=state, contact_id="c1", left_on=None)
    again = subscribe(None if consent is None else taken_back + consent)
    assert (again.state in ("active", "new")) is returns
    assert ("consent newer" in again.last_error) is not returns


def test_a_withdrawal_counts_even_when_the_contact_was_deleted() -> None:
    contact = subscribe(AGREED)
    withdraw(contact)
    contact.delete()
    for consent in (None, THEN):
        assert subscribe(consent).gone
    assert not Contact.objects.exists(), "nobody is put back, and nothing is kept of them"
    assert subscribe(timezone.now()).state == "new"


def test_a_withdrawal_is_about_one_list() -> None:
    withdraw(subscribe(AGREED))
    assert subscribe(campaign="partners").state == "new"


def test_a_consent_after_a_withdrawal_is_the_last_word() -> None:
    contact = subscribe(AGREED)
    withdraw(contact)
    ConsentRecord.objects.note_given(contact, Consent(timezone.now(), "again", "2", "form"))
    Contact.plain.update(state="leaving", contact_id="c1")
    assert subscribe().state == "active"


@pytest.mark.parametrize(("days", "returns"), [(-1, False), (1, True)])
def test_whom_getresponse_blocks_returns_only_with_a_newer_consent(days: int, returns: bool) -> None:
    subscribe(AGREED)
    refused_on = THEN + timedelta(days=10)
    Contact.plain.update(state="rejected", sent_on=refused_on, last_error="Cannot add contact.")
    consent = Consent(refused_on + timedelta(days=days), "text", "1", "form")
    assert subscribe(consent).gone is not returns


@pytest.mark.parametrize(("mask", "returns"), [("@example.com", False), ("@other.example", True)])
def test_a_suppression_list_made_after_the_consent_wins(mask: str, returns: bool) -> None:
    contact = subscribe(AGREED)
    leave(contact, left_on=THEN)
    made = {"suppression_id": "S1", "name": "Stop", "masks": ["x@example.com", mask]}
    later = THEN + timedelta(days=10)
    Suppression.plain.bulk_create([Suppression(account=contact.account, created_on=later, **made)])
    assert subscribe(THEN + timedelta(days=5)).gone is not returns
    assert not subscribe(later + timedelta(seconds=1)).gone


# --- the rules of a site, and the admin ---------------------------------------------------------------------


@pytest.fixture
def rule(no_rules: None) -> Any:
    @register(User)
    class Customers(Subscriber):
        campaign = "customers"
        agreed: Any = THEN

        def consented_at(self, user: User) -> Any:
            return type(self).agreed

    return Customers


def test_a_rule_records_each_new_moment_once(rule: Any) -> None:
    user = User.objects.create(username="ann", email=ANN)
    for _time in range(3):
        user.save()
    assert [record.source for record in ConsentRecord.objects.all()] == ["user"]
    rule.agreed = Consent(THEN + timedelta(days=1), "the terms", "7", "user")
    for _time in range(2):
        user.save()
    records = ConsentRecord.objects.order_by("pk").values_list("on", "version")
    assert list(records) == [(THEN, ""), (THEN + timedelta(days=1), "7")]


def test_a_rule_does_not_bring_back_who_took_the_consent_back(rule: Any, caplog: Any) -> None:
    user = User.objects.create(username="ann", email=ANN)
    contact = Contact.objects.get()
    Contact.plain.update(state="active", contact_id="c1")
    withdraw(contact)
    Contact.objects.unsubscribe(ANN)
    with caplog.at_level(logging.WARNING):
        user.save()
    assert Contact.objects.get().state == "leaving"
    assert caplog.records == []


def test_the_admin_is_named_as_the_place() -> None:
    leave(subscribe(), left_on=THEN)
    assert memberships.subscribe(Contact.objects.all(), timezone.now()) == (1, 0)
    assert ConsentRecord.objects.get().source == "admin"
