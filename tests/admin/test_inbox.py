"""The inbox in the admin: what is shown of an event, who finds it, and Process again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django import tasks
from getresponse_django.models import Account, Contact, WebhookEvent
from tests.admin.conftest import act, list_url, page_url, said

NOW = timezone.now()


def made(account: Account, **columns: Any) -> WebhookEvent:
    columns = {"source": "webhook", "type": "contact_added", "body": {"type": "contact_added"}} | columns
    return WebhookEvent.objects.create(account=account, **columns)


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({}, "waiting"),
        ({"leased_until": NOW + timedelta(days=1)}, "being processed"),
        ({"processed_at": NOW, "outcome": "left"}, "the contact has left"),
        ({"gave_up_at": NOW, "reason": "exhausted", "detail": "HTTP 500"}, "too many attempts: HTTP 500"),
        ({"type": ""}, "(none)"),
    ],
)
def test_a_list_says_what_became_of_each(
    admin_client: Client, account: Account, columns: dict[str, Any], shown: str
) -> None:
    made(account, **columns)
    assert shown in admin_client.get(list_url(WebhookEvent)).content.decode()


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, {"waits", "done", "failed"}),
        ({"state": "waiting"}, {"waits"}),
        ({"state": "processed"}, {"done"}),
        ({"state": "gave-up"}, {"failed"}),
        ({"type": "contact_moved"}, {"done"}),
        ({"q": "c1"}, {"waits", "done"}),
        ({"q": "done"}, {"done"}),
        ({"q": "ANN@example.com"}, {"waits", "done"}),
        ({"q": "nobody@example.com"}, set()),
    ],
)
def test_filters_and_search(
    admin_client: Client,
    make_contact: Callable[..., Contact],
    account: Account,
    query: dict[str, str],
    listed: set[str],
) -> None:
    make_contact("ann@example.com", contact_id="c1")
    made(account, webhook_id="waits", contact_id="c1")
    made(account, webhook_id="done", contact_id="c1", type="contact_moved", processed_at=NOW)
    made(account, webhook_id="failed", contact_id="c2", gave_up_at=NOW)
    rows = admin_client.get(list_url(WebhookEvent), query).context["cl"].result_list
    assert {event.webhook_id for event in rows} == listed


def test_a_page_shows_the_body_and_links_to_the_contact(
    admin_client: Client, contact: Contact, account: Account
) -> None:
    event = made(account, contact_id=contact.contact_id, body={"name": "<b>Zażółć</b>"})
    content = admin_client.get(page_url(event)).content.decode()
    assert "&lt;b&gt;Zażółć&lt;/b&gt;" in content and "<b>Zażółć" not in content
    assert f'<a href="{page_url(contact)}">ann@example.com</a>' in content


def test_a_page_without_a_body_says_so(admin_client: Client, account: Account) -> None:
    assert "No longer kept." in admin_client.get(page_url(made(account, body=None))).content.decode()


def test_an_event_can_only_be_read(admin_client: Client, account: Account) -> None:
    event = made(account)
    assert not admin_client.get(page_url(event)).context["adminform"].form.fields
    assert admin_client.post(page_url(event), {"type": "x"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_process_again_begins_again_and_nudges(
    admin_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[int] = []
    monkeypatch.setattr(tasks, "webhook_nudger", tasks.Nudger(lambda pk, _countdown: nudged.append(pk)))
    event = made(account, gave_up_at=NOW, reason="exhausted", detail="HTTP 500", attempts=20)
    assert "1 event is processed again." in said(act(admin_client, WebhookEvent, "process_again", event))
    event.refresh_from_db()
    assert (event.gave_up_at, event.reason, event.detail, event.attempts) == (None, "", "", 0)
    assert list(WebhookEvent.objects.due(timezone.now())) == [event]
    assert nudged == [account.pk]


def test_who_may_only_read_cannot_act(client_with: Callable[..., Client], account: Account) -> None:
    event = made(account, gave_up_at=NOW)
    act(client_with("view"), WebhookEvent, "process_again", event)
    event.refresh_from_db()
    assert event.gave_up_at is not None
