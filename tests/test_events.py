"""The log events: module, calls and docs/reference/log-events.md say the same, each in its form."""

from __future__ import annotations

import ast
import io
import logging
import logging.config
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import getresponse_django
from getresponse_django import events
from getresponse_django.errors import AccountRefused
from getresponse_django.events import EVENTS, FACTS, Event, facts_of, quoted

PACKAGE = Path(getresponse_django.__file__).parent
PAGE = (PACKAGE.parent / "docs" / "reference" / "log-events.md").read_text()
ROW = re.compile(r"^\| `(getresponse\.[a-z_.]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
RESERVED = {
    *vars(logging.makeLogRecord({})),
    *("message", "asctime", "event", "event_name", "level", "timestamp", "time", "severity", "logger"),
    *("status", "error", "host", "service", "source_host", "date", "log", "trace_id", "span_id"),
}
"""What stdlib logging forbids, and what structlog, Datadog, ECS and Google Cloud read as something else."""


def documented(cell: str) -> tuple[str, ...]:
    """The fields of a cell of the page."""
    names = re.findall(r"`(\w+)`", cell)
    return (*names, *FACTS) if cell.strip().endswith("error") else tuple(names)


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every ``EVENT.log(...)`` of the package: the constant, the call and its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".log"):
                yield ast.unparse(node.func).split(".")[-2], node, f"{path.name}:{node.lineno}"


def given(call: ast.Call) -> set[str]:
    """The fields that a call fills; a spread one must be of an error."""
    names: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg:
            names.add(keyword.arg)
        else:
            assert ast.unparse(keyword.value).split("(")[0].endswith("facts_of")
            names |= set(FACTS)
    return names - {"broke"}


def test_the_page_lists_every_event_with_its_level_and_its_fields() -> None:
    rows = {name: (level, documented(cell)) for name, level, cell, _meaning, _do in ROW.findall(PAGE)}
    assert rows == {e.name: (logging.getLevelName(e.level), e.fields) for e in EVENTS.values()}
    assert all(f"`{name}`" in PAGE for name in FACTS)


def test_every_event_of_the_module_is_logged_somewhere_with_all_its_fields() -> None:
    logged = {}
    for constant, call, place in calls():
        if constant == "logger":
            assert place.startswith("events.py")
            continue
        event = getattr(events, constant)
        assert given(call) == set(event.fields), place
        assert not call.args, place
        logged[event.name] = event
    assert logged == EVENTS


def test_nothing_else_of_the_package_logs() -> None:
    """The sandbox is no part of a site: it tells the terminal of whoever develops."""
    loggers = [path for path in PACKAGE.rglob("*.py") if "getLogger" in path.read_text()]
    ours = [path for path in loggers if PACKAGE / "sandbox" not in path.parents]
    assert ours == [PACKAGE / "events.py"]


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.name)
def test_names_and_fields_suit_every_formatter(event: Event) -> None:
    assert re.fullmatch(r"getresponse\.[a-z]+\.[a-z_]+", event.name)
    assert len(set(event.fields)) == len(event.fields)
    assert RESERVED.isdisjoint(event.fields)
    assert all(re.fullmatch(r"[a-z_]+", field) for field in event.fields)


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.name)
def test_every_event_can_be_logged(event: Event, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "getresponse_django")
    event.log(**{field: number for number, field in enumerate(event.fields)})
    (record,) = caplog.records
    pairs = [f"{field}={number}" for number, field in enumerate(event.fields)]
    assert record.getMessage() == " ".join([event.name, *pairs])
    assert (record.levelno, record.name) == (event.level, "getresponse_django")
    assert (vars(record)["event_name"], record.filename) == (event.name, "test_events.py")
    assert {field: vars(record)[field] for field in event.fields} == {
        name: n for n, name in enumerate(event.fields)
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("default", "default"),
        (None, "None"),
        (3, "3"),
        ("/contacts/***@***", "/contacts/***@***"),
        ("shop.rules.Customers", "shop.rules.Customers"),
        ("two words", "'two words'"),
        ("one\nERROR forged line", r"'one\nERROR forged line'"),
        ("", "''"),
    ],
)
def test_a_value_stays_on_its_line(value: Any, text: str) -> None:
    assert quoted(value) == text


def test_a_traceback_comes_without_the_words_of_the_exception(caplog: pytest.LogCaptureFixture) -> None:
    words = "Key (email)=(anna@example.com) already exists"
    try:
        try:
            raise ValueError(words)
        except ValueError as cause:
            raise RuntimeError(words) from cause
    except RuntimeError as error:
        error.add_note(words)
        events.PUSH_DEFECT.log(account="default", changes=1, error_type="RuntimeError", broke=error)
    assert "anna" not in caplog.text
    assert "test_events.py" in caplog.text
    assert "RuntimeError: its text is left out" in caplog.text
    assert "in test_a_traceback_comes_without" in caplog.text


def test_an_error_is_told_by_its_facts() -> None:
    error = AccountRefused(
        "No such key: k3y", method="GET", path="/accounts", status=401, code=1014, uuid="u"
    )
    assert facts_of(error) == {
        "error_type": "AccountRefused",
        "error_code": 1014,
        "error_uuid": "u",
        "http_method": "GET",
        "http_path": "/accounts",
        "http_status": 401,
    }
    assert set(facts_of("in words").values()) == {None}
    assert facts_of(OSError("anna@example.com"))["error_type"] == "OSError"


def test_the_logging_of_the_page_prints_the_line_of_the_page() -> None:
    (settings,) = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE)
    (line,) = re.findall(r"(?ms)^```text\n(.*?)^```$", PAGE)
    names: dict[str, Any] = {}
    exec(settings, names)
    ours = logging.getLogger("getresponse_django")
    before = (ours.handlers[:], ours.level, ours.propagate)
    try:
        logging.config.dictConfig(names["LOGGING"])
        (handler,) = ours.handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(io.StringIO())
        events.PUSH_GAVE_UP.log(
            account="default", resource="contact", object_pk=17, attempts=1, reason="rejected"
        )
        assert handler.stream.getvalue() == line
    finally:
        ours.handlers[:], ours.level, ours.propagate = before
