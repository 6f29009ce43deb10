"""GetResponse: what a test asserts of the account, once what the site recorded has been pushed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone

from .. import conf
from ..calls import Call
from ..models import Account, Change
from ..models.field_values import as_values
from ..sandbox import Sandbox
from ..sandbox.http.exchange import LoggedRequest
from .explaining import changes_of, in_words, situation_of
from .pointing import add_what_rules_name, mirror_names
from .pushing import push_all

PATIENCE = 10.0
"""Seconds to wait for a worker."""

GLANCE = 0.05
"""Seconds between two looks."""


class GetResponse:
    """The account behind ``sandbox``. Every assertion pushes first, or waits for the worker to."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.patience: float | None = None  # seconds to wait for a worker; without one, it pushes itself
        self._learn()

    def wait_for_worker(self, seconds: float = PATIENCE) -> None:
        """Leave the pushing to a worker, and wait for it so long."""
        self.patience = seconds

    def push(self) -> None:
        """Let everything recorded reach GetResponse, as far as it can. The outbox tells what could not."""
        self._pushed()

    def assert_subscribed(
        self,
        email: str,
        campaign: str,
        *,
        name: str | None = None,
        tags: Iterable[str] = (),
        custom_fields: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The address is an active contact of the list ``campaign`` (its name).

        ``name`` must be equal, ``tags`` and ``custom_fields`` must be among those it has; a field given as
        None or "" must be empty. Returns the contact as GET /contacts/{id} shows it.
        """
        __tracebackhide__ = True
        wanted = {"name": name, "tags": list(tags), "custom_fields": as_values(custom_fields or {})}
        problem = self._settle(lambda: self._lacks(email, campaign, wanted))
        if problem:
            raise AssertionError(f"{problem}\n{situation_of(self.sandbox, email)}")
        return self._found(email, campaign)[0]

    def assert_not_subscribed(self, email: str, campaign: str | None = None) -> None:
        """The address is no active contact of the list, or of any list."""
        __tracebackhide__ = True
        problem = self._settle(lambda: self._has(email, campaign))
        if problem:
            raise AssertionError(f"{problem}\n{situation_of(self.sandbox, email)}")

    def assert_nothing_sent(self) -> None:
        """No request changed anything in GetResponse since the test began; reading is no sending."""
        __tracebackhide__ = True
        waiting = self._pushed()
        if sent := [request for request in self.sandbox.requests if writes(request)]:
            lines = [f"  {request.method} {request.path} {request.body or ''}" for request in sent]
            raise AssertionError("\n".join(["Something was sent to GetResponse:", *lines]))
        if waiting:
            raise AssertionError(f"Nothing was sent, but {waiting}")

    # How far it is

    def _pushed(self) -> str:
        """What is still to be pushed; empty when the worker has had its turn with everything."""
        return self._settle(lambda: "" if self._quiet(Change.objects.all()) else "changes wait to be pushed")

    def _settle(self, problem: Callable[[], str]) -> str:
        """What is wrong after everything was pushed, or when the patience with the worker is over."""
        self._learn()
        if self.patience is None:
            for alias in conf.aliases():
                push_all(self.sandbox, Account.objects.for_alias(alias))
            return problem()
        until = time.monotonic() + self.patience
        while (wrong := problem()) and time.monotonic() < until:
            time.sleep(GLANCE)
        return f"{wrong} (after {self.patience:g} seconds of waiting for the worker)" if wrong else ""

    def _learn(self) -> None:
        add_what_rules_name(self.sandbox)
        for alias in conf.aliases():
            mirror_names(self.sandbox, Account.objects.for_alias(alias))

    def _quiet(self, changes: Any) -> bool:
        """Whether the worker has had its turn with these: none is due, none is in its hands."""
        if self.patience is None:
            return True
        now = timezone.now()
        turn = Q(not_before__lte=now) | Q(leased_until__gt=now)
        return not changes.filter(turn, gave_up_at=None).exists()

    def _found(self, email: str, campaign: str | None) -> list[dict[str, Any]]:
        contacts = self.sandbox.contacts(campaign)
        return [contact for contact in contacts if contact["email"].lower() == email.lower()]

    def _lacks(self, email: str, campaign: str, wanted: Mapping[str, Any]) -> str:
        """In what the contact falls short; empty when in nothing."""
        lists = sorted(known["name"] for known in self.sandbox.campaigns())
        if campaign not in lists:
            return (
                f'There is no list "{campaign}" in the sandbox (there: {", ".join(lists)}). '
                f'Make it in the test: sandbox.add_campaign("{campaign}")'
            )
        found = self._found(email, campaign)
        if not found:
            return f'{email} is not subscribed to "{campaign}" in GetResponse.'
        wrong = differences(found[0], wanted)
        return "\n".join([f'{email} is subscribed to "{campaign}", but:', *wrong]) if wrong else ""

    def _has(self, email: str, campaign: str | None) -> str:
        """That the address is there, or is not yet proven to be absent; empty when it is absent."""
        if found := self._found(email, campaign):
            there = ", ".join(sorted(f'"{contact["campaign"]["name"]}"' for contact in found))
            return f"{email} is subscribed to {there} in GetResponse."
        return "" if self._quiet(changes_of(email)) else f"A change of {email} is not pushed yet."


def differences(contact: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Each difference in a line of words."""
    lines = []
    if wanted["name"] is not None and (contact["name"] or "") != wanted["name"]:
        lines.append(f"  its name is {contact['name']!r}, not {wanted['name']!r}")
    tags = {tag["name"] for tag in contact["tags"]}
    for tag in wanted["tags"]:
        if tag not in tags:
            lines.append(f"  it has no tag {tag!r} (its tags: {in_words(sorted(tags))})")
    values = {field["name"]: field["values"] for field in contact["customFieldValues"]}
    for field, expected in wanted["custom_fields"].items():
        if sorted(values.get(field, [])) != sorted(expected):
            there, due = in_words(values.get(field, [])), in_words(expected)
            lines.append(f"  its custom field {field!r} is {there}, not {due}")
    return lines


def writes(request: LoggedRequest) -> bool:
    """Whether the request was to change something; a search is a read, though sent by POST."""
    return not Call(request.method, request.path).is_read
