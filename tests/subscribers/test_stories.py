"""Whatever happens on the site, in GetResponse and in between, in any order, with lost answers and killed
workers: in the end both sides agree, and nobody is on a list who left it and has not agreed since.

``STORY_EXAMPLES=300 pytest tests/subscribers/test_stories.py`` tries more than the suite does.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from getresponse_django import Subscriber, register, subscribers
from getresponse_django.client import Client
from getresponse_django.models import (
    Account,
    Change,
    Conflict,
    ConsentRecord,
    Contact,
    ErasedAddress,
    PullRun,
    Suppression,
    Tag,
    Wish,
)
from getresponse_django.pull import leavers
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.machines import run_machine
from tests.pulling import call, pulled, the_account, waiting

EXAMPLES = int(os.environ.get("STORY_EXAMPLES", "6"))

EMAILS = ("anna@example.com", "bela@example.com", "Cleo@example.com")
NAMES = ("u1", "u2")
people, whose = st.sampled_from(EMAILS), st.sampled_from(NAMES)
words = st.sampled_from(("one", "two", "three"))

DURING_STORY: dict[str, Any] = {
    "SETTLE_SECONDS": 900,
    "LEASE_SECONDS": 120,
    "BACKOFF": (60, 300),
    "MAX_ATTEMPTS": 1000,
}


class Users(Subscriber):
    campaign = "customers"
    name = "first_name"
    custom_fields = {"city": "last_name"}
    tags = ["site"]

    def wants(self, user: User) -> bool:
        return user.is_active

    def consented_at(self, user: User) -> datetime | None:
        return user.last_login


class Buyers(Subscriber):
    campaign = "customers"
    email = "name"
    custom_fields = {"plan": lambda buyer: "pro"}
    tags = ["shop"]


class Killed(BaseException):
    """The worker is gone."""


class Story(RuleBasedStateMachine):
    """Users and buyers who share a list of three addresses. The clock is the same on both sides."""

    sandbox: ClassVar[Sandbox]
    clock: ClassVar[dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.begun = False
        self.known_left: dict[str, datetime] = {}
        self.had: dict[str, set[str]] = defaultdict(set)  # address -> who ever had it
        self.consents: dict[str, datetime] = {}
        self.touched: set[str] = set()
        self.ever_left: set[str] = set()

    @initialize()
    def begin(self) -> None:
        for model in (
            Wish,
            Conflict,
            ConsentRecord,
            Contact.tags.through,
            Contact,
            Tag,
            Change,
            PullRun,
            ErasedAddress,
            Suppression,
        ):
            model._base_manager.get_queryset()._raw_delete("default")
        User.objects.all()._raw_delete("default")
        Group.objects.all()._raw_delete("default")
        Account.objects.update(cursors={}, limits={}, resume_at=None, circuit_opened_at=None, outages=0)
        self.sandbox.reset()
        self.sandbox.limits_on, self.sandbox.landing_delay = False, 0
        self.sandbox.now = lambda: self.clock["now"]
        pulled("campaigns", "fields", "tags", "contacts")
        self.begun = True

    def tick(self, seconds: int = 5) -> None:
        self.clock["now"] += timedelta(seconds=seconds)

    def look(self) -> None:
        """Remember whom the site knows to have left, and since when."""
        for row in Contact.plain.filter(state="left"):
            email = row.email.lower()
            self.ever_left.add(email)
            if row.left_on:
                self.known_left[email] = max(row.left_on, self.known_left.get(email, row.left_on))

    # On the site

    def write(self, user: User) -> None:
        self.tick()
        user.save()
        self.had[user.email.lower()].add(user.username)
        self.look()

    def user(self, name: str) -> User | None:
        return User.objects.filter(username=name).first()

    @rule(name=whose, email=people, word=words)
    def register_or_edit(self, name: str, email: str, word: str) -> None:
        user = self.user(name) or User(username=name, last_name="one")
        user.email, user.first_name = email, word
        self.write(user)

    @rule(name=whose, word=words)
    def move_house(self, name: str, word: str) -> None:
        if user := self.user(name):
            user.last_name = word
            self.write(user)

    @rule(name=whose)
    def switch(self, name: str) -> None:
        if user := self.user(name):
            user.is_active = not user.is_active
            self.write(user)

    @rule(name=whose)
    def agree(self, name: str) -> None:
        if user := self.user(name):
            self.tick()
            user.last_login = self.consents[name] = self.clock["now"]
            self.write(user)

    @rule(name=whose)
    def delete_user(self, name: str) -> None:
        self.tick()
        User.objects.filter(username=name).delete()
        self.look()

    @rule(email=people)
    def buy(self, email: str) -> None:
        self.tick()
        Group.objects.get_or_create(name=email)
        self.look()

    @rule(email=people, other=people)
    def rename_buyer(self, email: str, other: str) -> None:
        self.tick()
        buyer = Group.objects.filter(name=email).first()
        if buyer and not Group.objects.filter(name=other).exists():
            buyer.name = other
            buyer.save()
        self.look()

    @rule(email=people)
    def delete_buyer(self, email: str) -> None:
        self.tick()
        Group.objects.filter(name=email).delete()
        self.look()

    @rule(back=st.booleans())
    def swap(self, back: bool) -> None:
        one, two = self.user("u1"), self.user("u2")
        if one and two:
            self.tick()
            one.email, two.email = two.email, one.email
            with transaction.atomic():
                one.save()
                two.save()
                transaction.set_rollback(back)
            if not back:
                self.had[one.email.lower()].add("u1")
                self.had[two.email.lower()].add("u2")
            self.look()

    @rule(name=whose, email=people, word=words)
    def update_behind(self, name: str, email: str, word: str) -> None:
        self.tick()
        User.objects.filter(username=name).update(email=email, first_name=word)
        self.had[email.lower()].add(name)

    @rule(ask=st.booleans())
    def reconcile(self, ask: bool) -> None:
        self.tick()
        if ask:
            with Client.for_account("default") as client:
                subscribers.reconcile(leavers=partial(leavers, client))
        else:
            subscribers.reconcile()
        self.look()

    @rule(email=people)
    def unsubscribe(self, email: str) -> None:
        self.tick()
        Contact.objects.unsubscribe(email)
        self.ever_left.add(email.lower())
        self.look()

    # In GetResponse

    def there(self, email: str) -> Any:
        return next(
            (one for one in self.sandbox.contacts("customers") if one["email"].lower() == email.lower()), None
        )

    @rule(email=people, word=words)
    def rename_there(self, email: str, word: str) -> None:
        self.tick()
        if there := self.there(email):
            call(self.sandbox, "POST", f"/contacts/{there['contactId']}", {"name": word})

    @rule(email=people)
    def leave_there(self, email: str) -> None:
        self.tick()
        if there := self.there(email):
            self.sandbox.remove_contact(there["contactId"], "unsubscribe")
            self.ever_left.add(email.lower())

    @rule(email=people, word=words)
    def join_there(self, email: str, word: str) -> None:
        self.tick()
        self.touched.add(email.lower())
        if not self.there(email):
            self.sandbox.add_contact(email, "customers", word, custom_fields={"city": word})
            self.known_left.pop(email.lower(), None)

    # Between

    @rule(seconds=st.sampled_from((30, 130, 1000)))
    def wait(self, seconds: int) -> None:
        self.tick(seconds)

    def push(self) -> None:
        self.tick()
        before = self.on_list()
        try:
            drain(the_account())
        finally:
            self.look_who_came(before)
            self.look()

    def on_list(self) -> dict[str, str]:
        """Id -> address of who is on the list there."""
        return {one["contactId"]: one["email"].lower() for one in self.sandbox.contacts("customers")}

    def look_who_came(self, before: dict[str, str]) -> None:
        """Whom this push put on the list, though the site knew that they had left."""
        for contact_id, email in self.on_list().items():
            left = self.known_left.get(email)
            if left is not None and before.get(contact_id) != email:
                agreed = [self.consents[name] for name in self.had[email] if name in self.consents]
                assert any(on > left for on in agreed), f"{email} left and was put back"

    @rule()
    def push_well(self) -> None:
        self.push()

    @rule(
        kind=st.sampled_from(("status", "reset", "429")),
        when=st.sampled_from(("before", "after")),
        method=st.sampled_from(("POST", "GET", "DELETE", None)),
        count=st.sampled_from((1, 3)),
    )
    def push_badly(self, kind: str, when: str, method: str | None, count: int) -> None:
        if kind == "429":
            self.sandbox.fail(429, method, headers={"X-RateLimit-Reset": "10 seconds"}, count=count)
        else:
            status = 502 if when == "after" else 503  # a 503 tells that nothing was done
            self.sandbox.fail(status, method, kind=kind, when=when, count=count)
        self.push()
        self.sandbox.heal()

    @rule(at=st.integers(1, 60))
    def push_killed(self, at: int) -> None:
        seen = 0

        def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal seen
            if sql.startswith(("INSERT", "UPDATE", "DELETE", "SELECT")):
                seen += 1
                if seen >= at:
                    raise Killed
            return execute(sql, params, many, context)

        account = the_account()
        self.tick()
        before = self.on_list()
        try:
            with connection.execute_wrapper(kill):
                drain(account)
        except Killed:
            pass
        finally:
            self.look_who_came(before)
            self.look()

    @rule(full=st.booleans())
    def pull(self, full: bool) -> None:
        self.tick()
        pulled("contacts", full=full, force=True)
        self.look()

    def teardown(self) -> None:
        if not self.begun:
            return
        self.sandbox.heal()
        for _round in range(6):
            for _ in range(4):
                self.tick(1000)
                self.push()
                if not waiting():
                    break
            pulled("contacts", full=True, force=True)
            self.look()
            with Client.for_account("default") as client:
                subscribers.reconcile(leavers=partial(leavers, client))
            if not waiting():
                break
        self.agree_now()

    def agree_now(self) -> None:
        """Nothing waits, both sides have the same, and nothing was sent twice."""
        rows = list(Contact.plain.all())
        refused = {row.pk for row in rows if self.is_refused_for_leaving(row)}
        waits = Change.objects.exclude(object_pk__in=refused)
        assert [(change.resource, change.reason, change.detail) for change in waits] == []
        assert {row.state for row in rows if row.pk not in refused} <= {"active", "left"}
        there = {one["contactId"]: has_there(one) for one in self.sandbox.contacts("customers")}
        assert {row.contact_id: has_here(row) for row in rows if row.state == "active"} == there
        self.are_the_right_ones({email.lower() for email, *_rest in there.values()})
        creates = [one for one in self.sandbox.requests if (one.method, one.path) == ("POST", "/contacts")]
        known = [one.body["email"].lower() for one in creates if one.status == 409]
        assert set(known) <= self.touched

    def is_refused_for_leaving(self, row: Contact) -> bool:
        """Who was removed may be refused (1002), which is for a person to see."""
        left = row.email.lower() in self.ever_left
        return left and row.state == "rejected" and "1002" in row.last_error

    def are_the_right_ones(self, on_list: set[str]) -> None:
        wanted = {user.email.lower() for user in User.objects.filter(is_active=True)}
        wanted |= {group.name.lower() for group in Group.objects.all()}
        assert wanted - self.ever_left <= on_list
        assert on_list - wanted <= self.touched


Has = tuple[str, str, dict[str, Any], set[str]]


def has_here(row: Contact) -> Has:
    return row.email, row.name, row.custom_fields or {}, {tag.name for tag in row.tags.all()}


def has_there(one: dict[str, Any]) -> Has:
    fields = {field["name"]: field["value"] for field in one["customFieldValues"]}
    return one["email"], one["name"] or "", fields, {tag["name"] for tag in one["tags"]}


@pytest.mark.off_contract
def test_stories(
    transactional_db: None, sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | DURING_STORY
    register(User)(Users)
    register(Group)(Buyers)
    Story.clock = {"now": datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)}
    monkeypatch.setattr(timezone, "now", lambda: Story.clock["now"])
    run_machine(Story, sandbox, examples=EXAMPLES, steps=15)
