"""The limits of the account, their headers and their 429."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.http.errors import ApiError
from getresponse_django.sandbox.http.limits import Limits, Window

from .conftest import Api, assert_envelope


def test_every_answer_tells_the_state_of_the_frame(api: Api) -> None:
    first, second = api.get("/tags"), api.get("/contacts/nope")
    for response in (first, second):
        assert response.headers["X-RateLimit-Limit"] == "30000"
        assert response.headers["X-RateLimit-Reset"].endswith(" seconds")
    assert int(first.headers["X-RateLimit-Remaining"]) - int(second.headers["X-RateLimit-Remaining"]) == 1


def test_the_81st_call_of_a_second_is_429(api: Api, sandbox: Sandbox) -> None:
    sandbox._application.limits.second.seconds = 60
    assert [api.get("/tags").status_code for _ in range(80)] == [200] * 80
    response = api.get("/tags")
    error = assert_envelope(response, 429, 1015)
    assert error["context"]["currentLimit"] == 80
    assert error["context"]["timeToReset"] == response.headers["X-RateLimit-Reset"]
    assert response.headers["Retry-After"] == "1"
    assert (response.headers["X-RateLimit-Limit"], response.headers["X-RateLimit-Remaining"]) == ("80", "0")


def test_with_limits_off_nothing_is_refused(api: Api, sandbox: Sandbox) -> None:
    sandbox.limits_on = False
    assert {api.get("/tags").status_code for _ in range(120)} == {200}


def test_more_than_10_at_once_are_refused(sandbox: Sandbox) -> None:
    sandbox.latency = 2  # so long that a busy machine has begun all of them
    with ThreadPoolExecutor(14) as pool:
        statuses = list(pool.map(lambda _: Api(sandbox).get("/tags").status_code, range(14)))
    assert sorted(statuses) == [200] * 10 + [429] * 4


def test_a_second_batch_within_a_second_is_refused(api: Api) -> None:
    bodies = [
        {"campaignId": api.campaign_id(), "contacts": [{"email": f"n{n}@example.com"}]} for n in range(2)
    ]
    assert api.post("/contacts/batch", bodies[0]).status_code == 202
    response = api.post("/contacts/batch", bodies[1])
    assert assert_envelope(response, 429, 1015)["context"]["currentLimit"] == 1
    assert response.headers["Retry-After"] == "1"
    assert api.get("/tags").status_code == 200


def test_the_frame_is_refused_without_retry_after() -> None:
    limits = Limits(per_frame=2)
    for _ in range(2):
        limits.enter()
        limits.leave()
    with pytest.raises(ApiError) as refused:
        limits.enter()
    assert "Retry-After" not in refused.value.headers
    assert refused.value.headers["X-RateLimit-Reset"] == "600 seconds"
    assert limits.running == 0


def test_80_batches_in_10_minutes_are_the_end() -> None:
    limits = Limits()
    limits.quotas["batch"] = (Window(1, 0.0), Window(80, 600.0))
    for _ in range(80):
        limits.check("batch")
        limits.spend("batch")
    with pytest.raises(ApiError) as refused:
        limits.check("batch")
    assert refused.value.envelope()["context"]["currentLimit"] == 80


def test_a_window_slides() -> None:
    window = Window(2, 1.0)
    window.take(10.0)
    window.take(10.9)
    assert window.wait(10.9) == pytest.approx(0.1)
    assert window.wait(11.0) == 0
    window.take(11.0)
    assert window.wait(11.0) == pytest.approx(0.9)
