"""The check of requests finds what is wrong with them: a test of the tests."""

from __future__ import annotations

from typing import Any

import pytest

from .requests_sent import problems

CONTACT = {"email": "ola@example.com", "campaign": {"campaignId": "V"}}
SECTION = {
    "campaignIdsList": ["V"],
    "logicOperator": "or",
    "subscriberCycle": ["receiving_autoresponder"],
    "subscriptionDate": "all_time",
}
SEARCH = {"subscribersType": ["removed"], "sectionLogicOperator": "or", "section": [SECTION]}


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/contacts", {"query[email]": "a@example.com", "perPage": "1000", "page": "1"}, None),
        ("GET", "/contacts/V", {}, None),
        ("POST", "/contacts", {}, CONTACT),
        ("POST", "/contacts/batch", {}, {"campaignId": "V", "contacts": [{"email": "ola@example.com"}]}),
        ("POST", "/search-contacts/contacts", {"perPage": "1000"}, SEARCH),
        ("DELETE", "/contacts/V", {}, None),
        ("POST", "/newsletters/V/cancel", {}, None),
        ("POST", "/token", {}, None),
    ],
)
def test_a_request_of_the_contract_has_no_problem(method: str, path: str, query: Any, body: Any) -> None:
    assert problems(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "complaint"),
    [
        ("GET", "/contact", {}, None, "there is no GET /contact"),
        ("DELETE", "/campaigns/V", {}, None, "there is no DELETE /campaigns/V"),
        ("GET", "/contacts", {"query[mail]": "a"}, None, "unknown parameter query[mail]"),
        ("GET", "/contacts", {}, {"a": 1}, "a body where none belongs"),
        ("POST", "/contacts", {}, None, "no body where one is required"),
        ("POST", "/contacts", {}, CONTACT | {"nmae": "Ola"}, "$.nmae: the contract has no such property"),
        ("POST", "/contacts", {}, CONTACT | {"note": "x"}, "$.note: the contract has no such property"),
        ("POST", "/contacts", {}, CONTACT | {"tags": [{"tag": "V"}]}, "$.tags[0].tag: the contract has no"),
        ("POST", "/contacts", {}, {"email": "ola@example.com"}, '"campaign" is a required property'),
        ("POST", "/contacts", {}, CONTACT | {"dayOfCycle": 3}, "$.dayOfCycle"),
        ("POST", "/contacts/batch", {}, {"campaignId": "V", "contacts": [CONTACT]}, "$.contacts[0].campaign"),
    ],
)
def test_what_the_contract_does_not_say_is_found(
    method: str, path: str, query: Any, body: Any, complaint: str
) -> None:
    assert any(complaint in problem for problem in problems(method, path, query, body))
