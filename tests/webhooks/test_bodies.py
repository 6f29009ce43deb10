"""What arrives is read leniently, and refused only when it is no JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.answers import writable
from getresponse_django.webhooks.bodies import (
    MOST_EVENTS,
    Unreadable,
    addresses_in,
    contact_id_of,
    fingerprint,
    needs_reading,
    occurred_at,
    parsed,
    type_of,
)
from tests.webhooks.conftest import event


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b'{"type": "x"}', [{"type": "x"}]),
        (b'[{"type": "x"}, {"type": "y"}]', [{"type": "x"}, {"type": "y"}]),
        (b"[]", []),
        (b'[[{"type": "x"}], 5, null]', [[{"type": "x"}], 5, None]),
        ('{"name": "Zażółć"}'.encode(), [{"name": "Zażółć"}]),
        (b'{"name": "a\\u0000b\\ud800"}', [{"name": "a\ufffdb?"}]),
    ],
)
def test_an_object_and_an_array_are_events(body: bytes, events: list[Any]) -> None:
    assert parsed(body) == events


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"5",
        b"null",
        b'"text"',
        b"\xff\xfe\xfd",
        b'{"n": NaN}',
        b'{"n": 1e999}',
        b"[" * 100_000,
        b"[" * 40 + b"]" * 40,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"1" * 5000,
        json.dumps([0] * (MOST_EVENTS + 1)).encode(),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_cannot_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parsed(body)


@given(st.binary(max_size=200))
@settings(max_examples=30)
def test_any_bytes_are_events_or_refused(body: bytes) -> None:
    try:
        events = parsed(body)
    except Unreadable:
        return
    assert all(isinstance(type_of(one), str) for one in events)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
@settings(max_examples=30)
def test_whatever_is_kept_can_be_kept_by_any_database(value: Any) -> None:
    kept = json.dumps(writable(value), ensure_ascii=False)
    assert "\\u0000" not in kept.replace("\\\\", "")
    kept.encode()


@pytest.mark.parametrize(
    ("body", "said", "kind"),
    [
        ({"type": "contact_added"}, "", "contact_added"),
        ({"action": "unsubscribe"}, "", "unsubscribe"),
        ({"type": "a"}, "b", "a"),
        ({}, "b", "b"),
        ({"type": 5}, "b", "b"),
        ([], "b", "b"),
        (None, "", ""),
        ({"type": "x" * 200}, "", "x" * 100),
    ],
)
def test_the_type(body: Any, said: str, kind: str) -> None:
    assert type_of(body, said) == kind


@pytest.mark.parametrize(
    ("body", "addresses"),
    [
        (None, set()),
        ({"name": "a @ b", "at": "@example.com"}, set()),
        ({"contact": {"email": "Ann@Example.com"}}, {"ann@example.com"}),
        (
            [{"to": "Ann <ann@example.com>, bo.b+x@mail.example.org"}],
            {"ann@example.com", "bo.b+x@mail.example.org"},
        ),
        ({"ann@example.com": ["zażółć@example.pl"]}, {"ann@example.com", "zażółć@example.pl"}),
        ({"text": "Write to ann@example.com. Or\\bo@example.org!"}, {"ann@example.com", "bo@example.org"}),
        ({"long": "a" * 1_000_000, "to": "ann@example.com"}, {"ann@example.com"}),
        ({"many": "@" * 100_000}, set()),
    ],
)
def test_the_addresses(body: Any, addresses: set[str]) -> None:
    assert addresses_in(body) == addresses


@pytest.mark.parametrize(
    ("body", "contact_id"),
    [
        (event(contact_id="pV3r"), "pV3r"),
        ({"contactId": "pV3r"}, "pV3r"),
        ({"CONTACT_ID": "pV3r"}, "pV3r"),
        ({"contact": "Ann", "contactId": "pV3r"}, "pV3r"),
        ({"contact": {"contactId": "../accounts"}}, ""),
        ({"contact": {"contactId": "a?b"}}, ""),
        ({"contact": {"contactId": "a\n"}}, ""),
        ({"contact": {"contactId": "x" * 65}}, ""),
        ({"contact": {"contactId": ["a"]}}, ""),
        ({"contact": None}, ""),
        ([], ""),
        ("contactId", ""),
    ],
)
def test_the_contact(body: Any, contact_id: str) -> None:
    assert contact_id_of(body) == contact_id


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-11-24T10:00:00+01:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24T10:00:00+0000", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        (5, None),
        (None, None),
    ],
)
def test_the_moment(said: Any, moment: datetime | None) -> None:
    assert occurred_at({"event": {"occurredAt": said}}) == moment


@pytest.mark.parametrize(
    ("kind", "contact_id", "expected"),
    [
        ("contact_added", "c", True),
        ("contact_removed_link", "c", True),
        ("unsubscribe", "c", True),
        ("something_new", "c", True),
        ("", "c", True),
        ("contact_added", "", False),
        ("contact_opened_message", "c", False),
        ("survey", "c", False),
        ("contacts_import_finished", "", False),
    ],
)
def test_which_events_make_us_read(kind: str, contact_id: str, expected: bool) -> None:
    assert needs_reading(kind, contact_id) is expected


def test_the_order_of_a_query_is_no_part_of_its_fingerprint() -> None:
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    assert fingerprint({"a": "1"}) != fingerprint({"a": "2"})
    assert fingerprint(b"x") != fingerprint(b"y")
