"""An account whose lists, fields and tags are mirrored, and ways to push and to look at both sides."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.models import Account, Campaign, Change, Contact
from getresponse_django.push import Drained, drain
from getresponse_django.resources import RESOURCES
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.http.exchange import LoggedRequest

ADDRESS = "ann@example.com"


class World:
    """Both sides: the rows here, and the sandbox there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.account = Account.objects.for_alias("default")
        self.pull_named()

    def pull_named(self) -> None:
        """Mirror campaigns, custom fields and tags."""
        mirror.mirror_named(self.account, RESOURCES["campaign"], self.sandbox.campaigns())
        mirror.mirror_named(self.account, RESOURCES["custom_field"], self.sandbox.custom_fields())
        mirror.mirror_named(self.account, RESOURCES["tag"], self.sandbox.tags())

    @property
    def campaign(self) -> Campaign:
        return Campaign.objects.get(name="customers")

    def subscribe(self, email: str = ADDRESS, **said: Any) -> Contact:
        return Contact.objects.subscribe(email, **({"campaign": "customers"} | said))

    def push(self) -> Drained:
        """One drain of what is due now."""
        return drain(self.account)

    def push_all(self, rounds: int = 12) -> None:
        """Drain until nothing waits, without waiting for the clock."""
        for _round in range(rounds):
            self.make_due()
            self.push()
            if not Change.objects.waiting().exists():
                return

    def make_due(self) -> None:
        Change.objects.update(not_before=timezone.now(), leased_until=None)

    def age(self, contact: Contact, seconds: float = 10) -> None:
        """Let the create of a contact be older."""
        row = Contact.objects.get(pk=contact.pk)
        assert row.sent_on is not None
        Contact.plain.filter(pk=contact.pk).update(sent_on=row.sent_on - timezone.timedelta(seconds=seconds))

    def active(self, email: str = ADDRESS, **said: Any) -> Contact:
        """A contact that is linked, with nothing left to push; the log of requests begins after it."""
        contact = self.subscribe(email, **said)
        self.push_all()
        contact = self.fresh(contact)
        assert contact.state == "active"
        assert not Change.objects.exists()
        self.sandbox._application.log.clear()
        return contact

    def fresh(self, contact: Contact) -> Contact:
        return Contact.objects.get(pk=contact.pk)

    def remote(self, email: str = ADDRESS, campaign: str = "customers") -> dict[str, Any]:
        """The one contact there with this address."""
        (found,) = [c for c in self.sandbox.contacts(campaign) if c["email"].lower() == email.lower()]
        return found

    def as_others(self, method: str, path: str, json: Any = None) -> None:
        """Somebody else uses the API; leaves no trace in the log."""
        log = list(self.sandbox._application.log)
        url = self.sandbox.url + path
        headers = {"X-Auth-Token": f"api-key {self.sandbox.key}"}
        requests.request(method, url, json=json, headers=headers, timeout=5).raise_for_status()
        self.sandbox._application.log.clear()
        self.sandbox._application.log.extend(log)

    def emails(self, campaign: str = "customers") -> list[str]:
        return sorted(contact["email"] for contact in self.sandbox.contacts(campaign))

    def requests(self, method: str = "", path: str = "") -> list[LoggedRequest]:
        """The requests whose path matches entirely."""
        return [
            r
            for r in self.sandbox.requests
            if method in ("", r.method) and re.fullmatch(path or ".*", r.path)
        ]

    def creates(self) -> list[LoggedRequest]:
        return self.requests("POST", "/contacts")

    def writes(self) -> list[LoggedRequest]:
        return [
            r for r in self.sandbox.requests if r.method != "GET" and r.path != "/search-contacts/contacts"
        ]


@contextmanager
def meanwhile(world: World, method: str, act: Callable[[], object]) -> Iterator[None]:
    """``act()`` while the first request of this method is being answered."""
    honest, acted = world.sandbox._application._honest, threading.Event()

    def watched(request: Any) -> Any:
        if request.method == method and not acted.is_set():
            acted.set()
            act()
            connection.close()
        return honest(request)

    world.sandbox._application._honest = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        world.sandbox._application._honest = honest  # type: ignore[method-assign]
    assert acted.is_set()


@pytest.fixture
def world(transactional_db: None, sandbox: Sandbox) -> Iterator[World]:
    """A world without rate limits; creates land at once."""
    sandbox.limits_on = False
    yield World(sandbox)


@pytest.fixture
def slow_world(world: World) -> World:
    """A world whose creates land only by ``sandbox.land()``."""
    world.sandbox._application.store.landing_delay = 3600
    return world
