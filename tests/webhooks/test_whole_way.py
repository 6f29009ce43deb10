"""From a click in GetResponse to the mirror: real requests both ways, and nothing in between replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from getresponse_django import tasks
from getresponse_django.models import Change, Contact, WebhookEvent
from getresponse_django.sandbox import Sandbox
from tests.pulling import call, pulled
from tests.webhooks.conftest import address

pytestmark = pytest.mark.django_db(transaction=True)

ANN = "ann@example.com"


@pytest.fixture
def ann(sandbox: Sandbox) -> Contact:
    sandbox.add_contact(ANN, "customers", custom_fields={"city": "Gdynia"})
    pulled("campaigns", "fields", "tags", "contacts")
    return Contact.objects.get()


@pytest.fixture(params=["webhook", "batched webhook", "callback"])
def told(request: pytest.FixtureRequest, sandbox: Sandbox, live_server: Any) -> str:
    """The sandbox calls the site, by one of the ways there are."""
    sandbox.webhook_intervals = (0.01, 0.02, 0.03)
    if request.param == "callback":
        actions = {"subscribe": True, "unsubscribe": True}
        body = {"url": live_server.url + address("callbacks"), "actions": actions}
        call(sandbox, "POST", "/accounts/callbacks", body)
    else:
        sandbox.add_webhook(live_server.url + address(), batched=request.param != "webhook")
    return str(request.param)


def arrive(sandbox: Sandbox) -> None:
    """Everything is delivered, and processed by the task."""
    assert sandbox.wait_for_deliveries()
    assert all(delivery.taken for delivery in sandbox.deliveries)
    tasks.process_webhooks()


def test_who_clicks_the_unsubscribe_link_has_left_the_mirror(
    sandbox: Sandbox, ann: Contact, told: str
) -> None:
    requests.get(sandbox.unsubscribe_link(str(ann.contact_id)), timeout=5).raise_for_status()
    arrive(sandbox)
    ann.refresh_from_db()
    assert (ann.state, ann.left_reason) == ("left", "unsubscribe")
    assert not Change.objects.exists()
    assert WebhookEvent.objects.get().outcome == "left"


def test_who_subscribes_in_getresponse_is_in_the_mirror(sandbox: Sandbox, ann: Contact, told: str) -> None:
    sandbox.add_contact("bob@example.com", "partners", name="Bob")
    arrive(sandbox)
    bob = Contact.objects.get(email="bob@example.com")
    assert (bob.state, bob.name, bob.campaign.name) == ("active", "Bob", "partners")


def bounce(sandbox: Sandbox, contact_id: str) -> None:
    sandbox.remove_contact(contact_id, "bounce")


def change(**members: Any) -> Callable[[Sandbox, str], None]:
    def changing(sandbox: Sandbox, contact_id: str) -> None:
        call(sandbox, "POST", f"/contacts/{contact_id}", members)

    return changing


def move(sandbox: Sandbox, contact_id: str) -> None:
    ids = {c["name"]: c["campaignId"] for c in sandbox.campaigns()}
    change(campaign={"campaignId": ids["partners"]})(sandbox, contact_id)


def fill_in(sandbox: Sandbox, contact_id: str) -> None:
    ids = {f["name"]: f["customFieldId"] for f in sandbox.custom_fields()}
    values = [{"customFieldId": ids["city"], "value": ["Sopot"]}]
    call(sandbox, "POST", f"/contacts/{contact_id}/custom-fields", {"customFieldValues": values})


WAYS: list[tuple[Callable[[Sandbox, str], None], str, str, Any]] = [
    (bounce, "contact_removed_bounce", "state", "left"),
    (move, "contact_moved", "campaign__name", "partners"),
    (change(email="lee@example.com"), "contact_email_changed", "email", "lee@example.com"),
    (fill_in, "contact_custom_field_changed", "custom_fields__city", ["Sopot"]),
]


@pytest.mark.parametrize("told", ["webhook", "batched webhook"], indirect=True)
@pytest.mark.parametrize(("happen", "kind", "column", "value"), WAYS, ids=[way[1] for way in WAYS])
def test_what_happens_to_a_contact_is_mirrored(
    sandbox: Sandbox,
    ann: Contact,
    told: str,
    happen: Callable[[Sandbox, str], None],
    kind: str,
    column: str,
    value: Any,
) -> None:
    happen(sandbox, str(ann.contact_id))
    arrive(sandbox)
    assert [delivery.headers["X-Webhook-Type"] for delivery in sandbox.deliveries] == [kind]
    assert Contact.objects.values_list(column, flat=True).get() == value
    assert not Change.objects.exists()


@pytest.mark.parametrize("told", ["webhook"], indirect=True)
def test_a_delivery_whose_answer_was_not_understood_comes_again_and_is_kept_once(
    sandbox: Sandbox, ann: Contact, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.http import HttpResponse

    from getresponse_django.webhooks import views

    answers = [HttpResponse(), HttpResponse(b"OK"), HttpResponse(status=503), views.accepted()]
    monkeypatch.setattr(views, "accepted", lambda: answers.pop(0))
    requests.get(sandbox.unsubscribe_link(str(ann.contact_id)), timeout=5)
    assert sandbox.wait_for_deliveries()
    assert [(d.status, d.taken) for d in sandbox.deliveries] == [
        (200, False),
        (200, False),
        (503, False),
        (200, True),
    ]
    assert len({d.headers["X-Webhook-ID"] for d in sandbox.deliveries}) == 1
    tasks.process_webhooks()
    assert WebhookEvent.objects.get().outcome == "left"


@pytest.mark.parametrize("told", ["webhook"], indirect=True)
def test_every_type_there_is_arrives_and_is_processed(sandbox: Sandbox, ann: Contact, told: str) -> None:
    from getresponse_django.sandbox.audience.notices import TYPES

    for kind in TYPES:
        sandbox.send_webhook(kind, str(ann.contact_id))
    arrive(sandbox)
    assert set(WebhookEvent.objects.values_list("type", flat=True)) == set(TYPES)
    assert not WebhookEvent.objects.waiting().exists()
    ann.refresh_from_db()
    assert ann.state == "active", "two of them lied"
