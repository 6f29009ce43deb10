"""Who carries which tag, without reading the details of all contacts, although no list shows it."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.models import Contact, Tag
from getresponse_django.pull import contacts as pull_contacts
from getresponse_django.pull.tags import mirrored_counts, searching_pays
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, nothing_written, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

PARTS = ("campaigns", "fields", "tags", "contacts")


@pytest.mark.parametrize(
    ("contacts", "counts", "pays"),
    [
        (100_000, [10_000] * 10, True),
        (100_000, [100_000] * 10, True),
        (100_000, [], True),
        (7, [1] * 6, True),
        (6, [1] * 6, False),
        (2, [1, 0, 0], True),
        (2, [1, 1, 0], False),
        (2000, [2000] * 999, True),
        (2000, [2000] * 1000, False),
        (0, [], False),
    ],
)
def test_searches_are_made_where_they_take_fewer_calls_than_details(
    contacts: int, counts: list[int], pays: bool
) -> None:
    assert searching_pays(contacts, counts) is pays


@pytest.fixture
def people(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Ten contacts in GetResponse: all have "site", every other one has "vip"."""
    return [
        sandbox.add_contact(
            f"p{number}@example.com",
            "customers",
            tags=["site", "vip"] if number % 2 else ["site"],
            custom_fields={"city": "Gdynia"},
        )
        for number in range(10)
    ]


def carriers(tag: str) -> set[str]:
    """The beginnings of the addresses that carry a tag here."""
    emails = Contact.objects.filter(tags__name=tag).values_list("email", flat=True)
    return {email.partition("@")[0] for email in emails}


def details_read(sandbox: Sandbox, since: int) -> int:
    return sum(path.startswith("GET /contacts/") for path in asked(sandbox, since))


def tag_id(sandbox: Sandbox, name: str) -> str:
    return str(next(tag["tagId"] for tag in sandbox.tags() if tag["name"] == name))


def tag_unseen(sandbox: Sandbox, contact: dict[str, Any], *names: str) -> None:
    """Someone gives a contact just these tags in GetResponse, which does not move its changedOn."""
    found = sandbox._store.active.by_id[contact["contactId"]]
    sandbox._store.active.retag(found, {tag_id(sandbox, name): sandbox._store.now() for name in names})
    sandbox._store.version += 1


def nights_pass() -> None:
    the_account().move_cursor(pull_contacts.TAGGED, "2020-01-01T00:00:00+00:00")


def test_a_first_load_finds_tags_by_searches(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)

    assert carriers("site") == {f"p{number}" for number in range(10)}
    assert carriers("vip") == {f"p{number}" for number in range(1, 10, 2)}
    assert details_read(sandbox, 0) == 0
    searches = [request.query for request in sandbox.requests if request.path.startswith("/search")]
    assert len(searches) == 8, "six tags are counted, and two of them are carried"
    assert sum("perPage=1&" in f"{query}&" or query == {"perPage": "1"} for query in searches) == 6
    row = Contact.objects.get(email="p1@example.com")
    assert row.base["tags"] == sorted(tag_id(sandbox, name) for name in ("site", "vip"))
    assert (row.custom_fields, row.details_on) == (None, None), "null until the details were read"
    assert waiting() == set()


def test_tags_added_here_before_the_first_load_stay_and_are_pushed(
    sandbox: Sandbox, people: list[Any]
) -> None:
    pulled("campaigns", "tags")
    mine = Contact.objects.subscribe("p0@example.com", campaign="customers", tags=["trial"])

    pulled("contacts")

    mine.refresh_from_db()
    assert {tag.name for tag in mine.tags.all()} == {"site", "trial"}
    assert mine.base["tags"] == [tag_id(sandbox, "site")]
    assert ("contact", mine.pk) in waiting()


def test_who_changes_after_the_searches_is_read_in_detail(
    sandbox: Sandbox, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = pull_contacts.all_carriers

    def interrupted(*arguments: Any) -> Any:
        found = honest(*arguments)
        sandbox._store.active.by_id[people[0]["contactId"]].changed_at += 3600
        tag_unseen(sandbox, people[0], "trial")
        return found

    monkeypatch.setattr(pull_contacts, "all_carriers", interrupted)

    pulled(*PARTS)

    assert (carriers("trial"), "p0" in carriers("site")) == ({"p0"}, False)
    assert details_read(sandbox, 0) == 1


def test_nothing_is_searched_while_the_counts_agree(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)
    nights_pass()
    seen = len(sandbox.requests)

    with nothing_written():
        pulled("contacts")

    assert asked(sandbox, seen) == ["GET /contacts"] * 2 + ["POST /search-contacts/contacts"] * 6
    seen = len(sandbox.requests)
    pulled("contacts")
    assert len(asked(sandbox, seen)) == 2, "they are counted once a day"


def test_a_tag_that_changed_hands_unseen_is_searched_for(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)
    tag_unseen(sandbox, people[0], "site", "trial")
    tag_unseen(sandbox, people[1], "site")
    tag_unseen(sandbox, people[3], "site")
    nights_pass()
    seen = len(sandbox.requests)

    pulled("contacts")

    assert carriers("trial") == {"p0"}
    assert carriers("vip") == {"p5", "p7", "p9"}
    assert len(asked(sandbox, seen)) == 2 + 6 + 2 + 2, "changes, counts, two tags, two who lost one"
    assert waiting() == set()
    row = Contact.objects.get(email="p1@example.com")
    assert row.base["tags"] == [tag_id(sandbox, "site")]
    assert mirrored_counts(the_account())[tag_id(sandbox, "vip")] == 3


def test_what_a_search_overlooks_is_not_taken_away(
    sandbox: Sandbox, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled(*PARTS)
    tag_unseen(sandbox, people[0], "site", "vip")
    honest = pull_contacts.Client.pages

    def pages(self: Any, path: str, **options: Any) -> Any:
        for page in honest(self, path, **options):
            page[:] = [item for item in page if item["contactId"] != people[1]["contactId"]]
            yield page

    monkeypatch.setattr(pull_contacts.Client, "pages", pages)
    nights_pass()

    pulled("contacts")

    assert carriers("vip") == {"p0", "p1", "p3", "p5", "p7", "p9"}


def test_tags_that_wait_to_be_pushed_stay_as_they_are_wished(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)
    vip = Tag.objects.get(name="vip")
    Contact.objects.get(email="p0@example.com").tags.add(vip)
    Contact.objects.get(email="p1@example.com").tags.remove(vip)
    tag_unseen(sandbox, people[2], "site", "vip")
    tag_unseen(sandbox, people[4], "site", "vip")
    tag_unseen(sandbox, people[3], "site")
    wishes = waiting()
    nights_pass()

    pulled("contacts")

    assert carriers("vip") == {"p0", "p2", "p4", "p5", "p7", "p9"}
    assert waiting() == wishes


def test_what_waits_to_be_pushed_is_no_drift(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)
    vip = Tag.objects.get(name="vip")
    Contact.objects.get(email="p0@example.com").tags.add(vip)
    Contact.objects.get(email="p1@example.com").tags.clear()
    nights_pass()
    seen = len(sandbox.requests)

    pulled("contacts")

    assert len(asked(sandbox, seen)) == 2 + 6


def test_a_full_pull_searches_for_every_tag(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)
    tag_unseen(sandbox, people[0], "site", "vip")
    tag_unseen(sandbox, people[1], "site")

    pulled("contacts", full=True)

    assert carriers("vip") == {"p0", "p3", "p5", "p7", "p9"}, "as many as before"


def test_a_tag_of_others_that_came_unseen_brings_no_echo(sandbox: Sandbox, people: list[Any]) -> None:
    pulled(*PARTS)
    call(
        sandbox,
        "POST",
        f"/contacts/{people[0]['contactId']}/tags",
        {"tags": [{"tagId": tag_id(sandbox, "vip")}]},
    )
    pulled("contacts")
    nights_pass()
    pulled("contacts")
    assert "p0" in carriers("vip")
    assert waiting() == set()
