"""A whole story with all that goes wrong: the log tells of it, without an address, a name or a key."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from getresponse_django import Client, Subscriber, register, rights, tasks
from getresponse_django.errors import GetResponseError
from getresponse_django.events import EVENTS
from getresponse_django.models import Change, Contact, WebhookEvent
from getresponse_django.pull import PARTS
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled, the_account

pytestmark = pytest.mark.django_db(transaction=True)

KEY, SECRET = "k3y-of-the-story", "webhook-secret-of-the-story"
FIRST, LAST = "Zuzanna", "Niewiadomska"
ANNA, BERT, CARL, DORA, EMIL = (
    f"{name}@private.example" for name in ("anna", "bert", "carl", "dora", "emil")
)
PRIVATE = ("private.example", "private%40", FIRST.lower(), LAST.lower(), KEY, SECRET)

TOLD = {
    "getresponse.account.refused",
    "getresponse.account.restored",
    "getresponse.account.unreachable",
    "getresponse.broker.silent",
    "getresponse.person.erased",
    "getresponse.pull.defect",
    "getresponse.pull.failed",
    "getresponse.pull.finished",
    "getresponse.push.defect",
    "getresponse.push.drained",
    "getresponse.push.erased_not_sent",
    "getresponse.push.gave_up",
    "getresponse.request.ended",
    "getresponse.request.limited",
    "getresponse.rule.bad_address",
    "getresponse.rule.failed",
    "getresponse.webhook.gave_up",
    "getresponse.webhook.not_stored",
    "getresponse.webhook.processed",
    "getresponse.webhook.received",
    "getresponse.webhook.refused",
}
"""What the story leads to; the rest is of OAuth, imports and copies, and has tests of its own."""


@pytest.fixture
def site(sandbox: Sandbox, settings: Any, no_rules: None) -> Sandbox:
    """A site with a rule whose key and secrets can be told from everything else."""
    cache.clear()
    sandbox.limits_on, sandbox.key = False, KEY
    account = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"API_KEY": KEY, "WEBHOOK_SECRET": SECRET}
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}, "BACKOFF": (1,)}
    return sandbox


def signup(email: str) -> User:
    """Somebody registers on the site."""
    return User.objects.create(username=email, email=email, first_name=FIRST, last_name=LAST)


def push() -> None:
    """All that waits, now."""
    the_account().write(resume_at=None, limits={})  # a 429 makes all senders wait
    Change.objects.update(not_before=timezone.now(), leased_until=None)
    drain(the_account())


def send(body: Any) -> int:
    """What GetResponse sends."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = reverse("getresponse_django:webhooks", args=["default", SECRET])
    return int(Browser(raise_request_exception=False).post(url, raw, "application/json").status_code)


def everything_of(record: logging.LogRecord) -> str:
    """All that a formatter or a tool for errors may make of a record."""
    trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
    return f"{record.getMessage()} {record.args!r} {vars(record)!r} {trace}".lower()


@pytest.mark.off_contract
def test_the_log_of_a_whole_story_tells_all_and_nothing_personal(
    site: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "getresponse_django")
    pulled("campaigns", "tags")
    what_is_sent(site)
    the_account_stops_and_works_again(site)
    what_is_read(site, monkeypatch)
    what_getresponse_sends(site, monkeypatch)
    who_is_erased()
    ours = [record for record in caplog.records if record.name.startswith("getresponse_django")]
    assert {str(vars(record).get("event_name")) for record in ours} == TOLD
    for record in ours:
        text = everything_of(record)
        assert [word for word in PRIVATE if word in text] == [], record.getMessage()
        assert record.levelno == EVENTS[vars(record)["event_name"]].level


def what_is_sent(site: Sandbox) -> None:
    """Signups: taken, refused, limited, defective, with a rule that fails and a broker that is down."""

    @register(User)
    class Customers(Subscriber):
        campaign, email, name = "customers", "email", "get_full_name"

        def wants(self, user: User) -> bool:
            if user.email == DORA:
                raise RuntimeError(f"{user.get_full_name()} <{user.email}> cannot be judged")
            return True

    def refuse(*_arguments: Any) -> None:
        raise ConnectionRefusedError(f"nobody takes {ANNA}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "nudger", tasks.Nudger(refuse))
        signup(ANNA)
    push(), push()
    assert Contact.objects.get(email=ANNA).state == "active"
    site.fail(400, method="POST", path="^/contacts$")
    signup(BERT), push()
    site.fail(429, method="POST", path="^/contacts$", headers={"Retry-After": "30"})
    signup(CARL), push(), push(), push()
    signup(DORA), signup("no.address.of.zuzanna")
    Contact.plain.filter(email=signup_and_get(EMIL)).update(custom_fields=[EMIL])
    push(), push(), push()
    assert Change.objects.filter(reason="internal").exists()
    with suppress(GetResponseError), Client.for_account("default") as client:
        client.get(f"/contacts/{ANNA}", {"email": ANNA})


def signup_and_get(email: str) -> str:
    signup(email)
    return email


def the_account_stops_and_works_again(site: Sandbox) -> None:
    """An outage, a key that is not accepted, and both mended."""
    user = User.objects.get(email=ANNA)
    user.last_name = f"{LAST}-{FIRST}"
    site.fail(503, method="POST", count=None)
    user.save(), push()
    site.heal()
    site.key = "another"
    push()
    assert the_account().circuit_opened_at
    site.key = KEY
    tasks.ping()
    assert the_account().circuit_opened_at is None


def what_is_read(site: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull that works, one that GetResponse refuses, and one that breaks."""
    tasks.pull_audience()
    site.fail(400, path="^/campaigns$")
    tasks.pull_audience()

    def broken(*_arguments: Any) -> None:
        raise ValueError(f"duplicate key: ({ANNA}, {FIRST})")

    with monkeypatch.context() as patch, pytest.raises(ValueError, match="duplicate"):
        patch.setitem(PARTS, "contacts", broken)
        pulled("contacts")


def what_getresponse_sends(site: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that are good, unreadable, lost by the database, and refused by GetResponse."""
    contact = Contact.objects.get(email=ANNA)
    told = {"contactId": contact.contact_id, "email": ANNA, "name": f"{FIRST} {LAST}"}
    changed = {"type": "contact_changed", "contact": told}
    assert (send(changed), send(f'{{"email": "{ANNA}"'.encode())) == (200, 400)
    tasks.process_webhooks()

    def broken(*_arguments: Any) -> None:
        raise ValueError(f"{ANNA} is not storable")

    with monkeypatch.context() as patch:
        patch.setattr("getresponse_django.webhooks.views.keep_webhook", broken)
        assert send(changed) == 500
    site.fail(400, path=f"^/contacts/{contact.contact_id}$")
    send(changed | {"again": True})
    tasks.process_webhooks()
    assert WebhookEvent.objects.gave_up().count() == 1


def who_is_erased() -> None:
    """A person is erased and comes back past everything."""
    campaign = Contact.objects.get(email=ANNA).campaign
    rights.erase(ANNA)
    push()
    Contact.objects.bulk_create([Contact(account=the_account(), campaign=campaign, email=ANNA, name=FIRST)])
    Contact.objects.filter(email=ANNA).update(created_on=timezone.now() - timedelta(days=1))
    push()
    assert not Contact.objects.exclude(state="left").filter(email=ANNA).exists()
