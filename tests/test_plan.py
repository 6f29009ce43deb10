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
    Step,
    Verdict,
    address_searches,
    after_failure,
    contact_step,
    link_delay,
    tag_exists,
    update_body,
)
from getresponse_django.resources import RESOURCES


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
