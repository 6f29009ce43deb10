"""What a pull costs grows with what changed and not with what there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from getresponse_django.models import Contact
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.audience.memberships import touch
from tests.pulling import asked, nothing_written, pulled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(sandbox: Sandbox) -> Iterator[None]:
    """The calendar of the sandbox is put right after each test."""
    before = sandbox.now
    yield
    sandbox.now = before


PARTS = ("campaigns", "fields", "tags", "contacts")


class Cost(NamedTuple):
    requests: int
    statements: int
    written: int


def populate(sandbox: Sandbox, name: str, count: int) -> None:
    """So many contacts, one a minute until yesterday."""
    first = datetime.now(UTC) - timedelta(days=1, minutes=count)
    for number in range(count):
        sandbox.now = lambda number=number: first + timedelta(minutes=number)  # type: ignore[misc]
        sandbox.add_contact(f"{name}{number}@example.com", "customers", tags=["site"])
    sandbox.now = lambda: datetime.now(UTC)


def cost(sandbox: Sandbox, *parts: str) -> Cost:
    """What a pull costs now."""
    seen = len(sandbox.requests)
    with CaptureQueriesContext(connection) as captured:
        runs = pulled(*parts)
    return Cost(len(asked(sandbox, seen)), len(captured), sum(run.written for run in runs))


def test_with_nothing_changed_a_pull_writes_nothing_and_asks_little(sandbox: Sandbox) -> None:
    populate(sandbox, "p", 30)
    pulled(*PARTS)
    with nothing_written():
        found = cost(sandbox, *PARTS)
    assert (found.requests, found.written) == (7, 0)


def after_ten_changes(sandbox: Sandbox, name: str) -> Cost:
    """The cost of a pull after ten contacts were renamed."""
    for contact in list(sandbox._store.active)[:10]:
        contact.name = name
        touch(sandbox._store, contact)
    found = cost(sandbox, "contacts")
    assert Contact.objects.filter(name=name).count() == 10
    return found


def test_ten_changes_cost_the_same_among_few_and_among_many(sandbox: Sandbox) -> None:
    populate(sandbox, "few", 30)
    pulled(*PARTS)
    few = after_ten_changes(sandbox, "first")
    populate(sandbox, "more", 90)
    pulled("contacts", full=True)
    sandbox.now = lambda: datetime.now(UTC) + timedelta(seconds=10)
    many = after_ten_changes(sandbox, "second")
    assert (few.requests, few.written) == (2 + 10, 10)
    assert many == few
