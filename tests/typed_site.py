"""A site that uses the public names, for ``mypy --strict`` alone: what they take, and what they give.

Nothing here runs. A line with ``type: ignore`` is a mistake that mypy must find: strict mode complains about
one that is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_type

from django.contrib.auth.models import User
from django.dispatch import receiver

import getresponse_django
from getresponse_django import Client, Consent, Subscriber, register, signals
from getresponse_django.conf import from_env
from getresponse_django.errors import GetResponseError
from getresponse_django.models import Account, Campaign, Change, Contact
from getresponse_django.tasks import beat_schedule

assert_type(getresponse_django.__version__, str)
GETRESPONSE = {"ACCOUNTS": from_env()}
CELERY_BEAT_SCHEDULE = assert_type(beat_schedule(), dict[str, dict[str, Any]])


@register(User)
class CustomerSubscriber(Subscriber):
    """A rule keeps its own type under the decorator."""

    campaign = "customers"
    email, name = "email", "get_full_name"
    custom_fields = {"plan": "profile.plan", "since": lambda user: str(user.date_joined)}
    tags = ["site"]

    def wants(self, user: User) -> bool:
        return user.is_active

    def consented_at(self, user: User) -> datetime | Consent | None:
        return user.date_joined


class WrongSubscriber(Subscriber):
    campaign = 7  # type: ignore[assignment]

    def wants(self, user: Any) -> str:  # type: ignore[override]
        return "yes"


def the_rule_is_still_a_class() -> None:
    assert_type(CustomerSubscriber(User), CustomerSubscriber)


def contacts(when: datetime) -> None:
    consent = Consent(on=when, text="I agree.", version="1", source="form")
    contact = Contact.objects.subscribe("ann@example.com", campaign="customers", name="Ann", consent=consent)
    assert_type(contact, Contact)
    assert_type(contact.account, Account)
    assert_type(contact.campaign, Campaign)
    assert_type(contact.contact_id, str | None)
    assert_type(contact.created_on, datetime | None)
    assert_type(Contact.objects.unsubscribe("ann@example.com"), list[Contact])
    Contact.objects.subscribe("ann@example.com")  # type: ignore[call-arg]
    Contact.objects.subscribe(7, campaign="customers")  # type: ignore[arg-type]


def the_outbox(change: Change) -> None:
    assert_type(change.attempts, int)
    assert_type(change.leased_until, datetime | None)
    assert_type(change.gave_up_at, datetime | None)
    assert_type(change.reason, str)


def anything_else() -> Iterator[Any]:
    client = Client.for_account("default")
    assert_type(client, Client)
    try:
        client.post("/tags", {"name": "site"})
        client.delete("/tags/x")
        yield client.get("/accounts", fields=["accountId"])
        yield from client.pages("/contacts", query={"email": "a@example.com"}, sort={"createdOn": "DESC"})
    except GetResponseError as error:
        assert_type(str(error), str)
    client.get(7)  # type: ignore[arg-type]


@receiver(signals.contact_linked)
def linked(contact: Contact, **_kwargs: Any) -> None:
    assert_type(contact.email, str)
