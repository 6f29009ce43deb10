"""A body that is wrong in many ways is refused once, with the envelope, and every way is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields
from .test_contract import BODIES, OPERATIONS, path_for


@pytest.fixture(scope="module")
def victim() -> Iterator[Api]:
    """These tests change next to nothing, since all they send is refused."""
    with Sandbox(contacts=20, limits=False) as sandbox:
        api = Api(sandbox)
        yield api
        api.session.close()


def wrong_type(value: Any) -> Any:
    """Something that no property can be that may be ``value``."""
    return {"wrong": "type"} if isinstance(value, str | list) else "wrong type"


@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_property_of_the_wrong_type_is_named(victim: Api, name: str) -> None:
    body = {key: wrong_type(value) for key, value in BODIES[name](victim).items()}
    answer = victim.post(path_for(victim, name, OPERATIONS[name]), body)
    error = assert_envelope(answer, 400, answer.json()["code"])
    if error["code"] == 1003:  # the only property there is; tags have an error of their own
        assert len(body) == 1 and error["context"]["regex"]
    else:
        assert {field.split(".")[0] for field in problem_fields(error)} == set(body)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_what_the_api_does_not_know_is_ignored(victim: Api, name: str) -> None:
    """The contract has no refusal for it, and no answer shows it again, as the watch over all tests sees."""
    body = {**BODIES[name](victim), "emial": "ola@example.com", "😀": {"": [None]}}
    answer = victim.post(path_for(victim, name, OPERATIONS[name]), body)
    assert answer.status_code == OPERATIONS[name].status


TOO_LONG = "x" * 70_000


@pytest.mark.parametrize(
    ("name", "change", "fields"),
    [
        ("POST /campaigns", {"name": "x" * 65}, {"name"}),
        ("POST /campaigns", {"name": "ab"}, {"name"}),
        ("POST /campaigns", {"name": "smile 😀"}, {"name"}),
        ("POST /campaigns", {"name": "a[b]", "languageCode": TOO_LONG}, {"name", "languageCode"}),
        ("POST /contacts", {"email": TOO_LONG + "@example.com", "name": TOO_LONG}, {"email", "name"}),
        (
            "POST /contacts",
            {"email": "ola@", "scoring": "many", "dayOfCycle": 3},
            {"email", "scoring", "dayOfCycle"},
        ),
        ("POST /contacts", {"tags": [{"tagId": 1}, {}]}, {"tags.0.tagId", "tags.1.tagId"}),
        ("POST /contacts/{contactId}", {"note": TOO_LONG}, {"note"}),
        ("POST /custom-fields", {"name": "Größe", "type": "colour"}, {"name", "type"}),
        ("POST /newsletters", {"subject": "x", "type": "spam"}, {"subject", "type"}),
        ("POST /newsletters", {"subject": TOO_LONG, "content": {"html": 7}}, {"subject", "content.html"}),
        ("POST /from-fields", {"email": "nobody", "name": ""}, {"email", "name"}),
        (
            "POST /search-contacts",
            {"sectionLogicOperator": "xor", "section": []},
            {"sectionLogicOperator", "section"},
        ),
    ],
)
def test_every_value_that_will_not_do_is_named(
    victim: Api, name: str, change: dict[str, Any], fields: set[str]
) -> None:
    answer = victim.post(path_for(victim, name, OPERATIONS[name]), {**BODIES[name](victim), **change})
    assert problem_fields(assert_envelope(answer, 400, 1000)) == fields


def test_a_page_that_is_too_large_is_named(victim: Api) -> None:
    context = assert_envelope(victim.get("/contacts", perPage=1001), 400, 1000)["context"]
    assert (context["fieldName"], context["originalName"]) == ("perPage", "perPage")
    assert context["errorDescription"] == "Value must be from 1 to 1000"
