"""How Python values become a query string."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.queries import query_string

WARSAW = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ""),
        ({"page": 1, "perPage": 1000}, "page=1&perPage=1000"),
        ({"query": {"email": "a+b@x"}}, "query%5Bemail%5D=a%2Bb%40x"),
        ({"query": {"name": "Żółć i sól"}}, "query%5Bname%5D=%C5%BB%C3%B3%C5%82%C4%87%20i%20s%C3%B3l"),
        ({"sort": {"createdOn": "DESC"}}, "sort%5BcreatedOn%5D=DESC"),
        (
            {"query": {"createdOn": {"from": date(2026, 1, 2), "to": date(2026, 2, 3)}}},
            "query%5BcreatedOn%5D%5Bfrom%5D=2026-01-02&query%5BcreatedOn%5D%5Bto%5D=2026-02-03",
        ),
        (
            {"query": {"changedOn": {"from": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)}}},
            "query%5BchangedOn%5D%5Bfrom%5D=2026-01-02T03%3A04%3A05%2B0000",
        ),
        ({"at": datetime(2026, 1, 2, 1, 0, tzinfo=WARSAW)}, "at=2026-01-01T23%3A00%3A00%2B0000"),
        ({"fields": ["email", "name"]}, "fields=email%2Cname"),
        ({"fields": ("email", None, "name")}, "fields=email%2Cname"),
        ({"fields": {"name", "email"}}, "fields=email%2Cname"),
        (
            {"query": {"isDefault": True, "isActive": False}},
            "query%5BisDefault%5D=true&query%5BisActive%5D=false",
        ),
        ({"query": {"email": None}, "sort": None, "fields": None}, ""),
        ({"query": {"name": ""}}, "query%5Bname%5D="),
        ({"ratio": 0.5}, "ratio=0.5"),
        ({"path": "a/b&c=d#e"}, "path=a%2Fb%26c%3Dd%23e"),
    ],
)
def test_params_become_a_percent_encoded_query_string(params: dict[str, Any], expected: str) -> None:
    assert query_string(params) == expected


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"page": 0}, "page must be a whole number from 1, not 0"),
        ({"page": "2"}, "page must be a whole number from 1, not '2'"),
        ({"page": True}, "page must be"),
        ({"perPage": 0}, "perPage must be a whole number from 1 to 1000, not 0"),
        ({"perPage": 1001}, "perPage must be"),
        ({"perPage": 10.0}, "perPage must be"),
        ({"query": {"campaignId": []}}, r"query\[campaignId\] is an empty list"),
        ({"query": {"campaignId": [None]}}, r"query\[campaignId\] is an empty list"),
        (
            {"query": {"createdOn": {"from": datetime(2026, 1, 1)}}},
            r"query\[createdOn\]\[from\] needs .* time zone",
        ),
    ],
)
def test_what_the_api_would_misunderstand_is_refused(params: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        query_string(params)


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: key not in ("page", "perPage")), st.text()))
def test_every_text_arrives_as_it_was(query: dict[str, str]) -> None:
    sendable = {key: value for key, value in query.items() if (key + value).isprintable()}
    decoded = parse_qsl(query_string({"query": sendable}), keep_blank_values=True)
    assert decoded == [(f"query[{key}]", value) for key, value in sendable.items()]


NAMES = st.text(min_size=1, max_size=5).filter(lambda key: key not in ("page", "perPage"))
SCALARS = st.none() | st.text(max_size=9) | st.booleans() | st.integers() | st.floats() | st.dates()
LEAVES = SCALARS | st.datetimes(timezones=st.just(UTC)) | st.lists(st.integers(), min_size=1, max_size=3)
NESTED = st.dictionaries(
    NAMES,
    st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=5),
    max_size=4,
)


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """What a query must say, worked out another way than the client does."""
    if isinstance(value, dict):
        inner = [(f"{name}[{key}]" if name else key, item) for key, item in value.items()]
        return [pair for key, item in inner for pair in flat(item, key)]
    if isinstance(value, datetime):
        return [(name, f"{value.date()}T{value:%H:%M:%S}+0000")]
    if isinstance(value, list):
        return [(name, ",".join(map(str, value)))]
    return [] if value is None else [(name, str(value).lower() if isinstance(value, bool) else str(value))]


@given(NESTED)
def test_every_value_parses_back_to_what_it_was(params: dict[str, Any]) -> None:
    query = query_string(params)
    assert query.isascii() and not set(query) & set("[]+ @")
    assert parse_qsl(query, keep_blank_values=True, separator="&") == flat(params)
