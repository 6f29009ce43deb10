"""Who is no longer in GetResponse, and why: a listing alone proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.client import Client
from getresponse_django.errors import Unavailable
from getresponse_django.models import Campaign, Contact, PullRun
from getresponse_django.pull import TooManyRemovals, removals
from getresponse_django.resources import timestamp
from getresponse_django.sandbox import Sandbox
from getresponse_django.signals import contact_left
from tests.pulling import asked, call, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

PARTS = ("campaigns", "tags", "contacts")


def add_people(sandbox: Sandbox, number: int) -> list[str]:
    """So many contacts of customers, pulled; their ids."""
    ids = [sandbox.add_contact(f"p{n}@example.com", "customers")["contactId"] for n in range(number)]
    pulled(*PARTS)
    return ids


def left() -> set[str | None]:
    """The ids of the contacts that left."""
    return set(Contact.objects.filter(state="left").values_list("contact_id", flat=True))


@pytest.mark.parametrize("reason", ["unsubscribe", "bounce", "complaint", "user", "api"])
def test_a_removed_contact_is_marked_with_reason_and_date_and_kept(sandbox: Sandbox, reason: str) -> None:
    first, *_others = add_people(sandbox, 3)
    sandbox.remove_contact(first, reason)
    heard = []
    contact_left.connect(
        lambda contact, **_: heard.append(contact.contact_id), weak=False, dispatch_uid="test"
    )

    try:
        run = pulled("contacts")[0]
    finally:
        contact_left.disconnect(dispatch_uid="test")

    row = Contact.objects.get(contact_id=first)
    record = the_record(sandbox, row)
    assert (row.state, row.left_reason) == ("left", record["reason"])
    assert row.left_on == timestamp(record["deletedOn"])
    assert left() == {first}
    assert heard == [first]
    assert run.written == 1
    assert waiting() == set(), "a leaving that GetResponse told is not pushed back"


def the_record(sandbox: Sandbox, row: Contact) -> dict[str, Any]:
    """What GetResponse says of a contact that is gone."""
    body = {
        "sectionLogicOperator": "or",
        "section": [
            {
                "campaignIdsList": [row.campaign.campaign_id],
                "logicOperator": "or",
                "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
                "subscriptionDate": "all_time",
                "conditions": [
                    {
                        "conditionType": "email",
                        "operatorType": "string_operator",
                        "operator": "is",
                        "value": row.email,
                    }
                ],
            }
        ],
    }
    for status in ("removed", "undelivered"):
        for record in call(
            sandbox, "POST", "/search-contacts/contacts", body | {"subscribersType": [status]}
        ):
            if record["contactId"] == row.contact_id:
                return record
    raise AssertionError("GetResponse knows nothing of this contact.")


def test_a_contact_without_any_record_is_gone_when_its_address_answers_404(sandbox: Sandbox) -> None:
    first, *_others = add_people(sandbox, 3)
    sandbox._store.active.remove(sandbox._store.active.by_id[first])
    sandbox._store.version += 1

    pulled("contacts")

    row = Contact.objects.get(contact_id=first)
    assert (row.state, row.left_reason) == ("left", "gone")
    assert row.left_on is not None


def test_a_removal_between_two_pages_makes_nobody_left_who_is_still_there(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_people(sandbox, 20)
    remove_after_first_page(sandbox, monkeypatch, ids[0])

    pulled("contacts", full=True)
    assert left() == set(), "the first of the second page was pushed to the first page, unseen"
    assert f"GET /contacts/{ids[5]}" in asked(sandbox)

    pulled("contacts")
    assert left() == {ids[0]}


def remove_after_first_page(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, contact_id: str) -> None:
    """Pages of 5; someone on the first page is removed before the second is asked for."""
    honest, removed = Client.pages, []

    def pages(self: Client, path: str, **options: Any) -> Any:
        for page in honest(self, path, **options | {"per_page": 5, "at_once": 1}):
            yield page
            if path == "/contacts" and not removed and options["sort"].keys() == {"createdOn"}:
                removed.append(contact_id)
                sandbox.remove_contact(contact_id)

    monkeypatch.setattr(Client, "pages", pages)


def test_someone_the_listing_overlooked_is_asked_for_and_stays(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_people(sandbox, 4)
    honest = Client.pages

    def pages(self: Client, path: str, **options: Any) -> Any:
        for page in honest(self, path, **options):
            page[:] = [item for item in page if item["contactId"] != ids[2]] if path == "/contacts" else page
            yield page

    monkeypatch.setattr(Client, "pages", pages)

    pulled("contacts", full=True)

    assert left() == set()
    assert f"GET /contacts/{ids[2]}" in asked(sandbox)


def test_a_moved_contact_is_not_missing(sandbox: Sandbox) -> None:
    first, *_others = add_people(sandbox, 3)
    newsletter = next(c["campaignId"] for c in sandbox.campaigns() if c["name"] == "newsletter")
    call(sandbox, "POST", f"/contacts/{first}", {"campaign": {"campaignId": newsletter}})

    pulled("contacts", full=True)

    assert left() == set()


@pytest.mark.parametrize("path", ["^/contacts$", "^/search-contacts/contacts$", "^/contacts/[^/]+$"])
def test_an_error_on_the_way_removes_nobody(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    ids = add_people(sandbox, 8)
    for contact_id in ids[:2]:
        sandbox._store.active.remove(sandbox._store.active.by_id[contact_id])
    sandbox.fail(503, path=path, count=None)

    with pytest.raises(Unavailable):
        pulled("contacts", full=True)

    assert left() == set()
    assert PullRun.objects.latest("pk").ok is False


def test_too_many_removals_stop_the_pull_until_forced(sandbox: Sandbox) -> None:
    ids = add_people(sandbox, 20)
    for contact_id in ids[:8]:
        sandbox.remove_contact(contact_id)

    with pytest.raises(TooManyRemovals, match="8 of 20 contacts"):
        pulled("contacts")
    assert left() == set()
    assert "--force" in PullRun.objects.latest("pk").message

    pulled("contacts", force=True)
    assert left() == set(ids[:8])


def test_a_share_below_the_limit_is_believed(sandbox: Sandbox) -> None:
    ids = add_people(sandbox, 20)
    for contact_id in ids[:6]:
        sandbox.remove_contact(contact_id)

    pulled("contacts")

    assert left() == set(ids[:6])


def test_a_create_on_its_way_whose_removal_is_asked_for_is_not_taken_for_gone(sandbox: Sandbox) -> None:
    add_people(sandbox, 2)
    campaign = Campaign.objects.get(name="customers")
    queued = Contact.objects.create(
        account=the_account(), campaign=campaign, email="anna@example.com", state="leaving"
    )

    pulled("contacts", full=True)

    queued.refresh_from_db()
    assert queued.state == "leaving", "it has no id yet: the push has to find and remove it"


def test_a_contact_that_was_to_leave_and_is_gone_has_left(sandbox: Sandbox) -> None:
    first, *_others = add_people(sandbox, 3)
    Contact.objects.get(contact_id=first).leave()
    sandbox.remove_contact(first)

    pulled("contacts")

    assert left() == {first}


def test_nothing_is_listed_while_the_numbers_agree(sandbox: Sandbox) -> None:
    ids = add_people(sandbox, 3)
    Contact.objects.get(contact_id=ids[0]).delete()
    seen = len(sandbox.requests)

    pulled("contacts")

    assert asked(sandbox, seen) == ["GET /contacts", "GET /contacts"], (
        "the one deleted here is counted as known"
    )


def test_a_pull_leaves_the_search_for_reasons_to_the_fewest_requests(sandbox: Sandbox) -> None:
    ids = add_people(sandbox, 70)
    for contact_id in ids:
        sandbox.remove_contact(contact_id)
    seen = len(sandbox.requests)

    pulled("contacts", force=True)

    searches = [request for request in asked(sandbox, seen) if request.startswith("POST /search")]
    assert len(searches) == 2, "64 addresses per query, and no other status once all are found"
    assert len(left()) == 70


def test_a_contact_that_waits_for_a_confirmation_is_unconfirmed_and_has_not_left(sandbox: Sandbox) -> None:
    first, *_others = add_people(sandbox, 3)
    heard = []
    contact_left.connect(lambda contact, **_: heard.append(contact), weak=False, dispatch_uid="test")
    unconfirm(sandbox, first)

    try:
        pulled("contacts")
    finally:
        contact_left.disconnect(dispatch_uid="test")

    row = Contact.objects.get(contact_id=first)
    assert (row.state, row.left_on, row.left_reason) == ("unconfirmed", None, "")
    assert (heard, waiting()) == ([], set())
    seen = len(sandbox.requests)
    pulled("contacts")
    assert asked(sandbox, seen) == ["GET /contacts", "GET /contacts"], "it is not looked for again"

    sandbox.confirm("p0@example.com", "customers")
    pulled("contacts")
    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("active", 3)


def unconfirm(sandbox: Sandbox, contact_id: str) -> None:
    """A contact is asked for a confirmation again."""
    contact = sandbox._store.active.by_id[contact_id]
    sandbox._store.active.remove(contact)
    sandbox._store.unconfirmed.add(contact)
    sandbox._store.version += 1


def test_who_waits_for_a_confirmation_under_a_new_id_becomes_one_row(sandbox: Sandbox) -> None:
    add_people(sandbox, 1)
    old = sandbox._store.active.at(Campaign.objects.get(name="customers").campaign_id, "p0@example.com")
    sandbox._store.active.remove(old)
    new = sandbox.add_contact("p0@example.com", "customers")
    unconfirm(sandbox, new["contactId"])

    pulled("contacts")
    assert Contact.objects.get().state == "unconfirmed"
    sandbox.confirm("p0@example.com", "customers")
    pulled("contacts")

    row = Contact.objects.get()
    assert (row.state, row.contact_id) == ("active", new["contactId"])


def test_a_contact_edited_here_is_looked_for_where_getresponse_has_it(sandbox: Sandbox) -> None:
    first, *_others = add_people(sandbox, 3)
    row = Contact.objects.get(contact_id=first)
    row.email, row.campaign = "new@example.com", Campaign.objects.get(name="newsletter")
    row.save()
    sandbox.remove_contact(first, "complaint")

    pulled("contacts")

    assert Contact.objects.get(contact_id=first).left_reason == "complaint"


def test_the_key_of_another_account_is_noticed_before_everybody_is_asked_for(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(sandbox, 20)
    monkeypatch.setattr(removals, "AT_ONCE", 8)
    sandbox.reset()
    sandbox.limits_on = False
    sandbox.add_contact("somebody@example.com", "customers")
    seen = len(sandbox.requests)

    with pytest.raises(TooManyRemovals, match="8 of 20 contacts"):
        pulled("contacts", full=True)

    assert left() == set()
    assert sum(path.startswith("GET /contacts/") for path in asked(sandbox, seen)) <= 9


def test_a_listing_cut_short_by_an_error_removes_nobody(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_people(sandbox, 20)
    sandbox.remove_contact(ids[0])
    honest = Client.pages

    def pages(self: Client, path: str, **options: Any) -> Any:
        for page in honest(self, path, **options | {"per_page": 5, "at_once": 1}):
            if page.number == 3 and options["sort"].keys() == {"createdOn"}:
                raise Unavailable
            yield page

    monkeypatch.setattr(Client, "pages", pages)
    with pytest.raises(Unavailable):
        pulled("contacts", full=True)
    assert left() == set()

    monkeypatch.setattr(Client, "pages", honest)
    pulled("contacts")
    assert left() == {ids[0]}
