"""The watch over all tests sees what it should: a test of the tests, run as pytest runs any other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .document import CONTRACT

pytestmark = pytest.mark.xdist_group("watch")  # one run serves all tests

CHECKOUT = CONTRACT.parents[2]

TESTS = """
import pytest
import requests

from getresponse_django.client import Client
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.application import Application
from getresponse_django.sandbox.http.exchange import json_response
from getresponse_django.errors import GetResponseError
from tests.wire import running_wire

KEY = {"X-Auth-Token": "api-key sandbox"}


@pytest.fixture
def own():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(own):
    with Client(own.url, KEY) as client:
        yield client


def send(client, method, path, *arguments, **params):
    try:
        getattr(client, method)(path, *arguments, **params)
    except GetResponseError:
        pass


def test_good(client):
    client.get("/contacts", {"origin": "import"}, perPage=5, sort={"email": "ASC"})


def test_body_name(client):
    send(client, "post", "/contacts", {"emial": "ola@example.com", "campaign": {"campaignId": "V"}})


def test_query_name(client):
    send(client, "get", "/contacts", {"mail": "ola@example.com"})


def test_query_enum(client):
    send(client, "get", "/contacts", {"origin": "telepathy"})


def test_query_date(client):
    send(client, "get", "/contacts", {"createdOn": {"from": "01.02.2026"}})


def test_query_integer(client):
    send(client, "get", "/contacts", {}, perPage=1, page=1)
    with Client(client.base_url, KEY) as other:
        other._url = lambda call: client.base_url + "/contacts?perPage=ten"
        send(other, "get", "/contacts")


def test_path(client):
    send(client, "get", "/contact")


def test_credentials(own):
    with Client(own.url, {"X-Auth-Token": "sandbox"}) as client:
        send(client, "get", "/contacts")


def test_on_the_wire():
    with running_wire() as wire, Client(wire.base_url, KEY) as client:
        client.get("/contacts", {"mail": "ola@example.com"})


@pytest.mark.off_contract
def test_on_purpose(client):
    send(client, "get", "/contacts", {"mail": "ola@example.com"})


def test_by_hand(own):
    assert requests.post(own.url + "/contacts", json={"emial": "x"}, headers=KEY).status_code == 400


def wrong(monkeypatch, client, change):
    honest = Application._handle
    def handle(self, route, request):
        body, headers = honest(self, route, request)
        return change(body), headers
    monkeypatch.setattr(Application, "_handle", handle)
    client.get("/accounts")


def test_answer_type(monkeypatch, client):
    wrong(monkeypatch, client, lambda body: {**body, "accountId": 7})


def test_answer_name(monkeypatch, client):
    wrong(monkeypatch, client, lambda body: {**body, "fristName": "Ola"})


@pytest.mark.off_contract
def test_answer_missing(monkeypatch, client):
    wrong(monkeypatch, client, lambda body: None)


def test_answer_header(monkeypatch, own, client):
    monkeypatch.setattr(own._application.limits, "headers", lambda: {})
    client.get("/accounts")


def test_answer_status(monkeypatch, own, client):
    monkeypatch.setattr(own._application, "_work", lambda request: json_response(203, []))
    client.get("/accounts")


def test_fault(own, client):
    own.fail(kind="html")
    own.fail(kind="garbage")
    send(client, "delete", "/tags/V")
    send(client, "delete", "/tags/V")
"""

COMPLAINTS = {
    "test_good": "",
    "test_body_name": "request POST /contacts: $.emial: the contract has no such property",
    "test_query_name": "request GET /contacts: unknown parameter query[mail]",
    "test_query_enum": 'request GET /contacts: parameter query[origin]: $: "telepathy" is not one of',
    "test_query_date": "request GET /contacts: parameter query[createdOn][from]: $:",
    "test_query_integer": 'request GET /contacts: parameter perPage: $: "ten" is not of type "integer"',
    "test_path": "request GET /contact: there is no GET /contact",
    "test_credentials": "request GET /contacts: no credentials as the API wants them",
    "test_on_the_wire": "request GET /contacts: unknown parameter query[mail]",
    "test_on_purpose": "",
    "test_by_hand": "",
    "test_answer_type": 'answer 200 to GET /accounts: $.accountId: 7 is not of type "string"',
    "test_answer_name": "answer 200 to GET /accounts: $.fristName: the contract has no such property",
    "test_answer_missing": "answer 200 to GET /accounts: the body is not JSON",
    "test_answer_header": "answer 200 to GET /accounts: no header X-RateLimit-Remaining",
    "test_answer_status": "answer 203 to GET /accounts: status 203 is not declared",
    "test_fault": "",
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of ``TESTS``, with the conftest of all tests."""
    file = tmp_path_factory.mktemp("watched") / "test_watched.py"
    file.write_text(TESTS)
    options = ["-c", CHECKOUT / "setup.cfg", "-p", "tests.conftest", "-p", "no:cacheprovider", "-vv"]
    command = [sys.executable, "-m", "pytest", *map(str, options), str(file)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def verdict(output: str, name: str) -> str:
    """What the fixture raised after one of the tests; nothing when all was well."""
    _, found, rest = output.partition(f"ERROR at teardown of {name} ")
    return rest.split("\n____", 1)[0].split("\n====", 1)[0] if found else ""


@pytest.mark.parametrize("name", COMPLAINTS)
def test_what_is_against_the_contract_fails_the_test(output: str, name: str) -> None:
    found = verdict(output, name)
    if COMPLAINTS[name]:
        assert COMPLAINTS[name] in found
    else:
        assert found == ""


def test_every_test_was_run(output: str) -> None:
    assert TESTS.count("\ndef test_") == len(COMPLAINTS)
    assert f"{len(COMPLAINTS)} passed, {sum(map(bool, COMPLAINTS.values()))} errors" in output
