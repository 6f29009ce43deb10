"""Suppression lists, and that newsletters leave out whom they cover."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, made, problem_fields


def test_masks_are_in_the_detail_only_and_an_update_replaces_both(api: Api) -> None:
    created = api.post("/suppressions", {"name": "rivals", "masks": ["@a.example", "@a.example"]}).json()
    assert created["masks"] == ["@a.example"]
    (listed,) = api.get("/suppressions", params={"query[name]": "riv"}).json()
    assert listed == {key: value for key, value in created.items() if key != "masks"}
    path = f"/suppressions/{created['suppressionId']}"
    updated = api.post(path, {"name": "Others", "masks": []}).json()
    assert (updated["name"], updated["masks"]) == ("Others", [])
    assert api.get(path).json() == updated
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


def test_a_name_is_unique(api: Api) -> None:
    assert_envelope(api.post("/suppressions", {"name": "Competitors"}), 409, 1008)
    path = f"/suppressions/{made(api, '/suppressions', {'name': 'mine'}, 'suppressionId')}"
    assert_envelope(api.post(path, {"name": "competitors", "masks": []}), 409, 1008)
    assert api.post(path, {"name": "MINE", "masks": []}).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [({}, {"name", "masks"}), ({"name": "", "masks": ["", 1]}, {"name", "masks.0", "masks.1"})],
)
def test_suppression_bodies(api: Api, body: dict[str, Any], fields: set[str]) -> None:
    path = f"/suppressions/{api.get('/suppressions').json()[0]['suppressionId']}"
    assert problem_fields(assert_envelope(api.post(path, body), 400, 1000)) == fields


@pytest.mark.parametrize(
    ("masks", "deleted", "reached"),
    [
        (["@example.org"], False, 2),
        (["n0@example.com"], False, 2),
        (["@EXAMPLE.com"], False, 1),
        (["example."], False, 0),
        ([], False, 3),
        (["example."], True, 3),
    ],
)
def test_a_newsletter_leaves_out_whom_a_list_covers(
    api: Api, sandbox: Sandbox, masks: list[str], deleted: bool, reached: int
) -> None:
    for email in ("n0@example.com", "n1@example.com", "n0@example.org"):
        sandbox.add_contact(email, "customers")
    suppression_id = made(api, "/suppressions", {"name": "left out", "masks": masks}, "suppressionId")
    sender = api.get("/from-fields").json()[0]["fromFieldId"]
    body = {
        "subject": "Hello",
        "fromField": {"fromFieldId": sender},
        "campaign": {"campaignId": api.campaign_id()},
        "content": {"plain": "Hi"},
        "sendSettings": {
            "selectedCampaigns": [api.campaign_id()],
            "selectedSuppressions": [suppression_id],
        },
    }
    path = f"/newsletters/{made(api, '/newsletters', body, 'newsletterId')}"
    if deleted:
        api.delete(f"/suppressions/{suppression_id}")
    sandbox.land()
    assert api.get(path).json()["sendMetrics"]["sent"] == str(reached)
    unknown = {**body, "sendSettings": {"selectedSuppressions": ["nope"]}}
    assert_envelope(api.post("/newsletters", unknown), 404, 1013)
