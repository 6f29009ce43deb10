"""Who had left a list before anybody here knew them: found by their addresses, on however many pages."""

from __future__ import annotations

import pytest

from getresponse_django.client import Client
from getresponse_django.models import Campaign
from getresponse_django.pull import leavers, leaving
from getresponse_django.sandbox import Sandbox
from tests.pulling import pulled

pytestmark = pytest.mark.django_db

ANN, BOB, CARA, EVE = (f"{name}@example.com" for name in ("ann", "bob", "cara", "eve"))


@pytest.mark.parametrize("per_page", [leaving.PER_PAGE, 1])
def test_all_who_left_are_found_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, per_page: int
) -> None:
    for email, reason in ((ANN, "user"), (ANN, "unsubscribe"), (BOB, "bounce"), (CARA, "api")):
        sandbox.remove_contact(sandbox.add_contact(email, "customers")["contactId"], reason)
    sandbox.add_contact(EVE, "customers")
    pulled("campaigns")
    monkeypatch.setattr(leaving, "PER_PAGE", per_page)

    with Client.for_account() as client:
        found = leavers(client, Campaign.objects.get(name="customers"), [ANN, BOB, CARA, EVE])

    assert sorted(item["email"] for item in found) == [ANN, BOB, CARA]
