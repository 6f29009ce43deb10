"""Imports: what becomes of each row, the states on the way, and the limits."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields

COLUMNS = ["email", "name", "ip", "plan", "birthday", "tag:vip", "tag:Fresh_1"]


def start(api: Api, rows: list[list[str]], columns: list[str] = COLUMNS, campaign: str = "customers") -> Any:
    body = {"campaignId": api.campaign_id(campaign), "fieldMapping": columns, "contacts": rows}
    return api.post("/imports", body)


def finished(api: Api, rows: list[list[str]], **options: Any) -> dict[str, Any]:
    """The import after everything is done."""
    created = start(api, rows, **options)
    assert created.status_code == 201, created.text
    api.sandbox.land()
    done: dict[str, Any] = api.get(f"/imports/{created.json()['importId']}").json()
    assert done["status"] == "finished"
    assert (done["errorStatistics"] == dict.fromkeys(done["errorStatistics"], 0)) == (
        done["statistics"]["invalid"] == 0
    )
    return done


def shown(sandbox: Sandbox, email: str) -> dict[str, Any]:
    return next(contact for contact in sandbox.contacts() if contact["email"] == email)


def test_rows_become_contacts_with_everything_the_columns_say(api: Api, sandbox: Sandbox) -> None:
    rows = [
        ["anna@example.com", "Anna", "192.0.2.7", "pro", "1990-05-01", "1", "1"],
        [" jan@example.com ", "", "", "", "", "0", ""],
    ]
    done = finished(api, rows)
    assert done["statistics"] == {"uploaded": 2, "invalid": 0, "updated": 0, "addedToList": 2}
    anna, jan = shown(sandbox, "anna@example.com"), shown(sandbox, "jan@example.com")
    assert (anna["name"], anna["ipAddress"], anna["origin"]) == ("Anna", "192.0.2.7", "import")
    assert {value["name"]: value["value"] for value in anna["customFieldValues"]} == {
        "plan": ["pro"],
        "birthday": ["1990-05-01"],
    }
    assert {tag["name"] for tag in anna["tags"]} == {"vip", "Fresh_1"}
    assert (jan["name"], jan["tags"], jan["customFieldValues"]) == (None, [], [])
    assert "Fresh_1" in {tag["name"] for tag in sandbox.tags()}


def test_a_contact_that_is_there_is_updated_and_never_loses_what_a_cell_leaves_out(
    api: Api, sandbox: Sandbox
) -> None:
    before = sandbox.add_contact(
        "anna@example.com", "customers", name="Anna", tags=["vip"], custom_fields={"plan": "free"}
    )
    done = finished(api, [["ANNA@example.com", "", "192.0.2.1", "team", "", "0", "1"]])
    assert done["statistics"] == {"uploaded": 1, "invalid": 0, "updated": 1, "addedToList": 0}
    (after,) = sandbox.contacts()
    assert (after["contactId"], after["name"]) == (before["contactId"], "Anna")
    assert (after["ipAddress"], after["customFieldValues"][0]["value"]) == ("192.0.2.1", ["team"])
    assert {tag["name"] for tag in after["tags"]} == {"vip", "Fresh_1"}
    assert api.get("/contacts", params={"query[name]": "Anna"}).headers["TotalCount"] == "1"


def test_a_second_row_of_an_address_updates_the_first(api: Api, sandbox: Sandbox) -> None:
    done = finished(api, [["a@example.com", "First"], ["A@example.com", "Second"]], columns=["email", "name"])
    assert (done["statistics"]["addedToList"], done["statistics"]["updated"]) == (1, 1)
    assert [contact["name"] for contact in sandbox.contacts()] == ["Second"]


def test_every_invalid_row_is_counted_under_its_reason(api: Api, sandbox: Sandbox) -> None:
    sandbox.block("@blocked.example")
    left = sandbox.add_contact("left@example.com", "customers")
    sandbox.remove_contact(left["contactId"], "unsubscribe")
    sandbox.add_campaign("late", optin="double")
    api.create("waiting@example.com", "late")
    sandbox.land()
    rows = [
        ["nobody", "", "", ""],
        ["", "", "", ""],
        ["a@example.com", "x" * 129, "", ""],
        ["a@example.com", "", "1.2.3.4.5", ""],
        ["a@example.com", "", "", "gold"],
        ["x@blocked.example", "", "", ""],
        ["x@nowhere.invalid", "", "", ""],
        ["fine@example.com", "", "", ""],
    ]
    done = finished(api, rows, columns=["email", "name", "ip", "plan"])
    assert done["statistics"] == {"uploaded": 8, "invalid": 7, "updated": 0, "addedToList": 1}
    assert done["errorStatistics"] == {
        "syntaxErrors": 5,
        "alreadyInQueue": 0,
        "invalidDomains": 1,
        "blacklist": 1,
        "policyFailures": 0,
        "mismatchedCriteria": 0,
    }
    late = finished(api, [["waiting@example.com"], ["new@example.com"]], columns=["email"], campaign="late")
    assert (late["errorStatistics"]["alreadyInQueue"], late["statistics"]["addedToList"]) == (1, 1)
    gone = finished(api, [["left@example.com"]], columns=["email"])
    assert gone["errorStatistics"]["policyFailures"] == 1
    assert {contact["email"] for contact in sandbox.contacts()} == {"fine@example.com", "new@example.com"}


def test_an_import_goes_through_its_states_and_its_statistics_come_last(api: Api, sandbox: Sandbox) -> None:
    path = f"/imports/{start(api, [['a@example.com'], ['b']], ['email']).json()['importId']}"
    (found,) = [item for item in sandbox._store.imports.values() if not item.settled]
    states = []
    for delays in (0.1, 0.6, 1.1, 1.6):
        found.started = time.monotonic() - delays * sandbox.landing_delay
        states.append(api.get(path).json())
    assert [state["status"] for state in states] == ["uploaded", "approved", "finished", "finished"]
    assert [state["finishedOn"] is None for state in states] == [True, True, False, False]
    counts = [tuple(state["statistics"].values()) for state in states]
    assert counts == [(0, 0, 0, 0), (0, 0, 0, 0), (2, 0, 0, 0), (2, 1, 0, 1)]


def test_without_a_delay_the_next_call_finds_everything_done() -> None:
    with Sandbox(landing_delay=0) as sandbox:
        api = Api(sandbox)
        import_id = start(api, [["a@example.com"]], ["email"]).json()["importId"]
        assert api.get(f"/imports/{import_id}").json()["statistics"]["addedToList"] == 1
        assert [contact["email"] for contact in sandbox.contacts()] == ["a@example.com"]
        api.session.close()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"campaignId": 1, "fieldMapping": [], "contacts": "x"}, {"campaignId", "fieldMapping", "contacts"}),
        ({"fieldMapping": ["name", "name"]}, {"fieldMapping", "fieldMapping.1"}),
        ({"fieldMapping": ["email", "tag:a-b"]}, {"fieldMapping.1"}),
        ({"contacts": [["a@example.com"], [1, "x"], "x"]}, {"contacts.1.0", "contacts.2"}),
        ({"contacts": [["a@example.com"], ["a", "b"], ["a", "b", "c"]]}, {"contacts.0", "contacts.2"}),
    ],
)
def test_import_bodies(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    body = {
        "campaignId": api.campaign_id(),
        "fieldMapping": ["email", "name"],
        "contacts": [["a@example.com", "Anna"]],
        **change,
    }
    assert problem_fields(assert_envelope(api.post("/imports", body), 400, 1000)) == fields


@pytest.mark.parametrize("column", ["ipAddress", "shoe_size", "tags"])
def test_a_column_that_names_no_field_is_1001(api: Api, column: str) -> None:
    refused = assert_envelope(start(api, [["a@example.com", "x"]], ["email", column]), 400, 1001)
    assert refused["context"] == {"fieldName": "fieldMapping", "originalValue": column}


def test_an_unknown_campaign_is_1001(api: Api) -> None:
    body = {"campaignId": "nope", "fieldMapping": ["email"], "contacts": [["a@example.com"]]}
    assert_envelope(api.post("/imports", body), 400, 1001)


def test_one_import_of_a_campaign_and_two_of_the_account_may_be_active(api: Api, sandbox: Sandbox) -> None:
    rows, columns = [["a@example.com"]], ["email"]
    assert start(api, rows, columns).status_code == 201
    assert_envelope(start(api, rows, columns), 409, 1008)
    assert start(api, rows, columns, "newsletter").status_code == 201
    assert_envelope(start(api, rows, columns, "partners"), 409, 1008)
    sandbox.land()
    assert start(api, rows, columns).status_code == 201


def test_the_21st_import_of_a_day_is_429(api: Api, sandbox: Sandbox) -> None:
    for _ in range(20):
        assert start(api, [["a@example.com"]], ["email"]).status_code == 201
        sandbox.land()
    assert (
        assert_envelope(start(api, [["a@example.com"]], ["email"]), 429, 1015)["context"]["currentLimit"]
        == 20
    )


def test_a_request_over_20_megabytes_is_refused(api: Api) -> None:
    body = {"campaignId": api.campaign_id(), "fieldMapping": ["email"], "contacts": [["a@example.com"]]}
    raw = json.dumps(body) + " " * (20 * 1024 * 1024)
    response = api.session.post(
        f"{api.sandbox.url}/imports", data=raw, headers={"Content-Type": "application/json"}
    )
    assert_envelope(response, 400, 1000)


def test_the_seeded_imports_brought_the_imported_contacts(seeded: Api) -> None:
    imports = seeded.get("/imports", params={"sort[addedContacts]": "desc"}).json()
    added = [item["statistics"]["addedToList"] for item in imports]
    assert added == sorted(added, reverse=True) and added[-1] > 0
    customers = seeded.campaign_id()
    filtered = seeded.get("/imports", params={"query[campaignId]": customers}).json()
    ours = sum(item["statistics"]["addedToList"] for item in filtered)
    statistics = seeded.get("/campaigns/statistics/origins", params={"query[campaignId]": customers}).json()
    assert statistics[customers]["import"] == ours
