"""Contacts over HTTP: create, land, read, update, upsert, move, remove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields

EMAIL = "anna@example.com"


def find(api: Api, email: str) -> list[dict[str, Any]]:
    params = {"query[email]": email, "additionalFlags": "exactMatch"}
    return list(api.get("/contacts", params=params).json())


def test_a_create_is_accepted_without_a_body_and_appears_when_it_lands(api: Api, sandbox: Sandbox) -> None:
    response = api.create(EMAIL, name="Anna", tags=[{"tagId": api.tag_id()}])
    assert (response.status_code, response.content) == (202, b"")
    assert find(api, EMAIL) == []
    sandbox.land()
    (contact,) = find(api, EMAIL)
    assert (contact["name"], contact["origin"], contact["campaign"]["name"]) == ("Anna", "api", "customers")
    assert contact["changedOn"] == contact["createdOn"]


def test_a_create_lands_by_itself_after_the_delay() -> None:
    with Sandbox(landing_delay=0) as sandbox:
        api = Api(sandbox)
        api.create(EMAIL)
        assert [contact["email"] for contact in sandbox.contacts()] == [EMAIL]


def test_lists_have_no_details_and_the_detail_has_them(api: Api, sandbox: Sandbox) -> None:
    added = sandbox.add_contact(EMAIL, "customers", "Anna", tags=["vip"], custom_fields={"plan": "pro"})
    assert not {"tags", "customFieldValues", "geolocation"} & set(find(api, EMAIL)[0])
    detail = api.get(f"/contacts/{added['contactId']}").json()
    assert detail == added
    assert [tag["name"] for tag in detail["tags"]] == ["vip"]
    (value,) = detail["customFieldValues"]
    assert (value["name"], value["value"], value["values"]) == ("plan", ["pro"], ["pro"])


@pytest.mark.parametrize("again", [EMAIL, "ANNA@Example.COM"])
def test_an_address_is_in_a_campaign_once_whatever_its_case(api: Api, sandbox: Sandbox, again: str) -> None:
    api.create(EMAIL)
    assert assert_envelope(api.create(again), 409, 1008)["message"] == "Contact in queue"
    sandbox.land()
    assert assert_envelope(api.create(again), 409, 1008)["message"] == "Contact already added"
    assert api.create(again, "newsletter").status_code == 202


def test_every_problem_of_a_body_is_named(api: Api) -> None:
    body = {
        "name": "",
        "dayOfCycle": 3,
        "scoring": "high",
        "tags": [{"tagId": "x"}, {}],
        "ipAddress": "1.2.3",
    }
    error = assert_envelope(api.post("/contacts", body), 400, 1000)
    assert problem_fields(error) == {
        "email",
        "campaign",
        "name",
        "dayOfCycle",
        "scoring",
        "ipAddress",
        "tags.1.tagId",
    }


@pytest.mark.parametrize(
    "email",
    ["", "anna", "anna@", "@example.com", "an na@example.com", "a@b", "a" * 250 + "@example.com", None, 7],
)
def test_an_address_that_is_none_is_refused(api: Api, email: Any) -> None:
    assert problem_fields(assert_envelope(api.create(email), 400, 1000)) == {"email"}


@pytest.mark.parametrize(
    "change",
    [
        {"campaign": {"campaignId": "nope"}},
        {"tags": [{"tagId": "nope"}]},
        {"customFieldValues": [{"customFieldId": "nope", "value": ["x"]}]},
    ],
)
def test_an_unknown_reference_is_1001(api: Api, sandbox: Sandbox, change: dict[str, Any]) -> None:
    body = {"email": EMAIL, "campaign": {"campaignId": api.campaign_id()}, **change}
    assert_envelope(api.post("/contacts", body), 400, 1001)
    contact = sandbox.add_contact("other@example.com", "customers")
    assert_envelope(api.post(f"/contacts/{contact['contactId']}", change), 400, 1001)


def test_a_value_the_field_does_not_take_is_refused_with_sentences(api: Api) -> None:
    values = [{"customFieldId": api.field_id(), "value": ["gold"]}]
    error = assert_envelope(api.create(EMAIL, customFieldValues=values), 400, 1000)
    assert error["context"] == ["Custom field plan: 'gold' is not among its values"]


@pytest.mark.parametrize("mask", [EMAIL, "@example.com", "ANNA@"])
def test_a_blocked_address_is_refused(api: Api, sandbox: Sandbox, mask: str) -> None:
    sandbox.block(mask)
    assert_envelope(api.create(EMAIL), 400, 1002)


def test_the_blocklist_of_a_campaign_counts_there_only(api: Api) -> None:
    path = f"/campaigns/{api.campaign_id()}/blocklists"
    assert api.post(path, {"masks": [EMAIL]}).json() == {"masks": [EMAIL]}
    assert_envelope(api.create(EMAIL), 400, 1002)
    assert api.create(EMAIL, "newsletter").status_code == 202


def test_an_address_blocked_while_it_is_queued_is_dropped_silently(api: Api, sandbox: Sandbox) -> None:
    api.create(EMAIL)
    sandbox.block(EMAIL)
    sandbox.land()
    assert sandbox.contacts() == []


def test_a_mail_domain_that_cannot_exist_is_refused(api: Api) -> None:
    assert assert_envelope(api.create("a@b.invalid"), 400, 1002)["message"] == "Email domain not exists"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("api", 202),
        ("user", 202),
        ("unsubscribe", 400),
        ("bounce", 400),
        ("complaint", 400),
        ("blacklisted", 400),
    ],
)
def test_who_left_may_come_back_depending_on_the_reason(
    api: Api, sandbox: Sandbox, reason: str, status: int
) -> None:
    contact = sandbox.add_contact(EMAIL, "customers")
    sandbox.remove_contact(contact["contactId"], reason)
    assert api.create(EMAIL).status_code == status
    assert api.create(EMAIL, "newsletter").status_code == 202


def test_a_deleted_contact_is_gone_and_may_be_added_again(api: Api, sandbox: Sandbox) -> None:
    contact_id = sandbox.add_contact(EMAIL, "customers")["contactId"]
    response = api.delete(f"/contacts/{contact_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert assert_envelope(api.get(f"/contacts/{contact_id}"), 404, 1013)["context"] == {
        "contactId": contact_id
    }
    assert_envelope(api.delete(f"/contacts/{contact_id}"), 404, 1013)
    assert api.create(EMAIL).status_code == 202
    sandbox.land()
    assert sandbox.contacts()[0]["contactId"] != contact_id


def test_a_removal_with_a_message_is_an_unsubscribe_from_it(api: Api, sandbox: Sandbox) -> None:
    contact_id = sandbox.add_contact(EMAIL, "customers")["contactId"]
    newsletter_id = api.get("/newsletters").json()[0]["newsletterId"]
    path = f"/newsletters/{newsletter_id}/statistics"
    before = sum(row["unsubscribed"] for row in api.get(path).json())
    assert (
        api.delete(f"/contacts/{contact_id}", messageId=newsletter_id, ipAddress="192.0.2.1").status_code
        == 204
    )
    assert sum(row["unsubscribed"] for row in api.get(path).json()) == before + 1
    assert_envelope(api.create(EMAIL), 400, 1002)


def test_an_update_leaves_out_nothing_it_was_not_given(api: Api, sandbox: Sandbox) -> None:
    added = sandbox.add_contact(EMAIL, "customers", "Anna", tags=["vip"], custom_fields={"city": "Gdynia"})
    updated = api.post(f"/contacts/{added['contactId']}", {"note": "Called", "scoring": 7}).json()
    assert updated == {**added, "note": "Called", "scoring": 7, "changedOn": updated["changedOn"]}
    cleared = api.post(f"/contacts/{added['contactId']}", {"note": None, "scoring": None}).json()
    assert (cleared["note"], cleared["scoring"]) == (None, None)


def test_tags_and_values_replace_in_an_update_and_add_in_an_upsert(api: Api, sandbox: Sandbox) -> None:
    added = sandbox.add_contact(EMAIL, "customers", tags=["vip"], custom_fields={"city": "Gdynia"})
    path = f"/contacts/{added['contactId']}"
    site, plan = {"tagId": api.tag_id("site")}, {"customFieldId": api.field_id(), "value": ["pro"]}
    tags = api.post(f"{path}/tags", {"tags": [site]}).json()
    assert [tag["name"] for tag in tags] == ["site", "vip"] or [tag["name"] for tag in tags] == [
        "vip",
        "site",
    ]
    values = api.post(f"{path}/custom-fields", {"customFieldValues": [plan]}).json()
    assert {tuple(value["values"]) for value in values} == {("Gdynia",), ("pro",)}
    updated = api.post(path, {"tags": [site], "customFieldValues": [plan]}).json()
    assert [tag["name"] for tag in updated["tags"]] == ["site"]
    assert [value["name"] for value in updated["customFieldValues"]] == ["plan"]
    assert api.post(path, {"tags": [], "customFieldValues": []}).json()["tags"] == []
    assert sandbox.contacts()[0]["customFieldValues"] == []


def test_changed_on_moves_with_a_change_and_not_without_one(api: Api, sandbox: Sandbox) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    sandbox.now = lambda: start
    contact = sandbox.add_contact(EMAIL, "customers", "Anna")
    sandbox.now = lambda: start + timedelta(hours=1)
    path = f"/contacts/{contact['contactId']}"
    assert api.post(path, {"name": "Anna"}).json()["changedOn"] == "2026-03-01T12:00:00+0000"
    assert api.post(path, {"name": "Ania"}).json()["changedOn"] == "2026-03-01T13:00:00+0000"


@pytest.mark.parametrize(("moves", "changed"), [(True, "13:00:00"), (False, "12:00:00")])
def test_a_tag_moves_changed_on_only_if_told_so(
    api: Api, sandbox: Sandbox, moves: bool, changed: str
) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    sandbox.now = lambda: start
    contact = sandbox.add_contact(EMAIL, "customers")
    sandbox.now = lambda: start + timedelta(hours=1)
    sandbox.tags_move_changed_on = moves
    api.post(f"/contacts/{contact['contactId']}/tags", {"tags": [{"tagId": api.tag_id()}]})
    assert changed in sandbox.contacts()[0]["changedOn"]


def test_a_contact_moves_to_another_campaign_under_the_same_id(api: Api, sandbox: Sandbox) -> None:
    added = sandbox.add_contact(EMAIL, "customers", tags=["vip"])
    body = {"campaign": {"campaignId": api.campaign_id("newsletter")}}
    moved = api.post(f"/contacts/{added['contactId']}", body).json()
    assert (moved["contactId"], moved["campaign"]["name"]) == (added["contactId"], "newsletter")
    assert (len(sandbox.contacts("customers")), len(sandbox.contacts("newsletter"))) == (0, 1)
    params = {"query[email]": EMAIL, "query[campaignId]": api.campaign_id()}
    assert api.get("/contacts", params=params).json() == []


def test_a_move_or_an_address_that_is_taken_is_409_and_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    mine = sandbox.add_contact(EMAIL, "customers")
    sandbox.add_contact(EMAIL, "newsletter")
    sandbox.add_contact("jan@example.com", "customers")
    path = f"/contacts/{mine['contactId']}"
    body = {"name": "New", "campaign": {"campaignId": api.campaign_id("newsletter")}}
    assert_envelope(api.post(path, body), 409, 1008)
    assert_envelope(api.post(path, {"email": "JAN@example.com"}), 409, 1008)
    assert api.get(path).json() == mine


def test_an_address_can_change_its_case_and_its_name(api: Api, sandbox: Sandbox) -> None:
    mine = sandbox.add_contact(EMAIL, "customers")
    api.post(f"/contacts/{mine['contactId']}", {"email": "Anna@example.com"})
    assert find(api, EMAIL)[0]["email"] == "Anna@example.com"
    api.post(f"/contacts/{mine['contactId']}", {"email": "ania@example.com"})
    assert (len(find(api, EMAIL)), len(find(api, "ania@example.com"))) == (0, 1)


def test_double_opt_in_waits_for_the_confirmation(api: Api, sandbox: Sandbox) -> None:
    api.create(EMAIL, "partners")
    sandbox.land()
    assert find(api, EMAIL) == []
    assert assert_envelope(api.create(EMAIL, "partners"), 409, 1008)["message"] == "Contact in queue"
    confirmed = sandbox.confirm(EMAIL, "partners")
    assert find(api, EMAIL)[0]["contactId"] == confirmed["contactId"]


def test_a_batch_takes_what_it_can_and_is_silent_about_the_rest(api: Api, sandbox: Sandbox) -> None:
    sandbox.add_contact("there@example.com", "customers", "There")
    sandbox.block("@example.net")
    rows = [
        {"email": "new@example.com", "name": "New", "tags": {"ids": [api.tag_id()]}},
        {"email": "NEW@example.com", "name": "Twice"},
        {"email": "there@example.com", "name": "Changed"},
        {"email": "blocked@example.net"},
        {"email": "tag@example.com", "tags": {"ids": ["nope"]}},
        {"email": "no address"},
        "nonsense",
    ]
    response = api.post("/contacts/batch", {"campaignId": api.campaign_id(), "contacts": [*rows[:6], {}]})
    assert (response.status_code, response.content) == (202, b"")
    sandbox.land()
    found = {contact["email"]: contact for contact in sandbox.contacts()}
    assert {email: contact["name"] for email, contact in found.items()} == {
        "there@example.com": "There",
        "new@example.com": "New",
    }
    assert [tag["name"] for tag in found["new@example.com"]["tags"]] == ["vip"]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_1_to_1000_rows(api: Api, count: int) -> None:
    rows = [{"email": f"n{number}@example.com"} for number in range(count)]
    body = {"campaignId": api.campaign_id(), "contacts": rows}
    assert problem_fields(assert_envelope(api.post("/contacts/batch", body), 400, 1000)) == {"contacts"}


def test_a_batch_of_an_unknown_campaign_is_refused(api: Api) -> None:
    body = {"campaignId": "nope", "contacts": [{"email": EMAIL}]}
    assert_envelope(api.post("/contacts/batch", body), 400, 1001)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contacts/nope"),
        ("DELETE", "/contacts/nope"),
        ("GET", "/contacts/nope/consents"),
        ("GET", "/contacts/nope/activities"),
        ("GET", "/campaigns/nope/contacts"),
    ],
)
def test_what_does_not_exist_is_404(api: Api, method: str, path: str) -> None:
    assert_envelope(api.session.request(method, api.sandbox.url + path), 404, 1013)


def test_seeded_contacts_have_activities_that_agree_with_the_newsletter(seeded: Api) -> None:
    newsletter = max(
        (n for n in seeded.get("/newsletters").json() if n["type"] == "broadcast"), key=lambda n: n["sendOn"]
    )
    path = f"/newsletters/{newsletter['newsletterId']}"
    events = seeded.get(f"{path}/activities", perPage=1000).json()
    counts = {kind: sum(e["activity"] == kind for e in events) for kind in ("send", "open", "click")}
    (total,) = seeded.get(f"{path}/statistics").json()
    assert counts == {"send": total["sent"], "open": total["uniqueOpened"], "click": total["uniqueClicked"]}
    contact = next(e["contact"] for e in events if e["activity"] == "open")
    if seeded.get(f"/contacts/{contact['contactId']}").ok:
        mine = seeded.get(f"/contacts/{contact['contactId']}/activities").json()
        assert {"send", "open"} <= {event["activity"] for event in mine}


@pytest.mark.parametrize(
    ("query", "code"), [({"messageId": "nope"}, 1001), ({"messageId": "nope", "ipAddress": "1.2"}, 1000)]
)
def test_a_removal_that_makes_no_sense_removes_nothing(
    api: Api, sandbox: Sandbox, query: dict[str, str], code: int
) -> None:
    contact_id = sandbox.add_contact(EMAIL, "customers")["contactId"]
    assert_envelope(api.delete(f"/contacts/{contact_id}", **query), 400, code)
    assert len(sandbox.contacts()) == 1


def test_a_tag_or_field_deleted_while_a_contact_is_queued_is_forgotten(api: Api, sandbox: Sandbox) -> None:
    values = [{"customFieldId": api.field_id(), "value": ["pro"]}]
    api.create(EMAIL, tags=[{"tagId": api.tag_id()}], customFieldValues=values)
    api.delete(f"/tags/{api.tag_id()}")
    api.delete(f"/custom-fields/{api.field_id()}")
    sandbox.land()
    (contact,) = sandbox.contacts()
    assert (contact["tags"], contact["customFieldValues"]) == ([], [])


def test_a_change_leaves_a_contact_where_it_is_in_the_list(api: Api, sandbox: Sandbox) -> None:
    ids = [sandbox.add_contact(f"{name}@example.com", "customers")["contactId"] for name in "abc"]
    api.post(f"/contacts/{ids[0]}", {"name": "Anna", "tags": [{"tagId": api.tag_id("vip")}]})
    api.post(f"/contacts/{ids[1]}/tags", {"tags": [{"tagId": api.tag_id("site")}]})
    assert [contact["contactId"] for contact in api.get("/contacts").json()] == ids
    pages = [api.get("/contacts", perPage=2, page=page).json() for page in (1, 2, 3)]
    assert [[contact["contactId"] for contact in page] for page in pages] == [ids[:2], ids[2:], []]


def test_where_an_address_is_and_was_can_be_asked_for(api: Api, sandbox: Sandbox) -> None:
    contact = sandbox.add_contact("anna@example.com", "customers")
    sandbox.remove_contact(contact["contactId"], "bounce")
    sandbox.add_contact("Anna@example.com", "newsletter")
    assert api.create("anna@example.com", "partners").status_code == 202
    waiting = sandbox.memberships("anna@example.com")
    sandbox.land()
    assert sandbox.memberships("ANNA@example.com") == [
        {"campaign": "newsletter", "status": "active"},
        {"campaign": "partners", "status": "unconfirmed"},
        {"campaign": "customers", "status": "bounce"},
    ]
    assert {"campaign": "partners", "status": "queued"} in waiting
    assert sandbox.memberships("nobody@example.com") == []


def test_a_custom_field_can_be_added(api: Api, sandbox: Sandbox) -> None:
    sandbox.add_custom_field("colours", "multi_select")
    assert api.get("/custom-fields", params={"query[name]": "colours"}).json()[0]["format"] == "multi_select"
