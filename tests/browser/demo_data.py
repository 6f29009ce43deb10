"""What the pages are shown with: a pulled sandbox, and everything that can be on its way or wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.errors import Rejected
from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    Contact,
    CustomField,
    PullRun,
    Segment,
    WebhookEvent,
)
from getresponse_django.models.conditions import field, has_tag
from getresponse_django.models.outbox import Reason
from getresponse_django.pull import PARTS, Options, activities, contact_consents, pull

REFUSAL = [{"fieldName": ["name"], "errorDescription": "This name is on the list of forbidden words"}]


def make_data() -> Contact:
    """Fill the database; returns the contact whose page shows most."""
    account = Account.objects.for_alias("default")
    pull(account, PARTS, Options(details=True))
    now = timezone.now()
    account.write(worker_seen_at=now, beat_seen_at=now)
    a_field_of_every_kind(account)
    contact, refused, leaving, *_rest = Contact.objects.filter(state="active").order_by("pk")
    contact.name, contact.note = "Ann Miller-Kowalska", "Met at the fair"
    contact.custom_fields = {**(contact.custom_fields or {}), "plan": ["team"], "interests": ["wine", "tea"]}
    contact.save()
    activities(contact)
    contact_consents(contact)
    leaving.leave()
    refused.name = "Somebody"
    refused.save()
    mirror.mark_refused([refused], Rejected("Validation error", status=400, code=1000, context=REFUSAL))
    ended = Change.objects.get(resource="contact", object_pk=refused.pk)
    ended.leased_until = now + timedelta(minutes=1)
    ended.save()
    ended.give_up(Reason.REJECTED, "name: This name is on the list of forbidden words")
    run = PullRun.objects.begin(account, "contacts")
    assert run is not None
    PullRun.objects.filter(pk=run.pk).update(leased_until=now + timedelta(hours=1))
    PullRun.objects.filter(pk=run.pk).update(done=34000, total=100000, written=1200)
    events: list[tuple[str, dict[str, Any]]] = [
        ("contact_added", {"processed_at": now, "outcome": "mirrored"}),
        ("contact_removed_link", {"gave_up_at": now, "reason": Reason.REJECTED, "detail": "Not found"}),
        ("contact_opened_message", {}),
    ]
    for type_, columns in events:
        body = {"type": type_, "contact": {"contactId": contact.contact_id}}
        columns |= {"body": body, "contact_id": contact.contact_id}
        WebhookEvent.objects.create(account=account, source="webhook", type=type_, **columns)
    customers = Campaign.objects.get(name="customers")
    found = Segment.where(
        field("plan").equals("pro") & has_tag("vip"), campaigns=[customers], account=account
    )
    known = {"count": 41, "counted_on": now, "base": found}
    Segment.plain.bulk_create(
        [Segment(account=account, search_contact_id="S", name="Professionals", definition=found, **known)]
    )
    Contact.objects.subscribe("new@example.com", campaign=customers, name="New One", tags=["site"])
    return contact


def a_field_of_every_kind(account: Account) -> None:
    """Definitions as a marketer makes them."""
    kinds = [
        ("interests", "string", "multi_select", ["wine", "tea", "coffee"]),
        ("contract_ends", "datetime", "text", []),
        ("shoe_size", "number", "text", []),
        ("homepage", "url", "text", []),
        ("phone", "phone", "text", []),
        ("gender", "gender", "single_select", ["Male", "Female", "Prefer not to say"]),
        ("delivery", "string", "radio", ["home", "shop"]),
        ("about", "string", "textarea", []),
        ("agreed", "string", "checkbox", ["terms", "adverts"]),
    ]
    CustomField.plain.bulk_create(
        CustomField(account=account, custom_field_id=name, name=name, type=type_, format=form, values=values)
        for name, type_, form, values in kinds
    )
