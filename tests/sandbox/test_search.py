"""Saved segments and one-off searches: every condition that is evaluated, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields
from .searching import NOW, definition, named, search, section, text


@pytest.fixture
def people(api: Api, sandbox: Sandbox) -> Api:
    """Four contacts of customers, made on different days, and one of newsletter."""
    rows = [
        (
            "ann@example.com",
            "Ann",
            0,
            ["vip"],
            {"plan": "pro", "age": "30", "birthday": "1990-05-01"},
            10,
            "3",
        ),
        ("bob@example.org", "Bob", 1, ["vip", "site"], {"plan": "free"}, None, None),
        ("cyd@example.org", "Cyd", 10, [], {"age": "41"}, 0, "0"),
        ("dan@example.net", None, 40, ["site"], {}, None, None),
    ]
    for email, name, age, tags, fields, score, day in rows:
        moment = NOW - timedelta(days=age)
        sandbox.now = lambda moment=moment: moment  # type: ignore[misc]
        contact = sandbox.add_contact(email, "customers", name, tags, fields)
        api.post(f"/contacts/{contact['contactId']}", {"scoring": score, "dayOfCycle": day})
    sandbox.now = lambda: NOW
    sandbox.add_contact("eve@example.com", "newsletter", "Eve")
    return api


@pytest.mark.parametrize(
    ("kind", "operator", "value", "found"),
    [
        ("name", "is", "ann", "a"),
        ("name", "is_not", "ann", "bcd"),
        ("name", "contains", "Y", "c"),
        ("name", "not_contains", "y", "abd"),
        ("name", "starts", "b", "b"),
        ("name", "not_starts", "b", "acd"),
        ("name", "ends", "N", "a"),
        ("name", "not_ends", "n", "bcd"),
        ("email", "is", "BOB@example.org", "b"),
        ("email", "is", "eve@example.com", ""),
        ("email", "is_not", "bob@example.org", "acd"),
        ("email", "contains", "example.org", "bc"),
        ("email", "ends", ".net", "d"),
        ("email", "not_ends", ".org", "ad"),
        ("email", "starts", "dan", "d"),
        ("email", "not_starts", "dan", "abc"),
        ("email", "not_contains", "@", ""),
    ],
)
def test_text_conditions(people: Api, kind: str, operator: str, value: str, found: str) -> None:
    assert search(people, section(people, text(kind, operator, value))) == found


@pytest.mark.parametrize(
    ("field", "kind", "operator", "value", "found"),
    [
        ("plan", "string_operator_list", "is", "pro", "a"),
        ("plan", "string_operator_list", "is_not", "pro", "bcd"),
        ("plan", "string_operator", "starts", "f", "b"),
        ("plan", "string_operator", "assigned", None, "ab"),
        ("plan", "string_operator_list", "not_assigned", None, "cd"),
        ("age", "numeric_operator", "numeric_gt", "30", "c"),
        ("age", "numeric_operator", "numeric_lt_eq", "30", "a"),
        ("age", "numeric_operator", "assigned", None, "ac"),
        ("birthday", "date_operator", "date_to", "1990-05-01", "a"),
        ("birthday", "date_operator", "date_from", "1990-05-02", ""),
        ("birthday", "date_operator", "custom", "1990-01-01/1990-12-31", "a"),
        ("birthday", "date_operator", "not_assigned", None, "bcd"),
    ],
)
def test_custom_field_conditions(
    people: Api, field: str, kind: str, operator: str, value: Any, found: str
) -> None:
    condition = {
        "conditionType": "custom",
        "scope": people.field_id(field),
        "operatorType": kind,
        "operator": operator,
    }
    if value is not None:
        condition["value"] = value
    assert search(people, section(people, condition)) == found


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("date_from", "2026-03-17", "ab"),
        ("date_to", "2026-03-17", "bcd"),
        ("date_to", "2026-03-17T11:59:59+0000", "cd"),
        ("specific_date", "today", "a"),
        ("specific_date", "yesterday", "b"),
        ("specific_date", "this_week", "ab"),
        ("specific_date", "last_week", ""),
        ("specific_date", "last_30_days", "abc"),
        ("specific_date", "last_month", "d"),
        ("custom", "2026-02-01/2026-03-08", "cd"),
    ],
)
def test_subscription_date_conditions(people: Api, operator: str, value: str, found: str) -> None:
    kind = {"conditionType": "subscription_date", "operatorType": "date_operator"}
    assert search(people, section(people, {**kind, "operator": operator, "value": value})) == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"subscriptionDate": "today"}, "a"),
        ({"subscriptionDate": "last_7_days"}, "ab"),
        ({"subscriptionDate": "last_2_months"}, "d"),
        ({"subscriptionDate": "this_month"}, "abc"),
        ({"subscriptionDate": "custom", "customDate": {"from": "2026-03-08", "to": "2026-03-17"}}, "bc"),
        ({"subscriberCycle": ["receiving_autoresponder"]}, "ac"),
        ({"subscriberCycle": ["not_receiving_autoresponder"]}, "bd"),
        ({"campaignIdsList": []}, ""),
    ],
)
def test_the_scope_of_a_section(people: Api, change: dict[str, Any], found: str) -> None:
    assert search(people, section(people, **change)) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"operatorType": "numeric_operator", "operator": "numeric_gt_eq", "value": 0}, "ac"),
        ({"operatorType": "numeric_operator", "operator": "numeric_eq", "value": 10}, "a"),
        ({"operatorType": "numeric_operator", "operator": "numeric_not_eq", "value": 10}, "c"),
        ({"operatorType": "not_exists"}, "bd"),
    ],
)
def test_score_conditions(people: Api, condition: dict[str, Any], found: str) -> None:
    assert search(people, section(people, {"conditionType": "score", **condition})) == found


def test_engagement_score_conditions(seeded: Api) -> None:
    condition = {"conditionType": "engagement_score", "operator": "numeric_gt", "value": 3}
    body = {"subscribersType": ["subscribed"], **definition(section(seeded, condition))}
    response = seeded.post("/search-contacts/contacts", body, params={"perPage": 1})
    scores = [contact["engagementScore"] or 0 for contact in seeded.sandbox.contacts("customers")]
    assert int(response.headers["TotalCount"]) == sum(score > 3 for score in scores) > 0


@pytest.mark.parametrize(("operator", "found"), [("exists", "ab"), ("not_exists", "cd")])
def test_tag_conditions(people: Api, operator: str, found: str) -> None:
    condition = {
        "conditionType": "tag",
        "operatorType": "exists",
        "operator": operator,
        "value": people.tag_id(),
    }
    assert search(people, section(people, condition)) == found


def test_and_and_or_within_and_between_sections(people: Api) -> None:
    ann, org = text("name", "is", "ann"), text("email", "ends", "org")
    vip = {"conditionType": "tag", "operatorType": "exists", "operator": "exists", "value": people.tag_id()}
    assert search(people, section(people, vip, org)) == "b"
    assert search(people, section(people, ann, org, logic="or")) == "abc"
    assert search(people, section(people, vip), section(people, ann, org, logic="or"), logic="and") == "ab"
    assert search(people, section(people, vip), section(people, org)) == "abc"
    assert search(people, section(people, logic="or")) == "abcd"


def test_64_addresses_are_looked_up_in_one_search(people: Api) -> None:
    wanted = [f"n{number}@example.com" for number in range(60)]
    wanted += ["ann@example.com", "bob@example.org", "eve@example.com", "dan@example.net"]
    sections = [
        section(people, *(text("email", "is", email) for email in wanted[start : start + 8]), logic="or")
        for start in range(0, 64, 8)
    ]
    assert search(people, *sections) == "abd"


def test_each_status_is_searched_alone(people: Api, sandbox: Sandbox) -> None:
    for email, reason in (("bob@example.org", "unsubscribe"), ("cyd@example.org", "bounce")):
        contact = next(c for c in sandbox.contacts() if c["email"] == email)
        sandbox.remove_contact(contact["contactId"], reason)
    people.create("una@example.com", "partners")
    sandbox.land()
    today: dict[str, Any] = {
        "subscriptionDate": "custom",
        "customDate": {"from": "2026-03-01", "to": "2026-03-18"},
    }
    mine = section(people, text("email", "starts", "b"), text("email", "starts", "c"), logic="or", **today)
    assert search(people, mine, status="subscribed") == ""
    assert search(people, section(people, text("email", "is", "bob@example.org")), status="removed") == "b"
    assert search(people, section(people, text("email", "is", "bob@example.org")), status="undelivered") == ""
    assert (
        search(people, section(people, text("email", "is", "cyd@example.org")), status="undelivered") == "c"
    )
    partners = section(people, campaignIdsList=[people.campaign_id("partners")], **today)
    assert search(people, partners, status="unconfirmed") == "u"
    body = {
        "subscribersType": ["removed"],
        **definition(section(people, text("email", "is", "bob@example.org"))),
    }
    (row,) = people.post("/search-contacts/contacts", body).json()
    assert (row["reason"], row["deletedOn"]) == ("unsubscribe", "2026-03-18T12:00:00+0000")


def test_results_are_paged_and_sorted(people: Api) -> None:
    body = {"subscribersType": ["subscribed"], **definition(section(people))}
    params = {"sort[email]": "DESC", "perPage": 3, "page": 2, "fields": "email"}
    response = people.post("/search-contacts/contacts", body, params=params)
    assert [contact["email"] for contact in response.json()] == ["ann@example.com"]
    assert set(response.json()[0]) == {"contactId", "email"}
    headers = response.headers
    assert (headers["TotalCount"], headers["TotalPages"], headers["CurrentPage"]) == ("4", "2", "2")


def test_a_segment_lives_and_is_evaluated_at_each_read(people: Api, sandbox: Sandbox) -> None:
    created = people.post(
        "/search-contacts", {"name": "Orgs", **definition(section(people, text("email", "ends", "org")))}
    )
    assert (created.status_code, created.json()["subscribersType"]) == (201, ["subscribed"])
    path = f"/search-contacts/{created.json()['searchContactId']}"
    assert people.get(path).json() == created.json()
    assert len(people.get(f"{path}/contacts").json()) == 2
    sandbox.add_contact("fay@example.org", "customers")
    assert len(people.get(f"{path}/contacts", params={"sort[email]": "asc"}).json()) == 3
    body = {"name": "Nets", **definition(section(people, text("email", "ends", "net")))}
    assert people.post(path, body).json()["name"] == "Nets"
    assert len(people.get(f"{path}/contacts").json()) == 1
    (listed,) = people.get("/search-contacts").json()
    assert set(listed) == {"searchContactId", "name", "createdOn", "href"}
    assert_envelope(people.post("/search-contacts", body), 409, 1008)
    assert people.delete(path).status_code == 204
    for gone in (path, f"{path}/contacts"):
        assert_envelope(people.get(gone), 404, 1013)


def test_custom_fields_of_a_whole_segment(people: Api, sandbox: Sandbox) -> None:
    body = {"name": "Orgs", **definition(section(people, text("email", "ends", "org")))}
    path = f"/search-contacts/{people.post('/search-contacts', body).json()['searchContactId']}"
    values = [{"customFieldId": people.field_id(), "value": ["team"]}]
    response = people.post(f"{path}/custom-fields", {"customFieldValues": values})
    assert (response.status_code, response.content) == (202, b"")
    assert values_of(sandbox, "plan") == {"a": ["pro"], "b": ["free"]}
    sandbox.add_contact("fay@example.org", "customers")
    sandbox.land()
    assert values_of(sandbox, "plan") == {"a": ["pro"], "b": ["team"], "c": ["team"], "f": ["team"]}


def test_a_field_deleted_before_the_values_of_a_segment_are_set_is_left_out(
    people: Api, sandbox: Sandbox
) -> None:
    segment_id = people.post("/search-contacts", named(section(people))).json()["searchContactId"]
    path = f"/search-contacts/{segment_id}"
    values = [{"customFieldId": people.field_id(name), "value": ["9"]} for name in ("age", "city")]
    people.post(f"{path}/custom-fields", {"customFieldValues": values})
    people.delete(f"/custom-fields/{people.field_id('age')}")
    sandbox.land()
    assert (values_of(sandbox, "age"), set(values_of(sandbox, "city"))) == ({}, set("abcd"))


def values_of(sandbox: Sandbox, field: str) -> dict[str, list[str]]:
    """First letter of the address -> values of a custom field."""
    return {
        contact["email"][0]: value["values"]
        for contact in sandbox.contacts("customers")
        for value in contact["customFieldValues"]
        if value["name"] == field
    }


def test_who_bought_something_is_found(people: Api) -> None:
    shop = people.post("/shops", {"name": "Bikes", "locale": "PL", "currency": "PLN"}).json()["shopId"]
    ann = next(c["contactId"] for c in people.sandbox.contacts("customers") if c["name"] == "Ann")
    order = {"contactId": ann, "totalPrice": 90.5, "currency": "PLN", "selectedVariants": []}
    assert people.post(f"/shops/{shop}/orders", order).status_code == 201
    bought = {
        "conditionType": "ecommerce_total_spent",
        "operatorType": "numeric_operator",
        "operator": "numeric_gt",
        "value": 50,
        "currency": "PLN",
        "scope": shop,
        "date": {"operator": "anytime"},
    }
    assert search(people, section(people, bought)) == "a"


IS = text("email", "is", "a")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"conditions": [IS] * 9}, {"section.0.conditions"}),
        ({"conditions": [{**IS, "operator": "starts_with"}]}, {"section.0.conditions.0.operator"}),
        ({"conditions": [{**IS, "value": 7}]}, {"section.0.conditions.0.value"}),
        ({"conditions": [{"conditionType": "origin"}]}, {"section.0.conditions.0.conditionType"}),
        ({"conditions": [{}]}, {"section.0.conditions.0.conditionType"}),
        ({"conditions": ["x"]}, {"section.0.conditions.0"}),
        (
            {"logicOperator": "xor", "subscriberCycle": []},
            {"section.0.logicOperator", "section.0.subscriberCycle"},
        ),
        ({"subscriptionDate": "ever"}, {"section.0.subscriptionDate"}),
        ({"subscriptionDate": "custom"}, {"section.0.customDate"}),
        (
            {"customDate": {"from": "2026-01-01", "to": "2026-01-02"}},
            {"section.0.customDate"},
        ),
        (
            {"subscriberCycle": ["receiving_autoresponder"] * 3},
            {"section.0.subscriberCycle"},
        ),
        (
            {"subscriptionDate": "custom", "customDate": {"from": "x"}},
            {"section.0.customDate.from", "section.0.customDate.to"},
        ),
        ({"campaignIdsList": None}, {"section.0.campaignIdsList"}),
    ],
)
def test_sections_that_are_refused(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    bad = definition(section(api, **change))
    for path, rest in (
        ("/search-contacts", {"name": "x"}),
        ("/search-contacts/contacts", {"subscribersType": ["removed"]}),
    ):
        assert problem_fields(assert_envelope(api.post(path, {**rest, **bad}), 400, 1000)) == fields


CUSTOM = {"conditionType": "custom", "scope": "x"}
DATED = {"conditionType": "subscription_date", "operatorType": "date_operator"}


@pytest.mark.parametrize(
    "condition",
    [
        {**CUSTOM, "operatorType": "numeric_operator", "operator": "is", "value": "1"},
        {**CUSTOM, "operatorType": "numeric_operator", "operator": "numeric_eq", "value": "one"},
        {**CUSTOM, "operatorType": "string_operator", "operator": "is"},
        {**CUSTOM, "operatorType": "date_operator", "operator": "custom", "value": "2026"},
        {**CUSTOM, "operatorType": [], "operator": {}},
        {**DATED, "operator": "specific_date", "value": "someday"},
        {**DATED, "operator": "specific_date", "value": "last_n_days"},
        {**DATED, "operator": "date_from", "value": 7},
        {
            "conditionType": "score",
            "operatorType": "numeric_operator",
            "operator": "numeric_eq",
            "value": "1",
        },
        {"conditionType": "score", "operatorType": "exists"},
        {"conditionType": "engagement_score", "operator": "numeric_eq", "value": True},
        {"conditionType": "tag", "operatorType": "not_exists", "operator": "not_exists", "value": "x"},
    ],
)
def test_conditions_that_are_refused(api: Api, condition: dict[str, Any]) -> None:
    body = {"subscribersType": ["subscribed"], **definition(section(api, condition))}
    assert_envelope(api.post("/search-contacts/contacts", body), 400, 1000)


@pytest.mark.parametrize("status", [[], ["subscribed", "removed"], ["unsubscribed"], "subscribed", None])
def test_a_search_has_exactly_one_known_status(api: Api, status: Any) -> None:
    error = api.post("/search-contacts/contacts", {"subscribersType": status, **definition(section(api))})
    assert any(
        field.startswith("subscribersType") for field in problem_fields(assert_envelope(error, 400, 1000))
    )


def test_only_the_subscribed_can_be_saved_in_1_to_8_sections(api: Api) -> None:
    body = {"name": "x", "subscribersType": ["removed"], "sectionLogicOperator": "or"}
    for sections in ([], [section(api)] * 9):
        error = assert_envelope(api.post("/search-contacts", {**body, "section": sections}), 400, 1000)
        assert problem_fields(error) == {"subscribersType.0", "section"}


def test_an_unknown_campaign_in_a_search_is_1001(api: Api) -> None:
    body = {"name": "x", **definition(section(api, campaignIdsList=["nope"]))}
    assert_envelope(api.post("/search-contacts", body), 400, 1001)
