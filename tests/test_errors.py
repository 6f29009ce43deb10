"""The error tree: what each error says, and that every one can be told by what to do."""

from __future__ import annotations

import pytest

from getresponse_django import errors
from getresponse_django.errors import GetResponseError, RateLimited

KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GetResponseError)
]


def test_there_are_at_most_eight_things_a_caller_must_do() -> None:
    assert len([kind for kind in KINDS if kind is not GetResponseError]) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_the_docstring_is_the_default_message_and_in_the_tree(kind: type[GetResponseError]) -> None:
    assert str(kind()) == kind.__doc__
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "No."),
        ({"method": "GET", "path": "/contacts"}, "GET /contacts: No."),
        ({"status": 400}, "No. (HTTP 400)"),
        ({"status": 400, "code": 1000, "uuid": "u-1"}, "No. (HTTP 400, code 1000, uuid u-1)"),
        ({"method": "GET", "path": "/x", "status": 500}, "GET /x: No. (HTTP 500)"),
        ({"context": {"secret": "context is not in the text"}}, "No."),
    ],
)
def test_an_error_shows_the_request_and_the_facts_that_are_known(facts: dict[str, object], text: str) -> None:
    assert str(GetResponseError("No.", **facts)) == text  # type: ignore[arg-type]


def test_the_wait_is_part_of_a_rate_limit() -> None:
    assert RateLimited().retry_after == 5
    assert RateLimited(retry_after=432, status=429).retry_after == 432
