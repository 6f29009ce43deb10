"""What a person may ask for: to see everything that is held, to be erased, and to stay erased."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.exceptions import ValidationError
from django.utils import timezone

from getresponse_django import Subscriber, register, rights, subscribers, tasks
from getresponse_django.errors import ConfigurationError
from getresponse_django.models import (
    Blocklist,
    Campaign,
    Change,
    Conflict,
    Consent,
    ConsentRecord,
    Contact,
    ContactActivity,
    ContactConsent,
    ErasedAddress,
    Segment,
    SegmentMember,
    WebhookEvent,
)
from getresponse_django.models.personal_data import holdings, names
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account, waiting

pytestmark = pytest.mark.django_db(transaction=True)

ANNA, JOANNA = "anna@example.com", "joanna@example.com"

WITHOUT_PERSONS = {
    "abtest": "a message",
    "account": "what processes share",
    "authorization": "tokens",
    "autoresponder": "a message",
    "campaign": "a list; its profile is the site's own",
    "customfield": "a definition",
    "erasedaddress": "only keyed hashes",
    "fromfield": "the site's own addresses",
    "gdprfield": "a text",
    "newsletter": "a message",
    "pullrun": "numbers",
    "rssnewsletter": "a message",
    "splittest": "a message",
    "statistic": "numbers",
    "statisticwindow": "dates",
    "tag": "a word",
}
"""Models that hold nobody's data, and what they hold instead."""


@pytest.fixture(autouse=True)
def without_rules(no_rules: None) -> None:
    """In every test here."""


def drained() -> None:
    """Push until nothing waits for its id."""
    for _ in range(4):
        drain(the_account())
        Change.objects.update(not_before=timezone.now())


def whole_database() -> str:
    """Every row of every table, of whichever app."""
    models = [model for model in apps.get_models(include_auto_created=True) if model is not User]
    return "\n".join(serializers.serialize("json", model._base_manager.all()) for model in models)


@pytest.fixture
def anna(sandbox: Sandbox) -> list[str]:
    """The remote ids of a person on two lists, of whom there is something of every kind; beside her another
    one whose address ends with hers.
    """
    ids = [sandbox.add_contact(ANNA, name, "Anna")["contactId"] for name in ("customers", "partners")]
    other = sandbox.add_contact(JOANNA, "customers", "Joanna")["contactId"]
    pulled("campaigns", "fields", "tags", "contacts", details=True)
    Segment.plain.bulk_create([Segment(account=the_account(), name="all", search_contact_id="s")])
    for row in Contact.objects.all():
        hang_on(row)
    for contact_id, email in ((ids[0], ANNA), ("gone", ANNA), (other, JOANNA)):
        body = {"contact": {"contactId": contact_id, "email": email}}
        WebhookEvent.objects.create(account=the_account(), source="webhook", contact_id=contact_id, body=body)
    return ids


def hang_on(row: Contact) -> None:
    """One of everything that belongs to a contact."""
    now = timezone.now()
    ContactActivity.objects.create(contact=row, activity="open", created_on=now, subject=f"To {row.email}")
    ContactConsent.objects.create(contact=row, consent_id="g", is_granted=True, read_at=now)
    ConsentRecord.objects.note_given(row, Consent(now, "the terms", "7", "form", ip_address="192.0.2.1"))
    segment = Segment.plain.get()
    SegmentMember.objects.create(segment=segment, contact=row, found_on=now)
    Conflict.objects.create(
        account=row.account, resource="contact", object_pk=row.pk, field="email", here=row.email, won="local"
    )
    kind, user = ContentType.objects.get_for_model(Contact), User.objects.get_or_create(username="staff")[0]
    LogEntry.objects.create(
        user=user, content_type=kind, object_id=str(row.pk), object_repr=row.email, action_flag=2
    )


# --- erase --------------------------------------------------------------------------------------------


def test_a_person_is_gone_from_every_list_and_every_table(sandbox: Sandbox, anna: list[str]) -> None:
    Contact.objects.filter(campaign__name="customers", email=ANNA).update(name="Ania")
    done = rights.erase("Anna@Example.com")
    assert done.erased == {
        "contacts": 2,
        "consent_records": 2,
        "webhook_events": 2,
        "conflicts": 2,
        "admin_log": 2,
    }
    assert {name: count for name, count in done.kept.items() if count} == {"changes": 2}
    assert not Contact.objects.filter(email=ANNA).exists()
    drained()
    assert [contact["email"] for contact in sandbox.contacts()] == [JOANNA]
    assert waiting() == set()
    assert not names(whole_database(), ANNA)
    assert rights.sweep(ANNA) == {}
    assert ErasedAddress.objects.count() == 1


def test_nobody_else_is_touched(sandbox: Sandbox, anna: list[str]) -> None:
    rights.erase(ANNA)
    row = Contact.objects.get()
    assert (row.email, row.activities.count(), row.consents.count()) == (JOANNA, 1, 1)
    assert WebhookEvent.objects.filter(body__isnull=False).get().body["contact"]["email"] == JOANNA
    assert LogEntry.objects.get(object_id=str(row.pk)).object_repr == JOANNA
    assert Conflict.objects.get().here == JOANNA
    assert ConsentRecord.objects.get(email=JOANNA).ip_hash


def test_that_somebody_agreed_stays_as_a_proof_without_saying_who(sandbox: Sandbox, anna: list[str]) -> None:
    rights.erase(ANNA)
    records = ConsentRecord.objects.exclude(email=JOANNA).values_list("text", "contact", "ip_hash", "email")
    assert len(set(records)) == 1
    text, contact, ip_hash, pseudonym = records[0]
    assert (text, contact, ip_hash) == ("the terms", None, "")
    assert len(pseudonym) == 64


def test_one_whose_id_was_not_learnt_yet_is_found_and_removed(sandbox: Sandbox) -> None:
    pulled("campaigns")
    Contact.objects.subscribe(ANNA, campaign="customers")
    drain(the_account())
    assert Contact.objects.get().contact_id is None
    rights.erase(ANNA)
    drained()
    assert sandbox.contacts() == []
    assert not names(whole_database(), ANNA)


def test_one_who_got_another_address_here_is_the_same_person(sandbox: Sandbox, anna: list[str]) -> None:
    row = Contact.objects.filter(email=ANNA)[0]
    row.email = "new@example.com"
    row.save()
    assert rights.erase(ANNA).erased["contacts"] == 2
    drained()
    assert [contact["email"] for contact in sandbox.contacts()] == [JOANNA]


@pytest.mark.parametrize("deleted_first", [False, True])
def test_what_was_said_under_an_earlier_address_is_forgotten_too(
    sandbox: Sandbox, anna: list[str], deleted_first: bool
) -> None:
    for row in Contact.objects.filter(email=ANNA):
        row.email = "new@example.com"
        row.save()
    drained()
    body = {"contact": {"contactId": anna[0], "email": "new@example.com"}}
    WebhookEvent.objects.create(account=the_account(), source="webhook", contact_id=anna[0], body=body)
    WebhookEvent.objects.filter(contact_id="gone").delete()
    assert names(whole_database(), ANNA)
    if deleted_first:
        LogEntry.objects.all().delete()  # of a deleted contact only its last address is known
        Contact.objects.filter(email="new@example.com").delete()
    rights.erase("new@example.com")
    drained()
    assert not names(whole_database(), ANNA)
    assert not names(whole_database(), "new@example.com")
    assert ConsentRecord.objects.count() == 3, "as a proof"
    assert ConsentRecord.objects.filter(email=JOANNA).count() == 1


def test_an_event_that_was_not_processed_yet_is_done_and_still_known(sandbox: Sandbox) -> None:
    event = WebhookEvent.objects.create(
        account=the_account(), source="webhook", webhook_id="w1", contact_id="c", body={"email": ANNA}
    )
    rights.erase(ANNA)
    event.refresh_from_db()
    assert (event.body, event.contact_id, event.outcome) == (None, "", "noted")
    assert event.processed_at is not None
    assert event.webhook_id == "w1"


def test_a_blocklist_is_kept_and_counted(sandbox: Sandbox) -> None:
    Blocklist.objects.create(account=the_account(), masks=[ANNA, JOANNA])
    assert rights.erase(ANNA).kept["blocklists"] == 1
    assert Blocklist.objects.get().masks == [ANNA, JOANNA]


def test_what_would_not_be_removed_there_is_not_erased_here(anna: list[str], settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    with pytest.raises(ConfigurationError, match="ENABLED"):
        rights.erase(ANNA)
    assert Contact.objects.filter(email=ANNA).count() == 2
    assert not ErasedAddress.objects.exists()


def test_the_hash_is_keyed_and_outlives_a_new_secret(settings: Any) -> None:
    ErasedAddress.objects.remember(ANNA)
    digest = ErasedAddress.objects.get().digest
    assert digest != hashlib.sha256(ANNA.encode()).hexdigest()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert set(ErasedAddress.objects.since([JOANNA, "ANNA@example.com"])) == {ANNA}
    settings.SECRET_KEY_FALLBACKS = []
    assert ErasedAddress.objects.since([ANNA]) == {}


# --- nothing brings them back -------------------------------------------------------------------------


@pytest.mark.parametrize("details", [True, False])
def test_a_pull_that_lists_them_again_skips_them_and_asks_for_removal(
    sandbox: Sandbox, details: bool
) -> None:
    pulled("campaigns", "fields", "tags", "contacts")
    rights.erase(ANNA)
    sandbox.add_contact(ANNA, "customers")
    sandbox.add_contact(JOANNA, "customers")
    for _ in range(2):
        pulled("contacts", full=True, details=details)
    assert [row.email for row in Contact.objects.all()] == [JOANNA]
    assert Change.objects.count() == 1, "asked once"
    drained()
    assert [contact["email"] for contact in sandbox.contacts()] == [JOANNA]
    assert waiting() == set()
    assert not names(whole_database(), ANNA)


def test_code_of_the_site_puts_them_back_with_a_newer_consent_only(sandbox: Sandbox) -> None:
    rights.erase(ANNA)
    for consent in (None, timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)):
        contact = Contact.objects.subscribe(ANNA, campaign="customers", consent=consent)
        assert (contact.pk, contact.gone) == (None, True)
        assert "erased" in contact.last_error
    assert not Contact.objects.exists()
    contact = Contact.objects.subscribe(ANNA, campaign="customers", consent=timezone.now())
    assert (contact.pk is not None, contact.state, contact.last_error) == (True, "new", "")
    assert not ErasedAddress.objects.exists()


def test_who_comes_back_before_the_removal_was_pushed_is_there_in_the_end(
    sandbox: Sandbox, anna: list[str]
) -> None:
    rights.erase(ANNA)
    Contact.objects.subscribe(ANNA, campaign="customers", consent=timezone.now())
    drained()
    there = [contact for contact in sandbox.contacts() if contact["email"] == ANNA]
    assert [contact["campaign"]["name"] for contact in there] == ["customers"]
    assert there[0]["contactId"] not in anna
    assert Contact.objects.get(email=ANNA).state == "active"


def test_a_rule_of_the_site_does_not_bring_them_back(sandbox: Sandbox) -> None:
    @register(User)
    class Customers(Subscriber):
        campaign = "customers"

    user = User.objects.create(username="anna", email=ANNA)
    rights.erase(ANNA)
    user.save()
    assert subscribers.reconcile() == {str(subscribers.registry[0]): {}}
    other = User.objects.create(username="bert", email="bert@example.com")
    other.email = ANNA
    other.save()
    assert not Contact.objects.exclude(state="left").exists()
    assert not Contact.objects.filter(email=ANNA).exists()


def test_what_getresponse_knows_of_their_leaving_does_not_bring_them_back(sandbox: Sandbox) -> None:
    @register(User)
    class Customers(Subscriber):
        campaign = "customers"

    tasks.pull_audience()
    User.objects.create(username="anna", email=ANNA, first_name="Anna")
    drained()
    rights.erase(ANNA)
    drained()
    assert [each["status"] for each in sandbox.memberships(ANNA)] == ["api"]
    tasks.reconcile()
    assert not Contact.objects.exists()
    assert not names(whole_database(), ANNA)


def test_a_row_written_past_everything_is_not_sent(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    pulled("campaigns")
    rights.erase(ANNA)
    campaign = Campaign.objects.get(name="customers")
    Contact.objects.bulk_create(
        Contact(account=the_account(), campaign=campaign, email=email) for email in (ANNA, JOANNA)
    )
    drained()
    assert [contact["email"] for contact in sandbox.contacts()] == [JOANNA]
    assert [row.email for row in Contact.objects.all()] == [JOANNA]
    assert waiting() == set()
    assert "getresponse.push.erased_not_sent account=default contacts=1" in caplog.text
    assert ANNA not in caplog.text.replace(JOANNA, "")


def test_the_form_of_the_admin_says_so(sandbox: Sandbox) -> None:
    rights.erase(ANNA)
    row = Contact(account=the_account(), campaign=Campaign.objects.named(the_account(), "x-list"), email=ANNA)
    with pytest.raises(ValidationError) as raised:
        row.clean_fields()
    assert "erased" in raised.value.message_dict["email"][0]
    row.consented_at = timezone.now()
    row.clean_fields()


def test_who_comes_back_in_a_page_that_was_read_before_is_erased_in_the_night(
    sandbox: Sandbox, anna: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as racing:
        racing.setattr(
            "getresponse_django.mirror.contacts.without_erased", lambda _account, items: list(items)
        )
        rights.erase(ANNA)
        Change.objects.all().delete()
        pulled("contacts", full=True)
    assert Contact.objects.filter(email=ANNA).count() == 2
    tasks.prune()
    assert [row.email for row in Contact.objects.all()] == [JOANNA]
    drained()
    assert [contact["email"] for contact in sandbox.contacts()] == [JOANNA]
    assert rights.erase_again() == 0


# --- export -------------------------------------------------------------------------------------------


def test_an_export_has_something_of_every_kind(sandbox: Sandbox, anna: list[str]) -> None:
    Contact.objects.filter(email=ANNA).update(name="Ania")
    Blocklist.objects.filter(campaign=None).update(masks=[ANNA])
    found = rights.export("ANNA@example.com")
    assert [row["contact_id"] for row in found["contacts"]] == anna
    first = found["contacts"][0]
    assert (first["campaign"], first["name"], first["tags"]) == ("customers", "Ania", [])
    kinds = ("contactactivity", "contactconsent", "segmentmember", "wish")
    assert [len(first[kind]) for kind in kinds] == [1, 1, 1, 0]
    assert {holding.name: len(found[holding.name]) for holding in holdings} == {
        "blocklists": 1,
        "consent_records": 2,
        "suppressions": 0,
        "segments": 0,
        "changes": 2,
        "conflicts": 2,
        "webhook_events": 2,
        "admin_log": 2,
    }
    assert not names(str(found), JOANNA)
    assert found["erased_at"] is None


def test_an_export_of_nobody_is_empty_and_one_of_an_erased_person_says_since_when(sandbox: Sandbox) -> None:
    rights.erase(ANNA)
    found = rights.export(ANNA)
    assert found["contacts"] == found["webhook_events"] == []
    assert found["erased_at"] is not None


def test_a_sweep_finds_what_no_holding_knows_of(sandbox: Sandbox) -> None:
    account = the_account()
    account.write(circuit_reason=f"refused for {ANNA}")
    assert list(rights.sweep(ANNA)) == ["account"]
    assert rights.sweep("na@example.com") == {}


def test_every_model_says_whether_it_holds_data_of_persons() -> None:
    """A new model joins ``personal_data.holds``, hangs on a contact, or is named above with a reason."""
    person = rights.person_of(ANNA)
    joined = {holding.rows(person).model for holding in holdings} | {Contact}
    joined |= {relation.related_model for relation in rights.pointing_at_contacts()}
    models = set(apps.get_app_config("getresponse_django").get_models())
    assert {model._meta.model_name for model in models - joined} == set(WITHOUT_PERSONS)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (ANNA, True),
        ("To Anna@Example.com.", True),
        (f"<{ANNA}>", True),
        ({"a": [{"email": ANNA}]}, True),
        (JOANNA, False),
        ("j.anna@example.com", False),
        ("x+anna@example.com", False),
        ("anna@example.com.pl", False),
        ("anna@example.community", False),
        ("annaXexample.com", False),
        (None, False),
        (7, False),
    ],
)
def test_an_address_is_not_a_part_of_another_one(value: Any, answer: bool) -> None:
    assert names(value, ANNA) is answer
