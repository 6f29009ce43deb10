"""Autoresponders and RSS newsletters: made, changed and deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .account_bodies import autoresponder, rss_newsletter
from .conftest import Api, assert_envelope, made, problem_fields

LEXPAD = {"dataSourceUrl": "https://example.com/words"}


def test_an_autoresponder_is_made_with_the_defaults_of_what_is_left_out(api: Api) -> None:
    body = {
        "subject": "Hello there",
        "status": "disabled",
        "content": {"plain": "Hi"},
        "triggerSettings": {},
        "sendSettings": {"type": "signup"},
    }
    created = api.post("/autoresponders", body).json()
    (sender,) = api.get("/from-fields", params={"query[isDefault]": "true"}).json()
    assert (created["name"], created["campaign"]["id"]) == ("Hello there", api.campaign_id())
    assert created["fromField"]["fromFieldId"] == created["replyTo"]["fromFieldId"] == sender["fromFieldId"]
    assert (created["trackOpens"], created["editor"], created["flags"]) == ("true", "text", [])
    assert created["triggerSettings"]["dayOfCycle"] == 0
    assert created["triggerSettings"]["selectedCampaigns"] == [api.campaign_id()]
    assert created["statistics"] == {"delivered": 0, "openRate": 0, "clickRate": 0}
    assert api.get(f"/autoresponders/{created['autoresponderId']}").json() == created


def test_a_send_setting_for_outside_words_is_in_the_detail_only(api: Api) -> None:
    path = f"/autoresponders/{made(api, '/autoresponders', autoresponder(api), 'autoresponderId')}"
    assert api.get(path).json()["sendSettings"]["externalLexpad"] == LEXPAD
    listed = api.get("/autoresponders", params={"query[status]": "disabled"}).json()
    assert [item["sendSettings"]["delayInHours"] for item in listed] == [3]
    assert "externalLexpad" not in listed[0]["sendSettings"]


def test_an_update_of_an_autoresponder_leaves_the_rest_and_replaces_settings_whole(api: Api) -> None:
    path = f"/autoresponders/{made(api, '/autoresponders', autoresponder(api), 'autoresponderId')}"
    before = api.get(path).json()
    change = {"status": "enabled", "sendSettings": {"type": "custom", "sendAtHour": 9}, "trackOpens": "false"}
    after = api.post(path, change).json()
    assert after == {**before, **change, "sendSettings": {"type": "custom", "sendAtHour": 9}}
    assert api.post(path, {}).json() == after
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({}, {"sendSettings.type"}),
        ({"type": "later"}, {"sendSettings.type"}),
        ({"type": "delay"}, {"sendSettings.delayInHours"}),
        ({"type": "custom", "sendAtHour": 24}, {"sendSettings.sendAtHour"}),
        ({"type": "signup", "delayInHours": "3"}, {"sendSettings.delayInHours"}),
        (
            {"type": "immediately", "timeTravel": True, "excludedDaysOfWeek": ["monday"]},
            {"sendSettings.timeTravel", "sendSettings.excludedDaysOfWeek.0"},
        ),
        ({"type": "signup", "externalLexpad": {}}, {"sendSettings.externalLexpad.dataSourceUrl"}),
    ],
)
def test_send_settings_of_an_autoresponder(api: Api, settings: dict[str, Any], fields: set[str]) -> None:
    body = autoresponder(api)
    path = f"/autoresponders/{made(api, '/autoresponders', body, 'autoresponderId')}"
    refused = api.post("/autoresponders", {**body, "name": "Another", "sendSettings": settings})
    assert problem_fields(assert_envelope(refused, 400, 1000)) == fields
    assert problem_fields(assert_envelope(api.post(path, {"sendSettings": settings}), 400, 1000)) == fields


def test_an_autoresponder_names_everything_it_lacks(api: Api) -> None:
    body = {"triggerSettings": {"type": "onclick", "dayOfCycle": 10_000}, "name": "x"}
    assert problem_fields(assert_envelope(api.post("/autoresponders", body), 400, 1000)) == {
        "status",
        "subject",
        "content",
        "sendSettings",
        "triggerSettings.type",
        "triggerSettings.dayOfCycle",
        "name",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"campaignId": "nope"},
        {"fromField": {"fromFieldId": "nope"}},
        {"replyTo": {"fromFieldId": "nope"}},
        {"triggerSettings": {"selectedCampaigns": ["nope"]}},
    ],
)
def test_an_unknown_reference_of_an_autoresponder_is_1001(api: Api, change: dict[str, Any]) -> None:
    assert_envelope(api.post("/autoresponders", autoresponder(api) | change), 400, 1001)
    path = f"/autoresponders/{api.get('/autoresponders').json()[0]['autoresponderId']}"
    assert_envelope(api.post(path, change), 400, 1001)


def test_a_name_of_an_autoresponder_is_unique_in_its_campaign(api: Api) -> None:
    body = autoresponder(api) | {"name": "welcome"}
    assert_envelope(api.post("/autoresponders", body), 409, 1008)
    elsewhere = body | {"campaignId": api.campaign_id("partners")}
    path = f"/autoresponders/{made(api, '/autoresponders', elsewhere, 'autoresponderId')}"
    assert_envelope(api.post(path, {"campaignId": api.campaign_id()}), 409, 1008)
    assert api.post(path, {"name": "Welcome"}).status_code == 200


def test_a_new_message_belongs_to_the_sender_that_is_replaced(api: Api) -> None:
    (default,) = api.get("/from-fields").json()
    autoresponder_id = made(api, "/autoresponders", autoresponder(api), "autoresponderId")
    rss_id = made(api, "/rss-newsletters", rss_newsletter(api), "rssNewsletterId")
    other = made(api, "/from-fields", {"email": "team@example.com", "name": "Team"}, "fromFieldId")
    api.delete(f"/from-fields/{default['fromFieldId']}", fromFieldIdToReplaceWith=other)
    for path in (f"/autoresponders/{autoresponder_id}", f"/rss-newsletters/{rss_id}"):
        assert api.get(path).json()["fromField"]["fromFieldId"] == other


def test_an_rss_newsletter_is_made_changed_and_deleted(api: Api) -> None:
    created = api.post("/rss-newsletters", rss_newsletter(api)).json()
    path = f"/rss-newsletters/{created['rssNewsletterId']}"
    assert (created["name"], created["sendSettings"]["sendAtMonthDay"]) == ("News", 31)
    assert created["flags"] == ["clicktrack", "google_analytics"]
    partners = {"query[campaignId]": api.campaign_id("partners")}
    (listed,) = api.get("/rss-newsletters", params=partners).json()
    assert listed["flags"] == "clicktrack,google_analytics"
    assert "selectedContacts" in created["sendSettings"]
    assert "selectedContacts" not in listed["sendSettings"]
    asap = {"frequency": "asap", "filter": "engaged"}
    updated = api.post(path, {"status": "disabled", "sendSettings": {**asap, "sendAtHour": 3}}).json()
    assert updated == {**created, "status": "disabled", "sendSettings": asap}
    assert api.get("/rss-newsletters", params=partners).json() == []
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({}, {"frequency"}),
        ({"frequency": "hourly"}, {"frequency"}),
        ({"frequency": "asap"}, {"filter"}),
        ({"frequency": "daily", "filter": "best"}, {"filter", "sendAtHour"}),
        ({"frequency": "weekly", "filter": "recent"}, {"sendAtHour", "sendAtWeekDay"}),
        (
            {"frequency": "monthly", "filter": "recent", "sendAtHour": 1, "sendAtMonthDay": 29},
            {"sendAtMonthDay"},
        ),
        ({"frequency": "asap", "filter": "recent", "maxArticles": 31}, {"maxArticles"}),
        ({"frequency": "asap", "filter": "recent", "selectedSegments": "x"}, {"selectedSegments"}),
    ],
)
def test_send_settings_of_an_rss_newsletter(api: Api, settings: dict[str, Any], fields: set[str]) -> None:
    body = rss_newsletter(api) | {"sendSettings": settings}
    refused = assert_envelope(api.post("/rss-newsletters", body), 400, 1000)
    assert problem_fields(refused) == {f"sendSettings.{name}" for name in fields}


def test_an_unknown_reference_of_an_rss_newsletter_is_404_and_changes_nothing(api: Api) -> None:
    path = f"/rss-newsletters/{made(api, '/rss-newsletters', rss_newsletter(api), 'rssNewsletterId')}"
    before = api.get(path).json()
    for change in (
        {"fromField": {"fromFieldId": "nope"}},
        {"sendSettings": {"frequency": "asap", "filter": "recent", "selectedSuppressions": ["nope"]}},
    ):
        assert_envelope(api.post(path, {"subject": "Changed", **change}), 404, 1013)
        assert_envelope(api.post("/rss-newsletters", rss_newsletter(api) | change), 404, 1013)
    assert api.get(path).json() == before


def test_seeded_rss_newsletters_go_out_on_their_weekday_and_add_up(seeded: Api) -> None:
    total = 0
    for item in seeded.get("/rss-newsletters").json():
        path = f"/rss-newsletters/{item['rssNewsletterId']}/statistics"
        days = seeded.get(path, params={"query[groupBy]": "day", "perPage": "1000"}).json()
        sent = [day["timeInterval"][:10] for day in days if day["sent"]]
        assert {f"{datetime.fromisoformat(day):%A}" for day in sent} == {
            item["sendSettings"]["sendAtWeekDay"]
        }
        total += sum(day["sent"] for day in days)
    (whole,) = seeded.get("/rss-newsletters/statistics").json()
    assert whole["sent"] == total > whole["uniqueOpened"] > whole["uniqueClicked"] > 0
    chosen = {"query[rssNewsletterId]": item["rssNewsletterId"]}
    (part,) = seeded.get("/rss-newsletters/statistics", params=chosen).json()
    assert 0 < part["sent"] < total


def test_an_unsubscribe_from_an_rss_newsletter_is_counted(api: Api, sandbox: Sandbox) -> None:
    rss_id = made(api, "/rss-newsletters", rss_newsletter(api), "rssNewsletterId")
    contact = sandbox.add_contact("a@example.com", "partners")
    assert api.delete(f"/contacts/{contact['contactId']}", messageId=rss_id).status_code == 204
    (whole,) = api.get(f"/rss-newsletters/{rss_id}/statistics").json()
    assert whole["unsubscribed"] == 1
