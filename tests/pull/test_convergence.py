"""Edits on both sides in any order, pushes and pulls in between: both sides end with what the rules say.

``CONVERGENCE_EXAMPLES=500 pytest tests/pull/test_convergence.py`` tries more than the suite does.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db.models import F
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from getresponse_django.models import Account, Change, ConsentRecord, Contact, PullRun, Tag
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from tests.machines import run_machine
from tests.pulling import call, pulled, the_account, waiting

EXAMPLES = int(os.environ.get("CONVERGENCE_EXAMPLES", "6"))

EMAILS = ("anna@example.com", "bela@example.com")
TAGS = ("site", "vip")
people = st.sampled_from(EMAILS)
words = st.sampled_from(("one", "two", "three"))
tags = st.sampled_from(TAGS)

Values = dict[str, Any]
"""What a contact has: its name, its city, and for each tag whether it carries it."""


class Side:
    """One contact as it should be: here, in GetResponse, and when both were last the same."""

    def __init__(self, values: Values) -> None:
        self.here, self.there, self.base = dict(values), dict(values), dict(values)

    def pull(self, conflict: str) -> None:
        for key, there in self.there.items():
            mine = self.here[key] != self.base[key]
            theirs = there != self.base[key]
            if theirs and (not mine or conflict == "remote"):
                self.here[key] = there
        self.base = dict(self.there)

    def push(self) -> None:
        for key, here in self.here.items():
            if here != self.base[key]:
                self.there[key] = self.base[key] = here


class Both(RuleBasedStateMachine):
    """Two contacts on one list."""

    sandbox: ClassVar[Sandbox]
    conflict: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.sides: dict[str, Side] = {}
        self.moved = 0

    @initialize()
    def begin(self) -> None:
        for model in (ConsentRecord, Contact.tags.through, Contact, Tag, Change, PullRun):
            model._base_manager.get_queryset()._raw_delete("default")
        Account.objects.update(cursors={}, limits={})
        self.sandbox.reset()
        self.sandbox.limits_on, self.sandbox.landing_delay = False, 0
        self.sandbox.now = lambda: datetime.now(UTC) + timedelta(seconds=10 * self.moved)
        for email in EMAILS:
            self.sandbox.add_contact(email, "customers", "one", custom_fields={"city": "one"})
            self.sides[email] = Side({"name": "one", "city": "one", "site": False, "vip": False})
        pulled("campaigns", "fields", "tags", "contacts")

    # Here

    def row(self, email: str) -> Contact:
        return Contact.objects.get(email=email)

    def on_list(self, email: str) -> bool:
        """Whether both sides have the contact, so that it can be edited."""
        return True

    @rule(email=people, word=words)
    def rename_here(self, email: str, word: str) -> None:
        if not self.on_list(email):
            return
        row = self.row(email)
        row.name = word
        row.save()
        self.sides[email].here["name"] = word

    @rule(email=people, word=words)
    def move_house_here(self, email: str, word: str) -> None:
        if not self.on_list(email):
            return
        row = self.row(email)
        row.custom_fields = {"city": [word]}
        row.save()
        self.sides[email].here["city"] = word

    @rule(email=people, tag=tags)
    def tag_here(self, email: str, tag: str) -> None:
        if not self.on_list(email):
            return
        here = self.sides[email].here
        here[tag] = not here[tag]
        row, known = self.row(email), Tag.objects.get(name=tag)
        row.tags.add(known) if here[tag] else row.tags.remove(known)

    # In GetResponse

    def there(self, email: str) -> Any:
        return next((c for c in self.sandbox.contacts("customers") if c["email"] == email), None)

    def edit(self, email: str, body: Any) -> None:
        self.moved += 1
        call(self.sandbox, "POST", f"/contacts/{self.there(email)['contactId']}", body)

    @rule(email=people, word=words)
    def rename_there(self, email: str, word: str) -> None:
        if not self.on_list(email):
            return
        self.edit(email, {"name": word})
        self.sides[email].there["name"] = word

    @rule(email=people, word=words)
    def move_house_there(self, email: str, word: str) -> None:
        if not self.on_list(email):
            return
        field = next(f["customFieldId"] for f in self.sandbox.custom_fields() if f["name"] == "city")
        self.edit(email, {"customFieldValues": [{"customFieldId": field, "value": [word]}]})
        self.sides[email].there["city"] = word

    @rule(email=people, tag=tags)
    def tag_there(self, email: str, tag: str) -> None:
        if not self.on_list(email):
            return
        there = self.sides[email].there
        there[tag] = not there[tag]
        ids = [t["tagId"] for t in self.sandbox.tags() if t["name"] in TAGS and there[t["name"]]]
        self.edit(email, {"tags": [{"tagId": tag_id} for tag_id in ids]})

    # Between

    @rule()
    def push(self) -> None:
        self.moved += 1
        Change.objects.update(not_before=timezone.now(), leased_until=None)
        drain(the_account())
        for side in self.sides.values():
            side.push()

    @rule()
    def pull(self) -> None:
        pulled("contacts")
        for side in self.sides.values():
            side.pull(self.conflict)

    def teardown(self) -> None:
        if self.sides:
            for _round in range(2):
                self.pull()
                self.push()
            self.pull()
            self.look()

    def look(self) -> None:
        """Both sides are as they should be, and nothing is left to do."""
        assert waiting() == set()
        for email, side in self.sides.items():
            assert side.here == side.there
            row, there = self.row(email), self.there(email)
            carried = {tag.name for tag in row.tags.all()}
            assert {"name": row.name, "city": row.custom_fields["city"][0]} | {
                tag: tag in carried for tag in TAGS
            } == side.here
            carried = {tag["name"] for tag in there["tags"]}
            assert {"name": there["name"], "city": there["customFieldValues"][0]["value"][0]} | {
                tag: tag in carried for tag in TAGS
            } == side.there


class Coming(Both):
    """The same two, who also leave and come back on either side."""

    def row(self, email: str) -> Contact:
        return Contact.objects.filter(email=email).order_by("state", "-pk")[0]

    def on_list(self, email: str) -> bool:
        """Whether both sides have the contact, so that it can be edited."""
        return self.row(email).state == "active" and self.there(email) is not None

    @rule(email=people)
    def leave_here(self, email: str) -> None:
        self.row(email).leave()

    @rule(email=people)
    def return_here(self, email: str) -> None:
        Contact.objects.subscribe(email, campaign="customers", name="back", consent=timezone.now())

    @rule(email=people)
    def remove_there(self, email: str) -> None:
        self.moved += 1
        if there := self.there(email):
            self.sandbox.remove_contact(there["contactId"], "user")

    @rule(email=people, word=words)
    def return_there(self, email: str, word: str) -> None:
        self.moved += 1
        if not self.there(email):
            self.sandbox.add_contact(email, "customers", word, custom_fields={"city": word})

    @rule()
    def push(self) -> None:
        for _drain in range(3):
            Contact.plain.filter(sent_on__isnull=False).update(sent_on=F("sent_on") - timedelta(minutes=1))
            super().push()

    def look(self) -> None:
        """Both sides agree on who is on the list and what they have, and nothing is left to do."""
        assert waiting() == set()
        for email in EMAILS:
            rows = Contact.objects.filter(email=email)
            active, there = [row for row in rows if row.state == "active"], self.there(email)
            assert {row.state for row in rows} <= {"active", "left"}
            assert [row.contact_id for row in active] == ([there["contactId"]] if there else [])
            if there:
                assert (active[0].name, active[0].base["name"]) == (there["name"], there["name"])
                fields = {field["name"]: field["value"] for field in there["customFieldValues"]}
                assert active[0].custom_fields == fields
                assert {tag.name for tag in active[0].tags.all()} == {tag["name"] for tag in there["tags"]}


@pytest.mark.parametrize("conflict", ["local", "remote"])
def test_both_sides_end_with_what_the_rules_say(
    transactional_db: None, sandbox: Sandbox, settings: Any, conflict: str
) -> None:
    run(Both, sandbox, settings, conflict)


def test_both_sides_agree_on_who_is_on_the_list(
    transactional_db: None, sandbox: Sandbox, settings: Any
) -> None:
    run(Coming, sandbox, settings, "local")


def run(machine: Any, sandbox: Sandbox, site: Any, conflict: str) -> None:
    """Try some sequences."""
    site.GETRESPONSE = site.GETRESPONSE | {"CONFLICT": conflict}
    machine.conflict = conflict
    run_machine(machine, sandbox, examples=EXAMPLES, steps=12)
