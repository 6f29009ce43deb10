"""The client over real HTTP: what it sends, what it makes of answers, and what it never does twice."""

from __future__ import annotations

import logging
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from getresponse_django.client import Call, Client, Page
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
from getresponse_django.throttle import State, Throttle
from tests.wire import Reply, Request, Wire, closed_port, running_wire

KEY = "s3cret-key"
HEADERS = {"X-Auth-Token": f"api-key {KEY}"}
LIMITED = {"Retry-After": "1"}
TRANSPORT = pytest.mark.off_contract
"""On tests of how things are sent, whatever they are: what is sent is anything."""


@pytest.fixture
def wire() -> Iterator[Wire]:
    with running_wire() as wire:
        yield wire


@pytest.fixture
def pauses() -> list[float]:
    """The pauses the client made between attempts, in seconds."""
    return []


@pytest.fixture
def client(wire: Wire, pauses: list[float]) -> Iterator[Client]:
    def sleep(seconds: float) -> None:
        if seconds:
            pauses.append(round(seconds, 1))

    with Client(wire.base_url + "/", HEADERS, timeout=(1, 0.5), sleep=sleep) as client:
        yield client


def shared_limits(state: State | None = None) -> Callable[[Callable[[State], Any]], Any]:
    """A ``transact`` that notes which threads use it, as the database would mind."""
    shared: State = {} if state is None else state
    lock = threading.Lock()

    def transact(fn: Callable[[State], Any]) -> Any:
        assert threading.current_thread() is threading.main_thread()
        with lock:
            return fn(shared)

    return transact


class TestRequests:
    def test_a_get_has_the_credentials_the_query_and_no_body(self, wire: Wire, client: Client) -> None:
        since = datetime(2026, 1, 2, tzinfo=UTC)
        client.get(
            "/contacts", {"createdOn": {"from": since}}, fields=["email"], sort={"createdOn": "DESC"}, page=2
        )
        (request,) = wire.requests
        assert (request.method, request.path, request.body) == ("GET", "/v3/contacts", b"")
        assert request.query == {
            "query[createdOn][from]": "2026-01-02T00:00:00+0000",
            "fields": "email",
            "sort[createdOn]": "DESC",
            "page": "2",
        }
        assert "[" not in request.raw_query
        assert request.headers["x-auth-token"] == f"api-key {KEY}"
        assert request.headers["user-agent"].startswith("getresponse-django/")
        assert "content-type" not in request.headers
        assert "authorization" not in request.headers

    def test_a_post_has_its_json(self, wire: Wire, client: Client) -> None:
        masks = {"masks": ["@żółć.example"]}
        wire.script(Reply(200, masks))
        assert client.post("/accounts/blocklists", masks, additionalFlags=["add", "noResponse"]) == masks
        (request,) = wire.requests
        assert request.json == masks
        assert request.headers["content-type"] == "application/json"
        assert request.query == {"additionalFlags": "add,noResponse"}

    @TRANSPORT
    @pytest.mark.parametrize("json", [{}, [], 0, False])
    def test_an_empty_value_is_still_a_body(self, wire: Wire, client: Client, json: Any) -> None:
        client.post("/x", json)
        assert wire.requests[0].json == json

    def test_a_post_without_json_has_no_body(self, wire: Wire, client: Client) -> None:
        client.post("/newsletters/n/cancel")
        assert wire.requests[0].body == b""
        assert "content-type" not in wire.requests[0].headers

    def test_a_delete_has_no_body_and_its_answer_is_none(self, wire: Wire, client: Client) -> None:
        wire.script(Reply(204, body=b""))
        assert client.delete("/contacts/c", messageId="m") is None
        (request,) = wire.requests
        assert (request.method, request.body, request.query) == ("DELETE", b"", {"messageId": "m"})
        assert "content-type" not in request.headers

    def test_the_slash_before_a_path_may_be_left_out(self, wire: Wire, client: Client) -> None:
        client.get("accounts")
        assert wire.paths == ["/v3/accounts"]

    @pytest.mark.parametrize("path", ["/contacts?page=1", "/contacts#x"])
    def test_a_query_in_the_path_is_refused(self, wire: Wire, client: Client, path: str) -> None:
        with pytest.raises(ValueError, match="not in the path"):
            client.get(path)
        assert wire.requests == []

    def test_a_bad_page_or_json_is_refused_before_anything_is_sent(self, wire: Wire, client: Client) -> None:
        with pytest.raises(ValueError, match="perPage"):
            client.get("/contacts", perPage=0)
        with pytest.raises(ValueError, match="JSON"):
            client.post("/contacts", {"scoring": float("nan")})
        with pytest.raises(TypeError, match="JSON"):
            client.post("/contacts", {"at": datetime.now(UTC)})
        assert wire.requests == []

    def test_connections_are_reused(self, wire: Wire, client: Client) -> None:
        answered = [client.get("/accounts") for _ in range(5)]
        assert answered == [[]] * 5
        assert len({request.port for request in wire.requests}) == 1

    def test_cookies_and_netrc_change_nothing(
        self, wire: Wire, client: Client, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password else\n")
        monkeypatch.setenv("NETRC", str(netrc))
        wire.script(Reply(json=[], headers={"Set-Cookie": "a=b"}))
        client.get("/accounts")
        client.get("/accounts")
        assert [
            ("cookie" in request.headers, "authorization" in request.headers) for request in wire.requests
        ] == [(False, False)] * 2

    def test_a_session_may_be_given(self, wire: Wire) -> None:
        session = requests.Session()
        session.headers["X-Request-Source"] = "getresponse/test@1.0.0"
        with Client(wire.base_url, HEADERS, session=session) as client:
            client.get("/accounts")
        assert wire.requests[0].headers["x-request-source"] == "getresponse/test@1.0.0"

    def test_a_bearer_token_reaches_the_server(self, wire: Wire) -> None:
        with Client(wire.base_url, {"Authorization": "Bearer t", "X-Domain": "example.com"}) as client:
            client.get("/accounts")
        assert wire.requests[0].headers["authorization"] == "Bearer t"
        assert wire.requests[0].headers["x-domain"] == "example.com"


@TRANSPORT
class TestAnswers:
    def test_json_empty_and_binary(self, wire: Wire, client: Client) -> None:
        picture = Reply(body=b"\x89PNG", headers={"Content-Type": "image/png"})
        wire.script(Reply(json={"a": 1}), Reply(202, body=b""), picture)
        assert [client.get("/a"), client.post("/b", {}), client.get("/c")] == [{"a": 1}, None, b"\x89PNG"]

    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (400, 1000, Rejected),
            (401, 1014, AccountRefused),
            (404, 1013, NotFound),
            (409, 1008, AlreadyExists),
        ],
    )
    def test_errors_are_raised_with_their_facts(
        self, wire: Wire, client: Client, status: int, code: int, kind: type[GetResponseError]
    ) -> None:
        wire.script(Reply(status, {"code": code, "message": "No", "context": ["why"], "uuid": "u"}))
        with pytest.raises(kind) as caught:
            client.post("/contacts", {})
        error = caught.value
        assert (error.method, error.path, error.status, error.code) == ("POST", "/contacts", status, code)
        assert (error.message, error.context, error.uuid) == ("No: why", ["why"], "u")
        assert len(wire.requests) == 1

    def test_a_redirect_is_not_followed(self, wire: Wire, client: Client) -> None:
        wire.script(Reply(302, headers={"Location": wire.base_url + "/elsewhere"}))
        with pytest.raises(AccountRefused, match="BASE_URL"):
            client.get("/accounts")
        assert wire.paths == ["/v3/accounts"]

    def test_the_key_is_nowhere_in_an_error_or_its_traceback(self, wire: Wire, client: Client) -> None:
        wire.script(
            Reply(401, {"code": 1014, "message": f"Bad {KEY}", "context": {"sentToken": KEY, "x": [KEY]}})
        )
        with pytest.raises(AccountRefused) as caught:
            client.get("/accounts")
        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        ours = "".join(line for line in frames.format() if "test_client.py" not in line)
        assert KEY not in ours
        assert KEY not in f"{caught.value!r} {caught.value} {caught.value.context}"
        assert KEY not in repr(client)

    def test_the_key_is_in_no_frame_after_a_lost_connection(self) -> None:
        client = Client(f"http://127.0.0.1:{closed_port()}/v3", HEADERS, sleep=lambda _seconds: None)
        with pytest.raises(Unavailable) as caught:
            client.get("/accounts", {"email": "jan@example.com"})
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert KEY not in "".join(frames.format())

    def test_only_debug_is_logged_and_no_query(
        self, wire: Wire, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        wire.script(Reply(json=[]), Reply(500))
        with caplog.at_level(logging.DEBUG, logger="getresponse_django"):
            client.get("/contacts", {"email": "jan@example.com"})
            with pytest.raises(OutcomeUnknown):
                client.post("/contacts/jan@example.com", {"email": "jan@example.com"})
        ours = [record for record in caplog.records if record.name.startswith("getresponse_django")]
        assert {record.levelno for record in ours} == {logging.DEBUG}
        texts = [record.getMessage().rpartition(" ")[0] for record in ours]
        ended = "getresponse.request.ended http_method="
        assert texts == [
            f"{ended}GET http_path=/contacts http_status=200",
            f"{ended}POST http_path=/contacts/***@*** http_status=500",
        ]


@TRANSPORT
class TestLostAnswers:
    """A write that left is never sent twice; a read is, at most twice more."""

    CUTS = (Reply(cut="unanswered"), Reply(cut="reset"), Reply(json=[1], cut="midway"), Reply(delay=0.8))

    @pytest.mark.parametrize("reply", CUTS, ids=lambda reply: reply.cut or "slow")
    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_a_write_is_sent_once(self, wire: Wire, client: Client, method: str, reply: Reply) -> None:
        wire.script(reply)
        with pytest.raises(OutcomeUnknown):
            client.post("/contacts", {}) if method == "POST" else client.delete("/contacts/c")
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("reply", CUTS, ids=lambda reply: reply.cut or "slow")
    def test_a_read_is_repeated(self, wire: Wire, client: Client, pauses: list[float], reply: Reply) -> None:
        wire.script(reply, Reply(json={"ok": 1}))
        assert client.get("/accounts") == {"ok": 1}
        assert (len(wire.requests), pauses) == (2, [0.5])

    @pytest.mark.parametrize(
        "reply", [Reply(500), Reply(503), Reply(502, body=b"<html>"), Reply(body=b"{broken")]
    )
    def test_a_read_is_repeated_twice_at_most(
        self, wire: Wire, client: Client, pauses: list[float], reply: Reply
    ) -> None:
        wire.script(reply, reply, reply)
        with pytest.raises(Unavailable):
            client.get("/accounts")
        assert (len(wire.requests), pauses) == (3, [0.5, 1.0])

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (Reply(500), OutcomeUnknown),
            (Reply(503), Unavailable),
            (Reply(202, body=b"{broken"), OutcomeUnknown),
        ],
    )
    def test_a_write_the_server_broke_under_is_sent_once(
        self, wire: Wire, client: Client, reply: Reply, kind: type[GetResponseError]
    ) -> None:
        wire.script(reply)
        with pytest.raises(kind):
            client.post("/contacts", {})
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_refused_connection_is_tried_once_more(self, pauses: list[float], method: str) -> None:
        address = f"http://127.0.0.1:{closed_port()}/v3"
        client = Client(address, HEADERS, sleep=lambda seconds: pauses.append(round(seconds, 1)))
        with pytest.raises(Unavailable, match=r"No connection to 127\.0\.0\.1"):
            client.get("/x") if method == "GET" else client.post("/x", {})
        assert pauses == [0, 0.5]

    @pytest.mark.parametrize(
        "address", ["ftp://127.0.0.1/v3", "127.0.0.1/v3", "http:///v3", "http://exa mple.*/v3"]
    )
    def test_an_unusable_address_is_a_matter_of_settings(self, address: str) -> None:
        with pytest.raises(ConfigurationError, match="BASE_URL"):
            Client(address, HEADERS).get("/accounts")

    @pytest.mark.parametrize("key", ["two\nlines", "zł\u017b\u20ac", " lead\r"])
    def test_an_unusable_key_is_a_matter_of_settings_and_not_shown(self, key: str) -> None:
        client = Client("http://127.0.0.1:9/v3", {"X-Auth-Token": key})
        with pytest.raises(ConfigurationError, match="API_KEY") as caught:
            client.get("/accounts")
        assert key.strip() not in str(caught.value)


@TRANSPORT
class TestLimits:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_short_wait_is_waited_for_three_times(
        self, wire: Wire, client: Client, pauses: list[float], method: str
    ) -> None:
        wire.script(*[Reply(429, {"code": 1015}, headers=LIMITED)] * 3, Reply(json="done"))
        assert (client.get("/x") if method == "GET" else client.post("/x", {})) == "done"
        assert pauses == [1, 1, 1]

    def test_a_fourth_429_is_raised(self, wire: Wire, client: Client) -> None:
        wire.script(*[Reply(429, {"code": 1015}, headers=LIMITED)] * 4)
        with pytest.raises(RateLimited) as caught:
            client.post("/x", {})
        assert caught.value.retry_after == 1
        assert len(wire.requests) == 4

    def test_a_long_wait_is_for_the_caller_to_plan(
        self, wire: Wire, client: Client, pauses: list[float]
    ) -> None:
        wire.script(Reply(429, {"code": 1015}, headers={"X-RateLimit-Reset": "432 seconds"}))
        with pytest.raises(RateLimited) as caught:
            client.get("/x")
        assert (caught.value.retry_after, len(wire.requests), pauses) == (432, 1, [])

    @pytest.mark.parametrize(
        ("path", "lane"), [("/contacts", ""), ("/contacts/batch", "batch"), ("/imports", "imports")]
    )
    def test_a_429_pauses_its_lane_for_all_processes(self, wire: Wire, path: str, lane: str) -> None:
        state: State = {}
        wire.script(Reply(429, {"code": 1015}, headers={"Retry-After": "300"}))
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits(state))) as client:
            with pytest.raises(RateLimited):
                client.post(path, {})
            assert list(state["paused"]) == [lane]
            assert state["paused"][lane] == pytest.approx(time.time() + 300, abs=2)

    def test_a_pause_stops_the_next_request_before_it_is_sent(self, wire: Wire) -> None:
        state: State = {}
        wire.script(Reply(429, {"code": 1015}, headers={"Retry-After": "300"}))
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits(state))) as client:
            for _ in range(2):
                with pytest.raises(RateLimited) as caught:
                    client.get("/contacts")
        assert caught.value.status is None
        assert caught.value.retry_after == pytest.approx(300, abs=2)
        assert len(wire.requests) == 1

    @pytest.mark.parametrize(("path", "lane"), [("/contacts", ""), ("/contacts/batch", "batch")])
    def test_the_last_call_of_a_window_pauses_its_lane_before_a_429(
        self, wire: Wire, path: str, lane: str
    ) -> None:
        state: State = {}
        last = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "300 seconds"}
        wire.script(Reply(202, headers=last))
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits(state))) as client:
            client.post(path, {})
            assert list(state["paused"]) == [lane]
            with pytest.raises(RateLimited):
                client.post(path, {})
        assert len(wire.requests) == 1

    def test_one_lane_pausing_does_not_stop_the_others(self, wire: Wire) -> None:
        wire.script(Reply(429, {"code": 1015}, headers={"Retry-After": "300"}))
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits())) as client:
            with pytest.raises(RateLimited):
                client.post("/contacts/batch", {})
            assert client.get("/contacts") == []

    def test_requests_are_evenly_spaced(self, wire: Wire) -> None:
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits())) as client:
            results = list(client.send_many([Call("GET", "/x")] * 76))
        assert len(results) == 76
        arrivals = [request.at for request in wire.requests]
        assert arrivals[-1] - arrivals[0] >= 0.9

    def test_slots_are_given_back_on_close(self, wire: Wire) -> None:
        state: State = {}
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits(state))) as client:
            client.get("/x")
            assert len(state["senders"]) == 1
        assert state["senders"] == {}

    def test_a_long_request_keeps_its_slot(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("getresponse_django.client.RENEW_SECONDS", 0.05)
        monkeypatch.setattr("getresponse_django.throttle.RENEW_SECONDS", 0.05)
        monkeypatch.setattr("getresponse_django.limits.LEASE_SECONDS", 0.2)
        state: State = {}
        wire.script(Reply(json=[], delay=0.5))
        seen: list[float] = []
        wire_client = Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits(state)))

        def watch() -> None:
            for _ in range(8):
                time.sleep(0.05)
                seen.append(next(iter(state["senders"].values()))["until"] - time.time())

        watcher = threading.Thread(target=watch)
        with wire_client:
            watcher.start()
            wire_client.get("/slow")
            watcher.join()
        assert min(seen) > 0


def numbered(
    total: int, per_page: int, headers: Callable[[Request], dict[str, str]]
) -> Callable[[Request], Reply]:
    """A route that pages through the numbers below ``total``."""

    def answer(request: Request) -> Reply:
        start = (int(request.query["page"]) - 1) * per_page
        return Reply(json=list(range(start, min(start + per_page, total))), headers=headers(request))

    return answer


@TRANSPORT
class TestPages:
    HEADERS_OF_25 = (
        {"TotalPages": "3", "TotalCount": "25", "CurrentPage": "1"},
        {"TotalPages": "3"},
        {"TotalCount": "25"},
        {},
        {"TotalPages": "many"},
    )

    @pytest.mark.parametrize("headers", HEADERS_OF_25, ids=str)
    @pytest.mark.parametrize("at_once", [1, 2, 4, 20])
    def test_every_item_comes_once_and_in_order(
        self, wire: Wire, client: Client, headers: dict[str, str], at_once: int
    ) -> None:
        wire.route(numbered(25, 10, lambda _request: headers))
        pages = list(client.pages("/contacts", query={"name": "a"}, per_page=10, at_once=at_once))
        assert [number for page in pages for number in page] == list(range(25))
        assert [page.number for page in pages] == [1, 2, 3]
        assert all(request.query["query[name]"] == "a" for request in wire.requests)
        assert all(request.query["perPage"] == "10" for request in wire.requests)

    @pytest.mark.parametrize("total", [0, 10, 20])
    def test_without_totals_it_ends_with_a_short_or_empty_page(
        self, wire: Wire, client: Client, total: int
    ) -> None:
        wire.route(numbered(total, 10, lambda _request: {}))
        assert sum(len(page) for page in client.pages("/x", per_page=10)) == total
        assert len(wire.requests) == total // 10 + 1

    def test_totals_are_on_the_page(self, wire: Wire, client: Client) -> None:
        wire.script(Reply(json=[{"contactId": "c"}], headers={"TotalPages": "1", "TotalCount": "1"}))
        (page,) = client.pages("/contacts")
        assert isinstance(page, Page)
        assert (page, page.number, page.total_pages, page.total_count) == ([{"contactId": "c"}], 1, 1, 1)

    def test_a_list_that_is_not_paginated_is_read_once(self, wire: Wire, client: Client) -> None:
        wire.route(lambda _request: Reply(json=[1, 2]))
        assert list(client.pages("/accounts/blocklists", per_page=2)) == [
            [1, 2],
            [1, 2],
        ]  # the second proves it
        assert len(wire.requests) == 2

    def test_a_list_that_shrinks_meanwhile_ends_early(self, wire: Wire, client: Client) -> None:
        wire.route(
            lambda request: Reply(
                json=[1] if request.query["page"] < "3" else [], headers={"TotalPages": "9"}
            )
        )
        assert list(client.pages("/x", per_page=1)) == [[1], [1]]

    def test_a_list_that_grows_meanwhile_is_read_to_its_end(self, wire: Wire, client: Client) -> None:
        def growing(request: Request) -> Reply:
            return Reply(json=[1], headers={"TotalPages": "2" if request.query["page"] == "1" else "3"})

        wire.route(growing)
        assert len(list(client.pages("/x", per_page=1))) == 3

    @pytest.mark.parametrize("answer", [Reply(204, body=b""), Reply(json=[])])
    def test_nothing_is_no_page(self, wire: Wire, client: Client, answer: Reply) -> None:
        wire.script(answer)
        assert list(client.pages("/x")) == []

    def test_what_is_not_a_list_is_an_error(self, wire: Wire, client: Client) -> None:
        wire.script(Reply(json={"a": 1}))
        with pytest.raises(Unavailable, match="not a list"):
            list(client.pages("/accounts"))

    def test_a_read_by_post_pages_by_the_query_string(self, wire: Wire, client: Client) -> None:
        wire.route(numbered(3, 2, lambda _request: {"TotalPages": "2"}))
        body = {"subscribersType": ["subscribed"]}
        pages = list(client.pages("/search-contacts/contacts", method="POST", json=body, per_page=2))
        assert pages == [[0, 1], [2]]
        assert [(request.json, request.query) for request in wire.requests] == [
            (body, {"perPage": "2", "page": "1"}),
            (body, {"perPage": "2", "page": "2"}),
        ]

    def test_an_error_on_a_later_page_is_raised_after_the_pages_before_it(
        self, wire: Wire, client: Client
    ) -> None:
        def third_is_broken(request: Request) -> Reply:
            broken = request.query["page"] == "3"
            return Reply(400, {"code": 1000}) if broken else Reply(json=[1], headers={"TotalPages": "5"})

        wire.route(third_is_broken)
        pages = client.pages("/x", per_page=1)
        assert [next(pages), next(pages)] == [[1], [1]]
        with pytest.raises(Rejected):
            next(pages)

    def test_a_page_that_fails_for_a_moment_is_read_again(self, wire: Wire, client: Client) -> None:
        seen: list[str] = []

        def second_fails_once(request: Request) -> Reply:
            seen.append(request.query["page"])
            failing = request.query["page"] == "2" and seen.count("2") == 1
            return Reply(503) if failing else Reply(json=[int(seen[-1])], headers={"TotalPages": "3"})

        wire.route(second_fails_once)
        assert list(client.pages("/x", per_page=1, at_once=1)) == [[1], [2], [3]]

    def test_pages_are_fetched_side_by_side_but_never_too_far_ahead(self, wire: Wire, client: Client) -> None:
        wire.route(lambda _request: Reply(json=[1], headers={"TotalPages": "12"}, delay=0.05))
        alive: list[int] = []
        for number, _page in enumerate(client.pages("/x", per_page=1, at_once=4), start=1):
            alive.append(len(wire.requests) - number + 1)
        assert wire.most_at_once == 3
        assert len(alive) == 12
        assert max(alive) <= 4

    def test_pages_that_were_used_are_not_kept(self, wire: Wire, client: Client) -> None:
        wire.route(lambda _request: Reply(json=[1], headers={"TotalPages": "12"}))
        used: list[weakref.ref[Page]] = []
        most = 0
        for page in client.pages("/x", per_page=1, at_once=4):
            used.append(weakref.ref(page))
            most = max(most, sum(reference() is not None for reference in used))
        assert len(used) == 12
        assert most == 1

    @pytest.mark.parametrize("per_page", [0, 1001, -1, "10"])
    def test_a_bad_page_size_is_refused_at_once(self, client: Client, per_page: Any) -> None:
        with pytest.raises(ValueError, match="perPage must be a whole number from 1 to 1000"):
            client.pages("/contacts", per_page=per_page)

    def test_no_page_at_once_is_refused(self, client: Client) -> None:
        with pytest.raises(ValueError, match="at_once must be 1 or more"):
            client.pages("/contacts", at_once=0)


@TRANSPORT
class TestCount:
    def test_it_costs_one_item(self, wire: Wire, client: Client) -> None:
        wire.script(Reply(json=[{}], headers={"TotalCount": "1234"}))
        assert client.count("/contacts", {"campaign": "x"}) == 1234
        assert wire.requests[0].query == {"query[campaign]": "x", "perPage": "1"}

    @pytest.mark.parametrize(("answer", "count"), [(Reply(json=[1, 2]), 2), (Reply(204, body=b""), 0)])
    def test_without_a_header_the_items_are_counted(
        self, wire: Wire, client: Client, answer: Reply, count: int
    ) -> None:
        wire.script(answer)
        assert client.count("/accounts/blocklists") == count


@TRANSPORT
class TestSendMany:
    def test_every_call_gets_its_own_result(self, wire: Wire, client: Client) -> None:
        wire.route(lambda request: Reply(json=request.json["n"]))
        calls = [Call("POST", "/x", {"n": n}, key=n) for n in range(40)]
        assert {call.key: result for call, result in client.send_many(calls)} == {n: n for n in range(40)}

    def test_results_come_as_they_complete(self, wire: Wire, client: Client) -> None:
        wire.route(
            lambda request: Reply(json=request.path, delay=0.3 if request.path.endswith("slow") else 0)
        )
        calls = [Call("GET", "/slow"), Call("GET", "/fast")]
        assert [call.path for call, _result in client.send_many(calls, at_once=2)] == ["/fast", "/slow"]

    def test_an_error_of_one_stops_none_of_the_others(self, wire: Wire, client: Client) -> None:
        replies = {
            "/v3/gone": Reply(404, {"code": 1013}),
            "/v3/cut": Reply(cut="reset"),
            "/v3/down": Reply(503),
            "/v3/ok": Reply(204, body=b""),
        }
        wire.route(lambda request: replies[request.path])
        calls = [
            Call("POST", "/gone", {}),
            Call("POST", "/cut", {}),
            Call("POST", "/down", {}),
            Call("GET", "/bad-page", params={"page": 0}),
            Call("POST", "/bad-json", {"x": {1, 2}}),
            Call("POST", "/ok", {}),
        ]
        results = {call.path: result for call, result in client.send_many(calls, at_once=3)}
        assert {path: type(result) for path, result in results.items()} == {
            "/gone": NotFound,
            "/cut": OutcomeUnknown,
            "/down": Unavailable,
            "/bad-page": Rejected,
            "/bad-json": Rejected,
            "/ok": type(None),
        }
        assert "page must be a whole number" in str(results["/bad-page"])
        assert len(wire.requests) == 4

    def test_what_was_not_processed_goes_again_while_the_others_go_on(
        self, wire: Wire, client: Client
    ) -> None:
        seen: list[str] = []

        def limited_once(request: Request) -> Reply:
            seen.append(request.path)
            return (
                Reply(429, {"code": 1015}, headers=LIMITED)
                if seen.count(request.path) == 1
                else Reply(json="ok")
            )

        wire.route(limited_once)
        calls = [Call("POST", f"/x{n}", {}) for n in range(5)]
        assert [result for _call, result in client.send_many(calls, at_once=2)] == ["ok"] * 5
        assert len(wire.requests) == 10

    def test_calls_are_consumed_as_they_are_sent(self, wire: Wire, client: Client) -> None:
        made: list[int] = []

        def calls() -> Iterator[Call]:
            for number in range(100):
                made.append(number)
                yield Call("GET", "/x")

        ahead = [len(made) - number for number, _pair in enumerate(client.send_many(calls(), at_once=3))]
        assert len(ahead) == 100
        assert max(ahead) <= 4

    def test_no_more_than_at_once_are_under_way(self, wire: Wire, client: Client) -> None:
        wire.route(lambda _request: Reply(json=[], delay=0.02))
        list(client.send_many([Call("GET", "/x")] * 20, at_once=3))
        assert wire.most_at_once == 3

    def test_nothing_to_send_is_no_result(self, client: Client) -> None:
        assert list(client.send_many([])) == []

    def test_none_at_once_is_refused(self, client: Client) -> None:
        with pytest.raises(ValueError, match="at_once"):
            next(client.send_many([Call("GET", "/x")], at_once=0))

    def test_the_shared_limits_are_used_by_the_calling_thread_only(self, wire: Wire) -> None:
        wire.route(lambda _request: Reply(json=[], delay=0.1))
        with Client(wire.base_url, HEADERS, throttle=Throttle(shared_limits())) as client:
            assert len(list(client.send_many([Call("GET", "/x")] * 30))) == 30
        assert 2 <= wire.most_at_once <= 9  # one of the ten is for interactive senders

    def test_used_up_limits_are_the_result_of_the_calls_they_stop(self, wire: Wire) -> None:
        throttle = Throttle(shared_limits())
        throttle.pause(300)
        with Client(wire.base_url, HEADERS, throttle=throttle) as client:
            results = [result for _call, result in client.send_many([Call("POST", "/x", {})] * 3)]
        assert [type(result) for result in results] == [RateLimited] * 3
        assert wire.requests == []

    def test_the_data_of_a_call_is_not_in_its_repr(self) -> None:
        call = Call("POST", "/contacts", {"email": "jan@example.com"}, params={"q": "jan@example.com"})
        assert "jan" not in repr(call)


class Renewable:
    """Gives the headers of token-0, then of token-1 and so on, whenever a token was refused."""

    def __init__(self) -> None:
        self.number = 0
        self.asked: list[Mapping[str, str] | None] = []
        self.threads: set[int] = set()

    def __call__(self, refused: Mapping[str, str] | None = None) -> Mapping[str, str]:
        self.asked.append(refused)
        self.threads.add(threading.get_ident())
        if refused and refused["Authorization"] == f"Bearer token-{self.number}":
            self.number += 1
        return {"Authorization": f"Bearer token-{self.number}"}


def accepts(token: str, status: int = 401) -> Callable[[Request], Reply]:
    """Answers that refuse all other tokens."""
    refusal = {"httpStatus": status, "code": 1014, "message": "The access token provided is expired"}
    return lambda request: (
        Reply(json=[]) if request.headers["authorization"] == f"Bearer {token}" else Reply(status, refusal)
    )


@TRANSPORT
class TestRenewableHeaders:
    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("send", [lambda c: c.get("/x"), lambda c: c.post("/x", {"a": 1})])
    def test_what_was_refused_is_sent_once_more_with_other_headers(
        self, wire: Wire, send: Callable[[Client], Any], status: int
    ) -> None:
        wire.route(accepts("token-1", status))
        with Client(wire.base_url, Renewable()) as client:
            assert send(client) == []
            assert send(client) == []
        sent = [request.headers["authorization"] for request in wire.requests]
        assert sent == ["Bearer token-0", "Bearer token-1", "Bearer token-1"]

    def test_a_second_refusal_is_final(self, wire: Wire) -> None:
        wire.route(accepts("none"))
        headers = Renewable()
        with Client(wire.base_url, headers) as client, pytest.raises(AccountRefused):
            client.get("/x")
        assert len(wire.requests) == 2

    def test_fixed_headers_are_not_sent_again(self, wire: Wire) -> None:
        wire.route(accepts("none"))
        with Client(wire.base_url, {"Authorization": "Bearer x"}) as client, pytest.raises(AccountRefused):
            client.get("/x")
        assert len(wire.requests) == 1

    def test_many_at_once_are_asked_for_by_the_calling_thread(self, wire: Wire) -> None:
        wire.route(accepts("token-1"))
        headers = Renewable()
        with Client(wire.base_url, headers) as client:
            results = [result for _call, result in client.send_many([Call("GET", "/x")] * 20, at_once=5)]
        assert results == [[]] * 20
        assert headers.threads == {threading.get_ident()}
        assert len(wire.requests) < 30

    def test_headers_that_cannot_be_had_are_the_result_of_each_call(self, wire: Wire) -> None:
        def nothing(_refused: Mapping[str, str] | None) -> Mapping[str, str]:
            raise AccountRefused("Not connected.")

        with Client(wire.base_url, nothing) as client:
            results = [result for _call, result in client.send_many([Call("GET", "/x")] * 3)]
            with pytest.raises(AccountRefused, match="Not connected"):
                client.get("/x")
        assert [type(result) for result in results] == [AccountRefused] * 3
        assert wire.requests == []

    def test_a_token_that_an_error_quotes_is_hidden(self, wire: Wire) -> None:
        body = {"httpStatus": 400, "code": 1000, "message": "Bad token-0", "context": ["for token-0"]}
        wire.route(lambda _request: Reply(400, body))
        with Client(wire.base_url, Renewable()) as client, pytest.raises(Rejected) as caught:
            client.get("/x")
        assert "token-0" not in str(caught.value) + str(caught.value.context)


@pytest.mark.parametrize("answer", [None, [], {}, {"accountId": ""}, "text"])
def test_an_answer_without_an_account_is_a_wrong_host(wire: Wire, client: Client, answer: Any) -> None:
    wire.script(Reply(json=answer))
    with pytest.raises(AccountRefused, match="not the host of this account"):
        client.account()


def test_the_account_is_given(wire: Wire, client: Client) -> None:
    wire.script(Reply(json={"accountId": "V"}))
    assert client.account() == {"accountId": "V"}


@pytest.mark.django_db
def test_the_client_of_an_account_is_made_from_the_settings(wire: Wire, settings: Any) -> None:
    from getresponse_django.models import Account

    settings.GETRESPONSE = {
        "ACCOUNTS": {"default": {"API_KEY": KEY, "BASE_URL": wire.base_url}},
        "TIMEOUT": (1, 2),
    }
    with Client.for_account("default", interactive=True) as client:
        client.get("/accounts")
        assert wire.requests[0].headers["x-auth-token"] == f"api-key {KEY}"
        (sender,) = Account.objects.get(alias="default").limits["senders"].values()
    assert sender["interactive"]
    assert Account.objects.get(alias="default").limits["senders"] == {}


def test_an_account_nobody_configured_is_named(settings: Any) -> None:
    settings.GETRESPONSE = {"ACCOUNTS": {}}
    with pytest.raises(ConfigurationError, match='no account "other"'):
        Client.for_account("other")
