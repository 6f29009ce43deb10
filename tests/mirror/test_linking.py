"""What a push writes about contacts must not undo what people, pulls and other workers wrote meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.contact_requests import Difference
from getresponse_django.models import Account, Campaign, Change, Contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    account = Account.objects.for_alias("default")
    (campaign,) = Campaign.plain.bulk_create([Campaign(account=account, name="customers", campaign_id="C")])
    return campaign


def contact(campaign: Campaign, **values: Any) -> Contact:
    given = {"email": "ann@example.com", "state": "new"} | values
    (row,) = Contact.plain.bulk_create([Contact(account=campaign.account, campaign=campaign, **given)])
    return Contact.objects.get(pk=row.pk)


def link(row: Contact, item: dict[str, Any], *, ours: bool = True) -> list[Contact]:
    """Link one; returns it when another row has its id."""
    return mirror.link(Contact.plain.filter(pk=row.pk), lambda _row: mirror.Found(item, ours))[1]


def fresh(row: Contact) -> Contact:
    return Contact.objects.get(pk=row.pk)


ITEM = {
    "contactId": "a",
    "email": "ann@example.com",
    "createdOn": "2026-05-01T00:00:00+0000",
    "changedOn": "2026-05-01T00:00:00+0000",
    "origin": "api",
}


def test_only_what_is_still_new_is_sent(campaign: Campaign) -> None:
    first, second = contact(campaign), contact(campaign, email="bob@example.com")
    Contact.plain.filter(pk=second.pk).update(state="left")
    ready = mirror.mark_sent([first, second], {first.pk: {"name": "x"}, second.pk: {}})
    assert ready == [first]
    assert (fresh(first).state, fresh(first).base, fresh(first).sent_on is not None) == (
        "sent",
        {"name": "x"},
        True,
    )
    assert fresh(second).state == "left"
    assert mirror.mark_sent([first], {first.pk: {}}) == []


def test_marking_sent_keeps_an_edit_made_meanwhile(campaign: Campaign) -> None:
    row = contact(campaign)
    Contact.plain.update(name="edited meanwhile")
    mirror.mark_sent([row], {row.pk: {}})
    assert fresh(row).name == "edited meanwhile"


def test_a_row_deleted_meanwhile_is_not_made_again(campaign: Campaign) -> None:
    row = contact(campaign)
    Contact.objects.all().delete()
    assert mirror.mark_sent([row], {row.pk: {}}) == []
    assert not Contact.objects.exists()


@pytest.mark.parametrize(("state", "after"), [("sent", "new"), ("leaving", "leaving"), ("active", "active")])
def test_only_what_is_still_sent_becomes_new_again(campaign: Campaign, state: str, after: str) -> None:
    row = contact(campaign, state=state, sent_on=timezone.now())
    mirror.mark_unsent([row])
    assert fresh(row).state == after


@pytest.mark.parametrize("target", ["accepted", "unconfirmed", "rejected"])
@pytest.mark.parametrize(
    ("state", "written"),
    [
        ("sent", True),
        ("accepted", True),
        ("unconfirmed", True),
        ("leaving", False),
        ("active", False),
        ("left", False),
    ],
)
def test_progress_does_not_undo_a_link_or_a_leaving(
    campaign: Campaign, target: str, state: str, written: bool
) -> None:
    row = contact(campaign, state=state)
    mirror.set_state([row], Contact.State(target))
    assert fresh(row).state == (target if written else state)


def test_a_leaving_found_out_counts_unless_the_state_changed(campaign: Campaign) -> None:
    row = contact(campaign, state="active", contact_id="a")
    stale = fresh(row)
    Contact.plain.update(state="leaving")
    mirror.mark_left(stale)
    assert fresh(row).state == "leaving"
    mirror.mark_left(fresh(row), reason="bounce")
    assert (fresh(row).state, fresh(row).left_reason, fresh(row).left_on is not None) == (
        "left",
        "bounce",
        True,
    )


@pytest.mark.parametrize(
    ("meanwhile", "state", "contact_id"),
    [("leaving", "left", "a"), ("active", "new", None), ("left", "left", "a"), ("rejected", "rejected", "a")],
)
def test_what_becomes_of_a_removed_contact(
    campaign: Campaign, meanwhile: str, state: str, contact_id: Any
) -> None:
    row = contact(campaign, state="leaving", contact_id="a")
    Contact.plain.update(state=meanwhile)
    mirror.mark_deleted(row)
    assert (fresh(row).state, fresh(row).contact_id) == (state, contact_id)


@pytest.mark.parametrize(("ours", "changed"), [(True, False), (True, True), (False, False)])
def test_linking_stores_the_id_and_what_is_known(campaign: Campaign, ours: bool, changed: bool) -> None:
    row = contact(campaign, state="accepted", base={"name": "x"}, last_error="waiting")
    item = ITEM | ({"changedOn": "2026-05-02T00:00:00+0000"} if changed else {})
    link(row, item, ours=ours)
    row = fresh(row)
    assert (row.state, row.contact_id, row.origin, row.last_error) == ("active", "a", "api", "")
    assert row.base == ({"name": "x"} if ours else {})
    assert (row.details_on is not None) == (ours and not changed)


def test_linking_does_not_undo_a_leaving(campaign: Campaign) -> None:
    row = contact(campaign, state="accepted")
    Contact.plain.update(state="leaving")
    link(row, ITEM)
    assert (fresh(row).state, fresh(row).contact_id) == ("leaving", "a")


@pytest.mark.parametrize(("holder", "allowed"), [("left", True), ("active", False)])
def test_an_id_belongs_to_one_living_row(campaign: Campaign, holder: str, allowed: bool) -> None:
    other = contact(campaign, state=holder, contact_id="a")
    row = contact(campaign, state="accepted", email="ann2@example.com")
    if allowed:
        link(row, ITEM)
        assert (fresh(row).contact_id, fresh(other).contact_id) == ("a", None)
    else:
        assert link(row, ITEM) == [row]
        assert fresh(other).contact_id == "a"


def test_nothing_here_records(campaign: Campaign) -> None:
    row = contact(campaign)
    mirror.mark_sent([row], {row.pk: {}})
    mirror.set_state([row], Contact.State.ACCEPTED)
    link(row, ITEM)
    mirror.mark_pushed([mirror.Pushed(row, {"name": "x", "tags": []}, Difference(), None)])
    mirror.mark_left(row)
    assert not Change.objects.exists()
