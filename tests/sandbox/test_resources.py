"""Campaigns, tags, custom fields, from fields and the account over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields


def test_the_seeded_campaigns(api: Api) -> None:
    campaigns = api.get("/campaigns", params={"sort[name]": "asc"}).json()
    assert [(c["name"], c["isDefault"], c["description"]) for c in campaigns] == [
        ("customers", "true", "customers"),
        ("newsletter", "false", "newsletter"),
        ("partners", "false", "partners"),
    ]
    detail = api.get(f"/campaigns/{api.campaign_id('partners')}").json()
    assert detail["optinTypes"] == {
        "email": "double",
        "api": "double",
        "import": "single",
        "webform": "double",
    }


def test_a_campaign_is_made_and_changed_in_part(api: Api, sandbox: Sandbox) -> None:
    created = api.post(
        "/campaigns", {"name": "Summer list", "profile": {"title": "Summer"}, "languageCode": "en"}
    )
    assert created.status_code == 201
    campaign = created.json()
    assert (campaign["languageCode"], campaign["profile"]["title"]) == ("EN", "Summer")
    body = {"name": "Autumn list", "optinTypes": {"api": "double"}, "profile": {"description": "Leaves"}}
    updated = api.post(f"/campaigns/{campaign['campaignId']}", body).json()
    assert (updated["name"], updated["profile"]["title"], updated["profile"]["description"]) == (
        "Autumn list",
        "Summer",
        "Leaves",
    )
    assert (updated["optinTypes"]["api"], updated["optinTypes"]["email"]) == ("double", "single")


@pytest.mark.parametrize("name", ["customers", "Customers"])
def test_a_campaign_name_is_unique(api: Api, name: str) -> None:
    assert assert_envelope(api.post("/campaigns", {"name": name}), 409, 1008)["context"] == {"value": name}
    assert_envelope(api.post(f"/campaigns/{api.campaign_id('partners')}", {"name": name}), 409, 1008)
    assert api.post(f"/campaigns/{api.campaign_id()}", {"name": name}).status_code == 200


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": None}, {"name"}),
        ({"name": "ab"}, {"name"}),
        ({"name": "x" * 65}, {"name"}),
        ({"name": "a/b c"}, {"name"}),
        ({"name": "smile 😀"}, {"name"}),
        ({"isDefault": True}, {"isDefault"}),
        ({"optinTypes": {"api": "triple", "import": "double"}}, {"optinTypes.api", "optinTypes.import"}),
        ({"profile": {"title": "x", "logo": "nope"}}, {"profile.title", "profile.logo"}),
        ({"confirmation": {"redirectType": "customUrl"}}, {"confirmation.redirectUrl"}),
        (
            {"subscriptionNotifications": {"recipients": [{}]}},
            {"subscriptionNotifications.recipients.0.fromFieldId"},
        ),
        (
            {"postal": {"addPostalToMessages": "yes", "city": 1}},
            {"postal.addPostalToMessages", "postal.city"},
        ),
        ({"languageCode": "eng"}, {"languageCode"}),
    ],
)
def test_campaign_bodies(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    body = {"name": "Fine name", **change}
    assert problem_fields(assert_envelope(api.post("/campaigns", body), 400, 1000)) == fields
    path = f"/campaigns/{api.campaign_id()}"
    assert problem_fields(assert_envelope(api.post(path, body), 400, 1000)) == fields


def test_an_empty_update_of_a_campaign_is_400(api: Api) -> None:
    assert_envelope(api.post(f"/campaigns/{api.campaign_id()}", {}), 400, 1000)


def test_exactly_one_campaign_is_the_default(api: Api, sandbox: Sandbox) -> None:
    assert_envelope(api.post("/campaigns", {"name": "other", "isDefault": "false"}), 400, 1)
    assert_envelope(
        api.post(f"/campaigns/{api.campaign_id()}", {"name": "customers", "isDefault": "false"}), 400, 1
    )
    api.post(f"/campaigns/{api.campaign_id('partners')}", {"name": "partners", "isDefault": "true"})
    assert [c["name"] for c in sandbox.campaigns() if c["isDefault"] == "true"] == ["partners"]
    (default,) = api.get("/campaigns", params={"query[isDefault]": "true"}).json()
    assert default["name"] == "partners"


def test_an_unknown_sender_is_1001(api: Api) -> None:
    body = {"name": "other", "confirmation": {"fromField": {"fromFieldId": "nope"}}}
    assert_envelope(api.post("/campaigns", body), 400, 1001)


@pytest.mark.parametrize("path", ["/accounts/blocklists", "/campaigns/{}/blocklists"])
def test_a_blocklist_is_replaced_added_to_and_taken_from(api: Api, path: str) -> None:
    path = path.format(api.campaign_id())

    def change(masks: list[str], flags: str) -> Any:
        response = api.post(path, {"masks": masks}, params={"additionalFlags": flags})
        return response.json() if response.content else None

    assert change(["a@example.com", "@example.org"], "") == {"masks": ["a@example.com", "@example.org"]}
    assert change(["b@example.com"], "add") == {"masks": ["a@example.com", "@example.org", "b@example.com"]}
    assert change(["@example.org"], "delete,noResponse") is None
    assert api.get(path).json() == {"masks": ["a@example.com", "b@example.com"]}
    assert api.get(path, params={"query[mask]": "B@"}).json() == {"masks": ["b@example.com"]}
    assert problem_fields(assert_envelope(api.post(path, {}), 400, 1000)) == {"masks"}


def test_a_tag_is_made_read_and_deleted_everywhere(api: Api, sandbox: Sandbox) -> None:
    tag = api.post("/tags", {"name": "New_1"}).json()
    sandbox.add_contact("anna@example.com", "customers", tags=["New_1"])
    path = f"/tags/{tag['tagId']}"
    assert api.get(path).json() == tag
    assert api.post(path, {"name": "renamed"}).json()["name"] == "New_1"
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)
    assert sandbox.contacts()[0]["tags"] == []


@pytest.mark.parametrize("name", ["", "a", "with space", "ą_tag", "x" * 65, "a-b"])
def test_a_bad_tag_name_is_1003_with_the_pattern(api: Api, name: str) -> None:
    assert (
        assert_envelope(api.post("/tags", {"name": name}), 400, 1003)["context"]["regex"]
        == "^[_a-zA-Z0-9]{2,64}$"
    )


def test_a_tag_name_is_unique_and_required(api: Api) -> None:
    assert_envelope(api.post("/tags", {"name": "VIP"}), 409, 1008)
    assert problem_fields(assert_envelope(api.post("/tags", {}), 400, 1000)) == {"name"}


FIELD = {"name": "size", "type": "string", "format": "single_select", "hidden": "false", "values": ["s", "m"]}


def test_a_custom_field_is_made_changed_and_deleted_everywhere(api: Api, sandbox: Sandbox) -> None:
    created = api.post("/custom-fields", FIELD)
    assert created.status_code == 201
    field = created.json()
    assert (field["type"], field["fieldType"], field["valueType"]) == (
        "single_select",
        "single_select",
        "string",
    )
    sandbox.add_contact("anna@example.com", "customers", custom_fields={"size": "m"})
    path = f"/custom-fields/{field['customFieldId']}"
    assert api.post(path, {"hidden": "true", "values": ["s", "m", "l"]}).json()["values"] == ["s", "m", "l"]
    assert api.get(path).json()["hidden"] == "true"
    assert problem_fields(assert_envelope(api.post(path, {}), 400, 1000)) == {"hidden", "values"}
    assert api.delete(path).status_code == 204
    assert sandbox.contacts()[0]["customFieldValues"] == []
    assert_envelope(api.post("/custom-fields", {**FIELD, "name": "plan"}), 409, 1008)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": "Upper"}, {"name"}),
        ({"name": "email"}, {"name"}),
        ({"name": "x" * 129}, {"name"}),
        ({"type": "text"}, {"type"}),
        ({"format": "slider"}, {"format"}),
        ({"hidden": False}, {"hidden"}),
        ({"values": ["one"]}, {"values"}),
        ({"values": "s,m"}, {"values"}),
        ({"values": [1, 2]}, {"values.0", "values.1"}),
    ],
)
def test_custom_field_bodies(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    assert (
        problem_fields(assert_envelope(api.post("/custom-fields", {**FIELD, **change}), 400, 1000)) == fields
    )


@pytest.mark.parametrize(
    ("definition", "good", "bad"),
    [
        ({"type": "number", "format": "text"}, ["1.5"], ["one"]),
        ({"type": "number", "format": "text"}, ["-3"], ["nan"]),
        ({"type": "date", "format": "text"}, ["2026-02-28"], ["2026-02-30"]),
        ({"type": "datetime", "format": "text"}, ["2026-02-28T10:00:00+0000"], ["noon"]),
        ({"type": "url", "format": "text"}, ["https://example.com"], ["example"]),
        ({"type": "ip", "format": "text"}, ["192.0.2.1"], ["300.1.1.1"]),
        ({"type": "currency", "format": "text"}, ["PLN"], ["złoty"]),
        ({"type": "gender", "format": "text"}, ["Female"], ["F"]),
        ({"type": "string", "format": "text"}, ["a"], ["a", "b"]),
        ({"type": "string", "format": "multi_select", "values": ["a", "b"]}, ["a", "b"], ["a", "c"]),
        ({"type": "string", "format": "text"}, ["a"], []),
    ],
)
def test_values_are_checked_by_the_definition(
    api: Api, sandbox: Sandbox, definition: dict[str, Any], good: list[str], bad: list[str]
) -> None:
    body = {"name": "tested", "hidden": "false", "values": [], **definition}
    field_id = api.post("/custom-fields", body).json()["customFieldId"]
    path = f"/contacts/{sandbox.add_contact('anna@example.com', 'customers')['contactId']}/custom-fields"
    assert (
        api.post(path, {"customFieldValues": [{"customFieldId": field_id, "value": good}]}).status_code == 200
    )
    refused = api.post(path, {"customFieldValues": [{"customFieldId": field_id, "value": bad}]})
    assert all(isinstance(sentence, str) for sentence in assert_envelope(refused, 400, 1000)["context"])
    assert sandbox.contacts()[0]["customFieldValues"][0]["values"] == good


def test_a_from_field_is_made_inactive_and_cannot_be_the_default(api: Api) -> None:
    created = api.post("/from-fields", {"email": "team@example.com", "name": "Team"})
    assert (created.status_code, created.json()["isActive"]) == (201, "false")
    path = f"/from-fields/{created.json()['fromFieldId']}"
    assert_envelope(api.post(f"{path}/default"), 400, 1002)
    assert_envelope(api.post("/from-fields", {"email": "TEAM@example.com", "name": "Team"}), 409, 1008)
    body = assert_envelope(api.post("/from-fields", {"email": "team", "name": "T"}), 400, 1000)
    assert problem_fields(body) == {"email", "name"}
    assert api.delete(path).status_code == 204


def test_the_default_from_field_goes_only_with_a_replacement(api: Api) -> None:
    (default,) = api.get("/from-fields", params={"query[isDefault]": "true"}).json()
    path = f"/from-fields/{default['fromFieldId']}"
    assert api.post(f"{path}/default").content == b""
    other = api.post("/from-fields", {"email": "team@example.com", "name": "Team"}).json()["fromFieldId"]
    assert_envelope(api.delete(path), 400, 1009)
    assert_envelope(api.delete(path, fromFieldIdToReplaceWith="nope"), 400, 1001)
    assert api.delete(path, fromFieldIdToReplaceWith=other).status_code == 204
    newsletter_id = api.get("/newsletters").json()[0]["newsletterId"]
    assert api.get(f"/newsletters/{newsletter_id}").json()["fromField"]["fromFieldId"] == other


def test_the_account_is_one_object_that_can_be_changed(api: Api) -> None:
    updated = api.post("/accounts", {"city": "Sopot", "email": "other@example.com"}).json()
    assert (updated["city"], updated["email"]) == ("Sopot", "owner@example.com")
    assert api.get("/accounts").json() == updated
    assert problem_fields(
        assert_envelope(api.post("/accounts", {"phone": "1", "timeFormat": "9"}), 400, 1000)
    ) == {
        "phone",
        "timeFormat",
    }


def test_callbacks_are_404_until_they_are_switched_on(api: Api) -> None:
    path = "/accounts/callbacks"
    assert_envelope(api.get(path), 404, 1013)
    assert problem_fields(assert_envelope(api.post(path, {"actions": {"open": True}}), 400, 1000)) == {"url"}
    api.post(path, {"url": "https://example.com/hook", "actions": {"open": True}})
    updated = api.post(path, {"actions": {"click": True}}).json()
    assert (updated["url"], updated["actions"]["open"], updated["actions"]["click"]) == (
        "https://example.com/hook",
        True,
        True,
    )
    body = assert_envelope(api.post(path, {"url": "nope", "actions": {"open": "true"}}), 400, 1000)
    assert problem_fields(body) == {"url", "actions.open"}
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


def test_the_rest_of_the_sandbox_interface(sandbox: Sandbox) -> None:
    campaign = sandbox.add_campaign("late", optin="double")
    assert campaign["optinTypes"]["api"] == "double"
    contact = sandbox.add_contact("a@example.com", campaign["campaignId"], custom_fields={"hobby": ["chess"]})
    assert sandbox.contacts("late") == [contact] == sandbox.contacts(campaign["campaignId"])
    with pytest.raises(ValueError, match="already"):
        sandbox.add_contact("A@example.com", "late")
    with pytest.raises(ValueError, match="no campaign"):
        sandbox.contacts("nope")
    with pytest.raises(ValueError, match="no active contact"):
        sandbox.remove_contact("nope")
    with pytest.raises(ValueError, match="Unknown reason"):
        sandbox.remove_contact(contact["contactId"], "whim")
    with pytest.raises(ValueError, match="waits"):
        sandbox.confirm("nobody@example.com", "late")
