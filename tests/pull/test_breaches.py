"""An object that breaks the contract fails alone: others are mirrored, and the pull goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django import client
from getresponse_django.client import Client
from getresponse_django.models import (
    Campaign,
    Contact,
    CustomField,
    Newsletter,
    Segment,
    Statistic,
    Tag,
    conditions,
)
from getresponse_django.pull import activities, contact_consents, find_drift
from getresponse_django.push import drain
from getresponse_django.resources import RESOURCES
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, nothing_written, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

PARTS = ("campaigns", "fields", "tags", "contacts")
ANNA, BELA, CARO = "anna@example.com", "bela@example.com", "caro@example.com"

Alter = Callable[..., None]
MISSING = object()


@pytest.fixture
def alter(monkeypatch: pytest.MonkeyPatch) -> Alter:
    """Lets GetResponse say something else of the objects that have this value: ``alter("email", BELA,
    name="x" * 200)``; MISSING takes a member away, and no members at all the whole object.
    """
    honest, changes = client.value_of, list[tuple[str, Any, dict[str, Any]]]()

    def altered(value: Any) -> Any:
        if isinstance(value, list):
            return [altered(item) for item in value]
        if not isinstance(value, dict):
            return value
        value = {name: altered(inner) for name, inner in value.items()}
        for member, of, said in changes:
            if value.get(member) == of:
                value = value | said if said else {}
        return {name: inner for name, inner in value.items() if inner is not MISSING}

    monkeypatch.setattr(client, "value_of", lambda *answer: altered(honest(*answer)))
    return lambda member, of, **said: changes.append((member, of, said))


@pytest.fixture
def people(sandbox: Sandbox) -> dict[str, Any]:
    """Three contacts with a name, a city and a tag."""
    return {
        email: sandbox.add_contact(
            email, "customers", email[:4], tags=["site"], custom_fields={"city": "Oslo"}
        )
        for email in (ANNA, BELA, CARO)
    }


def here() -> set[str]:
    return set(Contact.objects.values_list("email", flat=True))


def told(caplog: pytest.LogCaptureFixture, name: str) -> list[Any]:
    return [record for record in caplog.records if getattr(record, "event_name", "") == name]


# --- values of contacts -----------------------------------------------------------------------------------

CUT = [
    ({"name": "x" * 200}, {"name": "x" * 128}),
    ({"note": "x" * 999}, {"note": "x" * 255}),
    ({"origin": "a_new_origin" * 9}, {"origin": ("a_new_origin" * 9)[:64]}),
    ({"dayOfCycle": "-1"}, {"day_of_cycle": None}),
    ({"dayOfCycle": "99999999999"}, {"day_of_cycle": None}),
    ({"engagementScore": 70_000}, {"engagement_score": None}),
    ({"ipAddress": "2001:db8::" + "0" * 60}, {"ip_address": ("2001:db8::" + "0" * 60)[:45]}),
]
READ_AS_NULL = [
    ({"dayOfCycle": "soon"}, {"day_of_cycle": None}),
    ({"scoring": "high"}, {"scoring": None}),
    ({"scoring": float("inf")}, {"scoring": None}),
    ({"scoring": {"value": 1}}, {"scoring": None}),
    ({"createdOn": "0000-00-00 00:00:00"}, {"created_on": None}),
    ({"createdOn": "0001-01-01T00:00:00+0200"}, {"created_on": None}),
    ({"createdOn": 5}, {"created_on": None}),
    ({"name": None, "note": None, "origin": None}, {"name": "", "note": "", "origin": ""}),
    ({"tags": None, "customFieldValues": None}, {"custom_fields": None}),
    (
        {"customFieldValues": [{"name": "n", "value": None}, {"value": ["no name"]}, None]},
        {"custom_fields": {"n": []}},
    ),
    ({"customFieldValues": [{"name": "n", "value": "lone"}]}, {"custom_fields": {"n": ["lone"]}}),
    ({"customFieldValues": [{"name": "n", "values": [1, None]}]}, {"custom_fields": {"n": ["1", ""]}}),
    ({"tags": [None, {"name": "no id"}, {"tagId": "odd"}]}, {}),
    ({"changedOn": None}, {"changed_on": None}),
    ({"changedOn": MISSING}, {"changed_on": None}),
    ({"changedOn": "yesterday"}, {"changed_on": None}),
]


def add_breaches(sandbox: Sandbox, alter: Alter, breaches: list[Any]) -> dict[str, Any]:
    """A contact for each breach, on the page of the others: address -> what is to be kept of it."""
    expected = {}
    for number, (said, kept) in enumerate(breaches):
        email = f"p{number}@example.com"
        sandbox.add_contact(email, "customers", "Somebody", tags=["site"], custom_fields={"city": "Oslo"})
        alter("email", email, **said)
        expected[email] = kept
    return expected


@pytest.mark.parametrize("details", [True, False])
def test_a_value_that_cannot_be_kept_is_cut_or_left_empty(
    sandbox: Sandbox, people: Any, alter: Alter, details: bool
) -> None:
    expected = add_breaches(sandbox, alter, CUT + READ_AS_NULL)
    pulled(*PARTS, details=details)
    pulled(*PARTS, full=True)
    rows = {row.email: row for row in Contact.objects.all()}
    assert rows.keys() == {ANNA, BELA, CARO, *expected}
    for email, kept in expected.items():
        told = {name: kept[name] for name in kept if details or name != "custom_fields"}
        assert {name: getattr(rows[email], name) for name in told} == told


def test_what_was_cut_is_logged_and_neither_pushed_nor_pulled_again(
    sandbox: Sandbox, people: Any, alter: Alter, caplog: pytest.LogCaptureFixture
) -> None:
    add_breaches(sandbox, alter, CUT)
    pulled(*PARTS, details=True)
    records = told(caplog, "getresponse.mirror.value_cut")
    assert sorted(record.columns for record in records) == sorted(",".join(kept) for _said, kept in CUT)
    assert {record.levelno for record in records} == {logging.WARNING}
    assert "xxx" not in caplog.text and "example.com" not in caplog.text
    assert waiting() == set()
    with nothing_written():
        pulled("contacts")
    with Client.for_account("default") as own:
        assert list(find_drift(own, the_account(), details=True)) == []


def test_an_edit_beside_a_cut_value_sends_only_the_edit(sandbox: Sandbox, people: Any, alter: Alter) -> None:
    alter("email", BELA, name="x" * 200, dayOfCycle="-1")
    pulled(*PARTS, details=True)
    bela = Contact.objects.get(email=BELA)
    bela.note = "called"
    bela.save()
    drain(the_account())
    (there,) = [each for each in sandbox.contacts("customers") if each["email"] == BELA]
    assert (there["name"], there["note"]) == ("bela", "called")


def test_a_member_that_an_answer_lacks_keeps_its_value(people: Any, alter: Alter, sandbox: Sandbox) -> None:
    pulled(*PARTS, details=True)
    alter("email", BELA, name=MISSING, note=MISSING, scoring=MISSING, dayOfCycle=MISSING)
    call(sandbox, "POST", f"/contacts/{people[BELA]['contactId']}", {"note": "new"})
    pulled("contacts")
    bela = Contact.objects.get(email=BELA)
    assert (bela.name, bela.base["name"]) == ("bela", "bela")


# --- contacts that cannot be kept at all ------------------------------------------------------------------

UNUSABLE = [
    {"campaign": None},
    {"campaign": MISSING},
    {"campaign": {}},
    {"campaign": "V"},
    {"email": None},
    {"email": MISSING},
    {"email": "b" * 300 + "@example.com"},
    {"contactId": None},
    {"contactId": MISSING},
    {"contactId": "c" * 65},
    {},
]


@pytest.mark.parametrize("details", [True, False])
def test_a_contact_that_cannot_be_kept_is_left_out_alone(
    sandbox: Sandbox, people: Any, alter: Alter, caplog: pytest.LogCaptureFixture, details: bool
) -> None:
    add_breaches(sandbox, alter, [(said, {}) for said in UNUSABLE])
    runs = pulled(*PARTS, "segments", "messages", "statistics", details=details)
    assert here() == {ANNA, BELA, CARO}
    assert len(told(caplog, "getresponse.mirror.left_out")) >= len(UNUSABLE)
    runs += pulled(*PARTS, full=True)
    assert all(run.ok for run in runs)
    assert "example.com" not in caplog.text
    sandbox.add_contact("dora@example.com", "customers")
    pulled("contacts")
    assert here() == {ANNA, BELA, CARO, "dora@example.com"}
    with Client.for_account("default") as own:
        list(find_drift(own, the_account()))


def test_whom_only_the_database_refuses_is_left_out_alone(
    people: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw, such as a trigger of the site."""
    from getresponse_django.mirror import contacts

    honest = contacts.upsert

    def upsert(model: Any, rows: Any, *columns: Any) -> None:
        for row in rows:
            row.account_id = None if getattr(row, "email", "") == BELA else row.account_id
        honest(model, rows, *columns)

    monkeypatch.setattr(contacts, "upsert", upsert)
    pulled(*PARTS)
    assert here() == {ANNA, CARO}
    record = told(caplog, "getresponse.mirror.left_out")[0]
    assert (record.remote_id, record.error_type) == (people[BELA]["contactId"], "IntegrityError")
    assert BELA not in caplog.text


def test_who_is_left_out_comes_with_the_next_listing_once_mended(
    people: Any, alter: Alter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        honest = client.value_of

        def without_list(*answer: Any) -> Any:
            value = honest(*answer)
            items = value if isinstance(value, list) else [value]
            for item in items:
                if isinstance(item, dict) and item.get("email") == BELA:
                    item["campaign"] = None
            return value

        meanwhile.setattr(client, "value_of", without_list)
        pulled(*PARTS)
        assert here() == {ANNA, CARO}
    pulled("contacts", full=True)
    assert here() == {ANNA, BELA, CARO}
    assert Contact.objects.get(email=BELA).custom_fields == {"city": ["Oslo"]}


def test_who_is_left_out_does_not_make_every_pull_list_everybody(
    sandbox: Sandbox, people: Any, alter: Alter
) -> None:
    alter("email", BELA, campaign=None)
    pulled(*PARTS)
    pulled("contacts")
    seen = len(sandbox.requests)
    pulled("contacts")
    assert asked(sandbox, seen).count("GET /contacts") == 2, "what changed, and how many there are"
    sandbox.remove_contact(people[ANNA]["contactId"])
    pulled("contacts")
    assert Contact.objects.get(email=ANNA).state == "left"


def test_the_cursor_keeps_its_place_where_the_last_contact_tells_no_time(
    sandbox: Sandbox, people: Any, alter: Alter
) -> None:
    alter("email", CARO, changedOn=None)
    pulled(*PARTS)
    at = datetime.fromisoformat(the_account().cursors["contacts"])
    assert at == datetime.fromisoformat(people[BELA]["changedOn"]).astimezone(UTC)
    alter("email", ANNA, changedOn=None)
    alter("email", BELA, changedOn=None)
    pulled("contacts")
    assert datetime.fromisoformat(the_account().cursors["contacts"]) == at


# --- everything else --------------------------------------------------------------------------------------


def campaign_id(sandbox: Sandbox) -> str:
    return next(str(c["campaignId"]) for c in sandbox.campaigns() if c["name"] == "customers")


def add_newsletter(sandbox: Sandbox, name: str) -> None:
    sender = call(sandbox, "GET", "/from-fields")[0]["fromFieldId"]
    body = {
        "name": name,
        "type": "draft",
        "subject": name,
        "campaign": {"campaignId": campaign_id(sandbox)},
        "fromField": {"fromFieldId": sender},
        "content": {"plain": "Hello"},
        "sendSettings": {"selectedCampaigns": [campaign_id(sandbox)]},
    }
    call(sandbox, "POST", "/newsletters", body)


def add_segment(sandbox: Sandbox, name: str) -> None:
    everybody = Segment.where(conditions.has_tag("known"))
    call(sandbox, "POST", "/search-contacts", {"name": name, **everybody})


def add_tag(sandbox: Sandbox, name: str) -> None:
    call(sandbox, "POST", "/tags", {"name": name})


NAMED: list[tuple[str, type[Any], Callable[[Sandbox, str], Any], list[dict[str, Any]]]] = [
    ("tags", Tag, add_tag, [{"createdAt": "0000-00-00"}, {"createdAt": 7, "color": []}]),
    (
        "campaigns",
        Campaign,
        Sandbox.add_campaign,
        [
            {"optinTypes": [], "postal": [], "profile": None},
            {"optinTypes": "double", "languageCode": "POLISH", "description": "d" * 999},
        ],
    ),
    (
        "fields",
        CustomField,
        Sandbox.add_custom_field,
        [{"values": None, "format": None, "type": "a" * 99}, {"values": "lone", "hidden": None}],
    ),
    (
        "messages",
        Newsletter,
        add_newsletter,
        [
            {"subject": "s" * 500, "status": "u" * 99, "campaign": "V"},
            {"sendSettings": [], "sendMetrics": None, "flags": None},
            {"content": "text", "attachments": None, "clickTracks": {}},
            {"sendOn": "never", "fromField": None, "replyTo": []},
        ],
    ),
    ("segments", Segment, add_segment, [{"section": None, "createdOn": "x"}, {"sectionLogicOperator": []}]),
]


@pytest.mark.parametrize(("part", "model", "add", "breaches"), NAMED, ids=[row[0] for row in NAMED])
def test_an_object_that_breaks_the_contract_fails_alone(
    sandbox: Sandbox, alter: Alter, part: str, model: Any, add: Any, breaches: list[dict[str, Any]]
) -> None:
    add_tag(sandbox, "known")
    pulled("campaigns", "tags")
    names = [f"odd_{number}" for number in range(len(breaches))]
    id_key = RESOURCES[model.RESOURCE].id_key
    for name, said in zip(names, breaches, strict=True):
        add(sandbox, name)
        alter("name", name, **said)
    for name in ("too_long_id", "no_id", "nothing", "last"):
        add(sandbox, name)
    alter("name", "too_long_id", **{id_key: "i" * 99})
    alter("name", "no_id", **{id_key: None})
    alter("name", "nothing")
    for _twice in range(2):
        (run,) = pulled(part, full=True)
        assert run.ok
        assert {*names, "last"} <= set(model.objects.values_list("name", flat=True))
        assert not model.objects.filter(name__in=["too_long_id", "no_id", "nothing"]).exists()
        assert waiting() == set()


def test_a_blocklist_that_breaks_the_contract_ends_no_pull(
    sandbox: Sandbox, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = client.value_of

    def empty(method: str, path: str, *answer: Any) -> Any:
        return [] if path.endswith("/blocklists") else honest(method, path, *answer)

    monkeypatch.setattr(client, "value_of", empty)
    pulled(*PARTS)
    assert here() == {ANNA, BELA, CARO}


ACTIVITY = {"activity": "open", "createdOn": "2026-01-15T13:30:42+0000", "subject": "Spring"}
CONSENT = {"consentId": "c1", "name": "News", "isGranted": True}
ON_DEMAND: list[tuple[str, Callable[[Contact], int], list[Any], int]] = [
    ("/activities", activities, [ACTIVITY, ACTIVITY | {"activity": "x" * 99}], 2),
    ("/activities", activities, [None, {}, ACTIVITY | {"createdOn": "never"}, ACTIVITY], 1),
    ("/activities", activities, [ACTIVITY | {"resource": [], "clickTrack": "none"}], 1),
    ("/consents", contact_consents, [CONSENT | {"name": "x" * 999, "history": None}], 1),
    ("/consents", contact_consents, [None, {"name": "no id"}, CONSENT], 1),
]


@pytest.mark.parametrize(("path", "read", "said", "kept"), ON_DEMAND)
def test_what_is_read_of_one_contact_fails_alone(
    people: Any, monkeypatch: pytest.MonkeyPatch, path: str, read: Any, said: Any, kept: int
) -> None:
    pulled(*PARTS)
    honest = client.value_of

    def odd(method: str, asked_path: str, *answer: Any) -> Any:
        return said if asked_path.endswith(path) else honest(method, asked_path, *answer)

    monkeypatch.setattr(client, "value_of", odd)
    anna = Contact.objects.get(email=ANNA)
    assert read(anna) == kept
    assert anna.activities.count() + anna.consents.count() == kept


@pytest.mark.parametrize(
    "said",
    [
        {"totalSubscribers": "many"},
        {"totalSubscribers": 10**30},
        {"a_new_counter" * 9: 7},
        {"addedSubscribers": None},
        {"addedSubscribers": []},
    ],
)
def test_a_number_that_breaks_the_contract_fails_alone(
    sandbox: Sandbox, people: Any, alter: Alter, said: dict[str, Any]
) -> None:
    pulled("campaigns")
    days = call(
        sandbox,
        "GET",
        f"/campaigns/statistics/list-size?query[campaignId]={campaign_id(sandbox)}&query[groupBy]=day",
    )
    alter("createdOn", days[-1]["createdOn"], **said)
    pulled("statistics")
    assert Statistic.objects.filter(metric="subscriptions.api").exists()
    assert Statistic.objects.filter(metric="summary.total_subscribers").exists()
