"""All 220 operations of the API are within reach of the thin client, and leave it as the API wants them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from getresponse_django.client import Client
from tests.wire import Wire, running_wire

from .document import rows

OPERATIONS = rows()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with running_wire() as server:
        yield server


@pytest.fixture(scope="module")
def client(wire: Wire) -> Iterator[Client]:
    with Client(wire.base_url, {"X-Auth-Token": "api-key sandbox"}) as made:
        yield made


def test_there_are_as_many_operations_as_the_contract_counts() -> None:
    assert len(OPERATIONS) == 220


@pytest.mark.off_contract  # the body is any, and no query is given where one is required
@pytest.mark.parametrize("row", OPERATIONS, ids=[row["operation_id"] for row in OPERATIONS])
def test_the_operation_leaves_the_client_as_the_api_wants_it(
    row: dict[str, str], client: Client, wire: Wire
) -> None:
    path = re.sub(r"\{\w+\}", "aB3", row["path"])
    body = {"name": "x"} if row["request_body"] == "yes" else None

    send(client, row["method"], path, body)

    sent = wire.requests[-1]
    assert (sent.method, sent.path, sent.raw_query) == (row["method"], f"/v3{path}", "")
    assert sent.headers["x-auth-token"] == "api-key sandbox"
    assert sent.headers.get("content-type") == ("application/json" if body else None)
    assert (sent.json if body else sent.body) == (body or b"")


PAGED = [row for row in OPERATIONS if row["paginated"] == "yes"]


@pytest.mark.off_contract  # as above
@pytest.mark.parametrize("row", PAGED, ids=[row["operation_id"] for row in PAGED])
def test_a_paged_operation_is_read_in_pages(row: dict[str, str], client: Client, wire: Wire) -> None:
    path = re.sub(r"\{\w+\}", "aB3", row["path"])
    body = {"name": "x"} if row["request_body"] == "yes" else None

    assert list(client.pages(path, method=row["method"], json=body)) == []

    sent = wire.requests[-1]
    assert (sent.method, sent.path, sent.query) == (
        row["method"],
        f"/v3{path}",
        {"perPage": "1000", "page": "1"},
    )


def send(client: Client, method: str, path: str, body: Any) -> None:
    match method:
        case "GET":
            client.get(path)
        case "POST":
            client.post(path, body)
        case "DELETE":
            client.delete(path)
