"""Segments as a pull mirrors them: how many contacts each finds, and who those are when somebody asks."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from celery.exceptions import Retry

from getresponse_django import mirror, pull, tasks
from getresponse_django.client import Client
from getresponse_django.errors import NotFound, Unavailable
from getresponse_django.models import Change, Contact, PullRun, Segment, SegmentMember
from getresponse_django.models import conditions as c
from getresponse_django.pull import AlreadyRunning
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

PEOPLE = ["ann@example.com", "bob@example.com", "cat@example.com"]


@pytest.fixture
def people(sandbox: Sandbox) -> dict[str, str]:
    """Three contacts with a tag, mirrored here: address -> id."""
    made = {email: sandbox.add_contact(email, "customers", tags=["vip"]) for email in PEOPLE}
    sandbox.add_contact("without@example.com", "customers")
    pulled("campaigns", "tags", "contacts")
    return {email: row["contactId"] for email, row in made.items()}


@pytest.fixture
def segment(sandbox: Sandbox, people: dict[str, str]) -> Segment:
    """The contacts with the tag, made in GetResponse and mirrored."""
    call(sandbox, "POST", "/search-contacts", {"name": "very important", **Segment.where(c.has_tag("vip"))})
    pulled("segments")
    return Segment.objects.get()


def found(segment: Segment) -> set[str]:
    return set(segment.members.values_list("email", flat=True))


def test_a_pull_counts_whom_each_segment_finds(sandbox: Sandbox, segment: Segment) -> None:
    assert (segment.count, segment.members_on) == (3, None)
    first = segment.counted_on
    sandbox.add_contact("dan@example.com", "customers", tags=["vip"])
    pulled("segments")
    segment.refresh_from_db()
    assert segment.count == 4
    assert first is not None and segment.counted_on is not None and segment.counted_on > first


@pytest.mark.parametrize("status", [400, 404])
def test_a_segment_that_cannot_be_counted_is_passed_over(
    sandbox: Sandbox, segment: Segment, status: int
) -> None:
    sandbox.fail(status, path="^/search-contacts/[^/]+/contacts$")
    assert pulled("segments")[0].ok
    segment.refresh_from_db()
    assert segment.count == 3


def test_members_are_read_and_usable_in_queries(segment: Segment) -> None:
    run = pull.members(segment)
    segment.refresh_from_db()
    assert found(segment) == set(PEOPLE)
    assert set(Contact.objects.filter(segments=segment).values_list("email", flat=True)) == set(PEOPLE)
    assert (run.kind, run.ok, run.total, run.done, run.written) == ("members", True, 3, 3, 3)
    assert (segment.count, segment.unknown_members) == (3, 0)
    assert segment.members_on == segment.counted_on is not None


def test_a_new_reading_replaces_the_one_before(
    sandbox: Sandbox, people: dict[str, str], segment: Segment
) -> None:
    pull.members(segment)
    tag_id = next(tag["tagId"] for tag in sandbox.tags() if tag["name"] == "vip")
    call(sandbox, "POST", f"/contacts/{people['ann@example.com']}", {"tags": []})
    other = Contact.objects.get(email="without@example.com")
    call(sandbox, "POST", f"/contacts/{other.contact_id}/tags", {"tags": [{"tagId": tag_id}]})
    pull.members(segment)
    assert found(segment) == {"bob@example.com", "cat@example.com", "without@example.com"}


def test_reading_records_no_change_and_writes_no_contact(segment: Segment) -> None:
    before = list(Contact.plain.order_by("pk").values())
    pull.members(segment)
    assert waiting() == set()
    assert list(Contact.plain.order_by("pk").values()) == before


def test_contacts_that_are_not_mirrored_are_counted_and_passed_over(
    sandbox: Sandbox, segment: Segment
) -> None:
    sandbox.add_contact("new@example.com", "customers", tags=["vip"])
    run = pull.members(segment)
    segment.refresh_from_db()
    assert (segment.count, segment.unknown_members) == (4, 1)
    assert (run.done, run.written) == (4, 3)
    assert not Contact.objects.filter(email="new@example.com").exists()


def test_pages_are_read_one_after_the_other(
    sandbox: Sandbox, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Client.pages
    monkeypatch.setattr(Client, "pages", lambda *a, **more: read(*a, **more | {"per_page": 2}))
    begin = len(sandbox.requests)
    run = pull.members(segment)
    path = f"GET /search-contacts/{segment.search_contact_id}/contacts"
    assert asked(sandbox, begin) == [path, path]
    assert (run.total, run.done) == (3, 3)
    assert found(segment) == set(PEOPLE)


def test_a_reading_that_ends_early_takes_nobody_away(
    sandbox: Sandbox, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull.members(segment)
    read_on = Segment.objects.get().members_on
    monkeypatch.setattr(mirror, "mirror_members", lambda *_arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pull.members(segment)
    assert found(segment) == set(PEOPLE)
    assert Segment.objects.get().members_on == read_on
    assert PullRun.objects.filter(kind="members", ok=False).count() == 1


def test_a_segment_that_finds_nobody_any_more_has_no_members(
    sandbox: Sandbox, people: dict[str, str], segment: Segment
) -> None:
    pull.members(segment)
    for contact_id in people.values():
        sandbox.remove_contact(contact_id)
    pull.members(segment)
    segment.refresh_from_db()
    assert (found(segment), segment.count) == (set(), 0)


def test_what_getresponse_does_not_have_is_not_read(sandbox: Sandbox, segment: Segment) -> None:
    new = Segment.objects.create(account=the_account(), name="new")
    with pytest.raises(ValueError, match="push it first"):
        pull.members(new)
    call(sandbox, "DELETE", f"/search-contacts/{segment.search_contact_id}")
    with pytest.raises(NotFound):
        pull.members(segment)
    assert [run.ok for run in PullRun.objects.filter(kind="members")] == [False]


def test_a_segment_deleted_there_goes_with_its_members(sandbox: Sandbox, segment: Segment) -> None:
    pull.members(segment)
    call(sandbox, "DELETE", f"/search-contacts/{segment.search_contact_id}")
    pulled("segments")
    assert not Segment.objects.exists()
    assert not SegmentMember.objects.exists()
    assert Contact.objects.count() == 4
    assert not Change.objects.exists()


def test_a_pull_keeps_what_was_read_of_a_segment(sandbox: Sandbox, segment: Segment) -> None:
    pull.members(segment)
    body = {"name": "renamed", **Segment.where(c.email().contains("ann"))}
    call(sandbox, "POST", f"/search-contacts/{segment.search_contact_id}", body)
    pulled("segments")
    row = Segment.objects.get()
    assert (row.name, row.count) == ("renamed", 1)
    assert (found(row), row.members_on is None) == (set(PEOPLE), False)


# The task


def test_the_task_reads_the_members_of_some(segment: Segment) -> None:
    tasks.pull_segments(members_of=segment.pk)
    assert found(segment) == set(PEOPLE)
    SegmentMember.objects.all().delete()
    new = Segment.objects.create(account=the_account(), name="new")
    tasks.pull_segments(members_of=[segment.pk, new.pk, 10**6])
    assert found(segment) == set(PEOPLE)
    assert the_account().worker_seen_at is not None


def test_without_members_the_task_pulls_definitions(segment: Segment) -> None:
    tasks.pull_segments()
    assert set(PullRun.objects.values_list("kind", flat=True)) >= {"segments"}
    assert not SegmentMember.objects.exists()


def test_another_reading_under_way_is_waited_for(segment: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    def retry(**message: Any) -> Retry:
        sent.append(message)
        return Retry()

    monkeypatch.setattr(tasks.pull_segments, "retry", retry)
    assert PullRun.objects.begin(the_account(), "members")
    with pytest.raises(AlreadyRunning):
        pull.members(segment)
    with pytest.raises(Retry):
        tasks.pull_segments(members_of=[segment.pk])
    assert [message["kwargs"] for message in sent] == [{"members_of": [segment.pk]}]


def test_a_failure_ends_no_worker(
    sandbox: Sandbox, segment: Segment, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail(503, count=None)
    with caplog.at_level(logging.WARNING):
        tasks.pull_segments(members_of=segment.pk)
    assert "getresponse.pull.failed account=default" in caplog.text
    with pytest.raises(Unavailable):
        pull.members(segment)


@pytest.mark.parametrize("reason", ["disabled", "refused"])
def test_a_silent_account_is_not_read(sandbox: Sandbox, segment: Segment, settings: Any, reason: str) -> None:
    if reason == "disabled":
        settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    else:
        the_account().open_circuit("x")
    begin = len(sandbox.requests)
    tasks.pull_segments(members_of=segment.pk)
    assert asked(sandbox, begin) == []
