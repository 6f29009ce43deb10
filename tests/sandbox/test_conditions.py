"""The conditions of searches: what messages, origins and consents find, and any condition against the
contract and against a second evaluation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.searches.conditions import CHECKS, TESTS
from getresponse_django.sandbox.searches.purchases import PURCHASE_CHECKS
from getresponse_django.sandbox.state.contact_index import ContactIndex
from tests.contract.document import complaints, contract

from .conftest import Api, assert_envelope, problem_fields
from .naive_search import Event, Person, finds
from .searching import NOW, definition, named, search, section, text

LONG_AGO = {"query[createdOn][from]": "2020-01-01", "perPage": "1000"}


class Account:
    """A seeded account at a fixed moment, and what the API shows of its contacts."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.newsletter = sent_newsletter(api)
        self.people = {row["contactId"]: person(api, row) for row in api.sandbox.contacts()}

    def found(self, *sections: dict[str, Any], logic: str = "or") -> set[str]:
        body = {"subscribersType": ["subscribed"], **definition(*sections, logic=logic)}
        response = self.api.post("/search-contacts/contacts", body, params={"perPage": 1000})
        assert response.status_code == 200, response.text
        return {contact["contactId"] for contact in response.json()}

    def everywhere(self, *conditions: dict[str, Any], logic: str = "and") -> dict[str, Any]:
        lists = [campaign["campaignId"] for campaign in self.api.sandbox.campaigns()]
        return section(self.api, *conditions, logic=logic, campaignIdsList=lists)

    def having(self, kind: str, resource: str, message_id: str) -> set[str]:
        """The contacts with an activity."""
        return {
            contact_id
            for contact_id, someone in self.people.items()
            if any(e[:3] == (kind, resource, message_id) for e in someone.events)
        }


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox(contacts=150, limits=False) as sandbox:
        sandbox.now = lambda: NOW
        sandbox.reset()
        sandbox.add_contact("old@example.com", "customers", "Old", ["vip"], {"age": "41"})
        sandbox.add_contact("new@example.com", "newsletter", None, [], {"age": ["7", "30"]})
        api = Api(sandbox)
        yield Account(api)
        api.session.close()


def sent_newsletter(api: Api) -> str:
    """Sent by the API to the members of one list."""
    body = {
        "subject": "Hello",
        "fromField": {"fromFieldId": api.get("/from-fields").json()[0]["fromFieldId"]},
        "campaign": {"campaignId": api.campaign_id()},
        "content": {"plain": "Hi"},
        "sendSettings": {"selectedCampaigns": [api.campaign_id("partners")]},
    }
    newsletter_id = str(api.post("/newsletters", body).json()["newsletterId"])
    api.sandbox.land()
    return newsletter_id


def person(api: Api, detail: dict[str, Any]) -> Person:
    path = f"/contacts/{detail['contactId']}"
    return Person(
        detail,
        api.get(f"{path}/consents").json(),
        [event(row) for row in api.get(f"{path}/activities", params=LONG_AGO).json()],
    )


def event(row: dict[str, Any]) -> Event:
    track = row["clickTrack"]["id"] if row["clickTrack"] else None
    resource = row["resource"]
    moment = datetime.fromisoformat(row["createdOn"])
    return Event(row["activity"], resource["resourceType"], resource["resourceId"], track, moment)


def message_ids(account: Account, kind: str) -> list[str]:
    return [message[f"{kind}Id"] for message in account.api.get(f"/{kind}s").json()]


POSITIVE = (("sent", "send"), ("opened", "open"), ("clicked", "click"))


@pytest.mark.parametrize("kind", ["newsletter", "autoresponder"])
@pytest.mark.parametrize(("condition", "activity"), POSITIVE)
def test_conditions_on_messages_agree_with_the_activities(
    account: Account, kind: str, condition: str, activity: str
) -> None:
    some = 0
    for message_id in message_ids(account, kind):
        chosen = {"conditionType": condition, "operatorType": "message_operator", "operator": kind}
        if condition == "clicked":
            chosen |= {"scope": message_id, "clickTrackId": "all"}
        else:
            chosen["value"] = message_id
        expected = account.having(activity, f"{kind}s", message_id)
        assert account.found(account.everywhere(chosen)) == expected
        some += len(expected)
    assert some > 5


def test_the_negative_forms_find_everybody_else(account: Account) -> None:
    newsletters = message_ids(account, "newsletter")
    message_id = max(newsletters, key=lambda one: len(account.having("click", "newsletters", one)))
    got = account.having("send", "newsletters", message_id)
    condition = {
        "conditionType": "not_sent",
        "operatorType": "message_operator",
        "operator": "newsletter",
        "value": message_id,
    }
    assert account.found(account.everywhere(condition)) == set(account.people) - got
    for name, activity in (("not_opened", "open"), ("not_clicked", "click")):
        condition = {
            "conditionType": name,
            "operatorType": "complex_message_operator",
            "operator": "newsletter",
            "scope": message_id,
            "dateOperator": "never",
        }
        expected = set(account.people) - account.having(activity, "newsletters", message_id)
        assert account.found(account.everywhere(condition)) == expected != set(account.people)


@pytest.mark.parametrize("kind", ["newsletters", "autoresponders"])
def test_activities_agree_with_the_statistics(kind: str) -> None:
    with Sandbox(contacts=80, limits=False) as sandbox:
        store, api = sandbox._store, Api(sandbox)
        for message in (store.newsletters if kind == "newsletters" else store.autoresponders).values():
            (total,) = api.get(f"/{kind}/{message.message_id}/statistics").json() or [Counter()]
            known = store.active.by_id.keys() | store.removed.by_id.keys()
            assert total["sent"] == len(message.recipients)
            assert (total["uniqueOpened"], total["uniqueClicked"]) == (
                len(message.opens),
                len(message.clicks),
            )
            assert message.clicks.keys() <= message.opens.keys() <= message.recipients.keys() <= known
            assert all(message.recipients[who] <= at for who, at in message.opens.items())
            assert all(message.opens[who] <= at for who, at in message.clicks.items())
            by_link = Counter(message.click_track_id(link) for link in message.clicked_links.values())
            tracks = api.get(f"/{kind}/{message.message_id}").json()["clickTracks"]
            assert all(by_link[track["clickTrackId"]] <= int(track["amount"]) for track in tracks)
        api.session.close()


def test_who_got_a_newsletter_of_the_api_is_found(account: Account) -> None:
    partners = {p for p, someone in account.people.items() if in_list(someone, "partners")}
    assert account.having("send", "newsletters", account.newsletter) == partners
    condition = {
        "conditionType": "last_send_date",
        "operatorType": "date_operator",
        "operator": "specific_date",
        "value": "today",
    }
    assert account.found(account.everywhere(condition)) == partners != set()


def in_list(someone: Person, name: str) -> bool:
    return bool(someone.detail["campaign"]["name"] == name)


def test_every_link_finds_its_clicks(account: Account) -> None:
    clicked: set[str] = set()
    for message_id in message_ids(account, "newsletter"):
        for number in (0, 1):
            condition = {
                "conditionType": "clicked",
                "operatorType": "message_operator",
                "operator": "newsletter",
                "scope": message_id,
                "clickTrackId": f"{message_id}{number}",
            }
            found = account.found(account.everywhere(condition))
            assert found == {
                contact_id
                for contact_id, someone in account.people.items()
                if any(e[1:4:2] == ("newsletters", condition["clickTrackId"]) for e in someone.events)
            }
            clicked |= {str(number)} if found else set()
    assert clicked == {"0", "1"}


def test_an_import_finds_those_it_added(account: Account) -> None:
    found: set[str] = set()
    for row in account.api.get("/imports").json():
        condition = {"conditionType": "subscription_method", "method": "import", "value": row["importId"]}
        added = account.found(account.everywhere(condition))
        lists = {account.people[contact_id].detail["campaign"]["campaignId"] for contact_id in added}
        assert lists <= {row["campaign"]["campaignId"]}
        assert added.isdisjoint(found)
        found |= added
    everybody = {"conditionType": "subscription_method", "method": "import", "value": "all"}
    assert account.found(account.everywhere(everybody)) == found != set()


def test_a_new_import_finds_those_it_added(api: Api, sandbox: Sandbox) -> None:
    body = {
        "campaignId": api.campaign_id(),
        "fieldMapping": ["email"],
        "contacts": [["a@example.com"], ["b@example.com"]],
    }
    sandbox.add_contact("b@example.com", "customers")
    made = api.post("/imports", body)
    assert made.status_code == 201, made.text
    sandbox.land()
    condition = {
        "conditionType": "subscription_method",
        "method": "import",
        "value": made.json()["importId"],
    }
    assert search(api, section(api, condition)) == "a"


def test_consents_are_to_the_fields_of_the_account_and_found_by_them(account: Account) -> None:
    fields = {row["gdprFieldId"]: row["name"] for row in account.api.get("/gdpr-fields").json()}
    withdrawn = 0
    for field_id, name in fields.items():
        mine = {
            contact_id: consent
            for contact_id, someone in account.people.items()
            for consent in someone.consents
            if (consent["consentId"], consent["name"]) == (field_id, name)
        }
        given = {contact_id for contact_id, consent in mine.items() if consent["isGranted"]}
        condition = {"conditionType": "gdpr", "gdprFieldId": field_id, "consentStatus": "given"}
        assert account.found(account.everywhere(condition)) == given != set()
        withdrawn += len(mine) - len(given)
    assert withdrawn > 0
    assert {c["consentId"] for someone in account.people.values() for c in someone.consents} == set(fields)


@pytest.fixture
def four(api: Api, sandbox: Sandbox) -> Api:
    """Four contacts made by different ways: a by the panel, b by the API, c and d in the cycle."""
    sandbox.now = lambda: NOW
    sandbox.add_contact("a@example.com", "customers")
    api.create("b@example.com")
    for email, day in (("c@example.com", "0"), ("d@example.com", "12")):
        api.create(email, dayOfCycle=day)
    sandbox.land()
    return api


def number(kind: str, operator: str, value: int | None = None, **more: str) -> dict[str, Any]:
    condition = {"conditionType": kind, "operatorType": "numeric_operator", "operator": operator, **more}
    return condition if value is None else {**condition, "value": value}


NEVER = {"operatorType": "complex_message_operator", "operator": "all", "dateOperator": "never"}
EVENT = {"conditionType": "custom_event", "customEventId": "e", "dateOperator": "anytime"}
SMS = {"smsId": "s", "clickTrackId": "all"}
WEBINAR = {"conditionType": "webinar", "scope": "w", "contactType": "all"}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (number("phase", "numeric_eq", 0), "c"),
        (number("phase", "numeric_gt", 0), "d"),
        (number("phase", "numeric_not_eq", 0), "d"),
        (number("phase", "assigned"), "cd"),
        (number("phase", "not_assigned"), "ab"),
        ({"conditionType": "subscription_method", "method": "api"}, "bcd"),
        ({"conditionType": "subscription_method", "method": "panel"}, "a"),
        ({"conditionType": "subscription_method", "method": "import", "value": "all"}, ""),
        ({"conditionType": "subscription_method", "method": "webform", "webformType": "all"}, ""),
        ({**text("geo", "is", "Poland"), "scope": "country"}, ""),
        ({**text("geo", "is_not", "Poland"), "scope": "country"}, "abcd"),
        ({"conditionType": "gdpr", "gdprFieldId": "g", "consentStatus": "given"}, ""),
        ({"conditionType": "gdpr", "gdprFieldId": "g", "consentStatus": "not_given"}, "abcd"),
        ({"conditionType": "not_opened", **NEVER}, "abcd"),
        ({"conditionType": "not_clicked", **NEVER}, "abcd"),
        ({"conditionType": "not_clicked", **NEVER, "operator": "newsletter", "clickTrackId": "x"}, "abcd"),
        (number("goal", "numeric_not_eq", 5, scope="g"), ""),
        (number("goal", "assigned", scope="g"), ""),
        (number("goal", "not_assigned", scope="g"), "abcd"),
        ({"conditionType": "crm", "pipelineScope": "p", "stageScope": "all"}, ""),
        ({**WEBINAR, "webinarCondition": "participated"}, ""),
        ({**WEBINAR, "webinarCondition": "not_participated"}, "abcd"),
        ({"conditionType": "sms_sent", "smsId": "s", "deliveryStatus": "undelivered"}, ""),
        ({"conditionType": "sms_link_clicked", **SMS}, ""),
        ({"conditionType": "sms_link_not_clicked", **SMS}, "abcd"),
        ({**EVENT, "occurrence": "occurred"}, ""),
        ({**EVENT, "occurrence": "not_occurred"}, "abcd"),
        ({**EVENT, "occurrence": "not_occurred", "dateOperator": "date_to", "value": "2026-01-01"}, "abcd"),
    ],
)
def test_conditions_that_find(four: Api, condition: dict[str, Any], found: str) -> None:
    assert search(four, section(four, condition)) == found


def test_silence_is_silence_of_every_kind_of_message(account: Account) -> None:
    openers = {
        contact_id
        for contact_id, someone in account.people.items()
        if any(event.kind == "open" for event in someone.events)
    }
    silent = account.found(account.everywhere({"conditionType": "not_opened", **NEVER}))
    assert silent == set(account.people) - openers


def test_a_message_that_is_of_another_kind_or_gone_was_sent_to_nobody(account: Account) -> None:
    for kind, message_id in (("splittest", account.newsletter), ("newsletter", "nope")):
        condition = {
            "conditionType": "sent",
            "operatorType": "message_operator",
            "operator": kind,
            "value": message_id,
        }
        assert account.found(account.everywhere(condition)) == set()
        everybody = account.found(account.everywhere({**condition, "conditionType": "not_sent"}))
        assert everybody == set(account.people)


SILENT = {**NEVER, "conditionType": "not_opened"}
DAY = {"conditionType": "last_open_date", "operatorType": "date_operator", "operator": "date_from"}


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        (number("phase", "numeric_eq"), {"value"}),
        (number("phase", "assigned", 3), {"value"}),
        (number("phase", "between", 3), {"operator"}),
        (number("goal", "not_assigned", 3, scope="g"), {"value"}),
        (number("goal", "assigned"), {"scope"}),
        ({"conditionType": "score", "operatorType": "not_exists", "value": 1}, {"value"}),
        ({"conditionType": "subscription_method", "method": "phone"}, {"method"}),
        ({"conditionType": "subscription_method", "method": "import"}, {"value"}),
        ({"conditionType": "subscription_method", "method": "webform"}, {"webformType"}),
        (
            {"conditionType": "subscription_method", "method": "webform", "webformType": "popups"},
            {"value"},
        ),
        ({**text("geo", "is", "PL"), "scope": "continent"}, {"scope"}),
        ({"conditionType": "gdpr", "gdprFieldId": "g", "consentStatus": "yes"}, {"consentStatus"}),
        (
            {
                "conditionType": "gdpr",
                "gdprFieldId": "g",
                "consentStatus": "given",
                "consentDate": {"operator": "date_from"},
            },
            {"consentDate.date"},
        ),
        (
            {
                "conditionType": "gdpr",
                "gdprFieldId": "g",
                "consentStatus": "given",
                "consentDate": {"operator": "anytime", "date": "2026-01-01"},
            },
            {"consentDate.date"},
        ),
        ({**SILENT, "scope": "x"}, {"scope"}),
        ({**SILENT, "operator": "newsletter"}, {"scope"}),
        ({**SILENT, "operatorType": "message_operator"}, {"operatorType"}),
        ({**SILENT, "dateOperator": "last_month"}, {"dateOperator"}),
        ({**SILENT, "dateOperator": "last_n_days", "value": "5"}, {"value"}),
        ({**SILENT, "dateOperator": "date_from"}, {"value"}),
        ({**DAY, "value": "2026-01-01T00:00:00+0000"}, {"value"}),
        ({**DAY, "operator": "specific_date", "value": "last_n_days"}, {"numberOfDays"}),
        ({**DAY, "operator": "custom", "value": "2026-01-01"}, {"value"}),
        (
            {"conditionType": "clicked", "operatorType": "message_operator", "operator": "newsletter"},
            {"scope", "clickTrackId"},
        ),
        (
            {
                "conditionType": "sent",
                "operatorType": "message_operator",
                "operator": "newsletter",
                "scope": "x",
            },
            {"value"},
        ),
        ({"conditionType": "crm", "pipelineScope": "p"}, {"stageScope"}),
        ({**WEBINAR, "webinarCondition": "left"}, {"webinarCondition"}),
        ({"conditionType": "sms_sent", "smsId": "s", "deliveryStatus": "lost"}, {"deliveryStatus"}),
        ({**EVENT, "occurrence": "occurred", "dateOperator": "date_to"}, {"date"}),
    ],
)
def test_conditions_that_are_refused_by_name(api: Api, condition: dict[str, Any], fields: set[str]) -> None:
    body = named(section(api, condition))
    error = assert_envelope(api.post("/search-contacts", body), 400, 1000)
    assert problem_fields(error) == {f"section.0.conditions.0.{name}" for name in fields}


def test_a_segment_keeps_a_condition_as_it_came_and_follows_what_happens(four: Api) -> None:
    condition = number("phase", "assigned") | {"includeCurrentPeriod": False}
    made = four.post("/search-contacts", named(section(four, condition))).json()
    assert made["section"][0]["conditions"] == [condition]
    path = f"/search-contacts/{made['searchContactId']}/contacts"
    assert len(four.get(path).json()) == 2
    for contact in four.sandbox.contacts():
        four.post(f"/contacts/{contact['contactId']}", {"dayOfCycle": "1"})
    assert len(four.get(path).json()) == 4


def test_all_published_types_are_known() -> None:
    published = {
        schema["properties"]["conditionType"]["enum"][0]
        for name, schema in contract()["components"]["schemas"].items()
        if name.endswith("Condition")
    }
    assert set(CHECKS) == set(TESTS)
    assert set(CHECKS) == published


# Any condition


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """conditionType -> its schema."""
    return {
        schema["properties"]["conditionType"]["enum"][0]: schema
        for name, schema in contract()["components"]["schemas"].items()
        if name.endswith("Condition")
    }


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return contract()["components"]["schemas"][name] if name else schema


TEXTS = (
    "all",
    "a",
    "Anna",
    "example.com",
    "free",
    "PL",
    "Gdańsk",
    "7",
    "30",
    "2026-02-01",
    "2026-03-17T10:00:00+0000",
    "2026-01-01/2026-02-15",
    "1980-01-01/1995-06-30",
    "last_n_days",
    "last_week",
    "last_2_months",
)
NUMBERS = st.integers(0, 40)


def values(account: Account, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a property, most of them right."""
    schema = resolved(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([values(account, one) for one in schema["anyOf"]])
    match schema.get("type"):
        case "integer":
            return NUMBERS
        case "boolean":
            return st.booleans()
        case "object":
            return properties(account, schema)
        case _:
            return st.sampled_from([*ids(account), *TEXTS])


def ids(account: Account) -> list[str]:
    """Ids of things there are."""
    api = account.api
    messages = [*message_ids(account, "newsletter")[:4], *message_ids(account, "autoresponder")]
    fields = [api.field_id(name) for name in ("plan", "city", "birthday", "age")]
    consents = {row["consentId"] for someone in account.people.values() for row in someone.consents}
    return [*messages, f"{messages[0]}1", *fields, api.tag_id(), *sorted(consents)]


def properties(account: Account, schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The required properties, and perhaps the others."""
    known = {name: values(account, one) for name, one in schema["properties"].items()}
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: known[name] for name in known if name in needed},
        optional={name: known[name] for name in known if name not in needed},
    )


@pytest.fixture(scope="module")
def conditions(account: Account) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of([properties(account, schema) for schema in schemas().values()])


def refused(account: Account, condition: dict[str, Any]) -> bool:
    """Whether a condition is refused; if so, by an envelope that names its properties."""
    body = {"subscribersType": ["subscribed"], **definition(section(account.api, condition))}
    response = account.api.post("/search-contacts/contacts", body, params={"perPage": 1})
    if response.status_code == 200:
        return False
    fields = problem_fields(assert_envelope(response, 400, 1000))
    assert all(field.startswith("section.0.conditions.0") for field in fields)
    return True


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_the_contract_refuses_is_refused(
    account: Account, conditions: st.SearchStrategy[dict[str, Any]], data: st.DataObject
) -> None:
    condition = data.draw(conditions)
    junk = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=1)
    for name in data.draw(st.lists(st.sampled_from(sorted(condition)), max_size=2, unique=True)):
        condition[name] = data.draw(junk)
    if not refused(account, condition):
        assert complaints(schemas()[condition["conditionType"]], condition) == []


def is_told(condition: dict[str, Any]) -> bool:
    """Whether the answers about contacts tell what it asks for: not which import brought them, nor what they
    bought (see test_purchases).
    """
    of_an_import = condition.get("method") == "import" and condition.get("value") != "all"
    return condition["conditionType"] not in PURCHASE_CHECKS and not of_an_import


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_search_finds_what_a_naive_evaluation_finds(
    account: Account, conditions: st.SearchStrategy[dict[str, Any]], data: st.DataObject
) -> None:
    logic, sections = st.sampled_from(["and", "or"]), []
    for _ in range(data.draw(st.integers(1, 2))):
        drawn = data.draw(st.lists(conditions, max_size=4))
        chosen = [one for one in drawn if is_told(one) and not refused(account, one)]
        sections.append(account.everywhere(*chosen, logic=data.draw(logic)))
    between = data.draw(logic)
    expected = {
        contact_id
        for contact_id, someone in account.people.items()
        if finds(definition(*sections, logic=between), someone, NOW)
    }
    assert account.found(*sections, logic=between) == expected


def test_an_index_is_used_where_there_is_one(four: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses and tags are looked up, so that the size of the list does not matter."""

    def scan(index: ContactIndex, campaign_id: str) -> list[Any]:
        raise AssertionError("all members of a list were looked at")

    monkeypatch.setattr(ContactIndex, "of_campaign", scan)
    addresses = [text("email", "is", f"{letter}@example.com") for letter in "abxyz"]
    tag = {
        "conditionType": "tag",
        "operatorType": "exists",
        "operator": "exists",
        "value": four.tag_id(),
    }
    assert search(four, section(four, *addresses, logic="or")) == "ab"
    assert search(four, section(four, tag, number("phase", "assigned"))) == ""
    assert search(four, section(four, tag, addresses[0], logic="or")) == "a"


@pytest.mark.parametrize("include", [True, False, None])
@pytest.mark.parametrize(("days_ago", "days", "inside"), [(3, 3, True), (3, 2, False), (0, 5, None)])
def test_the_last_n_days_include_today_only_when_told(
    api: Api, sandbox: Sandbox, include: bool | None, days_ago: int, days: int, inside: bool | None
) -> None:
    sandbox.now = lambda: NOW - timedelta(days=days_ago)
    sandbox.add_contact("a@example.com", "customers")
    sandbox.now = lambda: NOW
    condition = {
        "conditionType": "subscription_date",
        "operatorType": "date_operator",
        "operator": "specific_date",
        "value": "last_n_days",
        "numberOfDays": days,
        **({} if include is None else {"includeCurrentPeriod": include}),
    }
    expected = bool(include) if inside is None else inside
    assert search(api, section(api, condition)) == ("a" if expected else "")
