"""Which values a custom field takes, and which definitions can be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from getresponse_django.models.field_values import definition_problems, value_problems


def field(type_: str = "string", format_: str = "text", values: Any = ()) -> Any:
    return SimpleNamespace(type=type_, format=format_, values=list(values))


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("string", ["a", "ż\n"], ["", "x" * 2049, "\x00"]),
        ("number", ["1", "-2.50", "1e3"], ["one", "1,5", "1_000", "nan", "1e999", "\u0661"]),
        ("date", ["2024-02-29"], ["2025-02-29", "29.02.2024", "2024-2-9", "2024-02-29 10:00:00"]),
        (
            "datetime",
            ["2024-02-29 10:00:00", "2024-02-29T10:00:00+0200", "2024-02-29"],
            ["10:00", "2024-13-01"],
        ),
        ("gender", ["Male", "Prefer not to say"], ["male", "M"]),
        ("currency", ["EUR"], ["eur", "EURO", "€"]),
        ("ip", ["10.0.0.1", "::1"], ["10.0.0", "localhost"]),
        ("url", ["https://example.com/a?b"], ["example.com", "ftp://example.com", "http://", "http://a b"]),
        ("phone", ["+48 600 100 200"], [""]),
        ("country", ["Poland"], [""]),
        ("what comes next year", ["anything"], [""]),
    ],
)
def test_the_values_of_a_type(type_: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if list(value_problems(field(type_), [value]))] == []
    assert [value for value in bad if not list(value_problems(field(type_), [value]))] == []


@pytest.mark.parametrize("values", ["pro", ["pro", 1], [None], {"pro": 1}, None])
def test_values_are_a_list_of_texts(values: Any) -> None:
    assert list(value_problems(field(), values)) == ["Write a list of texts."]


@pytest.mark.parametrize("format_", ["text", "textarea", "radio", "single_select"])
def test_several_values_are_for_fields_of_several(format_: str) -> None:
    assert "Only one value is taken." in list(value_problems(field(format_=format_), ["a", "b"]))


@pytest.mark.parametrize("format_", ["checkbox", "multi_select"])
def test_a_choice_is_among_the_values(format_: str) -> None:
    choice = field(format_=format_, values=["free", "pro"])
    assert list(value_problems(choice, ["free", "pro"])) == []
    assert list(value_problems(choice, ["free", "gold"])) == ["“gold” is not taken: choose from free, pro."]


def test_no_value_empties_any_field() -> None:
    assert list(value_problems(field("number", "radio", ["1", "2"]), [])) == []


@pytest.mark.parametrize(
    ("definition", "wrong"),
    [
        (field(), False),
        (field(format_="radio", values=["a", "b"]), False),
        (field(format_="radio", values=["a"]), True),
        (field("gender", "radio", ["Male", "Female"]), False),
        (field("gender", "radio", ["Men", "Women"]), True),
        (field(values=["x" * 256]), True),
        (field(values=[""]), True),
    ],
)
def test_the_values_of_a_definition(definition: Any, wrong: bool) -> None:
    assert bool(list(definition_problems(definition))) is wrong
