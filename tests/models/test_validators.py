"""Single values that GetResponse refuses are refused here."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from getresponse_django.models.validators import validate_address, validate_plain_address, validate_score


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com",
        "A.B+c@sub.example.co",
        "o'neil@example.com",
        "a@xn--bcher-kva.example",
        "a@b.xn--p1ai",
    ],
)
def test_an_address_that_getresponse_takes(address: str) -> None:
    validate_address(address)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("nobody", "valid email"),
        ("a@b", "valid email"),
        ("ann lee@example.com", "valid email"),
        ('"ann.lee"@example.com', "plain addresses"),
        ("a@[10.0.0.1]", "plain addresses"),
        ("a@localhost", "plain addresses"),
        ("a@bücher.example", "plain addresses"),
        ("x" * 65 + "@example.com", "plain addresses"),
    ],
)
def test_an_address_that_getresponse_does_not_take(address: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        validate_address(address)


def test_what_is_no_address_at_all_is_said_once() -> None:
    validate_plain_address("nobody")


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf"), 2e300])
def test_a_score_is_a_finite_number(score: float) -> None:
    validate_score(-7.5)
    with pytest.raises(ValidationError):
        validate_score(score)
