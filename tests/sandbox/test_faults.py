"""Failures on order: what each looks like to the client, whether the work was done, and chaos."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from getresponse_django.client import Client
from getresponse_django.errors import (
    AccountRefused,
    AlreadyExists,
    GetResponseError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.http.exchange import Request
from getresponse_django.sandbox.http.faults import ANY_FAILURE, KINDS, Fault, chaos

from .conftest import Api

PATIENCE = 0.3
"""Seconds the client waits for an answer."""

LATER = 0.9


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    """The real client, impatient, without pauses between its repeats."""
    headers = {"X-Auth-Token": f"api-key {sandbox.key}"}
    with Client(sandbox.url, headers, timeout=(1, PATIENCE), sleep=lambda _seconds: None) as client:
        yield client


WRITES = [
    # the fault, the error of a POST, whether the work was done
    ({"status": 500}, OutcomeUnknown, False),
    ({"status": 500, "when": "after"}, OutcomeUnknown, True),
    ({"status": 502}, OutcomeUnknown, False),
    ({"status": 503}, Unavailable, False),
    ({"status": 504, "when": "after"}, OutcomeUnknown, True),
    ({"kind": "html"}, OutcomeUnknown, False),
    ({"kind": "html", "when": "after"}, OutcomeUnknown, True),
    ({"kind": "html", "status": 503}, Unavailable, False),
    ({"kind": "timeout", "seconds": LATER}, OutcomeUnknown, False),
    ({"kind": "timeout", "seconds": LATER, "when": "after"}, OutcomeUnknown, True),
    ({"kind": "timeout", "seconds": 0, "when": "after"}, OutcomeUnknown, True),
    ({"kind": "reset"}, OutcomeUnknown, False),
    ({"kind": "reset", "when": "after"}, OutcomeUnknown, True),
    ({"kind": "truncated"}, OutcomeUnknown, False),
    ({"kind": "truncated", "when": "after"}, OutcomeUnknown, True),
    ({"kind": "garbage"}, OutcomeUnknown, False),
    ({"kind": "garbage", "when": "after"}, OutcomeUnknown, True),
    ({"kind": "slow", "seconds": LATER, "when": "after"}, OutcomeUnknown, True),
    ({"status": 400}, Rejected, False),
    ({"status": 400, "code": 1002}, Rejected, False),
    ({"status": 401}, AccountRefused, False),
    ({"status": 403}, AccountRefused, False),
    ({"status": 404}, NotFound, False),
    ({"status": 409}, AlreadyExists, False),
    ({"status": 409, "when": "after"}, AlreadyExists, True),
    ({"status": 429, "headers": {"Retry-After": "7"}}, RateLimited, False),
    ({"status": 429, "headers": {"X-RateLimit-Reset": "100 seconds"}}, RateLimited, False),
]


def told(fault: dict[str, Any]) -> str:
    """A fault as the name of a test."""
    return " ".join(f"{name}={value}" for name, value in fault.items())


@pytest.mark.parametrize(("fault", "error", "done"), WRITES, ids=[told(row[0]) for row in WRITES])
def test_a_write_fails_as_ordered(
    client: Client, sandbox: Sandbox, fault: dict[str, Any], error: type[GetResponseError], done: bool
) -> None:
    sandbox.fail(**fault)
    with pytest.raises(error) as raised:
        client.post("/tags", {"name": "fresh"})
    assert type(raised.value) is error
    assert ("fresh" in {tag["name"] for tag in sandbox.tags()}) is done
    assert [r.method for r in sandbox.requests] == ["POST"]


READS = [
    ({"status": 500}, Unavailable),
    ({"status": 503}, Unavailable),
    ({"kind": "html"}, Unavailable),
    ({"kind": "timeout", "seconds": LATER}, Unavailable),
    ({"kind": "reset"}, Unavailable),
    ({"kind": "truncated"}, Unavailable),
    ({"kind": "garbage"}, Unavailable),
    ({"kind": "slow", "seconds": LATER}, Unavailable),
]


@pytest.mark.parametrize(("fault", "error"), READS, ids=[told(row[0]) for row in READS])
def test_a_read_that_fails_once_is_repeated_and_one_that_keeps_failing_is_an_error(
    client: Client, sandbox: Sandbox, fault: dict[str, Any], error: type[GetResponseError]
) -> None:
    sandbox.fail(**fault)
    assert len(client.get("/tags")) == len(sandbox.tags())
    sandbox.fail(**fault, count=None)
    with pytest.raises(error):
        client.get("/tags")
    sandbox.heal()
    assert len(client.get("/tags")) == len(sandbox.tags())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_account_is_not_asked_twice(client: Client, sandbox: Sandbox, status: int) -> None:
    sandbox.fail(status, count=None)
    with pytest.raises(AccountRefused):
        client.get("/tags")
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "7", "X-RateLimit-Reset": "432 seconds"}, 7),
        ({"X-RateLimit-Reset": "432 seconds"}, 432),
        ({}, 600),
    ],
)
def test_a_429_says_how_long_to_wait(
    client: Client, sandbox: Sandbox, headers: dict[str, str], seconds: float
) -> None:
    sandbox.fail(429, headers=headers)
    with pytest.raises(RateLimited) as raised:
        client.get("/tags")
    assert raised.value.retry_after == pytest.approx(seconds, abs=1)


def test_a_short_429_is_waited_for(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail(429, headers={"X-RateLimit-Reset": "1 seconds"})
    assert client.get("/tags")
    assert [r.status for r in sandbox.requests] == [429, 200]


def test_the_wrong_shape_is_an_object_for_a_list_and_a_list_for_an_object(api: Api, sandbox: Sandbox) -> None:
    contact = sandbox.add_contact("anna@example.com", "customers")
    honest = [api.get(path).json() for path in ("/contacts", f"/contacts/{contact['contactId']}")]
    sandbox.fail(kind="shape", count=2)
    answers = [api.get(path) for path in ("/contacts", f"/contacts/{contact['contactId']}")]
    assert [answer.json() for answer in answers] == [{"items": honest[0]}, [honest[1]]]
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
def test_a_write_may_be_answered_in_the_wrong_shape(
    client: Client, sandbox: Sandbox, when: str, done: bool
) -> None:
    sandbox.fail(kind="shape", when=when)
    answer = client.post("/tags", {"name": "fresh"})
    assert isinstance(answer, list if done else dict)
    assert ("fresh" in {tag["name"] for tag in sandbox.tags()}) is done


def test_pages_of_the_wrong_shape_are_an_error(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail(kind="shape", count=None)
    with pytest.raises(Unavailable):
        list(client.pages("/contacts"))


@pytest.mark.parametrize("kind", ["slow", "trickle"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_late_answer_is_the_honest_one(api: Api, sandbox: Sandbox, kind: str, when: str) -> None:
    honest = api.get("/tags")
    sandbox.fail(kind=kind, when=when, seconds=0.2)
    started = time.monotonic()
    late = api.get("/tags")
    assert time.monotonic() - started > 0.15
    assert late.json() == honest.json()
    assert late.headers["TotalCount"] == honest.headers["TotalCount"]
    assert api.get("/tags").json() == honest.json(), "the connection lives on"


def test_an_answer_that_trickles_outlasts_the_patience_for_a_single_byte(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.fail(kind="trickle", seconds=2 * PATIENCE)
    assert len(client.get("/tags")) == len(sandbox.tags())
    assert len(sandbox.requests) == 1


# --- by chance ------------------------------------------------------------------------------------


def statuses(api: Api, requests_sent: int) -> list[int]:
    return [api.get("/tags").status_code for _ in range(requests_sent)]


def test_a_chance_lets_a_share_fail_and_the_seed_says_which(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits_on = False
    runs = []
    for seed in (1, 1, 2):
        sandbox.heal()
        sandbox.fail(chance=0.3, seed=seed, count=None)
        runs.append(statuses(api, 200))
    assert runs[0] == runs[1] != runs[2]
    assert 0.2 < runs[0].count(503) / 200 < 0.4


def test_what_is_spared_by_chance_does_not_use_up_the_count(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits_on = False
    sandbox.fail(chance=0.2, count=3)
    assert statuses(api, 100).count(503) == 3


def test_chaos_is_every_way_alike_often(sandbox: Sandbox) -> None:
    sandbox.chaos(share=0.2, seed=7)
    take = sandbox._application.faults.take
    struck = Counter(told(way_of(fault)) for _ in range(20_000) if (fault := take(Request("GET", "/x"))))
    assert 0.18 < struck.total() / 20_000 < 0.22
    assert len(struck) == len(ANY_FAILURE)
    assert max(struck.values()) < 1.6 * min(struck.values())


def way_of(fault: Fault) -> dict[str, Any]:
    """What tells one way to fail from another."""
    return {"kind": fault.kind, "when": fault.when, "status": fault.status}


@pytest.mark.parametrize("share", [0, 0.0, 1, 1.0])
def test_chaos_may_spare_all_or_none(sandbox: Sandbox, api: Api, share: float) -> None:
    sandbox.chaos(share=share, kinds=["status"])
    assert {status >= 400 for status in statuses(api, 20)} == {bool(share)}


def test_chaos_of_some_kinds_only_and_an_end_to_it(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits_on = False
    sandbox.chaos(share=0.5, kinds=["status", "html"])
    seen = set(statuses(api, 100))
    assert seen == {200, 429, 500, 502, 503}
    sandbox.heal()
    assert set(statuses(api, 50)) == {200}


def test_chaos_is_made_of_every_kind() -> None:
    assert {fault.kind for fault in chaos()} == set(KINDS)


@pytest.mark.parametrize(
    "options", [{"share": 2}, {"share": -0.1}, {"share": "x"}, {"kinds": ["rain"]}, {"seconds": -1}]
)
def test_chaos_that_makes_no_sense_is_refused(sandbox: Sandbox, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sandbox.chaos(**options)
    with pytest.raises(ValueError):
        sandbox.fail(chance=2)


def test_chaos_and_its_end_can_be_ordered_from_outside(api: Api, sandbox: Sandbox) -> None:
    door = sandbox.url.replace("/v3", "/_sandbox")
    order = {"share": 1, "kinds": ["html"], "seed": 3}
    assert requests.post(f"{door}/chaos", json=order).status_code == 200
    assert statuses(api, 2) == [502, 502]
    assert requests.post(f"{door}/heal").status_code == 200
    assert statuses(api, 2) == [200, 200]
    refused = requests.post(f"{door}/chaos", json={"share": 2})
    assert (refused.status_code, set(refused.json())) == (400, {"error"})


@pytest.mark.parametrize("way", ANY_FAILURE, ids=told)
def test_every_way_to_fail_can_be_ordered_from_outside(sandbox: Sandbox, way: dict[str, Any]) -> None:
    answer = requests.post(sandbox.url.replace("/v3", "/_sandbox/fail"), json=way | {"chance": 0.5})
    assert answer.json() == {"armed": 1}


def test_the_account_is_untouched_by_a_chaos_of_reads(client: Client, sandbox: Sandbox) -> None:
    before = sandbox.tags(), sandbox.campaigns()
    sandbox.limits_on = False
    sandbox.chaos(share=0.5, seconds=0.01)
    outcomes: Counter[str] = Counter()
    for _ in range(60):
        try:
            client.get("/tags")
        except GetResponseError as error:
            outcomes[type(error).__name__] += 1
    assert set(outcomes) <= {"Unavailable", "RateLimited"}
    assert (sandbox.tags(), sandbox.campaigns()) == before
