"""Every problem in the settings has its own id, is found, and says what to write; good settings pass."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import checks as django_checks
from django.db import connections

from getresponse_django import checks
from getresponse_django.checks import RULES, check_settings
from getresponse_django.conf import DEFAULTS
from tests.connecting import OTHER_TOKEN_KEY, TOKEN_KEY

GOOD: dict[str, Any] = {"ACCOUNTS": {"default": {"API_KEY": "k"}}}
KEY = TOKEN_KEY
SECRET = "sixteen-bytes-and-more"
OAUTH: dict[str, Any] = {
    "ACCOUNTS": {"default": {"CLIENT_ID": "c", "CLIENT_SECRET": "s"}},
    "TOKEN_KEYS": [KEY],
}
POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}


@pytest.fixture(autouse=True)
def good_settings(settings: Any, database: Callable[[dict[str, Any]], None]) -> None:
    settings.GETRESPONSE = GOOD
    database(POSTGRES)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Sets what the settings say of the database; nothing here opens it."""
    return lambda described: monkeypatch.setitem(django_settings.DATABASES, "default", described)


def found() -> list[str]:
    """The ids of all messages, without the prefix."""
    return [str(message.id).removeprefix("getresponse_django.") for message in check_settings()]


def account(**values: Any) -> dict[str, Any]:
    return {"ACCOUNTS": {"default": {"API_KEY": "k"} | values}}


WRONG: list[tuple[str, Any]] = [
    ("E001", ["ACCOUNTS"]),
    ("E001", None),
    ("E002", {"ACCOUNTS": ["default"]}),
    ("E003", {"ACCOUNTS": {"default": "key"}}),
    ("E003", account(API_KEY=5)),
    ("E003", account(WEBHOOK_SECRET=[None])),
    ("E003", {"ACCOUNTS": {"default": {1: "x"}}}),
    ("E004", account(PLATFORM="free")),
    ("E004", account(API_KEY="api-key k")),
    ("E004", account(PLATFORM="max-us")),
    ("E004", account(PLATFORM="max-us", DOMAIN="https://example.com")),
    ("E004", account(API_KEY="k\n")),
    ("E004", {"ACCOUNTS": {"default": {"CLIENT_ID": "c"}}, "TOKEN_KEYS": [KEY]}),
    ("E005", OAUTH | {"TOKEN_KEYS": []}),
    ("E006", OAUTH),
    *[("E020", GOOD | {"TOKEN_KEYS": value}) for value in (KEY, ["short"], [None], None, [KEY, "x" * 44])],
    ("E004", account(BASE_URL="api.getresponse.com/v3")),
    ("E004", account(BASE_URL="https://[broken/v3")),
    ("E004", account(BASE_URL="http:///v3")),
    *[
        ("E010", GOOD | {"TIMEOUT": value})
        for value in (30, (5,), (5, 30, 1), (0, 30), (5, "30"), None, (5, True))
    ],
    *[("E011", GOOD | {"CONFLICT": value}) for value in ("newest", None, 1)],
    *[("E012", GOOD | {"MAX_ATTEMPTS": value}) for value in (0, -1, "20", 1.5, True, None)],
    *[("E013", GOOD | {"SETTLE_SECONDS": value}) for value in (0, "900", None, float("nan"), float("inf"))],
    *[("E014", GOOD | {"LEASE_SECONDS": value}) for value in (0, "120", None)],
    *[("E015", GOOD | {"BACKOFF": value}) for value in ((), 60, (60, 0), ("60",), None, "60,300")],
    *[("E016", GOOD | {"STATISTICS_DAYS": value}) for value in (0, 1.5, None)],
    *[("E017", GOOD | {"SAFE_REMOVAL_PERCENT": value}) for value in (-1, 101, "30", None)],
    *[("E018", GOOD | {"RETENTION_DAYS": value}) for value in (0, "90", None)],
    *[("E019", GOOD | {"ENABLED": value}) for value in ("yes", 1, None)],
    ("W001", GOOD | {"TIMEOUTS": (5, 30)}),
    ("W002", {}),
    ("W002", {"ACCOUNTS": {}}),
    ("W003", {"ACCOUNTS": {"default": {"API_KEY": ""}}}),
    ("W003", {"ACCOUNTS": {"default": {}}}),
    ("W004", GOOD | {"LEASE_SECONDS": 35}),
    ("W005", account(APIKEY="k")),
    ("W006", account(BASE_URL="http://api.getresponse.com/v3")),
    ("W008", account(CLIENT_ID="c", CLIENT_SECRET="s")),
    ("W009", account(DOMAIN="example.com")),
    *[("E007", account(WEBHOOK_SECRET=[SECRET, value])) for value in ("", "ä" * 30, "a/b" * 10, "a b" * 10)],
    *[("W010", account(WEBHOOK_SECRET=value)) for value in ("short", [SECRET, "x" * 19])],
    ("E003", account(WEBHOOK_SECRET=12345)),
]


@pytest.mark.parametrize(("problem", "value"), WRONG, ids=lambda value: str(value)[:60])
def test_each_problem_is_found_alone(
    settings: Any, monkeypatch: pytest.MonkeyPatch, problem: str, value: Any
) -> None:
    settings.GETRESPONSE = value
    if problem == "E006":  # the package is there for the other tests
        monkeypatch.setattr(checks, "is_installed", lambda: False)
    assert found() == [problem]


@pytest.mark.parametrize(
    "value",
    [
        GOOD,
        GOOD | DEFAULTS | GOOD,
        {"ACCOUNTS": {"default": {"ACCESS_TOKEN": "t", "API_KEY": None}}},
        account(PLATFORM="max-pl", DOMAIN="example.com"),
        account(WEBHOOK_SECRET=[SECRET, "of-before-" * 2]),
        account(WEBHOOK_SECRET=SECRET),
        OAUTH,
        OAUTH | {"TOKEN_KEYS": (KEY, OTHER_TOKEN_KEY)},
        account(BASE_URL="http://127.0.0.1:8025/v3"),
        {"ACCOUNTS": {"default": {"API_KEY": "k"}, "shop": {"API_KEY": "l"}}},
        GOOD | {"TIMEOUT": [0.5, 2], "BACKOFF": [1], "LEASE_SECONDS": 2.6, "SAFE_REMOVAL_PERCENT": 0},
        GOOD | {"CONFLICT": "remote", "ENABLED": False, "SAFE_REMOVAL_PERCENT": 100},
    ],
    ids=lambda value: str(value)[:60],
)
def test_good_settings_pass(settings: Any, value: Any) -> None:
    settings.GETRESPONSE = value
    assert check_settings() == []


def test_without_the_setting_only_a_warning_remains(settings: Any) -> None:
    del settings.GETRESPONSE
    assert found() == ["W002"]


def test_a_site_without_a_key_can_still_migrate_and_build(settings: Any) -> None:
    for value in ({}, {"ACCOUNTS": {}}, account(API_KEY="", PLATFORM="retail")):
        settings.GETRESPONSE = value
        assert all(message.level < django_checks.ERROR for message in check_settings())


def test_every_problem_of_every_account_is_named(settings: Any) -> None:
    broken = {"PLATFORM": "max-us", "BASE_URL": "ftp://x"}
    settings.GETRESPONSE = {"ACCOUNTS": {"one": broken, "two": {"API_KEY": "k"}, "three": broken}}
    assert found() == ["W003", "E004", "E004"] * 2
    assert '["three"]: A MAX account needs DOMAIN.' in str(check_settings()[-2])


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (SQLITE, ["W007"]),
        (SQLITE | {"OPTIONS": {}}, ["W007"]),
        (SQLITE | {"OPTIONS": {"transaction_mode": None}}, ["W007"]),
        (SQLITE | {"OPTIONS": {"transaction_mode": "DEFERRED"}}, ["W007"]),
        (SQLITE | {"OPTIONS": {"transaction_mode": "IMMEDIATE"}}, []),
        (SQLITE | {"OPTIONS": {"transaction_mode": "immediate"}}, []),
        (POSTGRES, []),
        ({}, []),
    ],
)
def test_sqlite_needs_immediate_transactions(
    database: Callable[[dict[str, Any]], None], described: dict[str, Any], expected: list[str]
) -> None:
    database(described)
    assert found() == expected


@pytest.mark.parametrize(
    ("vendor", "problems"),
    [("mysql", ["E008"]), ("oracle", ["E008"]), ("postgresql", []), ("sqlite", []), ("unknown", [])],
)
def test_a_database_that_cannot_hold_what_the_tables_promise_is_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch, vendor: str, problems: list[str]
) -> None:
    settings.GETRESPONSE = GOOD
    monkeypatch.setattr(connections["default"], "vendor", vendor)
    assert found() == problems


@pytest.mark.parametrize(
    ("url", "is_there", "problems"),
    [
        ("redis://127.0.0.1:6379/0", False, ["E009"]),
        ("rediss://a:b@example.com/0", False, ["E009"]),
        ("sentinel://127.0.0.1:26379;sentinel://127.0.0.1:26380", False, ["E009"]),
        ("redis://127.0.0.1:6379/0", True, []),
        ("amqp://127.0.0.1", False, []),
        (None, False, []),
    ],
)
def test_a_broker_without_its_client_is_found(
    settings: Any, monkeypatch: pytest.MonkeyPatch, url: str | None, is_there: bool, problems: list[str]
) -> None:
    settings.GETRESPONSE = GOOD
    settings.CELERY_BROKER_URL = url
    monkeypatch.setattr(checks, "find_spec", lambda name: object() if is_there else None)
    assert found() == problems
    assert "a:b" not in str(check_settings())


def test_the_options_for_sqlite_can_be_copied_from_the_hint(
    database: Callable[[dict[str, Any]], None],
) -> None:
    database(SQLITE)
    (message,) = check_settings()
    options = eval("{" + checks.SQLITE_OPTIONS + "}")  # as somebody would paste it
    assert checks.SQLITE_OPTIONS in str(message.hint)
    database(SQLITE | options)
    assert found() == []


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (GOOD | {"TIMEOUTS": 1}, 'Did you mean "TIMEOUT"?'),
        (GOOD | {"timeout": 1}, 'Did you mean "TIMEOUT"?'),
        (GOOD | {"COLOUR": 1}, "There are: ACCOUNTS, TOKEN_KEYS,"),
        (account(APIKEY="k"), 'Did you mean "API_KEY"?'),
    ],
)
def test_a_misspelt_name_is_corrected(settings: Any, value: Any, hint: str) -> None:
    settings.GETRESPONSE = value
    assert str(check_settings()[0].hint).startswith(hint)


def test_secrets_are_never_shown(settings: Any) -> None:
    for values in (
        account(API_KEY="api-key s3cret"),
        account(API_KEY=["s3cret"]),
        account(WEBHOOK_SECRET={"s3cret": 1}),
        account(WEBHOOK_SECRET="s3cret"),
        account(WEBHOOK_SECRET="s3cret s3cret s3cret"),
        account(CLIENT_SECRET="s3cret"),
        account(CLIENT_ID="c", CLIENT_SECRET="s3cret s3cret"),
        GOOD | {"TOKEN_KEYS": ["s3cret"]},
        GOOD | {"TOKEN_KEYS": "s3cret"},
    ):
        settings.GETRESPONSE = values
        messages = check_settings()
        assert messages
        assert "s3cret" not in repr(messages) + "".join(map(str, messages))


def test_the_hint_of_a_missing_token_key_makes_one(settings: Any) -> None:
    settings.GETRESPONSE = OAUTH | {"TOKEN_KEYS": []}
    command = re.search(r"python (-c \".*\") and", str(check_settings()[0].hint))
    assert command
    made = subprocess.run([sys.executable, *shlex.split(command[1])], capture_output=True, text=True).stdout
    settings.GETRESPONSE = OAUTH | {"TOKEN_KEYS": [made.strip()]}
    assert check_settings() == []


def test_a_site_without_time_zones_cannot_hold_moments(settings: Any) -> None:
    settings.USE_TZ = False
    assert found() == ["E021"]


def test_every_setting_has_a_rule() -> None:
    assert {rule.name for rule in RULES} | {"ACCOUNTS"} == set(DEFAULTS)


def test_ids_are_unique_and_each_is_raised_in_a_test() -> None:
    written = re.findall(r'id="getresponse_django\.([EW]\d{3})"', Path(checks.__file__).read_text())
    ids = written + [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert set(ids) == {problem for problem, _value in WRONG} | {"W007", "E008", "E009", "E021"}


def test_every_message_has_a_hint_that_says_what_to_write(settings: Any) -> None:
    for _problem, value in WRONG:
        settings.GETRESPONSE = value
        assert all(message.hint for message in check_settings())


def test_the_check_is_registered() -> None:
    assert check_settings in django_checks.registry.registry.get_checks()
