"""The commands at work: what they do, print and return."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from getresponse_django import Subscriber, register, subscribers
from getresponse_django.management.commands import getresponse_push
from getresponse_django.management.commands.getresponse_push import creates_on_their_way
from getresponse_django.models import Campaign, Change, Contact, Tag
from getresponse_django.pull.running import running
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"


def run(command: str, *arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def members(no_rules: None) -> None:
    """Every user is on the list of customers."""

    @register(User)
    class Members(Subscriber):
        campaign = "customers"


# --- getresponse_pull -----------------------------------------------------------------------------------


def test_pull_tells_what_it_read_and_a_second_one_that_nothing_was_written(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers")
    first = run("getresponse_pull")
    assert [line.split(":")[1].strip() for line in first.splitlines()] == [
        "campaigns",
        "fields",
        "tags",
        "contacts",
        "segments",
        "messages",
        "statistics",
    ]
    assert "default: contacts: 1 read, 1 written" in first
    second = run("getresponse_pull")
    assert re.findall(r"(\d+) written", second) == ["0"] * 7


def test_pull_only_what_is_asked_for(sandbox: Sandbox) -> None:
    printed = run("getresponse_pull", "--only", "fields, tags", "--account", "default")
    assert printed.splitlines() == ["default: fields: 9 read, 9 written", "default: tags: 6 read, 6 written"]


def test_pull_with_details_reads_each_contact(sandbox: Sandbox) -> None:
    contact = sandbox.add_contact(ANNA, "customers", custom_fields={"city": "Gdańsk"})
    run("getresponse_pull", "--only", "contacts", "--details")
    assert f"GET /contacts/{contact['contactId']}" in asked(sandbox)


def test_pull_stops_before_a_mass_removal_until_it_is_forced(sandbox: Sandbox) -> None:
    ids = [sandbox.add_contact(f"p{n}@example.com", "customers")["contactId"] for n in range(10)]
    run("getresponse_pull")
    for contact_id in ids[:7]:
        sandbox.remove_contact(contact_id)
    with pytest.raises(CommandError, match="--force"):
        run("getresponse_pull", "--only", "contacts")
    run("getresponse_pull", "--only", "contacts", "--force")
    assert Contact.objects.filter(state="left").count() == 7


def test_pull_beside_another_one_says_so(sandbox: Sandbox) -> None:
    with running(the_account(), "tags"), pytest.raises(CommandError, match="is running already"):
        run("getresponse_pull", "--only", "tags")


# --- getresponse_push -----------------------------------------------------------------------------------


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans follow each other at once."""
    monkeypatch.setattr(getresponse_push, "SCANS", (0, 0, 0))


@pytest.mark.django_db(transaction=True)
def test_push_drains_and_waits_until_creates_are_linked(
    sandbox: Sandbox, no_waiting: None, settings: Any
) -> None:
    pulled("campaigns", "tags")
    Contact.objects.subscribe(ANNA, campaign="customers", tags=["site"])

    printed = run("getresponse_push")

    assert "0 waiting, 0 gave up" in printed
    assert [contact["email"] for contact in sandbox.contacts()] == [ANNA]
    assert Contact.objects.get().state == "active"


@pytest.mark.django_db(transaction=True)
def test_push_with_a_refused_change_ends_with_an_error(sandbox: Sandbox, no_waiting: None) -> None:
    pulled("campaigns", "tags")
    sandbox.block(ANNA)
    Contact.objects.subscribe(ANNA, campaign="customers")

    with pytest.raises(CommandError, match="1 changes gave up") as raised:
        run("getresponse_push")

    assert raised.value.returncode == 1
    assert Contact.objects.get().last_error


@pytest.mark.django_db(transaction=True)
def test_push_that_may_not_send_ends_with_an_error(sandbox: Sandbox, no_waiting: None) -> None:
    the_account().write(paused=True)
    with pytest.raises(CommandError, match="nothing was sent: The account is paused"):
        run("getresponse_push")


@pytest.mark.django_db(transaction=True)
def test_push_does_not_wait_for_what_only_a_person_can_do(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that is missing, or an opt-in link that nobody has clicked yet."""
    slept: list[float] = []
    monkeypatch.setattr(getresponse_push.time, "sleep", slept.append)
    Contact.objects.subscribe(ANNA, campaign="students")

    assert "1 waiting, 0 gave up" in run("getresponse_push")
    assert slept == []


@pytest.mark.parametrize(
    ("state", "contact_id", "counts"),
    [
        ("new", None, False),
        ("sent", None, True),
        ("accepted", None, True),
        ("leaving", None, True),
        ("leaving", "C1", False),
        ("unconfirmed", None, False),
        ("active", "C1", False),
    ],
)
def test_only_creates_whose_ids_are_unknown_are_looked_for(
    state: str, contact_id: str | None, counts: bool
) -> None:
    campaign = Campaign.objects.named(the_account(), "customers")
    Contact.objects.create(
        account=the_account(), campaign=campaign, email=ANNA, state=state, contact_id=contact_id
    )
    assert creates_on_their_way(the_account()).exists() is counts


def test_a_create_that_was_deleted_here_is_looked_for_too() -> None:
    campaign = Campaign.objects.named(the_account(), "customers")
    for email, state, contact_id in ((ANNA, "accepted", None), ("bela@example.com", "active", "C1")):
        Contact.objects.create(
            account=the_account(), campaign=campaign, email=email, state=state, contact_id=contact_id
        ).delete()
    found = creates_on_their_way(the_account())
    assert [change.tombstone["email"] for change in found if change.tombstone] == [ANNA]


# --- getresponse_reconcile ------------------------------------------------------------------------------


def test_a_dry_run_tells_what_would_happen_and_changes_nothing(sandbox: Sandbox, members: None) -> None:
    User.objects.bulk_create([User(username="anna", email=ANNA)])
    printed = run("getresponse_reconcile", "--dry-run")
    assert "Members: 1 would be subscribed, 0 would be updated, 0 would be unsubscribed" in printed
    assert [request for request in asked(sandbox) if "search" not in request] == [
        "GET /contacts",
        "GET /campaigns",
        "GET /tags",
    ]
    assert not Contact.objects.exists()
    assert waiting() == set()


def test_reconcile_reads_getresponse_and_applies_the_rules(sandbox: Sandbox, members: None) -> None:
    sandbox.add_contact("bela@example.com", "customers", tags=["site"])
    User.objects.bulk_create(
        [User(username="anna", email=ANNA), User(username="bela", email="bela@example.com")]
    )
    printed = run("getresponse_reconcile")
    assert "Members: 1 subscribed, 0 updated, 0 unsubscribed" in printed
    assert dict(Contact.objects.values_list("email", "user__username")) == {
        ANNA: "anna",
        "bela@example.com": "bela",
    }
    assert waiting() == {("contact", Contact.objects.get(email=ANNA).pk)}
    assert Tag.objects.filter(tag_id__isnull=False).exists()


def test_reconcile_that_cannot_read_changes_nothing(sandbox: Sandbox, members: None) -> None:
    User.objects.bulk_create([User(username="anna", email=ANNA)])
    sandbox.fail(401, count=None)
    with pytest.raises(CommandError, match="default: "):
        run("getresponse_reconcile")
    assert not Change.objects.exists()


# --- getresponse_doctor ---------------------------------------------------------------------------------


def test_doctor_prints_each_finding_and_returns_in_peace(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "registry", [])
    pulled("tags")
    the_account().write(worker_seen_at=timezone.now(), beat_seen_at=timezone.now())
    printed = run("getresponse_doctor")
    assert "Account default" in printed
    assert "ok      connection: GetResponse answers and accepts the key." in printed
    assert "problem" not in printed


def test_doctor_with_a_problem_returns_1_and_says_what_to_do(sandbox: Sandbox) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as raised:
        call_command("getresponse_doctor", stdout=out, no_color=True)
    assert raised.value.code == 1
    assert "problem worker: No worker has been seen.\n          Start it: celery" in out.getvalue()


# --- getresponse_sandbox --------------------------------------------------------------------------------


@pytest.fixture
def start(site: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the sandbox as a command of the site; whatever still runs at the end is ended."""
    started: list[subprocess.Popen[str]] = []
    variables = {"DJANGO_SETTINGS_MODULE": "site_settings", "GETRESPONSE": "{}"}
    variables["PYTHONPATH"] = os.pathsep.join([str(site), str(Path(__file__).parents[2])])

    def run(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "django", "getresponse_sandbox", *arguments]
        started.append(
            subprocess.Popen(
                command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_sandbox_starts_answers_and_stops(start: Callable[..., subprocess.Popen[str]]) -> None:
    port = free_port()
    process = start("--port", str(port), "--contacts", "3")
    assert process.stdout is not None
    assert "3 contacts" in process.stdout.readline()
    headers = {"X-Auth-Token": "api-key sandbox"}
    contacts = requests.get(f"http://127.0.0.1:{port}/v3/contacts", headers=headers, timeout=5).json()
    assert len(contacts) == 3
    process.send_signal(signal.SIGTERM)
    _out, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_the_sandbox_on_a_port_in_use_says_what_to_do(
    start: Callable[..., subprocess.Popen[str]], sandbox: Sandbox
) -> None:
    port = sandbox.url.rpartition(":")[2].partition("/")[0]
    process = start("--port", port)
    _out, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert f"Port {port} is in use" in errors
    assert "Traceback" not in errors


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_pull_shows_its_progress_on_one_line(sandbox: Sandbox) -> None:
    sandbox.add_contact("ann@example.com", "customers")
    screen = Terminal()
    call_command("getresponse_pull", only="campaigns,contacts", stdout=screen)
    shown = screen.getvalue().split("\r")
    assert "contacts: 1 of 1 read, 1 written\033[K" in shown
    assert screen.getvalue().count("\n") == 2
