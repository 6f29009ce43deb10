"""Contacts written from what GetResponse answers: merged three-way, in bulk, and without an echo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django import mirror
from getresponse_django.mirror.contacts import MERGED, merged_contact
from getresponse_django.models import Account, Campaign, Conflict, Contact, Tag
from getresponse_django.resources import contact_fields
from tests.pulling import nothing_written, the_account, waiting

T0 = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

LISTS = {"L1": "customers", "L2": "newsletter"}


def item(contact_id: str = "C1", *, minutes: int = 0, campaign: str = "L1", **values: Any) -> dict[str, Any]:
    """A contact as a list of the API shows it, changed so many minutes after T0."""
    changed = (T0 + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {
        "contactId": contact_id,
        "email": f"{contact_id.lower()}@example.com",
        "name": "Anna",
        "note": None,
        "origin": "api",
        "dayOfCycle": None,
        "scoring": None,
        "engagementScore": None,
        "ipAddress": None,
        "timeZone": "Europe/Warsaw",
        "campaign": {"campaignId": campaign, "name": LISTS[campaign], "href": ""},
        "createdOn": "2026-01-01T00:00:00+0000",
        "changedOn": changed,
    } | values


def detail(
    contact_id: str = "C1", *, tags: str = "", fields: dict[str, str] | None = None, **values: Any
) -> Any:
    """A contact as its own address shows it; tags are one letter each."""
    return item(contact_id, **values) | {
        "tags": [{"tagId": f"T{letter}", "name": f"tag_{letter}"} for letter in tags],
        "customFieldValues": [
            {"customFieldId": f"F{name}", "name": name, "value": [value], "values": [value]}
            for name, value in (fields or {}).items()
        ],
    }


@pytest.fixture
def account(db: None) -> Account:
    return the_account()


def write(*items: Any) -> int:
    return mirror.mirror_contacts(the_account(), items)


def tags_of(email: str = "c1@example.com") -> str:
    """The tags of a contact, one letter each."""
    names = Contact.objects.get(email=email).tags.values_list("name", flat=True)
    return "".join(sorted(name.removeprefix("tag_") for name in names))


# --- pages -------------------------------------------------------------------------------------------


def test_a_page_is_written_once_and_without_an_echo(account: Account) -> None:
    page = [item("C1"), item("C2", campaign="L2"), item("c1", email="other@example.com")]
    assert write(*page) == 3
    assert set(Contact.objects.values_list("contact_id", flat=True)) == {"C1", "C2", "c1"}
    assert waiting() == set()
    with nothing_written():
        assert write(*page) == 0


def test_a_contact_twice_on_a_page_is_written_once_as_it_was_last(account: Account) -> None:
    assert write(item(name="before"), item(name="after", minutes=1)) == 1
    assert Contact.objects.get().name == "after"


@pytest.mark.parametrize(
    ("first", "then", "stale"),
    [
        (None, item(), True),
        (item(), item(), False),
        (item(), item(minutes=1), True),
        (item(), item(campaign="L2"), True),
        (detail(), item(), False),
        (detail(), item(minutes=1), True),
    ],
)
def test_details_are_read_of_what_changed(account: Account, first: Any, then: Any, stale: bool) -> None:
    write(*([first] if first else []))
    assert mirror.stale_contacts(account, [then]) == (["C1"] if stale else [])


def test_details_that_are_older_than_the_contact_are_read_again(account: Account) -> None:
    write(detail())
    write(item(minutes=1))
    assert mirror.stale_contacts(account, [item(minutes=1)]) == ["C1"]


def test_an_empty_page_is_nothing(account: Account) -> None:
    with nothing_written():
        assert (write(), mirror.stale_contacts(account, [])) == (0, [])


# --- tags and custom fields ------------------------------------------------------------------------------


def test_details_bring_tags_and_custom_fields_once(account: Account) -> None:
    details = [detail(tags="ab", fields={"city": "Gdańsk"}), detail("C2")]
    assert write(*details) == 2
    assert tags_of() == "ab"
    assert Contact.objects.get(contact_id="C1").custom_fields == {"city": ["Gdańsk"]}
    assert Contact.objects.get(contact_id="C2").custom_fields == {}
    assert waiting() == set()
    with nothing_written():
        assert write(*details) == 0


def test_only_the_contacts_that_changed_are_counted(account: Account) -> None:
    write(detail(tags="a"), detail("C2", tags="a"))
    assert write(detail(tags="a"), detail("C2", tags="b")) == 1


@pytest.mark.parametrize(
    ("before", "here", "there", "after"),
    [
        ("ab", "ab", "ab", "ab"),
        ("ab", "abc", "ab", "abc"),
        ("ab", "a", "ab", "a"),
        ("ab", "ab", "abd", "abd"),
        ("ab", "ab", "b", "b"),
        ("ab", "bc", "ad", "cd"),
        ("", "c", "", "c"),
        ("a", "", "a", ""),
    ],
)
def test_tags_added_and_taken_away_on_both_sides(
    account: Account, before: str, here: str, there: str, after: str
) -> None:
    write(detail(tags="abcd"))
    write(detail(tags=before, minutes=1))
    Contact.objects.get().tags.set(Tag.objects.filter(name__in=[f"tag_{letter}" for letter in here]))
    write(detail(tags=there, minutes=2))
    assert tags_of() == after


def test_a_tag_that_getresponse_does_not_know_yet_stays(account: Account) -> None:
    write(detail(tags="a"))
    Contact.objects.get().tags.add(Tag.objects.create(account=account, name="tag_new"))
    write(detail(tags="", minutes=1))
    assert tags_of() == "new"


def test_tags_found_by_a_search_are_what_was_last_mirrored(account: Account) -> None:
    write(detail("C3", tags="a"))
    write(item("C1"), item("C2"))
    tag = Tag.objects.get(name="tag_a")
    assert mirror.mirror_tagged(tag, ["C1", "C3", "unknown"]) == 1
    assert mirror.mirror_tagged(tag, ["C1", "C3"]) == 0
    assert (tags_of("c1@example.com"), tags_of("c2@example.com")) == ("a", "")
    write(detail(tags="", minutes=1))
    assert tags_of() == "", "it was taken away there, and not added here"


def test_a_tag_that_is_gone_is_taken_from_its_contacts_only(account: Account) -> None:
    write(detail(tags="ab"), detail("C2", tags="b"))
    mirror.mirror_untagged(Tag.objects.get(name="tag_a"))
    assert (tags_of(), tags_of("c2@example.com")) == ("b", "b")
    assert Contact.objects.get(contact_id="C1").base["tags"] == ["Tb"]
    assert waiting() == set()


# --- three-way -------------------------------------------------------------------------------------------


VALUES = {
    "email": st.sampled_from(["a@example.com", "b@example.com", "c@example.com"]),
    "name": st.sampled_from(["", "Anna", "Béla", "Cleo"]),
    "note": st.sampled_from(["", "x", "y"]),
    "scoring": st.sampled_from([None, 0.0, 1.0, 2.0]),
    "dayOfCycle": st.sampled_from([None, 0, 1, 2]),
}
MEMBERS = st.fixed_dictionaries(VALUES)


def oracle(base: Any, here: Any, there: Any, conflict: str) -> Any:
    """What stands: the side that changed; where both did, the winner that the setting names."""
    if here == base:
        return there
    if there == base:
        return here
    return here if conflict == "local" else there


@given(base=MEMBERS, here=MEMBERS, there=MEMBERS, conflict=st.sampled_from(["local", "remote"]))
def test_each_member_is_merged_by_itself(base: Any, here: Any, there: Any, conflict: str) -> None:
    campaign = Campaign(pk=1, campaign_id="L1")
    columns = {MERGED[member]: value for member, value in here.items()}
    row = Contact(
        pk=1, account_id=1, campaign=campaign, state="active", base=base | {"campaign": "L1"}, **columns
    )
    fields = contact_fields(item(**there))

    with override_settings(GETRESPONSE={"CONFLICT": conflict}):
        merged = merged_contact(row, fields, {"L1": campaign}, {}, {}).row

    assert {member: getattr(merged, column) for member, column in MERGED.items()} == {
        member: oracle(base[member], here[member], there[member], conflict) for member in MERGED
    }
    assert {member: merged.base[member] for member in MERGED} == there


@pytest.mark.parametrize(
    ("here", "there", "conflict", "ends"),
    [
        ("L1", "L1", "local", "L1"),
        ("L2", "L1", "local", "L2"),
        ("L1", "L2", "local", "L2"),
        ("L2", "L2", "local", "L2"),
    ],
)
def test_a_move_on_one_side_stands(account: Account, here: str, there: str, conflict: str, ends: str) -> None:
    write(item("C1"), item("C2", campaign="L2"))
    row = Contact.objects.get(contact_id="C1")
    row.campaign = Campaign.objects.get(campaign_id=here)
    row.save()
    write(item(campaign=there, minutes=1))
    assert Contact.objects.get(contact_id="C1").campaign.campaign_id == ends


def test_what_was_said_here_before_anything_was_known_there_waits_to_be_pushed(account: Account) -> None:
    write(item("C9"))
    Contact.objects.subscribe(
        "c1@example.com", campaign="customers", name="From the site", custom_fields={"plan": "pro"}
    )
    write(detail(name="From GetResponse", fields={"plan": "free", "city": "Gdańsk"}))
    row = Contact.objects.get(contact_id="C1")
    assert (row.name, row.custom_fields) == ("From the site", {"plan": ["pro"], "city": ["Gdańsk"]})
    assert row.base["name"] == "From GetResponse"
    assert ("contact", row.pk) in waiting()


# --- conflicts -------------------------------------------------------------------------------------------


def test_what_both_sides_changed_is_kept_once(account: Account) -> None:
    write(detail(name="before", scoring=1, fields={"city": "Gdańsk", "plan": "free"}))
    row = Contact.objects.get()
    row.name, row.scoring = "here", 2
    row.custom_fields = {"city": ["Sopot"], "plan": ["pro"]}
    row.save()
    theirs = {"name": "there", "scoring": 1, "fields": {"city": "Gdynia", "plan": "pro"}}

    write(detail(minutes=1, **theirs))
    write(detail(minutes=1, **theirs))
    write(detail(minutes=2, **theirs))

    found = Conflict.objects.of(row)
    assert [(one.field, one.here, one.there, one.won) for one in found] == [
        ("custom_fields.city", ["Sopot"], ["Gdynia"], "local"),
        ("name", "here", "there", "local"),
    ]
    write(detail(minutes=3, **theirs | {"name": "there again"}))
    assert [one.there for one in Conflict.objects.of(row)] == ["there again", ["Gdynia"], "there"]


def test_conflicts_belong_to_one_object(account: Account, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"CONFLICT": "remote"}
    write(item("C1"), item("C2"))
    for row in Contact.objects.all():
        row.name = "here"
        row.save()
    write(item("C1", name="there", minutes=1), item("C2", minutes=1, note="x"))
    first, second = Contact.objects.order_by("contact_id")
    assert [(one.field, one.won) for one in Conflict.objects.of(first)] == [("name", "remote")]
    assert (first.name, second.name) == ("there", "here")
    assert not Conflict.objects.of(second).exists()
    assert not Conflict.objects.of(Tag.objects.create(account=account, name="same", pk=first.pk)).exists()
