"""The account's badge, billing and logins; predefined fields, consents and texts of confirmations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields


def test_a_badge_is_switched_by_type(api: Api) -> None:
    assert api.get("/accounts/badge").json() == {"status": "disabled"}
    other = {"status": "enabled", "type": "landing_page"}
    assert api.post("/accounts/badge", other).json() == {"status": "enabled"}
    assert api.get("/accounts/badge").json() == {"status": "disabled"}
    api.post("/accounts/badge", {"status": "enabled"})
    assert api.get("/accounts/badge").json() == {"status": "enabled"}
    refused = assert_envelope(api.post("/accounts/badge", {"status": True, "type": "x"}), 400, 1000)
    assert problem_fields(refused) == {"status", "type"}


def test_the_plan_is_renewed_on_the_first_of_next_month(api: Api, sandbox: Sandbox) -> None:
    sandbox.now = lambda: datetime(2026, 12, 5, tzinfo=UTC)
    assert api.get("/accounts/billing").json()["renewalDate"] == "2027-01-01"
    assert set(api.get("/accounts/billing", fields="price").json()) == {"listSize", "price"}


def test_industries_are_paged_and_have_that_of_the_account(api: Api) -> None:
    response = api.get("/accounts/industries", perPage=4)
    assert (len(response.json()), response.headers["TotalCount"]) == (4, "11")
    known = {item["industryTagId"] for item in api.get("/accounts/industries").json()}
    assert api.get("/accounts").json()["industryTag"]["industryTagId"] in known


def test_logins_come_latest_first_and_failed_ones_have_no_logout(api: Api) -> None:
    logins = api.get("/accounts/login-history").json()
    times = [login["loginTime"] for login in logins]
    assert times == sorted(times, reverse=True)
    assert {(login["isSuccessful"], login["logoutTime"] is None) for login in logins} == {
        ("true", False),
        ("false", True),
    }


def field(api: Api, **change: Any) -> dict[str, Any]:
    return {
        "name": "opening",
        "value": "Poniedziałek, 9 to 17",
        "campaign": {"campaignId": api.campaign_id()},
        **change,
    }


def test_a_predefined_field_is_unique_in_its_campaign_only(api: Api) -> None:
    created = api.post("/predefined-fields", field(api)).json()
    assert_envelope(api.post("/predefined-fields", field(api, name="Opening")), 409, 1008)
    elsewhere = field(api, campaign={"campaignId": api.campaign_id("partners")})
    assert api.post("/predefined-fields", elsewhere).status_code == 201
    path = f"/predefined-fields/{created['predefinedFieldId']}"
    assert api.post(path, {"value": "Closed until May 1."}).json()["value"] == "Closed until May 1."
    found = api.get(
        "/predefined-fields", params={"query[name]": "open", "query[campaignId]": api.campaign_id()}
    )
    assert [item["predefinedFieldId"] for item in found.json()] == [created["predefinedFieldId"]]
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": "with space"}, {"name"}),
        ({"name": "x" * 33, "value": ""}, {"name", "value"}),
        ({"value": "x" * 351, "campaign": {}}, {"value", "campaign.campaignId"}),
    ],
)
def test_predefined_field_bodies(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    refused = assert_envelope(api.post("/predefined-fields", field(api, **change)), 400, 1000)
    assert problem_fields(refused) == fields


def test_a_predefined_field_of_an_unknown_campaign_is_1001(api: Api) -> None:
    assert_envelope(api.post("/predefined-fields", field(api, campaign={"campaignId": "nope"})), 400, 1001)


def test_the_text_of_a_consent_is_in_the_detail_only(api: Api) -> None:
    fields = api.get("/gdpr-fields", params={"sort[name]": "asc"}).json()
    assert [item["name"] for item in fields] == ["newsletter", "phone", "terms"]
    assert not any("latestVersion" in item for item in fields)
    terms = api.get(f"/gdpr-fields/{fields[2]['gdprFieldId']}").json()
    assert terms["latestVersion"]["content"].startswith("I accept")
    assert terms["latestVersion"]["createdOn"] > terms["createdOn"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [("body", "subscriptionConfirmationBodyId"), ("subject", "subscriptionConfirmationSubjectId")],
)
def test_texts_of_confirmations_are_by_language(api: Api, kind: str, key: str) -> None:
    path = f"/subscription-confirmations/{kind}"
    english, polish = api.get(f"{path}/EN").json(), api.get(f"{path}/pl").json()
    assert english != polish and [text[key] for text in english] == [text[key] for text in polish]
    confirmation = api.get(f"/campaigns/{api.campaign_id()}").json()["confirmation"]
    assert confirmation[key] in {text[key] for text in english}
    assert api.get(f"{path}/fr").json() == []
    assert problem_fields(assert_envelope(api.get(f"{path}/french"), 400, 1000)) == {"languageCode"}
    assert all(set(text) == {key} for text in api.get(f"{path}/en", fields="nonsense").json())
