"""First loads by imports: one request for very many, never twice, never round a double opt-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from getresponse_django.models import Campaign, Change, Contact, ErasedAddress, Tag
from getresponse_django.push import drain, imports
from getresponse_django.push.jobs import ImportJob, job_of, open_jobs

from .conftest import World

pytestmark = pytest.mark.usefixtures("few_are_many")


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports of a few contacts."""
    monkeypatch.setattr(imports, "LEAST", 20)


def fill(world: World, count: int = 30, campaign: str = "customers", **values: Any) -> list[Contact]:
    """New contacts, made by one bulk write."""
    target = Campaign.objects.get(name=campaign)
    return Contact.objects.bulk_create(
        [
            Contact(account=world.account, campaign=target, email=f"p{number}@example.com", **values)
            for number in range(count)
        ]
    )


def load(world: World) -> None:
    drain(world.account, imports=True)


def states() -> set[str]:
    return set(Contact.objects.values_list("state", flat=True))


def test_many_new_contacts_are_one_import_and_one_page(world: World) -> None:
    fill(world, name="Ann", ip_address="192.0.2.1")
    load(world)
    assert states() == {"active"}
    assert not Change.objects.exists()
    assert [r.path for r in world.writes()] == ["/imports"]
    assert len(world.requests("GET", "/contacts")) == 1
    assert {contact["name"] for contact in world.sandbox.contacts("customers")} == {"Ann"}
    assert open_jobs(world.account) == []


def test_whoever_was_erased_is_not_imported(world: World) -> None:
    ErasedAddress.objects.remember("p7@example.com")
    fill(world)
    load(world)
    assert len(world.requests("POST", "/imports")) == 1
    assert len(world.emails()) == 29
    assert "p7@example.com" not in world.emails()
    assert not Contact.objects.filter(email="p7@example.com").exists()
    assert not Change.objects.exists()


def test_what_an_import_cannot_tell_follows(world: World) -> None:
    colours = {"name": "colours", "type": "string", "format": "multi_select", "hidden": "false"}
    world.as_others("POST", "/custom-fields", colours | {"values": ["red", "blue"]})
    world.pull_named()
    rows = fill(world, 20, note="hi", scoring=5, custom_fields={"colours": ["red", "blue"]})
    for row in rows:
        row.tags.add(Tag.objects.exclude(tag_id=None).get(name="vip"))
    Change.objects.update(bulk=True)
    load(world)
    world.push_all()
    there = world.remote("p7@example.com")
    assert (there["note"], there["scoring"]) == ("hi", 5)
    assert [value["values"] for value in there["customFieldValues"]] == [["red", "blue"]]
    assert [tag["name"] for tag in there["tags"]] == ["vip"]
    assert len(world.requests("POST", "/imports")) == 1
    assert not Change.objects.exists()


def test_few_go_by_the_ordinary_push(world: World) -> None:
    fill(world, 25)
    imports.LEAST = 26
    load(world)
    assert world.requests("POST", "/imports") == []
    assert len(world.requests("POST", "/contacts/batch")) == 1


@pytest.mark.parametrize("optin_types", [{"api": "double"}, {}])
def test_a_list_with_double_opt_in_or_of_which_that_is_not_known_is_never_imported(
    world: World, optin_types: dict[str, str]
) -> None:
    Campaign.plain.filter(name="customers").update(optin_types=optin_types)
    fill(world)
    load(world)
    assert world.requests("POST", "/imports") == []
    assert len(world.requests("POST", "/contacts/batch")) == 1


def test_signups_do_not_wait_for_an_import(slow_world: World) -> None:
    world = slow_world
    fill(world)
    start(world)
    world.subscribe("signup@example.com")
    world.push()
    assert [r.body["email"] for r in world.creates()] == ["signup@example.com"]


def start(world: World) -> None:
    """Start the imports and look at nothing."""
    from getresponse_django import Client
    from getresponse_django.push.draining import Drain

    with Client.for_account() as client:
        imports.start_imports(Drain(world.account, client), set())


def test_nothing_is_looked_for_or_sent_again_while_an_import_is_under_way(slow_world: World) -> None:
    world = slow_world
    fill(world)
    start(world)
    world.make_due()
    Contact.plain.update(sent_on=sent_long_ago(world))
    for _drain in range(3):
        world.push()
        world.make_due()
    assert states() == {"accepted"}
    assert [r.path for r in world.writes()] == ["/imports"]
    assert world.requests("POST", "/search-contacts/contacts") == []
    world.sandbox.land()
    world.push_all()
    assert states() == {"active"}
    assert len(world.emails()) == 30


def sent_long_ago(world: World) -> datetime:
    """Make the import older than SETTLE_SECONDS."""
    job = job_of(world.account, str(world.campaign.campaign_id))
    assert job is not None
    return job.save(world.account, sent_on=job.sent_on - timedelta(hours=1)).sent_on


def test_what_the_import_left_out_is_rejected_with_the_reason(world: World) -> None:
    world.sandbox.block("p3@example.com")
    fill(world)
    load(world)
    Contact.plain.filter(contact_id=None).update(sent_on=sent_long_ago(world))
    world.push_all()
    refused = Contact.objects.get(state="rejected")
    assert refused.email == "p3@example.com"
    assert "blacklist 1" in refused.last_error
    assert "blacklist 1" in Change.objects.get().detail
    assert Contact.objects.filter(state="active").count() == 29


def test_contacts_that_existed_are_linked_and_read(world: World) -> None:
    there = world.sandbox.add_contact("p3@example.com", "customers", name="Old", tags=["by_others"])
    stored = world.sandbox._application.store.active.by_id[there["contactId"]]
    stored.created_at = stored.changed_at = int((timezone.now() - timedelta(days=3)).timestamp())
    fill(world)
    load(world)
    Contact.plain.filter(contact_id=None).update(sent_on=sent_long_ago(world))
    world.push_all()
    row = Contact.objects.get(email="p3@example.com")
    assert (row.state, row.name, [tag.name for tag in row.tags.all()]) == ("active", "Old", ["by_others"])
    assert len(world.requests("POST", "/imports")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_never_followed_by_a_second_import(world: World, when: str) -> None:
    world.sandbox.fail(method="POST", path="^/imports$", kind="reset", when=when)
    fill(world)
    start(world)
    assert states() == {"sent"}
    world.make_due()
    world.push()
    if when == "before":
        assert states() == {"sent"}
        Contact.plain.update(sent_on=sent_long_ago(world))
    world.push_all()
    assert states() == {"active"}
    assert len(world.emails()) == 30
    assert len(world.requests("POST", "/imports")) == 1


@pytest.mark.parametrize(("status", "code"), [(409, 1008), (429, 1015), (400, 1001)])
def test_where_an_import_is_refused_the_ordinary_push_goes_on(world: World, status: int, code: int) -> None:
    world.sandbox.fail(
        status=status, code=code, method="POST", path="^/imports$", count=None, headers={"Retry-After": "100"}
    )
    fill(world)
    load(world)
    world.push_all()
    assert states() == {"active"}
    assert len(world.requests("POST", "/imports")) == 1
    assert len(world.requests("POST", "/contacts/batch")) == 1


def test_lists_are_imported_two_at_a_time(slow_world: World) -> None:
    world = slow_world
    for name in ("second", "third"):
        world.sandbox.add_campaign(name)
    world.pull_named()
    for name in ("customers", "second", "third"):
        fill(world, campaign=name)
    start(world)
    start(world)
    assert len(world.requests("POST", "/imports")) == 2
    assert len(open_jobs(world.account)) == 2


def test_one_bad_row_does_not_keep_the_others_from_an_import(world: World) -> None:
    rows = fill(world)
    Contact.plain.filter(pk=rows[3].pk).update(custom_fields=["no", "mapping"])
    load(world)
    assert Contact.objects.filter(state="active").count() == 29
    assert Change.objects.get().object_pk == rows[3].pk


def found(status: str, uploaded: int, invalid: int, updated: int, added: int) -> dict[str, Any]:
    counts = {"uploaded": uploaded, "invalid": invalid, "updated": updated, "addedToList": added}
    return {"status": status, "statistics": counts, "errorStatistics": {"blacklist": invalid}}


@pytest.mark.parametrize(
    ("answer", "complete"),
    [
        (found("uploaded", 0, 0, 0, 0), False),
        (found("approved", 10, 0, 0, 0), False),
        (found("finished", 0, 0, 0, 0), False),
        (found("finished", 8, 1, 2, 5), False),
        (found("finished", 10, 1, 2, 5), False),
        (found("finished", 10, 1, 2, 7), True),
        (found("rejected", 0, 0, 0, 0), True),
        (found("canceled", 0, 0, 0, 0), True),
    ],
)
def test_an_import_is_over_when_its_statistics_are_complete(answer: dict[str, Any], complete: bool) -> None:
    assert imports.is_complete(answer, ImportJob("c", timezone.now(), rows=10)) == complete


def test_statistics_that_never_add_up_end_after_an_hour() -> None:
    long_ago = ImportJob("c", datetime(2026, 1, 1, tzinfo=UTC), rows=10)
    assert imports.is_complete(found("finished", 8, 1, 2, 5), long_ago)
    assert not imports.is_complete(found("approved", 8, 1, 2, 5), long_ago)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (found("finished", 2, 0, 0, 2), ""),
        (found("finished", 2, 1, 0, 1), "GetResponse counted: blacklist 1."),
        (found("rejected", 0, 0, 0, 0), "In GetResponse it was rejected."),
    ],
)
def test_what_an_import_left_out_in_words(answer: dict[str, Any], outcome: str) -> None:
    assert imports.outcome_of(answer) == outcome
