"""Contacts as a pull reads them: what changed, no more, and nothing lost on either side."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, reset_queries

from getresponse_django.client import Client
from getresponse_django.errors import Unavailable
from getresponse_django.models import Campaign, Contact, CustomField, PullRun, Tag
from getresponse_django.pull import contacts as pull_contacts
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from getresponse_django.signals import contact_linked
from tests.pulling import asked, call, nothing_written, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

PARTS = ("campaigns", "fields", "tags", "contacts")

ANNA, BELA = "anna@example.com", "bela@example.com"


def details_read(sandbox: Sandbox, since: int = 0) -> list[str]:
    """The ids of the contacts whose details were asked for."""
    return [
        path.removeprefix("GET /contacts/")
        for path in asked(sandbox, since)
        if path.startswith("GET /contacts/")
    ]


def update(sandbox: Sandbox, contact: dict[str, Any], **body: Any) -> None:
    """Someone edits a contact in GetResponse."""
    call(sandbox, "POST", f"/contacts/{contact['contactId']}", body)


def small_pages(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Pages of ``size`` contacts, one request at a time."""
    honest = Client.pages

    def pages(self: Client, path: str, **options: Any) -> Any:
        return honest(self, path, **options | {"per_page": size, "at_once": 1})

    monkeypatch.setattr(Client, "pages", pages)


@pytest.fixture
def campaigns(sandbox: Sandbox) -> dict[str, str]:
    """Campaign name -> remote id."""
    return {campaign["name"]: campaign["campaignId"] for campaign in sandbox.campaigns()}


# --- reading --------------------------------------------------------------------------------------


def test_a_first_pull_mirrors_every_contact_and_its_tags(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(
        ANNA, "customers", "Anna", tags=["site", "vip"], custom_fields={"city": "Gdańsk"}
    )
    sandbox.add_contact(BELA, "newsletter", "Béla", tags=["site"])

    pulled(*PARTS)

    row = Contact.objects.get(email=ANNA)
    assert (row.contact_id, row.name, row.state, row.campaign.name) == (
        anna["contactId"],
        "Anna",
        "active",
        "customers",
    )
    assert {tag.name for tag in row.tags.all()} == {"site", "vip"}
    assert row.custom_fields == {"city": ["Gdańsk"]}, "two details are fewer calls than six searches"
    assert waiting() == set()


def test_with_details_the_custom_fields_of_all_are_read(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers", tags=["vip"], custom_fields={"city": "Gdańsk", "plan": ["pro"]})
    pulled(*PARTS)

    pulled(*PARTS, full=True, details=True)

    row = Contact.objects.get()
    assert row.custom_fields == {"city": ["Gdańsk"], "plan": ["pro"]}
    assert row.base["customFieldValues"] == row.custom_fields
    assert row.details_on == row.changed_on


def test_a_second_pull_reads_no_contact_and_writes_nothing(sandbox: Sandbox) -> None:
    for number in range(30):
        sandbox.add_contact(f"p{number}@example.com", "customers", tags=["site"])
    pulled(*PARTS)
    seen = len(sandbox.requests)

    with nothing_written():
        run = pulled("contacts")[0]

    assert run.written == 0
    assert len(asked(sandbox, seen)) == 2, "the page of changes, and the count"


def test_a_second_pull_with_details_writes_nothing_either(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers", tags=["vip"], custom_fields={"city": "Gdańsk"})
    pulled(*PARTS, details=True)

    with nothing_written():
        run = pulled("contacts", full=True, details=True)[0]

    assert run.written == 0


def test_only_the_details_of_changed_contacts_are_read(sandbox: Sandbox) -> None:
    everyone = [sandbox.add_contact(f"p{number}@example.com", "customers") for number in range(20)]
    pulled(*PARTS)
    later(sandbox)
    update(sandbox, everyone[3], name="Renamed", customFieldValues=[field_value(sandbox, "city", "Sopot")])
    newcomer = sandbox.add_contact(ANNA, "customers", custom_fields={"city": "Gdynia"})
    seen = len(sandbox.requests)

    run = pulled("contacts")[0]

    assert sorted(details_read(sandbox, seen)) == sorted([everyone[3]["contactId"], newcomer["contactId"]])
    renamed = Contact.objects.get(contact_id=everyone[3]["contactId"])
    assert (renamed.name, renamed.custom_fields) == ("Renamed", {"city": ["Sopot"]})
    assert Contact.objects.get(email=ANNA).custom_fields == {"city": ["Gdynia"]}
    assert run.written == 2


def later(sandbox: Sandbox, seconds: float = 10) -> None:
    """Let time pass in the account: ``changedOn`` has whole seconds."""
    before = sandbox.now
    sandbox.now = lambda: before() + timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def clock(sandbox: Sandbox) -> Any:
    """The calendar of the sandbox is put right after each test."""
    before = sandbox.now
    yield
    sandbox.now = before


def field_value(sandbox: Sandbox, name: str, *values: str) -> dict[str, Any]:
    """A custom field value as requests carry it."""
    field = next(field for field in sandbox.custom_fields() if field["name"] == name)
    return {"customFieldId": field["customFieldId"], "value": list(values)}


def test_many_pages_are_read_to_the_last(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch, 7)
    for number in range(40):
        sandbox.add_contact(f"p{number}@example.com", "customers", tags=["site"])

    run = pulled(*PARTS)[-1]

    assert Contact.objects.filter(tags__name="site").count() == 40
    assert (run.total, run.done) == (40, 40)


def test_an_address_on_two_lists_is_two_contacts(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers", "Anna of the shop")
    sandbox.add_contact(ANNA, "newsletter", "Anna of the news")

    pulled(*PARTS)

    assert dict(Contact.objects.values_list("campaign__name", "name")) == {
        "customers": "Anna of the shop",
        "newsletter": "Anna of the news",
    }


def test_a_contact_moved_in_getresponse_is_moved_here(sandbox: Sandbox, campaigns: dict[str, str]) -> None:
    anna = sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    later(sandbox)
    update(sandbox, anna, campaign={"campaignId": campaigns["newsletter"]})

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.contact_id, row.campaign.name, row.state) == (anna["contactId"], "newsletter", "active")


def test_an_address_changed_in_getresponse_is_changed_here(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    later(sandbox)
    update(sandbox, anna, email="anna.k@example.com")

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.contact_id, row.email, row.email_lower) == (
        anna["contactId"],
        "anna.k@example.com",
        "anna.k@example.com",
    )


def test_addresses_swapped_between_two_contacts_are_swapped_here(sandbox: Sandbox) -> None:
    anna, bela = (sandbox.add_contact(email, "customers") for email in (ANNA, BELA))
    pulled(*PARTS)
    later(sandbox)
    for contact, email in ((anna, "between@example.com"), (bela, ANNA), (anna, BELA)):
        update(sandbox, contact, email=email)

    pulled("contacts")

    assert dict(Contact.objects.values_list("contact_id", "email")) == {
        anna["contactId"]: BELA,
        bela["contactId"]: ANNA,
    }


def test_a_list_made_since_the_lists_were_read_is_mirrored_with_its_contact(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    made = sandbox.add_campaign("students")
    sandbox.add_contact(ANNA, "students", tags=["brand_new"])

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.campaign.campaign_id, row.campaign.name) == (made["campaignId"], "students")
    assert [tag.name for tag in row.tags.all()] == ["brand_new"]


def test_tags_taken_away_in_getresponse_are_taken_away_here(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers", tags=["site", "vip"])
    pulled(*PARTS)
    later(sandbox)
    update(sandbox, anna, tags=[{"tagId": tag["tagId"]} for tag in sandbox.tags() if tag["name"] == "trial"])

    pulled("contacts")

    assert [tag.name for tag in Contact.objects.get().tags.all()] == ["trial"]
    assert waiting() == set()


# --- rows that were here before ----------------------------------------------------------------------


@pytest.mark.parametrize("state", ["new", "sent", "accepted", "unconfirmed", "rejected", "left"])
def test_a_row_that_waits_for_its_id_or_had_left_is_adopted_and_not_doubled(
    sandbox: Sandbox, state: str
) -> None:
    pulled(*PARTS)
    campaign = Campaign.objects.get(name="customers")
    row = Contact.objects.create(
        account=the_account(), campaign=campaign, email="Anna@Example.com", state=state
    )
    made = sandbox.add_contact(ANNA, "customers")
    heard = []
    contact_linked.connect(lambda contact, **_: heard.append(contact.pk), weak=False, dispatch_uid="test")

    try:
        pulled("contacts")
    finally:
        contact_linked.disconnect(dispatch_uid="test")

    row.refresh_from_db()
    assert (row.contact_id, row.state, row.left_on) == (made["contactId"], "active", None)
    assert Contact.objects.count() == 1
    assert heard == [row.pk]


def test_someone_who_left_and_is_back_under_a_new_id_is_revived(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    sandbox.remove_contact(anna["contactId"], "user")
    pulled("contacts")
    assert Contact.objects.get().state == "left"
    later(sandbox)
    back = sandbox.add_contact(ANNA, "customers", "Anna again")

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.contact_id, row.state, row.name) == (back["contactId"], "active", "Anna again")
    assert (row.left_on, row.left_reason) == (None, "")


def test_an_edit_that_was_not_sent_before_someone_left_is_void_when_they_are_back(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers", "Anna")
    pulled(*PARTS)
    row = Contact.objects.get()
    row.name = "never sent"
    row.save()
    row.tags.add(Tag.objects.get(name="vip"))
    sandbox.remove_contact(anna["contactId"], "user")
    pulled("contacts")
    later(sandbox)
    sandbox.add_contact(ANNA, "customers", "Anna")

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.state, row.name, row.tags.count()) == ("active", "Anna", 0)


def test_someone_removed_and_added_again_between_two_pulls_stays_one_row(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    sandbox.remove_contact(anna["contactId"], "user")
    later(sandbox)
    back = sandbox.add_contact(ANNA, "customers")

    pulled("contacts")
    pulled("contacts", full=True)

    row = Contact.objects.get()
    assert (row.contact_id, row.state) == (back["contactId"], "active")


def test_of_a_waiting_row_and_one_that_left_the_waiting_one_is_adopted(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    place = {"account": the_account(), "campaign": Campaign.objects.get(name="customers"), "email": ANNA}
    left = Contact.objects.create(**place, contact_id="old", state="left")
    mine = Contact.objects.create(**place, state="accepted")
    made = sandbox.add_contact(ANNA, "customers")

    pulled("contacts")

    assert dict(Contact.objects.values_list("pk", "contact_id")) == {
        left.pk: "old",
        mine.pk: made["contactId"],
    }


def test_a_contact_that_is_to_leave_stays_so(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    Contact.objects.get().leave()
    later(sandbox)
    update(sandbox, anna, name="Renamed")

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.state, row.name) == ("leaving", "Renamed")


def test_a_contact_deleted_here_stays_away(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    Contact.objects.get().delete()

    pulled("contacts", full=True)

    assert not Contact.objects.exists()


def test_a_contact_deleted_here_before_its_id_was_learnt_stays_away(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    campaign = Campaign.objects.get(name="customers")
    Contact.objects.create(account=the_account(), campaign=campaign, email=ANNA, state="accepted").delete()
    sandbox.add_contact(ANNA, "customers")

    pulled("contacts")

    assert not Contact.objects.exists()


def test_a_new_contact_with_a_tag_deleted_here_is_read(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    Tag.objects.get(name="vip").delete()
    sandbox.add_contact(ANNA, "customers", tags=["vip", "site"])

    pulled("contacts")

    assert [tag.name for tag in Contact.objects.get().tags.all()] == ["site"]


def test_a_contact_moved_here_to_a_list_that_getresponse_lacks_waits_there(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers")
    pulled(*PARTS)
    row = Contact.objects.get()
    row.campaign = Campaign.objects.named(the_account(), "to come")
    row.save()
    later(sandbox)
    update(sandbox, anna, name="Renamed")

    pulled("contacts")

    row = Contact.objects.get()
    assert (row.campaign.name, row.name) == ("to come", "Renamed")


# --- both sides changed -------------------------------------------------------------------------------


@pytest.mark.parametrize("conflict", ["local", "remote"])
@pytest.mark.parametrize(
    ("here", "there"),
    list(itertools.product([None, "here"], [None, "there"])),
    ids=lambda value: value or "same",
)
def test_a_name_changed_here_there_or_on_both_sides(
    sandbox: Sandbox, settings: Any, conflict: str, here: str | None, there: str | None
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"CONFLICT": conflict}
    anna = sandbox.add_contact(ANNA, "customers", "before")
    pulled(*PARTS)
    if here:
        row = Contact.objects.get()
        row.name = here
        row.save()
    later(sandbox)
    update(sandbox, anna, **({"name": there} if there else {"note": "touched"}))

    pulled("contacts")

    both = here if conflict == "local" else there
    row = Contact.objects.get()
    assert row.name == (both if here and there else here or there or "before")
    assert row.base["name"] == (there or "before"), "the base is what GetResponse has"


def test_custom_fields_and_tags_are_merged_one_by_one(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(
        ANNA, "customers", tags=["site", "vip"], custom_fields={"city": "Gdańsk", "plan": "free"}
    )
    pulled(*PARTS, details=True)
    row = Contact.objects.get()
    row.custom_fields = {"city": ["Sopot"], "plan": ["free"]}
    row.save()
    row.tags.set(Tag.objects.filter(name__in=["site", "trial"]))
    later(sandbox)
    tags = [{"tagId": t["tagId"]} for t in sandbox.tags() if t["name"] in ("vip", "lapsed")]
    fields = [field_value(sandbox, "city", "Gdańsk"), field_value(sandbox, "plan", "pro")]
    update(sandbox, anna, tags=tags, customFieldValues=fields)

    pulled("contacts")

    row = Contact.objects.get()
    assert row.custom_fields == {"city": ["Sopot"], "plan": ["pro"]}
    assert {tag.name for tag in row.tags.all()} == {"trial", "lapsed"}


@pytest.mark.django_db(transaction=True)
def test_an_edit_here_reaches_getresponse_although_a_pull_came_first(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers", "before", tags=["vip"], custom_fields={"city": "Gdańsk"})
    pulled(*PARTS, details=True)
    row = Contact.objects.get()
    row.name, row.custom_fields = "here", {}
    row.save()
    later(sandbox)
    update(sandbox, anna, note="there")

    pulled("contacts")
    drain(the_account())
    later(sandbox)
    pulled("contacts")

    there = sandbox.contacts()[0]
    assert (there["name"], there["note"], there["customFieldValues"]) == ("here", "there", [])
    row = Contact.objects.get()
    assert (row.name, row.note, row.custom_fields) == ("here", "there", {})
    assert waiting() == set()


# --- cut short ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("details", [False, True])
def test_a_pull_that_broke_off_goes_on_and_skips_nobody(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, details: bool
) -> None:
    small_pages(monkeypatch, 5)
    for number in range(20):
        sandbox.add_contact(
            f"p{number}@example.com", "customers", tags=["site"], custom_fields={"city": f"C{number}"}
        )
        later(sandbox, 600)
    pulled("campaigns", "fields", "tags")
    broken = sandbox.contacts()[13]["contactId"]
    if details:
        sandbox.fail(503, path=f"^/contacts/{broken}$", count=None)
    else:
        fail_from_page(monkeypatch, 3)

    with pytest.raises(Unavailable):
        pulled("contacts", details=details)
    run = PullRun.objects.latest("pk")
    assert (run.ok, 0 < run.done < 20) == (False, True)
    monkeypatch.undo()
    forget_faults(sandbox)
    seen = len(sandbox.requests)
    pulled("contacts", details=details)

    assert Contact.objects.filter(state="active", tags__name="site").count() == 20
    assert len(details_read(sandbox, seen)) < 20, "it goes on where it was"
    if details:
        assert Contact.objects.filter(custom_fields__isnull=True).count() == 0


def fail_from_page(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The connection breaks down before page ``number`` of contacts."""
    honest = Client.pages

    def pages(self: Client, path: str, **options: Any) -> Any:
        for page in honest(self, path, **options):
            if path == "/contacts" and page.number >= number:
                raise Unavailable
            yield page

    monkeypatch.setattr(Client, "pages", pages)


def forget_faults(sandbox: Sandbox) -> None:
    """GetResponse works again."""
    sandbox._application.faults.clear()


def test_a_change_whose_details_could_not_be_read_is_read_by_the_next_pull(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers", custom_fields={"city": "Gdańsk"})
    pulled(*PARTS, details=True)
    later(sandbox)
    update(sandbox, anna, customFieldValues=[field_value(sandbox, "city", "Sopot")])
    sandbox.fail(503, path=f"^/contacts/{anna['contactId']}$", count=10)
    with pytest.raises(Unavailable):
        pulled("contacts")
    forget_faults(sandbox)

    pulled("contacts")

    assert Contact.objects.get().custom_fields == {"city": ["Sopot"]}


def test_what_slipped_through_is_found_by_the_daily_listing(sandbox: Sandbox) -> None:
    anna = sandbox.add_contact(ANNA, "customers", "before")
    pulled(*PARTS)
    later(sandbox)
    update(sandbox, anna, name="after", customFieldValues=[field_value(sandbox, "city", "Sopot")])
    the_account().move_cursor(pull_contacts.CURSOR, "2099-01-01T00:00:00+0000")
    pulled("contacts")
    assert Contact.objects.get().name == "before"

    the_account().move_cursor(pull_contacts.LISTED, "2020-01-01T00:00:00+00:00")
    pulled("contacts")

    row = Contact.objects.get()
    assert (row.name, row.custom_fields) == ("after", {"city": ["Sopot"]})


def test_custom_fields_are_known_by_name(sandbox: Sandbox) -> None:
    sandbox.add_contact(ANNA, "customers", custom_fields={"shoe_size": "42"})
    pulled(*PARTS, details=True)
    assert Contact.objects.get().custom_fields == {"shoe_size": ["42"]}
    assert CustomField.objects.filter(name="shoe_size").exists()


def test_very_many_that_changed_at_once_are_not_listed_again_and_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [sandbox.add_contact(f"p{number}@example.com", "customers") for number in range(20)]
    pulled(*PARTS)
    small_pages(monkeypatch, 5)
    seen = len(sandbox.requests)

    pulled("contacts")
    assert len(asked(sandbox, seen)) == 3, "a page, the newest one, and the count"

    later(sandbox)
    update(sandbox, people[0], name="Renamed")
    pulled("contacts")
    assert Contact.objects.get(contact_id=people[0]["contactId"]).name == "Renamed"


def test_details_of_all_go_on_where_they_were(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch, 5)
    later(sandbox, -20 * 600)
    for number in range(20):
        sandbox.add_contact(f"p{number}@example.com", "customers", custom_fields={"city": "Gdynia"})
        later(sandbox, 600)
    pulled(*PARTS)
    assert Contact.objects.filter(custom_fields__isnull=True).count() == 20
    broken = sandbox.contacts()[13]["contactId"]
    sandbox.fail(503, path=f"^/contacts/{broken}$", count=None)
    with pytest.raises(Unavailable):
        pulled("contacts", details=True)
    forget_faults(sandbox)
    seen = len(sandbox.requests)

    pulled("contacts", details=True)

    assert not Contact.objects.filter(custom_fields__isnull=True).exists()
    assert len(details_read(sandbox, seen)) < 15
    seen = len(sandbox.requests)
    pulled("contacts", details=True)
    assert len(details_read(sandbox, seen)) == 20, "asked for again, all are read again"


def test_under_debug_the_queries_of_a_page_are_forgotten(
    sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = True
    for number in range(20):
        sandbox.add_contact(f"p{number}@example.com", "customers")
    reset_queries()
    pulled("contacts")
    few = len(connection.queries)
    small_pages(monkeypatch, 2)
    the_account().move_cursor(pull_contacts.CURSOR, None)
    reset_queries()
    pulled("contacts")
    assert len(connection.queries) <= few + 2


def test_what_no_database_keeps_in_a_text_ends_no_pull(sandbox: Sandbox) -> None:
    cities = {"city": "half \ud83d, whole \U0001f600"}
    sandbox.add_contact(BELA, "customers", name="B\0la", custom_fields=cities)
    sandbox.add_contact(ANNA, "customers", name="Anna")
    pulled(*PARTS, details=True)
    assert set(Contact.objects.values_list("name", flat=True)) == {"B\ufffdla", "Anna"}
    assert Contact.objects.get(email=BELA).custom_fields == {"city": ["half ?, whole \U0001f600"]}
