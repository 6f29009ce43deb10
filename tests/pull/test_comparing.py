"""The comparison of all contacts: what it finds, what it asks, and that it writes nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers

from getresponse_django.client import Client
from getresponse_django.errors import Unavailable
from getresponse_django.models import Campaign, Contact, ContactState, Tag
from getresponse_django.pull.comparing import Roll, find_drift
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, pulled, the_account

pytestmark = pytest.mark.django_db

Found = set[tuple[str, str, str, str, str, str]]


def whole_database() -> list[str]:
    """Every row of every model of the package."""
    models = apps.get_app_config("getresponse_django").get_models(include_auto_created=True)
    managers = [getattr(model, "plain", model._default_manager) for model in models]
    return [serializers.serialize("json", manager.order_by("pk")) for manager in managers]


@contextmanager
def database_untouched() -> Iterator[None]:
    """Fails when anything at all is written inside."""
    the_account()
    before = whole_database()
    yield
    assert whole_database() == before


def drift(*, details: bool = False) -> Found:
    """(list, kind, address, field, here, there) of everything that differs; nothing is written."""
    with database_untouched(), Client.for_account("default") as client:
        found = list(find_drift(client, the_account(), details=details))
    rows = {(d.campaign, str(d.kind), d.email, d.field, d.here, d.there) for d in found}
    assert len(rows) == len(found), "nothing is told twice"
    return rows


def people(sandbox: Sandbox, *names: str, campaign: str = "customers", **more: Any) -> list[str]:
    """Contacts that are in GetResponse; returns their ids."""
    return [sandbox.add_contact(f"{name}@example.com", campaign, **more)["contactId"] for name in names]


def changed_here(who: str, **columns: Any) -> Contact:
    """Change columns of a contact here without a word to anybody."""
    rows = Contact.plain.filter(email=f"{who}@example.com")
    if columns:
        rows.update(**columns)
    return rows.get()


def test_after_a_pull_nothing_differs(sandbox: Sandbox) -> None:
    people(sandbox, "anna", "bela", tags=["vip"], custom_fields={"city": "Gdańsk"})
    pulled("campaigns", "fields", "tags", "contacts", details=True)
    assert drift() == set()
    assert drift(details=True) == set()


def test_before_the_first_pull_everybody_is_missing_here(sandbox: Sandbox) -> None:
    people(sandbox, "anna")
    people(sandbox, "anna", campaign="partners")
    assert drift() == {
        ("customers", "missing here", "anna@example.com", "", "", "active"),
        ("partners", "missing here", "anna@example.com", "", "", "active"),
    }


def test_who_went_there_is_told_with_the_way_of_going(sandbox: Sandbox) -> None:
    removed, vanished, stays = people(sandbox, "anna", "bela", "cara")
    pulled("campaigns", "contacts")
    sandbox.remove_contact(removed)
    Contact.plain.filter(contact_id=vanished).update(contact_id="nobody")
    assert stays
    assert drift() == {
        ("customers", "state conflict", "anna@example.com", "", "active", "removed"),
        ("customers", "missing there", "bela@example.com", "", "active", ""),
        ("customers", "missing here", "bela@example.com", "", "", "active"),
    }


def test_an_overlooked_contact_is_not_called_missing(sandbox: Sandbox) -> None:
    (anna,) = people(sandbox, "anna", tags=["vip"])
    pulled("campaigns", "tags", "contacts")
    Contact.tags.through.objects.all().delete()
    with Client.for_account("default") as client:
        real = client.pages
        client.pages = lambda path, **how: iter(()) if path == "/contacts" else real(path, **how)  # type: ignore[method-assign,assignment]
        assert list(find_drift(client, the_account())) == []
    assert f"GET /contacts/{anna}" in asked(sandbox)


def test_fields_and_lists_that_differ(sandbox: Sandbox) -> None:
    people(sandbox, "anna", "bela", name="Same")
    pulled("campaigns", "contacts")
    changed_here("anna", name="Ann", note="met at a fair")
    changed_here("bela", campaign=Campaign.objects.get(name="partners"))
    assert drift() == {
        ("customers", "differing field", "anna@example.com", "name", "Ann", "Same"),
        ("customers", "differing field", "anna@example.com", "note", "met at a fair", ""),
        ("customers", "differing field", "bela@example.com", "campaign", "partners", "customers"),
    }


def test_contacts_on_their_way(sandbox: Sandbox) -> None:
    """Each state here against what GetResponse shows."""
    pulled("campaigns")
    people(sandbox, "arrived", "left")
    for name in ("arrived", "waits", "left", "unconfirmed"):
        Contact.objects.subscribe(f"{name}@example.com", campaign="customers")
    changed_here("arrived", state="accepted")
    changed_here("left", state="left", contact_id="earlier")
    changed_here("unconfirmed", state="unconfirmed")
    assert drift() == {
        ("customers", "state conflict", "arrived@example.com", "", "accepted", "active"),
        ("customers", "state conflict", "left@example.com", "", "left", "active"),
        ("customers", "missing there", "waits@example.com", "", "new", ""),
    }


def test_of_several_rows_of_an_address_the_one_on_its_way_is_compared(sandbox: Sandbox) -> None:
    pulled("campaigns")
    people(sandbox, "anna")
    contact = Contact.objects.subscribe("anna@example.com", campaign="customers")
    Contact.plain.update(state="accepted")
    earlier = Contact(account=contact.account, campaign=contact.campaign, email=contact.email)
    earlier.state, earlier.contact_id = ContactState.LEFT, "earlier"
    Contact.plain.bulk_create([earlier])
    assert drift() == {("customers", "state conflict", "anna@example.com", "", "accepted", "active")}


def test_who_is_to_be_removed_there(sandbox: Sandbox) -> None:
    people(sandbox, "leaving", "deleted", tags=["vip"])
    pulled("campaigns", "tags", "contacts")
    Contact.tags.through.objects.all().delete()
    changed_here("leaving").leave()
    changed_here("deleted").delete()
    assert drift() == {
        ("customers", "state conflict", "leaving@example.com", "", "leaving", "active"),
        ("customers", "state conflict", "deleted@example.com", "", "deleted", "active"),
    }


@pytest.mark.parametrize("details", [False, True])
def test_tags_that_one_side_only_has(sandbox: Sandbox, details: bool) -> None:
    people(sandbox, "anna", "bela", tags=["vip"])
    (gone,) = people(sandbox, "gone", tags=["vip"])
    pulled("campaigns", "tags", "contacts", details=True)
    account, anna, bela = the_account(), changed_here("anna"), changed_here("bela")
    through = Contact.tags.through.objects
    through.filter(contact=bela).delete()
    for name in ("site", "unsent"):
        tag, _made = Tag.objects.get_or_create(account=account, name=name)
        through.create(contact=anna, tag=tag)
    sandbox.remove_contact(gone)
    assert drift(details=details) == {
        ("customers", "state conflict", "gone@example.com", "", "active", "removed"),
        ("customers", "differing field", "anna@example.com", "tags", "site", ""),
        ("customers", "differing field", "anna@example.com", "tags", "unsent", ""),
        ("customers", "differing field", "bela@example.com", "tags", "", "vip"),
    }


def test_a_tag_that_is_not_known_here_yet(sandbox: Sandbox) -> None:
    (anna,) = people(sandbox, "anna")
    pulled("campaigns", "tags", "contacts")
    tag = call(sandbox, "POST", "/tags", {"name": "brand_new"})
    call(sandbox, "POST", f"/contacts/{anna}/tags", {"tags": [{"tagId": tag["tagId"]}]})
    assert drift() == {("customers", "differing field", "anna@example.com", "tags", "", "brand_new")}


def test_custom_fields_are_compared_by_the_details(sandbox: Sandbox) -> None:
    people(sandbox, "anna", custom_fields={"city": "Gdańsk"})
    pulled("campaigns", "fields", "contacts", details=True)
    changed_here("anna", custom_fields={"city": ["Sopot"], "plan": ["pro"]})
    assert drift() == set()
    assert drift(details=True) == {
        ("customers", "differing field", "anna@example.com", "custom_fields.city", "Sopot", "Gdańsk"),
        ("customers", "differing field", "anna@example.com", "custom_fields.plan", "pro", ""),
    }


def test_who_goes_between_the_list_and_the_details_is_compared_by_the_list(sandbox: Sandbox) -> None:
    (anna,) = people(sandbox, "anna", name="Anna")
    pulled("campaigns", "contacts")
    changed_here("anna", name="Ann")
    sandbox.fail(404, path=f"^/contacts/{anna}$")
    assert drift(details=True) == {
        ("customers", "differing field", "anna@example.com", "name", "Ann", "Anna")
    }


def test_a_detail_that_cannot_be_read_ends_it(sandbox: Sandbox) -> None:
    (anna,) = people(sandbox, "anna")
    pulled("campaigns", "contacts")
    sandbox.fail(503, path=f"^/contacts/{anna}$", count=None)
    with Client.for_account("default") as client, pytest.raises(Unavailable):
        list(find_drift(client, the_account(), details=True))


def test_it_costs_a_request_per_page_of_contacts_and_of_each_tag(sandbox: Sandbox) -> None:
    people(sandbox, "anna", "bela")
    pulled("campaigns", "tags", "contacts")
    seen = len(sandbox.requests)
    drift()
    tags = len(sandbox.tags())
    assert sorted(asked(sandbox, seen)) == sorted(
        ["GET /contacts", "GET /campaigns", "GET /tags", *["POST /search-contacts/contacts"] * tags]
    )


def test_a_failure_ends_it(sandbox: Sandbox) -> None:
    sandbox.fail(503, path="^/tags$", count=None)
    with Client.for_account("default") as client, pytest.raises(Unavailable):
        list(find_drift(client, the_account()))


def test_a_roll_knows_who_was_met() -> None:
    roll = Roll([3, 5, 8])
    assert [roll.meet(pk) for pk in (5, 6, 9, 1)] == [True, False, False, False]
    assert [roll.has_met(pk) for pk in (3, 5, 6)] == [False, True, False]
    assert list(roll.unmet()) == [[3, 8]]


def test_a_roll_takes_a_few_bytes_a_contact() -> None:
    tracemalloc.start()
    try:
        roll = Roll(iter(range(20_000)))
        for pk in range(20_000):
            roll.meet(pk)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * 20_000
