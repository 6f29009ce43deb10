"""Lists and custom fields that a Subscriber names: ADMINS are told once when one has gone."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.contrib.auth.models import User
from django.core import mail

from getresponse_django import Subscriber, register, subscribers
from getresponse_django.models import Contact, PullRun
from getresponse_django.sandbox import Sandbox
from getresponse_django.tasks import pull_part

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rule(settings: Any, no_rules: None) -> None:
    """A rule that names a list, a field that GetResponse has, and one that it never had."""
    settings.ADMINS = ["ada@example.com"] if django.VERSION >= (6, 0) else [("Ada", "ada@example.com")]

    @register(User)
    class Customers(Subscriber):
        campaign = "customers"
        custom_fields = {"plan": "username", "never_there": "username"}


def pulled() -> list[str]:
    """Pull names; returns what was mailed for it."""
    mail.outbox.clear()
    pull_part("default", "campaigns", "fields")
    return [f"{each.subject}: {each.body}" for each in mail.outbox]


def test_what_is_there_and_what_never_was_are_not_told(sandbox: Sandbox) -> None:
    assert pulled() == pulled() == []


def test_a_list_that_vanished_is_told_once_until_it_is_there_again(sandbox: Sandbox) -> None:
    pulled()
    Contact.objects.subscribe("ann@example.com", campaign="customers")
    campaigns = sandbox._store.campaigns
    gone = next(one for one in campaigns.values() if one.name == "customers")
    del campaigns[gone.campaign_id]
    (told,) = pulled()
    assert "The list “customers”" in told and "Customers names" in told and "getresponse_pull" in told
    assert "ann@example.com" not in told
    assert [name for _rule, name in subscribers.unknown_campaigns()] == ["customers"]
    assert pulled() == []
    campaigns[gone.campaign_id] = gone
    assert pulled() == []
    del campaigns[gone.campaign_id]
    assert len(pulled()) == 1


def test_a_custom_field_that_vanished_is_told(sandbox: Sandbox) -> None:
    pulled()
    fields = sandbox._store.custom_fields
    gone = next(one for one in fields.values() if one.name == "plan")
    del fields[gone.custom_field_id]
    (told,) = pulled()
    assert "The custom field “plan”" in told and "never_there" not in told
    assert pulled() == []


def test_a_mail_server_that_is_down_keeps_no_pull_from_going_on(sandbox: Sandbox, settings: Any) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    pulled()
    sandbox._store.custom_fields.clear()
    pull_part("default", "fields")
    assert PullRun.objects.latest("pk").ok is True
