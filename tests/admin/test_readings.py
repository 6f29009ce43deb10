"""What is read of a contact on demand: who may ask, what the page says meanwhile and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from getresponse_django.admin.contacts.readings import MOST_SHOWN
from getresponse_django.models import Account, Contact, ContactActivity, ContactConsent, ContactReading
from getresponse_django.models.readings import PATIENCE, ReadingKind
from getresponse_django.sandbox import Sandbox
from tests.admin.conftest import page_url, said
from tests.admin.test_pages import HARMFUL, queries_of
from tests.pulling import pulled
from tests.wire import Wire

KINDS = [*ReadingKind.values]


def read_url(contact: Contact, kind: str) -> str:
    return reverse("admin:getresponse_django_contact_read", args=[contact.pk, kind])


def shown(client: Client, contact: Contact) -> str:
    return str(client.get(page_url(contact)).content.decode())


@pytest.fixture
def there(sandbox: Sandbox, account: Account) -> Contact:
    """A contact of the sandbox who got a newsletter, opened it, and agreed to something."""
    store = sandbox._store
    contact_id = sandbox.add_contact("ann@example.com", "customers")["contactId"]
    sent = next(each for each in store.newsletters.values() if each.send_at)
    sent.recipients[contact_id] = sent.opens[contact_id] = store.now()
    (record,) = store.active
    record.consents = [
        {"consentId": "c1", "name": "Terms", "content": "I agree.", "isGranted": True, "history": []}
    ]
    pulled("campaigns", "contacts")
    return Contact.objects.get(contact_id=contact_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_the_button_lets_a_worker_read_it(
    admin_client: Client, there: Contact, eager: None, kind: str
) -> None:
    before = admin_client.get(page_url(there)).context["readings"]
    assert "Not read yet" in before.states[kind] and not getattr(before, kind)
    response = admin_client.post(read_url(there, kind), follow=True)
    assert response.redirect_chain[-1][0] == f"{page_url(there)}#getresponse-{kind}"
    after = response.context["readings"]
    assert after.states[kind].startswith("As of ") and not after.running
    assert len(getattr(after, kind)) >= 1
    assert getattr(there, kind).count() == len(getattr(after, kind))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_why_it_could_not_be_read_is_said(
    admin_client: Client, there: Contact, sandbox: Sandbox, eager: None, kind: str
) -> None:
    sandbox.remove_contact(str(there.contact_id))
    after = admin_client.post(read_url(there, kind), follow=True).context["readings"]
    assert after.states[kind].startswith("It could not be read: ") and not after.running
    assert ContactReading.objects.get().read_at is None


def test_the_page_renews_itself_while_it_is_read_and_no_longer(
    wire: Wire, admin_client: Client, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "getresponse_django.tasks.pull_activities.apply_async", lambda **message: told.append(message)
    )
    admin_client.post(read_url(contact, "activities"))
    assert [message["kwargs"] for message in told] == [{"contact_pk": contact.pk}]
    text = shown(admin_client, contact)
    assert 'data-running="true"' in text and "live.js" in text and "It is being read." in text
    ContactReading.objects.update(asked_at=timezone.now() - PATIENCE - timedelta(seconds=1))
    text = shown(admin_client, contact)
    assert 'data-running="false"' in text and "live.js" not in text
    assert "No worker has answered." in text
    assert wire.requests == []


def test_a_broker_that_is_away_is_said(
    admin_client: Client, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.admin.contacts.readings.hand_over", lambda *_a, **_k: False)
    response = admin_client.post(read_url(contact, "consents"), follow=True)
    assert "broker did not answer" in said(response)
    assert not response.context["readings"].running


@pytest.mark.parametrize("reason", ["switched off", "refused"])
def test_nobody_is_told_to_wait_for_what_no_worker_will_do(
    admin_client: Client, contact: Contact, settings: Any, reason: str
) -> None:
    if reason == "refused":
        contact.account.open_circuit("Code 1014.")
    else:
        settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    response = admin_client.post(read_url(contact, "consents"), follow=True)
    assert ("Code 1014." if reason == "refused" else "ENABLED") in said(response)
    assert not ContactReading.objects.exists()


def test_who_may_only_look_sees_what_is_known_and_cannot_ask(
    client_with: Callable[..., Client], contact: Contact
) -> None:
    ContactConsent.objects.create(
        contact=contact, consent_id="c", name="Terms", is_granted=True, read_at=timezone.now()
    )
    reader = client_with("view")
    text = shown(reader, contact)
    assert "Terms" in text and "Read the consents" not in text
    assert reader.post(read_url(contact, "consents")).status_code == 403
    assert not ContactReading.objects.exists()


def test_only_a_post_asks_and_only_for_what_there_is(admin_client: Client, contact: Contact) -> None:
    assert admin_client.get(read_url(contact, "consents")).status_code == 405
    assert admin_client.post(read_url(contact, "passwords")).status_code == 404
    assert not ContactReading.objects.exists()


@pytest.mark.parametrize("columns", [{"contact_id": None, "state": "new"}, {"state": "left"}])
def test_nothing_is_offered_of_a_contact_that_is_not_there(
    admin_client: Client, make_contact: Callable[..., Contact], columns: dict[str, Any]
) -> None:
    contact = make_contact(**columns)
    assert "Read the consents" not in shown(admin_client, contact)
    response = admin_client.post(read_url(contact, "consents"), follow=True)
    assert "GetResponse has none of these" in said(response)
    assert not ContactReading.objects.exists()


def test_many_activities_cost_the_same_queries_and_the_latest_are_shown(
    admin_client: Client, contact: Contact
) -> None:
    few, now = queries_of(admin_client, page_url(contact)), timezone.now()
    ContactActivity.objects.bulk_create(
        ContactActivity(
            contact=contact, activity="open", created_on=now - timedelta(hours=age), subject=f"No {age}."
        )
        for age in range(MOST_SHOWN + 1)
    )
    assert queries_of(admin_client, page_url(contact)) == few
    text = shown(admin_client, contact)
    assert "No 0." in text and f"No {MOST_SHOWN}." not in text and "Older ones are not shown." in text


def test_what_is_full_of_script_is_only_read(admin_client: Client, contact: Contact) -> None:
    now, harmful = timezone.now(), {"name": HARMFUL, "content": HARMFUL}
    ContactConsent.objects.create(contact=contact, consent_id="c", is_granted=True, read_at=now, **harmful)
    columns = {"subject": HARMFUL, "click_track_name": HARMFUL, "click_track_url": HARMFUL}
    ContactActivity.objects.create(contact=contact, activity="click", created_on=now, **columns)
    ContactReading.objects.end(contact, "consents", problem=HARMFUL)
    text = shown(admin_client, contact)
    assert HARMFUL not in text and text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
