"""docs/howto/oauth.md and max.md: their settings, commands, signals and messages are those of the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.management import call_command
from django.urls import reverse

from getresponse_django import signals, tasks
from getresponse_django.checks import check_settings
from getresponse_django.conf import from_env
from getresponse_django.oauth.encryption import INSTALL, NEW_KEY
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.__main__ import arguments
from tests.connecting import TOKEN_KEY, row, use_oauth
from tests.pulling import the_account

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
TEXT = "\n".join((HOWTO / page).read_text() for page in ("oauth.md", "max.md"))
BLOCKS = [re.sub(r"(?m)^ {3}", "", body) for body in re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```$", TEXT)]


def block(says: str) -> str:
    """The one block of the page with these words."""
    (found,) = [body for body in BLOCKS if says in body]
    return found


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The environment that the settings of the page read."""
    variables: dict[str, str] = {}
    monkeypatch.setattr(environ.Env, "ENVIRON", variables)
    yield variables


def use_documented_settings(settings: Any) -> None:
    names: dict[str, Any] = {"env": environ.Env(), "from_env": from_env}
    exec(block("GETRESPONSE = {"), names)
    settings.GETRESPONSE = names["GETRESPONSE"]


def problems() -> list[str]:
    """What the checks say of GETRESPONSE, not of the database."""
    return [str(message.id) for message in check_settings() if "W007" not in str(message.id)]


def test_the_settings_for_the_sandbox_pass(settings: Any, documented: dict[str, str]) -> None:
    exported = dict(re.findall(r"(GETRESPONSE_\w+)=([^\s$]+)", block("getresponse_sandbox --return")))
    documented.update(exported, GETRESPONSE_TOKEN_KEYS=TOKEN_KEY)
    use_documented_settings(settings)
    assert problems() == []
    account = settings.GETRESPONSE["ACCOUNTS"]["default"]
    assert (account["CLIENT_ID"], account["CLIENT_SECRET"]) == (Sandbox.client_id, Sandbox.client_secret)


def test_the_settings_for_max_pass(settings: Any, documented: dict[str, str]) -> None:
    blocks = [body for body in BLOCKS if "GETRESPONSE_PLATFORM=" in body]
    assert len(blocks) == 2  # the real one, and the sandbox's
    for body in blocks:
        documented.update(line.split("=", 1) for line in body.splitlines())
        use_documented_settings(settings)
        assert problems() == []


def test_the_commands_to_install_and_to_make_a_key_are_those_of_the_hints() -> None:
    assert f"`{INSTALL}`" in TEXT
    assert BLOCKS[0].strip() == NEW_KEY
    assert NEW_KEY in block("getresponse_sandbox --return")


def test_the_address_to_return_to_is_that_of_the_admin() -> None:
    address = reverse("admin:getresponse_django_account_connected")
    assert block("https://example.com/").strip() == f"https://example.com{address}"
    command = shlex.split(block("getresponse_sandbox --return").splitlines()[0])
    assert arguments(command[1:]).return_address == f"http://127.0.0.1:8000{address}"
    assert arguments(["--domain", "mail.example.com"]).domain == "mail.example.com"


@pytest.mark.django_db(transaction=True)
def test_the_command_connects_the_clients_own_account(sandbox: Sandbox, settings: Any) -> None:
    use_oauth(settings, sandbox.url)
    _python, _manage, *command = shlex.split(block("oauth.authorize"))
    call_command(*command)
    assert row().access_token


@pytest.mark.django_db(transaction=True)
def test_the_receivers_hear_of_a_refusal_and_its_end(sandbox: Sandbox, capsys: Any) -> None:
    names: dict[str, Any] = {}
    exec(block("@receiver"), names)
    try:
        the_account().open_circuit("HTTP 401")
        tasks.ping()
    finally:
        signals.account_refused.disconnect(names["tell_us"])
        signals.account_restored.disconnect(names["relax"])
    assert capsys.readouterr().out.splitlines() == [
        "GetResponse refuses default: HTTP 401",
        "GetResponse accepts default again.",
    ]
