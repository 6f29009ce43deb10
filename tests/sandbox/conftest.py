"""A sandbox over real HTTP and a client for it, without Django."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from getresponse_django.sandbox import Sandbox


class Api:
    """Sends requests with the right key; everything else as the test says."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["X-Auth-Token"] = f"api-key {sandbox.key}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.sandbox.url + path, params=query.pop("params", query), timeout=10)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.session.post(self.sandbox.url + path, json=body, timeout=10, **options)

    def delete(self, path: str, **query: Any) -> requests.Response:
        return self.session.delete(self.sandbox.url + path, params=query, timeout=10)

    def campaign_id(self, name: str = "customers") -> str:
        return next(str(c["campaignId"]) for c in self.sandbox.campaigns() if c["name"] == name)

    def tag_id(self, name: str = "vip") -> str:
        return next(str(t["tagId"]) for t in self.sandbox.tags() if t["name"] == name)

    def field_id(self, name: str = "plan") -> str:
        return next(str(f["customFieldId"]) for f in self.sandbox.custom_fields() if f["name"] == name)

    def create(self, email: str, campaign: str = "customers", **body: Any) -> requests.Response:
        place = {"campaignId": self.campaign_id(campaign)}
        return self.post("/contacts", {"email": email, "campaign": place, **body})


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Without seeded contacts, and creates land only by ``land()``."""
    with Sandbox(landing_delay=3600) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    api = Api(sandbox)
    yield api
    api.session.close()


@pytest.fixture(scope="module")
def seeded() -> Iterator[Api]:
    """300 contacts and no limits; for tests that only read."""
    with Sandbox(contacts=300, limits=False) as sandbox:
        api = Api(sandbox)
        yield api
        api.session.close()


def made(api: Api, path: str, body: dict[str, Any], key: str) -> str:
    """Create something; returns its identifier."""
    response = api.post(path, body)
    assert response.status_code == 201, response.text
    return str(response.json()[key])


def assert_envelope(response: requests.Response, status: int, code: int) -> dict[str, Any]:
    """The response is an error of the contract; returns its body."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["httpStatus"], body["code"]) == (status, status, code), body
    assert set(body) == {"httpStatus", "code", "codeDescription", "message", "moreInfo", "context", "uuid"}
    return body


def problem_fields(body: dict[str, Any]) -> set[str]:
    """The fields that a validation error names."""
    return {".".join(problem["fieldName"]) for problem in body["context"]}
