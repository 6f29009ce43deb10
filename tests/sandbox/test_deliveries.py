"""Webhooks and callbacks of the sandbox: what is sent for what, and what is repeated."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from getresponse_django.sandbox import Sandbox
from tests.sandbox.conftest import Api


class Site(BaseHTTPRequestHandler):
    """Notes what it is sent, and answers what the test put ready, else OK."""

    received: list[tuple[str, str, dict[str, str], Any]] = []
    answers: list[tuple[int, bytes]] = []

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.received.append((self.command, self.path, headers, json.loads(content) if content else None))
        status, body = self.answers.pop(0) if self.answers else (200, b'{"status": "OK"}')
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Not into the output of the tests."""


@pytest.fixture
def site(sandbox: Sandbox) -> Iterator[str]:
    Site.received, Site.answers = [], []
    sandbox.webhook_intervals = (0.01, 0.02, 0.03)
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def types(sandbox: Sandbox) -> list[str]:
    assert sandbox.wait_for_deliveries()
    return [headers["x-webhook-type"] for _method, _path, headers, _body in Site.received]


def test_an_event_has_the_shape_of_the_guide(sandbox: Sandbox, site: str) -> None:
    sandbox.add_webhook(f"{site}/hook/")
    ann = sandbox.add_contact("ann@example.com", "customers")
    assert types(sandbox) == ["contact_added"]
    [(method, path, headers, body)] = Site.received
    assert (method, path, headers["content-type"]) == ("POST", "/hook/", "application/json")
    assert headers["x-webhook-id"] and headers["x-request-id"]
    assert set(body) == {"type", "contact", "account", "event"}
    assert set(body["contact"]) == {"contactId", "email", "name", "campaign", "href"}
    assert (body["type"], body["contact"]["contactId"]) == ("contact_added", ann["contactId"])
    assert set(body["contact"]["campaign"]) == {"campaignId", "name", "href"}
    assert body["event"]["occurredAt"].endswith("+00:00")


def test_what_happens_leads_to_events_and_removals_by_panel_or_api_do_not(
    sandbox: Sandbox, site: str, api: Api
) -> None:
    ids = [sandbox.add_contact(f"p{n}@example.com", "customers")["contactId"] for n in range(5)]
    sandbox.add_webhook(site)
    place = {"campaignId": api.campaign_id("partners")}
    field = {"customFieldValues": [{"customFieldId": api.field_id("city"), "value": ["Sopot"]}]}
    requests.get(sandbox.unsubscribe_link(ids[0]), timeout=5).raise_for_status()
    sandbox.remove_contact(ids[1], "bounce")
    sandbox.remove_contact(ids[2], "complaint")
    api.delete(f"/contacts/{ids[3]}")
    api.post(f"/contacts/{ids[4]}", {"campaign": place})
    api.post(f"/contacts/{ids[4]}", {"email": "new@example.com"})
    api.post(f"/contacts/{ids[4]}/custom-fields", field)
    api.post(f"/contacts/{ids[4]}/custom-fields", field)
    assert types(sandbox) == [
        "contact_removed_link",
        "contact_removed_bounce",
        "contact_moved",
        "contact_email_changed",
        "contact_custom_field_changed",
    ]
    moved = Site.received[2][3]["contact"]
    assert (moved["sourceCampaign"]["name"], moved["campaign"]["name"]) == ("customers", "partners")


def test_a_create_that_is_dropped_is_a_rejected_contact(sandbox: Sandbox, site: str, api: Api) -> None:
    sandbox.add_webhook(site, "contact_rejected")
    api.create("ann@example.com")
    sandbox.block("ann@example.com")
    sandbox.land()
    assert types(sandbox) == ["contact_rejected"]


def test_a_webhook_hears_of_its_types_only(sandbox: Sandbox, site: str) -> None:
    sandbox.add_webhook(f"{site}/added/", "contact_added")
    sandbox.add_webhook(f"{site}/left/", "contact_removed_link")
    ann = sandbox.add_contact("ann@example.com", "customers")
    sandbox.remove_contact(ann["contactId"])
    assert types(sandbox) == ["contact_added", "contact_removed_link"]
    assert [path for _method, path, _headers, _body in Site.received] == ["/added/", "/left/"]
    with pytest.raises(ValueError, match="contact_added"):
        sandbox.add_webhook(site, "contact_exploded")


def test_a_batched_webhook_sends_arrays_of_up_to_a_hundred(sandbox: Sandbox, site: str) -> None:
    sandbox.add_webhook(site, batched=True)
    with sandbox._application.lock:
        for number in range(250):
            sandbox.add_contact(f"p{number}@example.com", "customers")
    assert sandbox.wait_for_deliveries()
    sizes = [len(body) for _method, _path, _headers, body in Site.received]
    assert sum(sizes) == 250
    assert max(sizes) <= 100 and len(sizes) < 250


OK = b'{"status": "OK"}'


@pytest.mark.parametrize(
    ("answers", "attempts"),
    [
        ([(200, b"")] * 9, 4),
        ([(200, b"OK")] * 9, 4),
        ([(200, b'{"status": "ok"}')] * 9, 4),
        ([(500, OK)] * 9, 4),
        ([(429, OK)] * 9, 4),
        ([(503, b""), (202, OK)], 2),
        ([(400, b"")], 1),
        ([(404, OK)], 1),
        ([(302, OK)], 1),
        ([(201, OK)], 1),
    ],
)
def test_what_is_repeated(
    sandbox: Sandbox, site: str, answers: list[tuple[int, bytes]], attempts: int
) -> None:
    sandbox.add_webhook(site)
    Site.answers[:] = answers
    sandbox.add_contact("ann@example.com", "customers")
    assert types(sandbox) == ["contact_added"] * attempts
    headers = [headers for _method, _path, headers, _body in Site.received]
    assert len({one["x-webhook-id"] for one in headers}) == 1
    assert len({one["x-request-id"] for one in headers}) == attempts
    assert len(sandbox.deliveries) == attempts


def test_nobody_there_is_tried_four_times(sandbox: Sandbox, site: str) -> None:
    sandbox.add_webhook("http://127.0.0.1:9/")
    sandbox.add_contact("ann@example.com", "customers")
    assert sandbox.wait_for_deliveries()
    assert [delivery.status for delivery in sandbox.deliveries] == [0] * 4


def test_callbacks_are_gets_of_the_actions_that_are_on_and_never_repeated(
    sandbox: Sandbox, site: str, api: Api
) -> None:
    actions = {"subscribe": True, "unsubscribe": True}
    api.post("/accounts/callbacks", {"url": f"{site}/back/?a=b", "actions": actions})
    Site.answers[:] = [(500, b"")] * 9
    ann = sandbox.add_contact("ann@example.com", "customers", name="Ann")
    sandbox.remove_contact(ann["contactId"])
    bob = sandbox.add_contact("bob@example.com", "customers")
    sandbox.remove_contact(bob["contactId"], "bounce")
    sandbox.send_callback("open", bob["contactId"], MESSAGE_ID="M1")
    assert sandbox.wait_for_deliveries()
    queries = [dict(parse_qsl(urlsplit(path).query)) for _method, path, _headers, _body in Site.received]
    assert [query["action"] for query in queries] == ["subscribe", "unsubscribe", "subscribe"]
    assert queries[1] == {
        "a": "b",
        "action": "unsubscribe",
        "ACCOUNT_ID": queries[1]["ACCOUNT_ID"],
        "account_login": "sandbox",
        "CAMPAIGN_ID": api.campaign_id(),
        "campaign_name": "customers",
        "CONTACT_ID": ann["contactId"],
        "contact_email": "ann@example.com",
        "contact_name": "Ann",
    }


def test_a_reset_forgets_webhooks_and_what_was_on_its_way(sandbox: Sandbox, site: str) -> None:
    sandbox.webhook_intervals = (3600,)
    sandbox.add_webhook("http://127.0.0.1:9/")
    sandbox.add_contact("ann@example.com", "customers")
    assert not sandbox.wait_for_deliveries(0.05)
    sandbox.reset()
    assert sandbox.wait_for_deliveries(1)
    sandbox.add_contact("ann@example.com", "customers")
    assert sandbox.wait_for_deliveries(1)
    assert sandbox.deliveries == []


def test_another_process_adds_a_webhook_and_follows_the_link(sandbox: Sandbox, site: str) -> None:
    door = sandbox.url.removesuffix("/v3") + "/_sandbox"
    body = {"url": site, "types": ["contact_removed_link"]}
    assert requests.post(f"{door}/webhook", json=body, timeout=5).json() == {"webhooks": 1}
    assert requests.get(f"{door}/unsubscribe", params={"contact": "nobody"}, timeout=5).status_code == 400
    ann = sandbox.add_contact("ann@example.com", "customers")
    requests.get(sandbox.unsubscribe_link(ann["contactId"]), timeout=5).raise_for_status()
    assert types(sandbox) == ["contact_removed_link"]
