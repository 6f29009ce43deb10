"""The HTTP side: authentication, headers, methods, envelopes, keep-alive, faults."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
import requests

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Auth-Token": "sandbox"},
        {"X-Auth-Token": "api-key wrong"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic c2FuZGJveA=="},
    ],
)
def test_a_wrong_key_is_401(sandbox: Sandbox, headers: dict[str, str]) -> None:
    response = requests.get(f"{sandbox.url}/accounts", headers=headers)
    assert_envelope(response, 401, 1014)
    assert "X-RateLimit-Reset" in response.headers


@pytest.mark.parametrize(
    "headers", [{"X-Auth-Token": "api-key sandbox"}, {"Authorization": "Bearer sandbox-token"}]
)
def test_key_and_token_both_work(sandbox: Sandbox, headers: dict[str, str]) -> None:
    assert requests.get(f"{sandbox.url}/accounts", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/contacts/a/b/c", "/", "//", "/contacts/"])
def test_an_unknown_path_is_404(api: Api, path: str) -> None:
    assert_envelope(api.get(path), 404, 1013)


def test_outside_v3_there_is_nothing(sandbox: Sandbox) -> None:
    assert_envelope(requests.get(sandbox.url.removesuffix("/v3") + "/other"), 404, 1013)


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/contacts/x"), ("PUT", "/tags"), ("DELETE", "/campaigns/x")]
)
def test_a_wrong_method_is_400(api: Api, method: str, path: str) -> None:
    assert_envelope(api.session.request(method, api.sandbox.url + path), 400, 100002)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_get_and_delete_take_no_body(api: Api, method: str) -> None:
    response = api.session.request(method, f"{api.sandbox.url}/contacts/x", json={"a": 1})
    assert_envelope(response, 400, 1021)


def test_a_post_must_be_declared_as_json(api: Api) -> None:
    response = api.session.post(f"{api.sandbox.url}/tags", data=b'{"name": "abc"}')
    assert_envelope(response, 400, 1021)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"nope", b'{"name": NaN}', b"\xff\xfe", b"[" * 100_000, b"9" * 5000]
)
def test_broken_json_is_400(api: Api, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert_envelope(api.session.post(f"{api.sandbox.url}/tags", data=raw, headers=headers), 400, 1000)


@pytest.mark.parametrize("body", [[], "text", 7, None, True])
def test_a_body_that_is_no_object_is_400(api: Api, body: Any) -> None:
    response = api.session.post(
        f"{api.sandbox.url}/tags", data=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert_envelope(response, 400, 1000)


def test_a_failure_inside_is_an_envelope_too(api: Api, sandbox: Sandbox) -> None:
    def broken_clock() -> Any:
        raise RuntimeError("no time")

    sandbox.now = broken_clock
    body = assert_envelope(api.post("/tags", {"name": "abc"}), 500, 1)
    assert "no time" not in json.dumps(body)


def test_times_are_told_in_the_zone_asked_for(api: Api, sandbox: Sandbox) -> None:
    contact = sandbox.add_contact("anna@example.com", "customers")
    api.session.headers["X-Time-Zone"] = "Asia/Kolkata"
    assert api.get(f"/contacts/{contact['contactId']}").json()["createdOn"].endswith("+0530")
    api.session.headers["X-Time-Zone"] = "No/Where"
    assert api.get(f"/contacts/{contact['contactId']}").json()["createdOn"].endswith("+0000")


def raw_exchange(sandbox: Sandbox, sent: bytes) -> bytes:
    """What comes back on a plain socket until the server closes."""
    port = int(sandbox.url.rsplit(":", 1)[1].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        with suppress(OSError):  # the server may have answered and closed by now
            connection.shutdown(socket.SHUT_WR)
        chunks = []
        while chunk := connection.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks)


def test_a_connection_serves_many_requests_even_pipelined(sandbox: Sandbox) -> None:
    one = b"GET /v3/tags HTTP/1.1\r\nHost: x\r\nX-Auth-Token: api-key sandbox\r\n\r\n"
    assert raw_exchange(sandbox, one * 3).count(b"HTTP/1.1 200 OK") == 3


def test_a_chunked_body_is_read(sandbox: Sandbox) -> None:
    head = b"POST /v3/tags HTTP/1.1\r\nX-Auth-Token: api-key sandbox\r\nContent-Type: application/json\r\n"
    body = b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"name":\r\n8\r\n"chunky"\r\n1\r\n}\r\n0\r\n\r\n'
    assert b"201 Created" in raw_exchange(sandbox, head + body)
    assert "chunky" in {tag["name"] for tag in sandbox.tags()}


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / SPDY/3\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /v3/tags HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /v3/tags HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /v3/tags HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_not_http_gets_a_400_and_the_server_lives_on(api: Api, sandbox: Sandbox, sent: bytes) -> None:
    assert raw_exchange(sandbox, sent).startswith(b"HTTP/1.1 400 ")
    assert api.get("/tags").status_code == 200


@pytest.mark.parametrize(
    "sent", [b"", b"GET /v3/tags HT", b"POST /v3/tags HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_client_that_goes_away_gets_nothing(api: Api, sandbox: Sandbox, sent: bytes) -> None:
    assert raw_exchange(sandbox, sent).count(b"200 OK") == 0
    assert api.get("/tags").status_code == 200


def test_the_log_remembers_what_was_asked_and_answered(api: Api, sandbox: Sandbox) -> None:
    api.get("/tags", perPage=5)
    api.post("/tags", {"name": "!"})
    first, second = sandbox.requests
    assert (first.method, first.path, first.query, first.body, first.status) == (
        "GET",
        "/tags",
        {"perPage": "5"},
        None,
        200,
    )
    assert (second.method, second.body, second.status) == ("POST", {"name": "!"}, 400)
    assert abs(time.time() - second.at) < 60


@pytest.mark.parametrize(
    ("status", "code"), [(503, 1019), (500, 1), (502, 1), (429, 1015), (403, 1016), (404, 1013), (401, 1014)]
)
def test_a_status_on_order(api: Api, sandbox: Sandbox, status: int, code: int) -> None:
    sandbox.fail(status=status, headers={"Retry-After": "7"})
    response = api.get("/tags")
    assert_envelope(response, status, code)
    assert response.headers["Retry-After"] == "7"
    assert api.get("/tags").status_code == 200


def test_a_fault_waits_for_its_method_and_path(api: Api, sandbox: Sandbox) -> None:
    sandbox.fail(method="POST", path=r"^/tags$", count=2)
    assert api.get("/tags").status_code == 200
    assert api.post("/custom-fields", {}).status_code == 400
    assert [api.post("/tags", {"name": f"t{n}"}).status_code for n in range(3)] == [503, 503, 201]


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
@pytest.mark.parametrize("kind", ["status", "html", "reset", "truncated", "garbage", "timeout"])
def test_the_work_is_done_or_not_as_ordered(
    api: Api, sandbox: Sandbox, kind: str, when: str, done: bool
) -> None:
    sandbox.fail(kind=kind, when=when, seconds=0.05)
    with pytest.raises((requests.RequestException, KeyError)):
        api.post("/tags", {"name": "fresh"}).json()["tagId"]
    assert ("fresh" in {tag["name"] for tag in sandbox.tags()}) is done


@pytest.mark.parametrize("kind", ["reset", "timeout"])
def test_no_answer_is_logged_as_status_0(api: Api, sandbox: Sandbox, kind: str) -> None:
    sandbox.fail(kind=kind, seconds=0)
    with pytest.raises(requests.ConnectionError):
        api.get("/tags")
    assert sandbox.requests[-1].status == 0


def test_the_other_kinds_look_as_they_should(api: Api, sandbox: Sandbox) -> None:
    sandbox.fail(kind="html")
    response = api.get("/tags")
    assert (response.status_code, response.headers["Content-Type"]) == (502, "text/html")
    sandbox.fail(kind="garbage")
    response = api.get("/tags")
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    sandbox.fail(kind="truncated")
    with pytest.raises(requests.RequestException):
        api.get("/tags")


@pytest.mark.parametrize("fault", [{"kind": "other"}, {"when": "never"}, {"code": 7}])
def test_a_fault_that_makes_no_sense_is_refused_at_once(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sandbox.fail(**fault)


def test_a_stop_ends_waiting_calls_and_frees_the_port() -> None:
    with Sandbox() as sandbox:
        sandbox.fail(kind="timeout", seconds=60)
        failures: list[Exception] = []

        def call() -> None:
            try:
                Api(sandbox).get("/tags")
            except requests.RequestException as error:
                failures.append(error)

        waiting = threading.Thread(target=call)
        waiting.start()
        while not sandbox.requests:
            time.sleep(0.01)
        started = time.monotonic()
    waiting.join(5)
    assert len(failures) == 1
    assert time.monotonic() - started < 5
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.url)


def test_reset_brings_back_the_seeded_state_on_the_same_port(api: Api, sandbox: Sandbox) -> None:
    before, url = (sandbox.campaigns(), sandbox.tags()), sandbox.url
    sandbox.add_contact("anna@example.com", "customers", tags=["new_tag"])
    sandbox.add_campaign("another")
    sandbox.fail(count=None)
    sandbox.latency = 0.5
    sandbox.limits_on = False
    sandbox.reset()
    assert (sandbox.campaigns(), sandbox.tags()) == before
    assert (sandbox.contacts(), sandbox.requests, sandbox.url) == ([], [], url)
    assert (sandbox.latency, sandbox.limits_on) == (0.0, True)
    assert api.get("/contacts").status_code == 200


def test_latency_is_waited_for(api: Api, sandbox: Sandbox) -> None:
    sandbox.latency = 0.1
    started = time.monotonic()
    api.get("/tags")
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize("raw", [b"{", b"[" * 100_000, b"\xff"])
def test_a_broken_order_at_the_back_door_does_not_end_the_connection(sandbox: Sandbox, raw: bytes) -> None:
    response = requests.post(sandbox.url.replace("/v3", "/_sandbox/fail"), data=raw)
    assert response.status_code in (400, 500)
    assert isinstance(response.json(), dict)
