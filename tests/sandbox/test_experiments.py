"""Workflows and A/B tests of both kinds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .account_bodies import ab_test, cancelled_ab_test, running_ab_test
from .conftest import Api, assert_envelope, made, problem_fields

SUBJECTS = "/ab-tests/subject"


def test_a_workflow_is_switched_off_and_on(api: Api, sandbox: Sandbox) -> None:
    workflow = api.get("/workflow").json()[0]
    path = f"/workflow/{workflow['workflowId']}"
    assert (workflow["status"], "dateStop" in workflow) == ("active", False)
    sandbox.now = lambda: datetime(2030, 1, 1, tzinfo=UTC)
    stopped = {**workflow, "status": "inactive", "dateStop": "2030-01-01T00:00:00+0000"}
    assert api.post(path, {"status": "inactive"}).json() == stopped == api.get(path).json()
    assert api.post(path, {"status": "active"}).json() == workflow
    assert problem_fields(assert_envelope(api.post(path, {"status": "on"}), 400, 1000)) == {"status"}


def test_only_active_splittests_are_listed_unless_asked(seeded: Api) -> None:
    listed = {item["name"]: item for item in seeded.get("/splittests").json()}
    assert set(listed) == {"Subject of the guide"}
    (old,) = seeded.get("/splittests", params={"query[status]": "inactive"}).json()
    assert seeded.get(f"/splittests/{old['splittestId']}").json() == old
    assert seeded.get("/splittests", params={"query[type]": "hour"}).json() == []


def test_a_splittest_tells_the_figures_of_its_newsletters(seeded: Api) -> None:
    (test,) = seeded.get("/splittests").json()
    for tested in test["newsletters"]:
        metrics = seeded.get(f"/newsletters/{tested['newsletterId']}").json()["sendMetrics"]
        assert (tested["samplingTargets"], tested["samplingDelivered"]) == (
            metrics["sent"],
            metrics["delivered"],
        )
    assert [tested["status"] for tested in test["newsletters"]] == ["chosen", "rejected"]
    assert test["winningScoreOpens"] == test["newsletters"][0]["scoreOpens"] != "0"


def test_a_scheduled_ab_test_tells_when(api: Api) -> None:
    created = api.post(SUBJECTS, ab_test(api)).json()
    assert (created["stage"], created["status"]) == ("preparing", "active")
    assert created["deliverySettings"]["sendOn"]["date"] == "2090-01-01T09:00:00+0000"
    assert created["deliverySettings"]["sendOn"]["timeZone"]["timeZoneId"] == 282
    assert [(v["index"], v["subject"], v["isWinner"]) for v in created["variants"]] == [
        ("A", "One", False),
        ("B", "Two", False),
    ]
    assert api.get(f"{SUBJECTS}/{created['abTestId']}").json() == created


def test_a_winner_is_chosen_once(api: Api) -> None:
    test = running_ab_test(api)
    path = f"{SUBJECTS}/{test['abTestId']}"
    assert test["stage"] == "testing"
    assert_envelope(api.post(f"{path}/winner", {"variantId": "nope"}), 400, 1001)
    second = {"variantId": test["variants"][1]["variantId"]}
    assert_envelope(api.delete(f"/ab-tests/{test['abTestId']}"), 400, 1002)
    assert api.post(f"{path}/winner", second).status_code == 204
    ended = api.get(path).json()
    assert (ended["stage"], ended["status"], ended["winnerSendingStart"] is None) == (
        "completed",
        "inactive",
        False,
    )
    assert [variant["isWinner"] for variant in ended["variants"]] == [False, True]
    assert_envelope(api.post(f"{path}/winner", second), 400, 1002)
    assert_envelope(api.post(f"/ab-tests/{test['abTestId']}/cancel"), 409, 1002)
    assert api.delete(f"/ab-tests/{test['abTestId']}").status_code == 204
    assert_envelope(api.get(path), 404, 1013)


def test_ab_tests_are_found_by_stage_and_sorted_by_size(api: Api) -> None:
    cancelled = cancelled_ab_test(api)
    found = api.get(SUBJECTS, params={"query[stage]": "cancelled"}).json()
    assert [item["abTestId"] for item in found] == [cancelled]
    assert api.get(SUBJECTS, params={"query[stage]": "sending-winner"}).json() == []
    assert_envelope(api.get(SUBJECTS, params={"query[stage]": "sending_winner"}), 400, 1000)
    largest = api.get(SUBJECTS, params={"sort[totalDelivered]": "desc"}).json()[0]
    detail = api.get(f"{SUBJECTS}/{largest['abTestId']}").json()
    assert detail["statistics"]["total"]["delivered"] == 180
    assert detail["statistics"]["winner"] == detail["variants"][0]["statistics"]


NOW = {"sendingType": "now"}
DELIVERY = {"winnerMode": "manual", "winningCriteria": "open", "samplingTime": None, "sendOn": NOW}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": "x" * 101, "variants": ["One"]}, {"name", "variants"}),
        ({"variants": ["One", ""]}, {"variants.1"}),
        (
            {"flags": ["openrate"], "sendSettings": {"selectedSupressions": "x"}},
            {"flags.0", "sendSettings.selectedSupressions"},
        ),
        ({"deliverySettings": {}}, {f"deliverySettings.{name}" for name in DELIVERY}),
        ({"deliverySettings": {**DELIVERY, "samplingTime": "PT"}}, {"deliverySettings.samplingTime"}),
        (
            {"deliverySettings": {**DELIVERY, "samplingPercentage": 0, "sendOn": {}}},
            {"deliverySettings.samplingPercentage", "deliverySettings.sendOn.sendingType"},
        ),
        (
            {"deliverySettings": {**DELIVERY, "sendOn": {"sendingType": "scheduled"}}},
            {"deliverySettings.sendOn.date", "deliverySettings.sendOn.timeZone"},
        ),
        (
            {"deliverySettings": {**DELIVERY, "sendOn": {**NOW, "date": "2090-01-01T10:00:00"}}},
            {"deliverySettings.sendOn.date"},
        ),
    ],
)
def test_bodies_of_ab_tests(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    refused = assert_envelope(api.post(SUBJECTS, ab_test(api) | change), 400, 1000)
    assert problem_fields(refused) == fields


@pytest.mark.parametrize(
    "change",
    [
        {"campaign": {"campaignId": "nope"}},
        {"fromField": {"fromFieldId": "nope"}},
        {"sendSettings": {"selectedSupressions": ["nope"]}},
    ],
)
def test_an_unknown_reference_of_an_ab_test_is_404(api: Api, change: dict[str, Any]) -> None:
    assert_envelope(api.post(SUBJECTS, ab_test(api) | change), 404, 1013)


def test_a_time_that_is_none_is_refused(api: Api) -> None:
    send_on = {"sendingType": "scheduled", "date": "soon", "timeZone": {"timeZoneId": 282}}
    body = ab_test(api) | {"deliverySettings": {**DELIVERY, "sendOn": send_on}}
    error = assert_envelope(api.post(SUBJECTS, body), 400, 1000)
    assert error["context"]["fieldName"] == "deliverySettings.sendOn"


def test_an_ab_test_can_say_how_long_it_samples(api: Api) -> None:
    body = ab_test(api) | {"deliverySettings": {**DELIVERY, "samplingTime": "P0Y0M0DT5H30M0S"}}
    path = f"{SUBJECTS}/{made(api, SUBJECTS, body, 'abTestId')}"
    assert api.get(path).json()["deliverySettings"]["samplingTime"] == "P0Y0M0DT5H30M0S"
