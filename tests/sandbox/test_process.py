"""The sandbox as a process of its own, and the doors it has beside the API."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from getresponse_django.sandbox import Sandbox

from .conftest import Api

COMMAND = [sys.executable, "-u", "-m", "getresponse_django.sandbox"]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox process and its greeting."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        yield process, "".join(process.stdout.readline() for _ in range(5))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_a_call_that_works_and_ends_quietly(number: signal.Signals) -> None:
    with running("--contacts", "12", "--seed", "3") as (process, greeting):
        url, key = re.search(r"address: (\S+)", greeting), re.search(r"key: +(\S+)", greeting)
        assert url and key and f"api-key {key[1]}" in greeting and f"{url[1]}/campaigns" in greeting
        response = requests.get(f"{url[1]}/contacts", headers={"X-Auth-Token": f"api-key {key[1]}"})
        assert response.headers["TotalCount"] == "12"
        os.kill(process.pid, number)
        assert process.wait(10) == 0
        assert process.stderr is not None and process.stderr.read() == ""


def test_options_reach_the_sandbox() -> None:
    with running("--no-limits", "--latency", "0.05", "--landing-delay", "0") as (_, greeting):
        url = re.search(r"address: (\S+)", greeting)
        assert url
        headers = {"X-Auth-Token": "api-key sandbox"}
        answers = [requests.get(f"{url[1]}/tags", headers=headers) for _ in range(3)]
        assert min(answer.elapsed.total_seconds() for answer in answers) >= 0.05


def test_a_port_in_use_is_one_sentence_and_exit_1() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=20)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert f"Port {port} is in use" in result.stderr and f"--port {port + 1}" in result.stderr


def test_an_impossible_port_is_one_sentence_too() -> None:
    result = subprocess.run([*COMMAND, "--port", "99999"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.stderr


@pytest.fixture
def door(sandbox: Sandbox) -> str:
    return sandbox.url.replace("/v3", "/_sandbox")


def test_the_contacts_are_shown_without_a_key(sandbox: Sandbox, door: str) -> None:
    sandbox.add_contact("a@example.com", "customers")
    sandbox.add_contact("b@example.com", "newsletter")
    assert requests.get(f"{door}/contacts").json() == sandbox.contacts()
    assert requests.get(f"{door}/contacts", params={"campaign": "newsletter"}).json() == sandbox.contacts(
        "newsletter"
    )
    assert requests.get(f"{door}/contacts", params={"campaign": "nope"}).status_code == 400


def test_the_last_requests_are_shown(api: Api, door: str) -> None:
    for name in ("aa", "bb", "cc"):
        api.post("/tags", {"name": name})
    shown = requests.get(f"{door}/requests", params={"last": 2}).json()
    assert [row["body"]["name"] for row in shown] == ["bb", "cc"]
    assert set(shown[0]) == {"method", "path", "query", "body", "status", "at"}
    assert requests.get(f"{door}/requests", params={"last": "many"}).status_code == 400


def test_failures_removals_and_a_reset_can_be_ordered(api: Api, sandbox: Sandbox, door: str) -> None:
    assert requests.post(f"{door}/fail", json={"status": 500, "path": "tags"}).status_code == 200
    assert api.get("/tags").status_code == 500
    contact = sandbox.add_contact("a@example.com", "customers")
    body = {"contactId": contact["contactId"], "reason": "bounce"}
    assert requests.post(f"{door}/remove", json=body).status_code == 200
    assert sandbox.contacts() == []
    assert requests.post(f"{door}/remove", json=body).status_code == 400
    sandbox.add_contact("b@example.com", "customers")
    assert requests.post(f"{door}/reset").status_code == 200
    assert sandbox.contacts() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fail", {"kind": "x"}),
        ("fail", {"colour": "red"}),
        ("fail", []),
        ("remove", {}),
        ("remove", "x"),
        ("fail", {"path": "("}),
        ("fail", {"count": "3"}),
        ("fail", {"status": "x"}),
        ("fail", {"headers": {"A": 1}}),
        ("fail", {"seconds": "x"}),
    ],
)
def test_orders_that_make_no_sense_are_refused(door: str, path: str, body: object) -> None:
    response = requests.post(f"{door}/{path}", json=body)
    assert (response.status_code, set(response.json())) == (400, {"error"})


def test_an_unknown_door_names_the_others(door: str) -> None:
    response = requests.get(f"{door}/nothing")
    assert response.status_code == 404
    assert "GET /_sandbox/contacts" in response.json()["error"]
