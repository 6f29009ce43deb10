"""The outbox: what is shown of each change, and what Retry and Push now do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django import tasks
from getresponse_django.models import Account, Campaign, Change, Contact, Newsletter, Tag
from tests.admin.conftest import act, list_url, page_url, said, stored

Make = Callable[..., Contact]


def gave_up(row: Any, reason: str = "rejected", detail: str = "No.") -> Change:
    """The change of a row, given up."""
    return Change.objects.create(
        account=row.account,
        resource=row.RESOURCE,
        object_pk=row.pk,
        attempts=7,
        gave_up_at=timezone.now(),
        reason=reason,
        detail=detail,
    )


def waiting(row: Any) -> Change:
    """The change of a row, due tomorrow."""
    tomorrow = timezone.now() + timedelta(days=1)
    return Change.objects.create(
        account=row.account, resource=row.RESOURCE, object_pk=row.pk, not_before=tomorrow
    )


def test_a_change_links_to_its_object_and_says_why(admin_client: Client, contact: Contact, tag: Tag) -> None:
    gave_up(contact, detail="Blocked."), waiting(tag)
    content = admin_client.get(list_url(Change)).content.decode()
    assert f'<a href="{page_url(contact)}">ann@example.com</a>' in content
    assert f'<a href="{page_url(tag)}">vip</a>' in content
    assert "GetResponse refused it: Blocked." in content


@pytest.mark.parametrize(
    ("tombstone", "shown"),
    [
        ({"remote_id": "c", "email": "ann@example.com"}, "ann@example.com (deleted here)"),
        ({"remote_id": "T"}, "T (deleted here)"),
        (None, "99 (deleted here)"),
    ],
)
def test_a_deleted_object_is_named_by_what_is_left_of_it(
    admin_client: Client, account: Account, tombstone: Any, shown: str
) -> None:
    change = Change.objects.create(account=account, resource="contact", object_pk=99, tombstone=tombstone)
    assert shown in admin_client.get(list_url(Change)).content.decode()
    assert shown in admin_client.get(page_url(change)).content.decode()


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, {"contact", "tag"}),
        ({"outcome": "gave-up"}, {"contact"}),
        ({"outcome": "waiting"}, {"tag"}),
        ({"resource": "tag"}, {"tag"}),
    ],
)
def test_filters(
    admin_client: Client, contact: Contact, tag: Tag, query: dict[str, str], listed: set[str]
) -> None:
    gave_up(contact), waiting(tag)
    rows = admin_client.get(list_url(Change), query).context["cl"].result_list
    assert {change.resource for change in rows} == listed


def test_a_change_can_only_be_read(admin_client: Client, contact: Contact) -> None:
    change = gave_up(contact)
    page = admin_client.get(page_url(change))
    assert not page.context["adminform"].form.fields
    assert admin_client.post(page_url(change), {"attempts": "0"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_retry_begins_again_and_nudges(admin_client: Client, contact: Contact, nudged: list[int]) -> None:
    change = gave_up(contact)
    response = act(admin_client, Change, "retry", change)
    assert "1 change is tried again." in said(response)
    again = Change.objects.get()
    assert (again.gave_up_at, again.reason, again.detail, again.attempts) == (None, "", "", 0)
    assert again.not_before <= timezone.now() and again.stamp != change.stamp
    assert nudged == [contact.account_id]


def test_retry_leaves_what_is_waiting_alone(admin_client: Client, contact: Contact) -> None:
    change = waiting(contact)
    assert "0 changes are tried again." in said(act(admin_client, Change, "retry", change))
    assert Change.objects.get().stamp == change.stamp


def test_retry_sends_a_refused_contact_again(admin_client: Client, make_contact: Make) -> None:
    contact = make_contact(contact_id=None, state="rejected", sent_on=timezone.now(), last_error="No.")
    act(admin_client, Change, "retry", gave_up(contact))
    row = Contact.objects.get()
    assert (row.state, row.sent_on, row.base, row.last_error) == ("new", None, {}, "")


def test_retry_keeps_the_state_of_a_contact_that_is_there(admin_client: Client, contact: Contact) -> None:
    act(admin_client, Change, "retry", gave_up(contact))
    assert Contact.objects.get().state == "active"


@pytest.mark.django_db(transaction=True)
def test_a_refused_contact_reaches_getresponse_after_retry(
    admin_client: Client, sandbox: Any, account: Account
) -> None:
    from getresponse_django import pull, push

    pull.pull(account, ["campaigns"])
    campaign = Campaign.objects.get(name="customers")
    contact = stored(
        Contact(
            account=account, campaign=campaign, email="ann@example.com", state="rejected", custom_fields={}
        )
    )
    act(admin_client, Change, "retry", gave_up(contact))
    push.drain(account)
    assert "ann@example.com" in {there["email"] for there in sandbox.contacts()}
    assert Contact.objects.get(pk=contact.pk).state in ("accepted", "active")


def test_retry_of_an_unknown_outcome_asks_first(admin_client: Client, newsletter: Newsletter) -> None:
    Newsletter.plain.update(newsletter_id=None, sent_on=timezone.now())
    change = gave_up(newsletter, reason="unknown")
    asked = act(admin_client, Change, "retry", change)
    assert "Look there first" in asked.content.decode()
    assert Change.objects.get().gave_up_at is not None
    assert Newsletter.objects.get().sent_on is not None
    act(admin_client, Change, "retry", change, confirmed="1")
    assert Change.objects.get().gave_up_at is None
    assert Newsletter.objects.get().sent_on is None


def test_retry_of_many_is_done_in_portions(
    admin_client: Client, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.admin.outbox.retrying.CHUNK", 2)
    changes = [gave_up(make_contact(f"{name}@example.com")) for name in "abcde"]
    assert "5 changes are tried again." in said(act(admin_client, Change, "retry", *changes))
    assert Change.objects.waiting().count() == 5


def test_push_now_makes_waiting_changes_due_and_tells_a_worker(
    admin_client: Client, contact: Contact, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(tasks.push_changes, "apply_async", lambda **options: told.append(options["kwargs"]))
    response = act(admin_client, Change, "push_now", waiting(contact), gave_up(tag))
    assert "1 change is pushed now." in said(response)
    assert told == [{"pk": contact.account_id}]
    assert Change.objects.waiting().get().not_before <= timezone.now()


def test_push_now_without_a_broker_says_so(
    admin_client: Client, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.push_changes, "apply_async", refuse)
    assert "broker did not answer" in said(act(admin_client, Change, "push_now", waiting(contact)))


@pytest.mark.parametrize("action", ["retry", "push_now"])
def test_who_may_only_read_cannot_act(
    client_with: Callable[..., Client], contact: Contact, action: str
) -> None:
    change = gave_up(contact)
    act(client_with("view"), Change, action, change, confirmed="1")
    assert Change.objects.get().gave_up_at is not None
