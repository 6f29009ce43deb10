"""The drain: it never raises for a row, each row fails alone, claims do not overlap, a killed worker loses
nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from getresponse_django.client import Client
from getresponse_django.models import Account, Change, Contact, Tag
from getresponse_django.push import drain
from getresponse_django.throttle import Throttle

from .conftest import World


def test_it_refuses_to_run_inside_a_transaction(world: World) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        drain(world.account)


def test_a_poison_row_fails_alone_and_gives_up_as_a_defect(world: World, caplog: Any) -> None:
    good = [world.subscribe(f"p{number}@example.com") for number in range(30)]
    poison = world.subscribe("poison@example.com")
    Contact.plain.filter(pk=poison.pk).update(custom_fields=["no", "mapping"])
    for _round in range(8):
        world.make_due()
        world.push()
    assert {world.fresh(contact).state for contact in good} == {"active"}
    (change,) = Change.objects.all()
    assert (change.object_pk, change.reason) == (poison.pk, "internal")
    assert "poison@example.com" not in change.detail
    assert len(world.emails()) == 30
    assert len(world.writes()) <= 30


@pytest.mark.off_contract
def test_a_poison_tag_fails_alone(world: World) -> None:
    Tag.objects.create(account=world.account, name="bad name!")
    Tag.objects.create(account=world.account, name="good_name")
    world.push()
    assert Tag.objects.get(name="good_name").tag_id
    assert Change.objects.get().reason == "rejected"
    assert Tag.objects.get(name="bad name!").last_error


def test_a_failing_scan_waits_and_is_no_defect(world: World) -> None:
    contact = world.subscribe()
    world.push()
    world.sandbox.fail(status=503, method="GET", path="^/contacts$", count=None)
    world.make_due()
    result = world.push()
    change = Change.objects.get()
    assert (change.reason, change.attempts, bool(result.silent)) == ("", 0, True)
    assert world.fresh(contact).state == "accepted"


def test_a_search_that_breaks_costs_attempts_of_its_own_rows_only(world: World) -> None:
    known = world.active("known@example.com")
    contact = world.subscribe()
    world.push()
    Contact.plain.filter(pk=contact.pk).update(base={})
    world.sandbox._application.store.active.remove(
        world.sandbox._application.store.active.by_id[world.remote()["contactId"]]
    )
    known.name = "Known"
    known.save()
    world.sandbox.fail(status=500, method="POST", path="^/search-contacts", code=1, count=None)
    world.make_due()
    world.push()
    assert world.remote("known@example.com")["name"] == "Known"
    change = Change.objects.get()
    assert (change.object_pk, change.attempts, change.gave_up_at) == (contact.pk, 1, None)


def test_a_paused_account_is_silent(world: World) -> None:
    world.account.write(paused=True)
    world.subscribe()
    assert world.push().silent
    assert world.sandbox.requests == []
    assert Change.objects.get().attempts == 0


def test_disabled_sends_nothing(world: World, settings: Any) -> None:
    world.subscribe()
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    assert world.push().silent
    assert world.sandbox.requests == []


def test_settings_without_the_account_are_said_not_raised(world: World) -> None:
    other = Account.objects.for_alias("elsewhere")
    assert "elsewhere" in drain(other).silent


def test_a_client_that_was_given_stays_open(world: World) -> None:
    with Client.for_account("default") as client:
        world.subscribe()
        drain(world.account, client=client)
        assert client.get("/accounts")


def test_what_the_limits_hold_up_beyond_the_lease_is_not_written(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"LEASE_SECONDS": 2}
    contact = world.active(name="Ann")
    Contact.objects.update(name="Old")
    acquire, held_up = Throttle.acquire, threading.Event()

    def slow(self: Throttle, lane: str = "") -> Any:
        if threading.current_thread().name == "slow":
            held_up.set()
            time.sleep(3)
        return acquire(self, lane)

    def push() -> None:
        world.push()
        connection.close()

    monkeypatch.setattr(Throttle, "acquire", slow)
    worker = threading.Thread(target=push, name="slow")
    worker.start()
    assert held_up.wait(5)
    time.sleep(2.1)  # the lease is over
    Contact.objects.update(name="New")
    world.push()
    worker.join()
    world.push_all()
    assert [r.body for r in world.writes()] == [{"name": "New"}]
    assert world.fresh(contact).base["name"] == "New"
    assert not Change.objects.exists()


def test_nothing_is_begun_late_in_the_lease(world: World, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"LEASE_SECONDS": 2}
    rows = [
        Contact(
            account=world.account, campaign=world.campaign, email=f"p{number}@example.com", contact_id=there
        )
        for number, there in enumerate(
            world.sandbox.add_contact(f"p{number}@example.com", "customers")["contactId"]
            for number in range(45)
        )
    ]
    for row in rows:
        row.state, row.base = "active", {"email": row.email, "campaign": world.campaign.campaign_id}
    Contact.plain.bulk_create(rows)
    Contact.objects.update(note="hi")
    world.sandbox.latency = 0.5
    honest, left = world.sandbox._application._honest, []

    def watched(request: Any) -> Any:
        leases = Change.objects.filter(leased_until__isnull=False).values_list("leased_until", flat=True)
        left.append(min((until - timezone.now()).total_seconds() for until in leases))
        connection.close()
        return honest(request)

    world.sandbox._application._honest = watched  # type: ignore[method-assign]
    try:
        world.push()
    finally:
        world.sandbox._application._honest = honest  # type: ignore[method-assign]
    assert {contact["note"] for contact in world.sandbox.contacts("customers")} == {"hi"}
    assert not Change.objects.exists()
    assert len(left) == 45
    assert min(left) > 0.3


def test_a_refused_key_gives_back_what_was_claimed(world: World) -> None:
    world.subscribe()
    world.sandbox.fail(status=401)
    world.push()
    change = Change.objects.get()
    assert (change.leased_until, change.attempts) == (None, 0)


def test_two_workers_never_push_one_object_at_the_same_time(postgres: None, world: World) -> None:
    contacts = [world.active(f"p{number}@example.com") for number in range(6)]
    world.sandbox.latency = 0.01
    under_way: Counter[str] = Counter()
    overlaps: list[str] = []
    lock = threading.Lock()
    honest = world.sandbox._application._honest

    def watched(request: Any) -> Any:
        key = request.path if request.method == "POST" else ""
        with lock:
            under_way[key] += 1
            if key and under_way[key] > 1:
                overlaps.append(key)
        try:
            return honest(request)
        finally:
            with lock:
                under_way[key] -= 1

    world.sandbox._application._honest = watched  # type: ignore[method-assign]
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            drain(world.account)
        connection.close()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    try:
        for worker in workers:
            worker.start()
        for turn in range(40):
            for contact in contacts:
                contact.name = f"Name {turn}"
                contact.save()
    finally:
        done.set()
        for worker in workers:
            worker.join()
        world.sandbox._application._honest = honest  # type: ignore[method-assign]
    world.push_all()
    assert overlaps == []
    assert {contact["name"] for contact in world.sandbox.contacts("customers")} == {"Name 39"}


WORKER = """
import django, sys
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = {name!r}
settings.GETRESPONSE["ACCOUNTS"]["default"]["BASE_URL"] = {url!r}
from getresponse_django.models import Account
from getresponse_django.push import drain
from getresponse_django.throttle import Throttle
print("ready", flush=True)
while True:
    drain(Account.objects.get())
"""


def test_a_worker_killed_in_the_middle_of_creates_loses_and_doubles_nothing(world: World) -> None:
    for number in range(12):
        world.subscribe(f"p{number}@example.com")
    world.sandbox.add_campaign("big")
    world.pull_named()
    for number in range(25):
        world.subscribe(f"b{number}@example.com", campaign="big")
    world.sandbox.latency = 0.1
    script = WORKER.format(name=str(connection.settings_dict["NAME"]), url=world.sandbox.url)
    for requests_seen in (3, 4):
        seen = len(world.sandbox.requests)
        worker = subprocess.Popen(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        )
        deadline = time.monotonic() + 20
        while len(world.sandbox.requests) - seen < requests_seen and time.monotonic() < deadline:
            time.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        Change.objects.update(leased_until=None, not_before=timezone.now())
    world.sandbox.latency = 0
    Account.objects.update(limits={})
    for contact in Contact.objects.filter(state="sent"):
        world.age(contact)
    world.push_all()
    assert len(world.emails()) == 12
    assert len(world.emails("big")) == 25
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}
    accepted = [r for r in world.requests("POST", "/contacts") if r.status == 202]
    assert max(Counter(r.body["email"] for r in accepted).values()) == 1
