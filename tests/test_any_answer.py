"""Whatever a server answers, the client gives a value or one of our errors, and no error tells a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from getresponse_django.client import Client
from getresponse_django.errors import GetResponseError
from tests.wire import Reply, Wire, running_wire

KEY = "k3yOfTheAccount"
ADDRESS = "jan.kowalski+x@example.com"
SAID = [ADDRESS, f"<{ADDRESS}>", f"to {ADDRESS}, please", f"key {KEY}", f"api-key {KEY}", "jan%40example.com"]

pytestmark = pytest.mark.off_contract  # nothing but the answers matters here


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with running_wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def client(wire: Wire) -> Iterator[Client]:
    headers = {"X-Auth-Token": f"api-key {KEY}"}
    with Client(wire.base_url, headers, timeout=(5, 5), sleep=lambda _seconds: None) as client:
        yield client


TEXTS = st.text(max_size=12) | st.sampled_from(SAID)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "httpStatus": VALUES,
        "code": st.sampled_from([1, 1000, 1002, 1008, 1013, 1014, 1015, 1019, "1008", 10**400]) | VALUES,
        "codeDescription": VALUES,
        "message": VALUES,
        "context": VALUES
        | st.lists(
            st.fixed_dictionaries({"fieldName": VALUES, "errorDescription": VALUES, "originalValue": VALUES}),
            max_size=3,
        ),
        "uuid": VALUES,
    },
)
BODIES = st.binary(max_size=40) | (ENVELOPES | VALUES).map(lambda value: json.dumps(value).encode())
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(str.strip)
NUMBERS = st.sampled_from(["0", "1", "1.5", "-3", "9" * 400, "432 seconds", "Wed, 21 Oct 2026 07:28:00 GMT"])
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Retry-After", "X-RateLimit-Reset", "X-RateLimit-Remaining", "TotalCount", "TotalPages", "Location"]
    ),
    HEADER | NUMBERS,
) | st.fixed_dictionaries({"Content-Type": HEADER | st.sampled_from(["text/html", "image/png"])})
STATUSES = st.integers(200, 599).filter(lambda status: status not in (204, 304))


@settings(max_examples=250)
@given(method=st.sampled_from(["get", "post", "delete"]), status=STATUSES, body=BODIES, headers=HEADERS)
def test_any_answer_is_a_value_or_an_error_of_ours(
    wire: Wire, client: Client, method: str, status: int, body: bytes, headers: dict[str, str]
) -> None:
    wire.route(lambda _request: Reply(status, body=body, headers=headers))
    try:
        getattr(client, method)(f"/contacts/{ADDRESS}")
    except GetResponseError as error:
        facts = (str(error), repr(error), error.message, error.path, str(error.context), error.uuid)
        told = " ".join(facts)
        assert KEY not in told
        assert "@example.com" not in told and "%40example.com" not in told
    else:
        assert status < 300


@settings(max_examples=100)
@example(status=200, body=b"[null]", headers={"TotalCount": "9" * 400})
@given(status=STATUSES, body=BODIES, headers=HEADERS)
def test_any_page_is_a_list_or_an_error_of_ours(
    wire: Wire, client: Client, status: int, body: bytes, headers: dict[str, str]
) -> None:
    replies = iter([Reply(status, body=body, headers=headers)])
    wire.route(lambda _request: next(replies, Reply(json=[])))
    try:
        pages: list[Any] = list(client.pages("/contacts", per_page=1))
    except GetResponseError:
        return
    assert all(isinstance(page, list) for page in pages)
