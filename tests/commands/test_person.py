"""getresponse_person: all about somebody as JSON, or nothing any more; no address where none belongs."""

from __future__ import annotations

import json
import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from getresponse_django.models import Blocklist, Contact, ErasedAddress
from tests.pulling import the_account

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"


def called(*arguments: str) -> str:
    out = StringIO()
    call_command("getresponse_person", *arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture(autouse=True)
def anna() -> None:
    for name in ("customers", "partners"):
        Contact.objects.subscribe(ANNA, campaign=name, name="Żaneta")


def test_an_export_is_json_with_all_that_is_held() -> None:
    printed = called(ANNA, "--export")
    found = json.loads(printed)
    assert {row["campaign"] for row in found["contacts"]} == {"customers", "partners"}
    assert len(found["changes"]) == 2
    assert len(found["everywhere"]["contact"]) == 2
    assert "Żaneta" in printed
    assert Contact.objects.count() == 2


def test_erasing_prints_counts_and_never_the_address(caplog: pytest.LogCaptureFixture) -> None:
    Blocklist.objects.create(account=the_account(), masks=[ANNA])
    with caplog.at_level(logging.DEBUG):
        printed = called(ANNA, "--erase", "--no-input")
    assert "contacts: 2 erased" in printed.splitlines()
    assert "blocklists: 1 kept; docs/howto/rights.md says why" in printed.splitlines()
    assert "anna" not in printed + caplog.text
    assert not Contact.objects.exists()


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 2), ("", 2)])
def test_it_asks_first(monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    if left:
        with pytest.raises(CommandError, match="nothing was erased"):
            called(ANNA, "--erase")
    else:
        called(ANNA, "--erase")
    assert asked[0].startswith("2 contacts. Erase all about this person")
    assert ANNA not in asked[0]
    assert Contact.objects.count() == left
    assert ErasedAddress.objects.exists() is not bool(left)


@pytest.mark.parametrize(
    "arguments", [[ANNA], [ANNA, "--export", "--erase"], ["anna", "--export"], ["@", "--erase"]]
)
def test_bad_input_is_said(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        called(*arguments)


def test_with_enabled_false_it_says_what_to_do(settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    with pytest.raises(CommandError, match="ENABLED"):
        called(ANNA, "--erase", "--no-input")
