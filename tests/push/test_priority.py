"""What people wait for is pushed before bulk work, and what is held back holds nothing else back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from getresponse_django.models import Account, Change, Contact, Tag
from getresponse_django.models.outbox import BULK_FROM, Key, bulk_work
from getresponse_django.push import drain
from getresponse_django.resources import contact_values

from .conftest import World


def record(*pks: int) -> None:
    account = Account.objects.for_alias("default")
    Change.objects.record([Key(account.pk, "contact", pk) for pk in pks])


def kinds() -> dict[int, bool]:
    return dict(Change.objects.values_list("object_pk", "bulk"))


class TestKinds:
    """Which changes are bulk work."""

    pytestmark = pytest.mark.django_db

    def test_many_written_at_once_are_bulk_work(self) -> None:
        record(*range(BULK_FROM - 1))
        assert not any(kinds().values())
        record(*range(100, 100 + BULK_FROM))
        assert all(kinds()[pk] for pk in range(100, 100 + BULK_FROM))

    def test_bulk_work_never_delays_what_somebody_waits_for(self) -> None:
        record(1)
        record(*range(1, 1 + BULK_FROM))
        assert kinds()[1] is False
        assert kinds()[2] is True

    def test_an_edit_by_a_person_takes_a_change_out_of_the_bulk(self) -> None:
        record(*range(BULK_FROM))
        record(3)
        assert [pk for pk, bulk in kinds().items() if not bulk] == [3]

    def test_work_that_is_written_one_by_one_can_be_called_bulk(self) -> None:
        with bulk_work():
            record(1)
        record(2)
        assert kinds() == {1: True, 2: False}

    @pytest.mark.parametrize("write", ["update", "bulk_create", "bulk_update", "delete", "tag"])
    def test_bulk_writes_record_bulk_work(self, write: str) -> None:
        rows = many(BULK_FROM)
        if write != "bulk_create":
            Change.objects.all().delete()
        match write:
            case "update":
                Contact.objects.update(name="x")
            case "bulk_update":
                for row in rows:
                    row.name = "x"
                Contact.objects.bulk_update(rows, ["name"])
            case "delete":
                Contact.plain.update(state="active", contact_id=None)
                Contact.objects.all().delete()
            case "tag":
                Tag.objects.create(account=rows[0].account, name="vip").contacts.set(rows)
        changes = Change.objects.filter(resource="contact")
        assert changes.count() == BULK_FROM
        assert set(changes.values_list("bulk", flat=True)) == {True}


def many(count: int, **values: Any) -> list[Contact]:
    """New contacts, made by one bulk write."""
    from getresponse_django.models import Campaign

    account = Account.objects.for_alias("default")
    campaign = Campaign.objects.filter(name="customers").first()
    if campaign is None:
        (campaign,) = Campaign.plain.bulk_create([Campaign(account=account, name="customers")])
    return Contact.objects.bulk_create(
        [
            Contact(account=account, campaign=campaign, email=f"bulk{number}@example.com", **values)
            for number in range(count)
        ]
    )


def linked(world: World, count: int) -> None:
    """Contacts that both sides have, with a bulk change of each to push."""
    rows, campaign = [], world.campaign
    for number in range(count):
        there = world.sandbox.add_contact(f"linked{number}@example.com", "customers", name="Old")
        row = Contact(account=world.account, campaign=campaign, email=there["email"], name="Old")
        row.state, row.contact_id, row.custom_fields = "active", there["contactId"], {}
        row.base = contact_values(row, [])
        rows.append(row)
    Contact.plain.bulk_create(rows)
    Contact.objects.update(name="Bulk")


def sent_at(world: World, email: str) -> float:
    """When the create of this address arrived; 0.0 when it did not."""
    return next((r.at for r in world.creates() if r.body["email"] == email), 0.0)


def wait_until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def draining(world: World) -> Iterator[threading.Thread]:
    """Another worker drains meanwhile."""

    def work() -> None:
        drain(world.account)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield worker
    finally:
        Account.objects.update(paused=True)
        worker.join()


def test_a_signup_goes_before_older_bulk_work(world: World) -> None:
    many(50)
    world.subscribe("signup@example.com")
    world.push()
    assert [r.path for r in world.writes()] == ["/contacts", "/contacts/batch"]


def test_the_tag_of_a_signup_goes_before_bulk_work_too(world: World) -> None:
    many(50)
    world.subscribe("signup@example.com", tags=["brand_new"])
    world.push()
    assert [r.path for r in world.writes()] == ["/tags", "/contacts", "/contacts/batch"]


def test_a_single_worker_interrupts_bulk_work_for_a_signup(world: World) -> None:
    linked(world, 300)
    world.sandbox.latency = 0.1
    with draining(world):
        wait_until(lambda: len(world.writes()) > 10)
        recorded = time.time()
        world.subscribe("signup@example.com")
        wait_until(lambda: sent_at(world, "signup@example.com"))
    assert sent_at(world, "signup@example.com") - recorded < 3
    assert len(world.writes()) < 300


def test_a_signup_reaches_getresponse_at_once_beside_a_backfill(
    postgres: None, world: World, settings: Any
) -> None:
    # A busy machine takes seconds to claim a thousand; with the short lease of the tests nothing would begin.
    settings.GETRESPONSE = settings.GETRESPONSE | {"LEASE_SECONDS": 60}
    linked(world, 5000)
    world.sandbox.limits_on, world.sandbox.latency = True, 0.1
    with draining(world):
        wait_until(lambda: len(world.writes()) > 20)
        recorded = time.time()
        world.subscribe("signup@example.com")
        with draining(world):
            wait_until(lambda: sent_at(world, "signup@example.com"))
    assert sent_at(world, "signup@example.com") - recorded < 2
    assert len(world.writes()) < 1000
    assert {r.status for r in world.requests()} <= {200, 202}


def test_bulk_work_leaves_the_reserve_alone(world: World) -> None:
    seen: list[set[bool]] = []
    many(30)
    world.subscribe("signup@example.com")
    honest = world.sandbox._application._honest

    def watched(request: Any) -> Any:
        senders = Account.objects.get().limits["senders"].values()
        seen.append({entry["interactive"] for entry in senders if entry["slots"]})
        connection.close()
        return honest(request)

    world.sandbox._application._honest = watched  # type: ignore[method-assign]
    try:
        world.push()
    finally:
        world.sandbox._application._honest = honest  # type: ignore[method-assign]
    assert seen == [{True}, {False}]


def test_batches_that_must_wait_hold_up_nothing_else(world: World) -> None:
    linked(world, 30)
    world.sandbox.fail(
        status=429, code=1015, method="POST", path="^/contacts/batch$", headers={"Retry-After": "300"}
    )
    many_more = [row.email for row in more(world, 40)]
    started = time.monotonic()
    world.push()
    assert time.monotonic() - started < 20
    assert {c["name"] for c in world.sandbox.contacts("customers")} == {"Bulk"}
    waiting = Change.objects.waiting()
    assert waiting.count() == len(many_more) == Contact.objects.filter(state="new").count()
    assert {change.attempts for change in waiting} == {0}
    assert min((change.not_before - timezone.now()).total_seconds() for change in waiting) > 200
    world.subscribe("signup@example.com")
    world.push()
    assert sent_at(world, "signup@example.com")


def more(world: World, count: int) -> list[Contact]:
    """Further new contacts, made by one bulk write."""
    return Contact.objects.bulk_create(
        [
            Contact(account=world.account, campaign=world.campaign, email=f"more{number}@example.com")
            for number in range(count)
        ]
    )


@pytest.mark.parametrize("count", [15, 40])
def test_a_full_plan_pauses_creates_only_and_is_not_hammered(world: World, count: int) -> None:
    linked(world, 30)
    world.sandbox.fail(status=400, code=1027, method="POST", path="^/contacts(/batch)?$", count=None)
    more(world, count)
    world.subscribe("signup@example.com")
    world.push()
    assert {c["name"] for c in world.sandbox.contacts("customers")} == {"Bulk"}
    refused = world.requests("POST", "/contacts(/batch)?")
    assert len(refused) <= 10  # those that were under way at once
    assert set(Contact.objects.filter(contact_id=None).values_list("state", flat=True)) == {"new"}
    assert {change.attempts for change in Change.objects.waiting()} == {0}
    assert Change.objects.waiting().count() == count + 1


def test_pausing_the_account_stops_bulk_work_that_is_under_way(world: World) -> None:
    linked(world, 500)
    world.sandbox.latency = 0.1
    with draining(world):
        wait_until(lambda: len(world.writes()) > 10)
    assert len(world.writes()) < 200
    assert Change.objects.filter(leased_until=None, attempts=0).count() == Change.objects.count() > 300
