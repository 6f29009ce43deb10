"""Which parts a pull reads, in which order, and what ends it."""

from __future__ import annotations

import pytest

from getresponse_django import pull
from getresponse_django.client import Client
from getresponse_django.errors import Unavailable
from getresponse_django.models import Contact, PullRun
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, pulled, the_account

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (pull.audience, ["campaigns", "fields", "tags", "contacts"]),
        (pull.messages, ["messages"]),
        (pull.segments, ["segments"]),
        (pull.statistics, ["statistics"]),
    ],
)
def test_each_function_pulls_its_parts(sandbox: Sandbox, function: object, parts: list[str]) -> None:
    assert callable(function)
    runs = function(the_account())
    assert [(run.kind, run.ok) for run in runs] == [(part, True) for part in parts]
    assert PullRun.objects.filter(ok=True).count() == len(parts)


def test_parts_are_read_in_the_order_that_lets_each_find_what_it_names(sandbox: Sandbox) -> None:
    assert [run.kind for run in pulled("statistics", "contacts", "campaigns")] == [
        "campaigns",
        "contacts",
        "statistics",
    ]


def test_a_part_that_fails_ends_the_pull_and_keeps_what_came_before(sandbox: Sandbox) -> None:
    sandbox.fail(503, path="^/custom-fields$", count=None)
    with pytest.raises(Unavailable):
        pulled("campaigns", "fields", "tags")
    assert dict(PullRun.objects.values_list("kind", "ok")) == {"campaigns": True, "fields": False}


def test_a_client_that_is_given_is_used_and_stays_open(sandbox: Sandbox) -> None:
    with Client(sandbox.url, {"X-Auth-Token": f"api-key {sandbox.key}"}) as own:
        pull.pull(the_account(), ["tags"], client=own)
        assert own.get("/accounts")["accountId"]


def test_contacts_alone_can_be_pulled_first(sandbox: Sandbox) -> None:
    """Their lists are mirrored by the references in the answer."""
    sandbox.add_contact("anna@example.com", "customers")
    pulled("contacts")
    assert Contact.objects.get().campaign.name == "customers"


def test_an_account_without_any_list_is_pulled_in_peace(sandbox: Sandbox) -> None:
    assert pulled("contacts")[0].ok
    assert "POST /search-contacts/contacts" not in asked(sandbox)


def test_someone_who_goes_between_the_list_and_the_details_is_passed_over(sandbox: Sandbox) -> None:
    gone = sandbox.add_contact("anna@example.com", "customers")["contactId"]
    sandbox.add_contact("bela@example.com", "customers")
    sandbox.fail(404, path=f"^/contacts/{gone}$")
    pulled("campaigns", "contacts", details=True)
    assert Contact.objects.filter(email="bela@example.com", custom_fields={}).exists()
    assert not Contact.objects.filter(state="left").exists()
