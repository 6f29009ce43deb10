"""A value in a query that is not of the type in the contract is refused by name: enums, dates, booleans."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.routes import ROUTER

from .document import has_schema, parameters, row_of
from .fuzz import identifiers
from .requests_sent import value_problems

LENIENT = {"page", "perPage", "additionalFlags"}
"""The real /contacts took an unusable page as left out (contract/behaviour-core.md section 4), and flags it
does not know were sent to it without harm (contract/behaviour-contacts.md section 4).
"""


def typed_parameters() -> Iterator[tuple[str, str, str]]:
    """Every parameter that not any text will do for: method, path, name."""
    for route in ROUTER.routes:
        row = row_of(route.method, route.path)
        if row is not None and has_schema(row):
            for name, parameter in parameters(route.method, route.path).items():
                if name not in LENIENT and value_problems(parameter, "nonsense"):
                    yield route.method, route.path, name


def required(method: str, path: str) -> dict[str, str]:
    """A right value for each parameter that an operation cannot do without, of those that are enums."""
    declared = parameters(method, path).items()
    needed = {name: one["schema"] for name, one in declared if one.get("required")}
    return {name: schema["enum"][0] for name, schema in needed.items() if "enum" in schema}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=20, limits=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def known(sandbox: Sandbox) -> dict[str, list[str]]:
    return identifiers(sandbox)


@pytest.mark.parametrize("text", ["nonsense", ""])
@pytest.mark.parametrize(("method", "path", "name"), list(typed_parameters()))
def test_an_unusable_value_is_refused_by_name(
    sandbox: Sandbox, known: dict[str, list[str]], method: str, path: str, name: str, text: str
) -> None:
    real = re.sub(r"{(\w+)}", lambda match: known.get(match[1], ["V"])[0], path)
    query = {"query[campaignId]": known["campaignId"][0]} if "/campaigns/statistics" in path else {}
    query |= required(method, path)
    headers = {"X-Auth-Token": f"api-key {sandbox.key}"}
    query[name] = text
    body = {} if method == "POST" else None
    answer = requests.request(method, sandbox.url + real, params=query, headers=headers, json=body)
    error = answer.json()
    assert (answer.status_code, error["code"]) == (400, 1000)
    assert error["context"]["originalName"] == name
