"""The decisions of a push, as tables; and laws of merging that hold for any data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.errors import (
    AccountRefused,
    AlreadyExists,
    ConfigurationError,
    GetResponseError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from getresponse_django.plan import (
    Request,
    Step,
    Verdict,
    address_searches,
    after_failure,
    contact_step,
    link_delay,
    new_batch_contact,
    new_contact,
    replace_collections,
    sent_values,
    tag_exists,
    update_body,
    update_contact,
)
from getresponse_django.resources import RESOURCES

VALUES: dict[str, Any] = {
    "email": "ann@example.com",
    "name": "Ann",
    "note": "",
    "scoring": None,
    "dayOfCycle": None,
    "campaign": "C",
    "tags": ["t1"],
    "customFieldValues": {"plan": ["pro"]},
}
FIELD_IDS = {"plan": "F1", "city": "F2"}


@pytest.mark.parametrize(
    ("state", "contact_id", "step"),
    [
        ("new", None, Step.CREATE),
        ("sent", None, Step.FIND),
        ("accepted", None, Step.FIND),
        ("unconfirmed", None, Step.FIND),
        ("active", "a", Step.UPDATE),
        ("leaving", "a", Step.DELETE),
        ("leaving", None, Step.FIND),
        ("left", "a", Step.DONE),
        ("rejected", None, Step.REFUSED),
        ("some state of a later version", None, Step.DONE),
    ],
)
def test_the_next_step_of_a_contact(state: str, contact_id: str | None, step: Step) -> None:
    assert contact_step(state, contact_id) is step


@pytest.mark.parametrize(
    ("error", "attempts", "verdict", "seconds"),
    [
        (RateLimited(retry_after=40), 99, Verdict.WAIT, 40),
        (Rejected(code=1027), 99, Verdict.WAIT, 3600),
        (Unavailable(), 99, Verdict.STOP, 0),
        (Unavailable(status=503, code=1019), 1, Verdict.STOP, 0),
        (Unavailable(status=500, code=1), 1, Verdict.RETRY, 60),
        (AccountRefused(), 1, Verdict.STOP, 0),
        (ConfigurationError(), 1, Verdict.STOP, 0),
        (Rejected(code=1000), 1, Verdict.GIVE_UP, 0),
        (NotFound(), 1, Verdict.GIVE_UP, 0),
        (AlreadyExists(), 1, Verdict.GIVE_UP, 0),
        (OutcomeUnknown(), 0, Verdict.RETRY, 60),
        (OutcomeUnknown(), 1, Verdict.RETRY, 60),
        (OutcomeUnknown(), 2, Verdict.RETRY, 300),
        (OutcomeUnknown(), 4, Verdict.RETRY, 3600),
        (OutcomeUnknown(), 19, Verdict.RETRY, 3600),
        (OutcomeUnknown(), 20, Verdict.GIVE_UP, 0),
        (GetResponseError(), 1, Verdict.RETRY, 60),
    ],
)
def test_what_a_failure_means(
    error: GetResponseError, attempts: int, verdict: Verdict, seconds: float
) -> None:
    decision = after_failure(error, attempts, backoff=(60, 300, 900, 3600), max_attempts=20, jitter=0)
    assert (decision.verdict, decision.seconds) == (verdict, seconds)


@pytest.mark.parametrize(("error", "reason"), [(Rejected(), "rejected"), (OutcomeUnknown(), "exhausted")])
def test_why_it_gave_up(error: GetResponseError, reason: str) -> None:
    assert after_failure(error, 20, backoff=(1,), max_attempts=20, jitter=0).reason == reason


@given(st.floats(0, 1), st.integers(0, 30))
def test_jitter_adds_up_to_half_the_delay(jitter: float, attempts: int) -> None:
    decision = after_failure(OutcomeUnknown(), attempts, backoff=(60, 300), max_attempts=99, jitter=jitter)
    assert 60 <= decision.seconds <= 450


@pytest.mark.parametrize(("age", "seconds"), [(-5, 1), (0, 1), (1, 1), (2, 2), (60, 60), (9999, 3600)])
def test_a_create_is_looked_for_later_and_later(age: float, seconds: float) -> None:
    assert link_delay(age) == seconds


@pytest.mark.parametrize(
    ("resource", "values", "base", "body"),
    [
        ("campaign", {"name": "n", "languageCode": "EN"}, {"name": "n", "languageCode": "EN"}, {}),
        (
            "campaign",
            {"name": "n", "languageCode": "DE"},
            {"name": "n", "languageCode": "EN"},
            {"name": "n", "languageCode": "DE"},
        ),
        ("tag", {"name": "new"}, {"name": "old"}, {}),
        ("newsletter", {"subject": "new"}, {"subject": "old"}, {}),
        ("custom_field", {"name": "x", "hidden": "true", "values": []}, {"hidden": "true", "values": []}, {}),
        (
            "custom_field",
            {"name": "x", "hidden": "true", "values": ["a"]},
            {"name": "y", "hidden": "false", "values": ["a"]},
            {"hidden": "true", "values": ["a"]},
        ),
    ],
)
def test_the_smallest_update(resource: str, values: dict[str, Any], base: dict[str, Any], body: Any) -> None:
    assert update_body(RESOURCES[resource], values, base) == body


@pytest.mark.parametrize(
    ("edit", "requests"),
    [
        ({}, []),
        ({"name": "Anna"}, [Request("POST", "/contacts/a", {"name": "Anna"})]),
        ({"name": ""}, []),
        ({"dayOfCycle": 0}, [Request("POST", "/contacts/a", {"dayOfCycle": "0"})]),
        ({"campaign": "D"}, [Request("POST", "/contacts/a", {"campaign": {"campaignId": "D"}})]),
        ({"tags": ["t1", "t2"]}, [Request("POST", "/contacts/a/tags", {"tags": [{"tagId": "t2"}]})]),
        (
            {"customFieldValues": {"plan": ["pro"], "city": ["Rome"]}},
            [
                Request(
                    "POST",
                    "/contacts/a/custom-fields",
                    {"customFieldValues": [{"customFieldId": "F2", "value": ["Rome"]}]},
                )
            ],
        ),
    ],
)
def test_an_update_sends_only_what_differs(edit: dict[str, Any], requests: list[Request]) -> None:
    plan = update_contact("a", VALUES | edit, VALUES, FIELD_IDS)
    assert plan.requests == requests
    assert plan.empty == (not requests)
    assert not (plan.drop_tags or plan.drop_fields)


@pytest.mark.parametrize(
    ("edit", "tags", "fields"),
    [
        ({"tags": []}, {"t1"}, set()),
        ({"customFieldValues": {}}, set(), {"plan"}),
        ({"customFieldValues": {"plan": []}}, set(), {"plan"}),
    ],
)
def test_detaching_needs_the_detail_first(edit: dict[str, Any], tags: set[str], fields: set[str]) -> None:
    plan = update_contact("a", VALUES | edit, VALUES, FIELD_IDS)
    assert (plan.requests, plan.drop_tags, plan.drop_fields, plan.empty) == ([], tags, fields, False)


def test_custom_fields_of_which_nothing_is_known_are_left_alone() -> None:
    values = {key: value for key, value in VALUES.items() if key != "customFieldValues"}
    assert update_contact("a", values, VALUES, FIELD_IDS).empty


DETAIL: dict[str, Any] = {
    "tags": [{"tagId": "t1"}, {"tagId": "t2"}],
    "customFieldValues": [
        {"customFieldId": "F1", "name": "plan", "value": ["pro"], "values": ["pro"]},
        {"customFieldId": "F2", "name": "city", "value": ["Rome"]},
    ],
}


@pytest.mark.parametrize(
    ("tags", "fields", "body"),
    [
        ({"t1"}, set(), {"tags": [{"tagId": "t2"}]}),
        ({"t1", "t2"}, set(), {"tags": []}),
        (set(), {"plan"}, {"customFieldValues": [{"customFieldId": "F2", "value": ["Rome"]}]}),
        (set(), {"city"}, {"customFieldValues": [{"customFieldId": "F1", "value": ["pro"]}]}),
        ({"gone"}, {"gone"}, {}),
        (set(), set(), {}),
    ],
)
def test_what_others_set_is_sent_back(tags: set[str], fields: set[str], body: dict[str, Any]) -> None:
    assert replace_collections(DETAIL, frozenset(tags), frozenset(fields)) == body


@pytest.mark.parametrize("count", [500, 501])
def test_where_tags_could_be_lost_a_removal_is_refused(count: int) -> None:
    detail = {"tags": [{"tagId": str(number)} for number in range(count)]}
    with pytest.raises(Rejected, match="500"):
        replace_collections(detail, frozenset({"0"}), frozenset())
    assert replace_collections({"tags": detail["tags"][:499]}, frozenset({"0"}), frozenset())["tags"]


def test_a_creation_leaves_out_what_is_empty() -> None:
    bare = VALUES | {"name": "", "tags": [], "customFieldValues": {"plan": []}, "note": "not writable"}
    assert new_contact(bare, FIELD_IDS) == {"email": "ann@example.com", "campaign": {"campaignId": "C"}}
    assert new_batch_contact(bare, FIELD_IDS) == {"email": "ann@example.com"}


def test_single_and_batch_creations_differ_in_shape() -> None:
    full = VALUES | {"scoring": 0.0, "dayOfCycle": 0}
    common = {
        "email": "ann@example.com",
        "name": "Ann",
        "dayOfCycle": "0",
        "scoring": 0.0,
        "ipAddress": "192.0.2.1",
        "customFieldValues": [{"customFieldId": "F1", "value": ["pro"]}],
    }
    tags = {"tags": [{"tagId": "t1"}], "campaign": {"campaignId": "C"}}
    assert new_contact(full, FIELD_IDS, "192.0.2.1") == common | tags
    assert new_batch_contact(full, FIELD_IDS, "192.0.2.1") == common | {"tags": {"ids": ["t1"]}}


def test_a_creation_does_not_tell_the_note() -> None:
    plan = update_contact("a", VALUES | {"note": "hi"}, sent_values(VALUES | {"note": "hi"}), FIELD_IDS)
    assert plan.requests == [Request("POST", "/contacts/a", {"note": "hi"})]


# --- searches ------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(), unique=True, max_size=200).map(
        lambda numbers: [f"{n}@example.com" for n in numbers]
    )
)
def test_every_address_is_searched_once_64_per_query(emails: list[str]) -> None:
    bodies = address_searches(emails, ["C"], "removed")
    found = [c["value"] for body in bodies for s in body["section"] for c in s["conditions"]]
    assert found == emails
    assert len(bodies) == -(-len(emails) // 64)
    for body in bodies:
        assert body["subscribersType"] == ["removed"]
        assert 1 <= len(body["section"]) <= 8
        assert all(1 <= len(s["conditions"]) <= 8 and s["campaignIdsList"] == ["C"] for s in body["section"])


def test_a_search_by_tag_asks_whether_it_exists() -> None:
    condition = tag_exists("T")
    assert (condition["conditionType"], condition["operator"], condition["value"]) == ("tag", "exists", "T")
