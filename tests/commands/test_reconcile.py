"""getresponse_reconcile as people see it: the counts, the CSV, what a dry run leaves, what is applied."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from getresponse_django import Subscriber, register, rights, subscribers
from getresponse_django.management.drift_report import CsvReport, harmless, lines
from getresponse_django.models import Account, Campaign, Change, Contact
from getresponse_django.pull.drift import Drift, Kind
from getresponse_django.sandbox import Sandbox
from tests.pull.test_comparing import whole_database
from tests.pulling import pulled, the_account, waiting

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def run(*arguments: str) -> tuple[str, str]:
    """What the command prints: (standard output, standard error)."""
    out, errors = StringIO(), StringIO()
    call_command("getresponse_reconcile", *arguments, stdout=out, stderr=errors, no_color=True)
    return out.getvalue(), errors.getvalue()


@pytest.fixture(autouse=True)
def members(no_rules: None) -> None:
    """Every user is on the list of customers."""

    @register(User)
    class Members(Subscriber):
        campaign = "customers"


@pytest.fixture
def differing(sandbox: Sandbox) -> Sandbox:
    """A mirror that differs from GetResponse in every way, and a user who is not subscribed."""
    gone = sandbox.add_contact("gone@example.com", "customers")["contactId"]
    sandbox.add_contact("bela@example.com", "customers", name="Bela")
    pulled("campaigns", "fields", "tags", "contacts")
    sandbox.remove_contact(gone)
    sandbox.add_contact("cara@example.com", "partners", name="=1+1")
    Contact.plain.filter(email="bela@example.com").update(name="Bella", note="x")
    User.objects.bulk_create([User(username="anna", email=ANNA)])
    return sandbox


def test_a_dry_run_says_all_and_writes_nothing(differing: Sandbox) -> None:
    before = whole_database_but_limits()
    printed, errors = run("--dry-run")
    assert printed.splitlines() == [
        "default: customers: 1 state conflict, 2 differing fields (name 1, note 1)",
        "default: partners: 1 missing here",
        f"{subscribers.registry[0]}: 1 would be subscribed, 0 would be updated, 0 would be unsubscribed",
    ]
    assert errors == ""
    assert whole_database_but_limits() == before


def test_a_dry_run_asks_for_no_removal_of_whom_a_pull_would_skip(sandbox: Sandbox) -> None:
    sandbox.add_contact("gone@example.com", "customers")
    pulled("campaigns")
    rights.erase("gone@example.com")
    run("--dry-run")
    assert waiting() == set()
    run()
    assert len(waiting()) == 1


def whole_database_but_limits() -> list[str]:
    """Everything but the calls that were made: those count for all processes, and are kept on the account."""
    kept = the_account().limits
    Account.objects.update(limits={})
    found = whole_database()
    Account.objects.update(limits=kept)
    return found


def test_without_it_the_same_is_told_and_then_mended(differing: Sandbox) -> None:
    printed, _errors = run()
    assert printed.splitlines()[0] == (
        "default: customers: 1 state conflict, 2 differing fields (name 1, note 1)"
    )
    assert ": 1 subscribed, 0 updated, 0 unsubscribed" in printed
    assert dict(Contact.objects.values_list("email", "state")) == {
        ANNA: "new",
        "bela@example.com": "active",
        "cara@example.com": "active",
        "gone@example.com": "left",
    }
    assert waiting() == {("contact", Contact.objects.get(email=ANNA).pk)}


def test_who_left_before_anybody_here_knew_them_is_left_alone(sandbox: Sandbox) -> None:
    """A pull lists only who is there, so the mirror knows nothing of them."""
    for _time in range(2):
        sandbox.remove_contact(sandbox.add_contact(ANNA.title(), "customers")["contactId"])
    sandbox.remove_contact(sandbox.add_contact("bela@example.com", "partners")["contactId"])
    bounced = sandbox.add_contact("cara@example.com", "customers")["contactId"]
    sandbox.remove_contact(bounced, "bounce")
    pulled("campaigns", "fields", "tags", "contacts")
    names = ("anna", "bela", "cara", "dora")
    User.objects.bulk_create(User(username=name, email=f"{name}@example.com") for name in names)
    assert not Contact.objects.exists()
    assert ": 2 would be subscribed, 0 would be updated" in run("--dry-run")[0]
    assert not Contact.objects.exists()
    assert ": 2 subscribed, 0 updated" in run()[0]
    states = {email.lower(): state for email, state in Contact.objects.values_list("email", "state")}
    assert states == {
        ANNA: "left",
        "bela@example.com": "new",
        "cara@example.com": "left",
        "dora@example.com": "new",
    }
    assert len(waiting()) == 2


def test_a_newer_consent_brings_back_who_left_before(sandbox: Sandbox) -> None:
    @register(User)
    class Agreed(Subscriber):
        campaign = "newsletter"

        def consented_at(self, obj: User) -> datetime:
            return obj.date_joined

    sandbox.remove_contact(sandbox.add_contact(ANNA, "newsletter")["contactId"])
    pulled("campaigns")
    later = timezone.now() + timedelta(minutes=1)
    User.objects.bulk_create([User(username="anna", email=ANNA, date_joined=later)])
    run()
    assert Contact.objects.get(campaign__name="newsletter").state == "new", "they joined after they left"
    User.objects.bulk_create([User(username="bela", email="bela@example.com", date_joined=LONG_AGO)])
    sandbox.remove_contact(sandbox.add_contact("bela@example.com", "newsletter")["contactId"])
    run()
    assert Contact.objects.get(campaign__name="newsletter", email="bela@example.com").state == "left"


def test_a_dry_run_before_the_first_pull_says_that_it_knows_nobody(sandbox: Sandbox) -> None:
    assert "run getresponse_pull first" in run("--dry-run")[1]
    pulled("campaigns", "fields", "tags", "contacts")
    assert run("--dry-run")[1] == ""


def test_a_second_run_finds_only_what_still_has_to_be_pushed(differing: Sandbox) -> None:
    Contact.plain.filter(email="bela@example.com").update(name="Bela", note="")
    run()
    printed, _errors = run("--dry-run")
    assert printed.splitlines()[0] == "default: customers: 1 missing there"


def test_a_csv_file_has_every_difference(differing: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "drift.csv"
    printed, _errors = run("--dry-run", "--csv", str(path))
    assert "@" not in printed
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = {
        (r["account"], r["campaign"], r["kind"], r["email"], r["field"], r["here"], r["there"]) for r in rows
    }
    assert told == {
        ("default", "customers", "differing field", "bela@example.com", "name", "Bella", "Bela"),
        ("default", "customers", "differing field", "bela@example.com", "note", "x", ""),
        ("default", "customers", "state conflict", "gone@example.com", "", "active", "removed"),
        ("default", "partners", "missing here", "cara@example.com", "", "", "active"),
    }
    assert {row["contact_id"] for row in rows} == {
        contact["contactId"] for contact in differing.contacts()
    } | {Contact.objects.get(email="gone@example.com").contact_id}


def test_csv_on_standard_output_is_nothing_but_csv(differing: Sandbox) -> None:
    printed, errors = run("--dry-run", "--csv", "-")
    assert len(list(csv.DictReader(StringIO(printed)))) == 4
    assert "default: partners: 1 missing here" in errors
    assert "would be subscribed" in errors


def test_a_file_that_cannot_be_written_is_named_before_anything_is_asked(sandbox: Sandbox) -> None:
    with pytest.raises(CommandError, match=r"drift\.csv cannot be written: No such file"):
        run("--dry-run", "--csv", "/no/such/folder/drift.csv")
    assert sandbox.requests == []


def test_no_address_is_logged(differing: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        run("--dry-run", "--details")
    assert caplog.messages
    assert "@example.com" not in caplog.text


def test_details_compare_the_custom_fields(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers", custom_fields={"city": "Gdańsk"})
    pulled("campaigns", "fields", "tags", "contacts")
    Contact.plain.update(custom_fields={"city": ["Sopot"]})
    assert run("--dry-run")[0].startswith("default: nothing differs\n")
    printed, _errors = run("--dry-run", "--details")
    assert printed.startswith("default: customers: 1 differing field (custom_fields.city 1)\n")


def test_only_the_rules_of_the_account_are_applied(sandbox: Sandbox) -> None:
    @register(User)
    class Elsewhere(Subscriber):
        account, campaign = "shop", "customers"

    User.objects.bulk_create([User(username="anna", email=ANNA)])
    printed, _errors = run("--account", "default")
    assert "Members: 1 subscribed" in printed
    assert "Elsewhere" not in printed
    assert Contact.objects.get().account == the_account()


def test_an_account_that_cannot_be_read_is_not_reconciled(sandbox: Sandbox) -> None:
    sandbox.fail(401, count=None)
    User.objects.bulk_create([User(username="anna", email=ANNA)])
    for arguments in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match=r"^default: .*HTTP 401"):
            run(*arguments)
    assert not Change.objects.exists()
    assert not Campaign.objects.exists()


# --- the report -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, ["nothing differs"]),
        ({("a", Kind.MISSING_HERE, ""): 2}, ["a: 2 missing here"]),
        ({("a", Kind.STATE, ""): 2}, ["a: 2 state conflicts"]),
        ({("a", Kind.FIELD, "name"): 1}, ["a: 1 differing field (name 1)"]),
        (
            {
                ("b", Kind.FIELD, "tags"): 3,
                ("b", Kind.FIELD, "name"): 1,
                ("b", Kind.MISSING_THERE, ""): 1,
                ("a", Kind.STATE, ""): 1,
            },
            ["a: 1 state conflict", "b: 1 missing there, 4 differing fields (name 1, tags 3)"],
        ),
    ],
)
def test_counts_become_lines(counts: Any, expected: list[str]) -> None:
    assert list(lines(Counter(counts))) == expected


@pytest.mark.parametrize(
    ("value", "written"),
    [("Anna", "Anna"), ("", ""), ("=1+1", "'=1+1"), ("+48 1", "'+48 1"), ("-5", "'-5"), ("@x", "'@x")],
)
def test_no_name_becomes_a_formula(value: str, written: str) -> None:
    assert harmless(value) == written


def test_rows_follow_the_names_of_the_columns() -> None:
    file = StringIO()
    found = Drift("customers", Kind.FIELD, "C1", ANNA, "name", 'A "b"', "=c,d")
    CsvReport(file).write("default", found)
    assert list(csv.reader(StringIO(file.getvalue()))) == [
        ["account", "campaign", "kind", "contact_id", "email", "field", "here", "there"],
        ["default", "customers", "differing field", "C1", ANNA, "name", 'A "b"', "'=c,d"],
    ]
