"""What a contact was sent, opened and clicked: read on demand, whole, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django import pull, tasks
from getresponse_django.calls import Page
from getresponse_django.client import Client
from getresponse_django.errors import NotFound, Unavailable
from getresponse_django.mirror import mirror_activities
from getresponse_django.models import Campaign, Contact, ContactActivity
from getresponse_django.resources import activity_fields
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, nothing_written, pulled, the_account

pytestmark = pytest.mark.django_db

SINCE = "query[createdOn][from]=2020-01-01"


@pytest.fixture
def contact(sandbox: Sandbox) -> Contact:
    """A contact who got every newsletter of the sandbox, opened each and clicked in some."""
    item = sandbox.add_contact("anna@example.com", "customers")
    contact_id, store = item["contactId"], sandbox._store
    for number, sent in enumerate(each for each in store.newsletters.values() if each.send_at):
        assert sent.send_at is not None
        sent.recipients[contact_id] = sent.send_at
        sent.opens[contact_id] = sent.send_at + 60
        if number % 2:
            sent.clicks[contact_id], sent.clicked_links[contact_id] = sent.send_at + 60, number % 3 % 2
    pulled("campaigns")
    return Contact.plain.create(
        account=the_account(),
        campaign=Campaign.objects.get(name="customers"),
        contact_id=contact_id,
        email=item["email"],
        created_on=datetime.now(UTC) - timedelta(days=400),
        state="active",
    )


def test_activities_are_those_of_getresponse_and_older_than_two_weeks(
    sandbox: Sandbox, contact: Contact
) -> None:
    remote = call(sandbox, "GET", f"/contacts/{contact.contact_id}/activities?{SINCE}&perPage=1000")
    assert pull.activities(contact) == len(remote) > 1

    kept = {
        (row.activity, row.created_on, row.resource_id, row.click_track_id)
        for row in contact.activities.all()
    }
    assert kept == {
        (
            item["activity"],
            datetime.fromisoformat(item["createdOn"]),
            item["resource"]["resourceId"],
            (item["clickTrack"] or {}).get("id", ""),
        )
        for item in remote
    }
    oldest = contact.activities.last()
    assert oldest is not None and oldest.created_on < datetime.now(UTC) - timedelta(days=14)
    assert oldest.subject and oldest.resource_type in ("newsletters", "autoresponders", "rss-newsletters")


def test_a_second_pull_adds_nothing_and_asks_only_since_the_latest(
    sandbox: Sandbox, contact: Contact
) -> None:
    pull.activities(contact)
    latest = contact.activities.first()
    with nothing_written():
        assert pull.activities(contact) == 0
    assert latest is not None
    since = (latest.created_on - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert sandbox.requests[-1].query["query[createdOn][from]"] == since


def test_what_happened_since_is_added(sandbox: Sandbox, contact: Contact) -> None:
    pull.activities(contact)
    lost = [row.pk for row in contact.activities.all()[:2]]
    ContactActivity.objects.filter(pk__in=lost).delete()
    assert pull.activities(contact) == 2


def test_a_long_history_is_read_in_pages(
    sandbox: Sandbox, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Client.pages
    monkeypatch.setattr(Client, "pages", lambda *args, **more: honest(*args, **{**more, "per_page": 2}))
    seen = len(sandbox.requests)
    count = pull.activities(contact)
    assert len(asked(sandbox, seen)) == (count + 1) // 2 > 1
    assert contact.activities.count() == count


def test_a_pull_that_breaks_leaves_no_hole(
    sandbox: Sandbox, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Client.pages

    def broken(*arguments: Any, **options: Any) -> Iterator[Page]:
        yield next(honest(*arguments, **options | {"per_page": 2}))
        raise Unavailable

    monkeypatch.setattr(Client, "pages", broken)
    with pytest.raises(Unavailable):
        pull.activities(contact)
    assert not contact.activities.exists()
    monkeypatch.setattr(Client, "pages", honest)
    assert pull.activities(contact) == contact.activities.count() > 2


def test_nothing_is_asked_about_a_contact_that_is_not_linked(sandbox: Sandbox, contact: Contact) -> None:
    Contact.plain.filter(pk=contact.pk).update(contact_id=None)
    contact.refresh_from_db()
    seen = len(sandbox.requests)
    assert pull.activities(contact) == 0
    assert asked(sandbox, seen) == []


def test_a_contact_that_is_gone_is_an_error(sandbox: Sandbox, contact: Contact) -> None:
    sandbox.remove_contact(str(contact.contact_id))
    with pytest.raises(NotFound):
        pull.activities(contact)


def test_the_task_pulls_and_survives_a_refusal(sandbox: Sandbox, contact: Contact) -> None:
    tasks.pull_activities(contact.pk)
    assert contact.activities.exists()
    sandbox.remove_contact(str(contact.contact_id))
    tasks.pull_activities(contact.pk)
    tasks.pull_activities(contact.pk + 1)


def test_the_task_stops_the_account_when_its_key_is_refused(sandbox: Sandbox, contact: Contact) -> None:
    sandbox.key = "another"
    tasks.pull_activities(contact.pk)
    assert the_account().circuit_reason
    seen = len(sandbox.requests)
    tasks.pull_activities(contact.pk)
    assert asked(sandbox, seen) == []


def test_activities_go_with_their_contact(sandbox: Sandbox, contact: Contact) -> None:
    pull.activities(contact)
    contact.delete()
    assert not ContactActivity.objects.exists()


AT = "2026-05-01T10:00:00+0000"
ITEM: dict[str, Any] = {
    "activity": "click",
    "subject": "Hello",
    "createdOn": AT,
    "previewUrl": None,
    "resource": {"resourceId": "N", "resourceType": "newsletters", "href": "https://x"},
    "clickTrack": {"id": "L", "name": "Shop", "url": "https://www.example.com/shop"},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("click", "newsletters", "N", "L", "https://www.example.com/shop")),
        ({"activity": "open", "clickTrack": None}, ("open", "newsletters", "N", "", "")),
        (
            {"resource": {"resourceId": None, "resourceType": None}},
            ("click", "", "", "L", ITEM["clickTrack"]["url"]),
        ),
        ({"resource": None, "clickTrack": None}, ("click", "", "", "", "")),
        (
            {"activity": "something new"},
            ("something new", "newsletters", "N", "L", ITEM["clickTrack"]["url"]),
        ),
    ],
)
def test_what_an_activity_says(changes: dict[str, Any], expected: tuple[str, ...]) -> None:
    fields = activity_fields(ITEM | changes)
    names = ("activity", "resource_type", "resource_id", "click_track_id", "click_track_url")
    assert tuple(fields[name] for name in names) == expected
    assert fields["created_on"] == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_an_activity_that_says_little_can_be_kept() -> None:
    assert set(activity_fields({"createdOn": AT})) == set(activity_fields(ITEM))


ITEMS = st.builds(
    lambda second, kind, message: (
        ITEM
        | {
            "activity": kind,
            "createdOn": f"2026-05-01T10:00:{second:02}+0000",
            "resource": {"resourceId": message},
        }
    ),
    st.integers(0, 3),
    st.sampled_from(["send", "open", "click"]),
    st.sampled_from(["N", "n", None]),
)


@settings(max_examples=20)
@given(first=st.lists(ITEMS, max_size=6), second=st.lists(ITEMS, max_size=6))
def test_whatever_is_told_twice_is_kept_once(first: list[Any], second: list[Any]) -> None:
    campaign = Campaign.plain.create(account=the_account(), name="c")
    contact = Contact.plain.create(account=the_account(), campaign=campaign, email="a@example.com")
    try:
        for items in (first, second, first):
            mirror_activities(contact, [activity_fields(item) for item in items])
        distinct = {tuple(sorted(map(str, activity_fields(item).items()))) for item in first + second}
        assert contact.activities.count() == len(distinct)
    finally:
        Contact.plain.filter(pk=contact.pk).delete()
        Campaign.plain.filter(pk=campaign.pk).delete()
