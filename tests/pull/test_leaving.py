"""Who had left a list before anybody here knew them: found by their addresses, on however many pages."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.client import Client
from getresponse_django.models import Campaign
from getresponse_django.pull import leavers, leaving
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled

pytestmark = pytest.mark.django_db

ANN, BOB, CARA, EVE = (f"{name}@example.com" for name in ("ann", "bob", "cara", "eve"))


@pytest.mark.parametrize("per_page", [leaving.PER_PAGE, 1])
def test_all_who_left_are_found_on_every_page(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, per_page: int
) -> None:
    left = {}
    for email, reason in ((ANN, "unsubscribe"), (BOB, "bounce"), (CARA, "api")):
        left[email] = sandbox.add_contact(email, "customers")["contactId"]
        sandbox.remove_contact(left[email], reason)
    sandbox.add_contact(EVE, "customers")
    pulled("campaigns")
    monkeypatch.setattr(leaving, "PER_PAGE", per_page)

    with Client.for_account() as client:
        found = leavers(client, Campaign.objects.get(name="customers"), [ANN, BOB, CARA, EVE])

    assert {item["email"]: item["contactId"] for item in found} == left


def record(number: int, on: str | None, email: str = ANN) -> dict[str, str | None]:
    """What a search says of one leaving; of an undelivered contact it says no time."""
    return {"contactId": f"c{number}", "email": email, "deletedOn": on}


FIRST, SECOND = "2026-03-01T09:00:00+0000", "2026-03-01T10:00:00+0100"
THIRD = "2026-03-02T00:00:00+0000"


@pytest.mark.parametrize(
    ("records", "last"),
    [
        ([], []),
        ([record(1, FIRST), record(2, THIRD)], ["c2"]),
        ([record(1, THIRD), record(2, FIRST)], ["c1"]),
        ([record(1, None), record(2, FIRST)], ["c2"]),
        ([record(1, FIRST), record(2, None)], ["c1"]),
        ([record(1, FIRST), record(2, SECOND)], ["c1"]),
        ([record(1, None), record(2, None)], ["c1"]),
        ([record(1, FIRST), record(2, THIRD, ANN.title()), record(3, FIRST, BOB)], ["c2", "c3"]),
    ],
)
def test_the_last_leaving_of_each_address_counts(records: list[Any], last: list[str]) -> None:
    assert [item["contactId"] for item in leaving.last_leavings(records)] == last
