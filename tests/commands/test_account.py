"""getresponse_account, and a real copy of a database under other settings."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from getresponse_django import staging
from getresponse_django.models import Contact
from getresponse_django.sandbox import Sandbox
from tests.pulling import the_account

from .conftest import Ran

SHOP = {"database": "db/shop", "hosts": ["shop.example.com"]}
MOVED = {"database": "db2/shop", "hosts": ["shop.example.com"]}


def called(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("getresponse_account", *arguments, stdout=out, no_color=True)
    return out.getvalue().splitlines()


@pytest.fixture
def moved(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    the_account().write(bound_to=SHOP)
    monkeypatch.setattr(staging, "this_site", lambda _using: MOVED)


def test_show_tells_both_sites(moved: None) -> None:
    assert called("show") == [
        "default: belongs to shop.example.com with the database db/shop",
        "default: this is shop.example.com with the database db2/shop",
        "default: a copy, nothing is sent",
    ]


@pytest.mark.parametrize(("answer", "bound"), [("y", MOVED), ("n", SHOP), ("", SHOP)])
def test_adopt_asks_first(moved: None, monkeypatch: pytest.MonkeyPatch, answer: str, bound: Any) -> None:
    Contact.objects.subscribe("anna@example.com", campaign="customers")
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    if bound == SHOP:
        with pytest.raises(CommandError, match="not adopted"):
            called("adopt")
    else:
        assert called("adopt")[-1] == "default: adopted"
    assert "1 changes wait" in asked[0]
    assert the_account().bound_to == bound


def test_where_nobody_can_answer_it_says_so(moved: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="--no-input"):
        called("adopt")
    assert called("adopt", "--no-input", "--account", "default")[-1] == "default: adopted"


def test_a_database_of_tests_adopts_nothing(db: None) -> None:
    assert called("show")[1] == "default: this is the database of a test run"
    with pytest.raises(CommandError, match="database of tests"):
        called("adopt", "--no-input")


@pytest.mark.django_db(transaction=True)
def test_a_database_restored_on_staging_sends_nothing(
    sandbox: Sandbox, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = "from django.contrib.auth.models import User; User.objects.create(username=%r, email=%r)"
    monkeypatch.setenv("HOSTS", "shop.example.com")
    assert run("getresponse_pull", "--only=campaigns").returncode == 0
    assert run("shell", "-c", make % ("anna", "anna@example.com")).returncode == 0
    assert run("getresponse_push").returncode == 0
    monkeypatch.setenv("HOSTS", "staging.example.com")
    assert run("shell", "-c", make % ("bert", "bert@example.com")).returncode == 0
    refused = run("getresponse_push")
    assert refused.returncode == 1
    assert "This database is a copy: it belongs to shop.example.com" in refused.stderr
    assert [contact["email"] for contact in sandbox.contacts()] == ["anna@example.com"]
    assert run("getresponse_account", "adopt", "--no-input").returncode == 0
    assert run("getresponse_push").returncode == 0
    assert len(sandbox.contacts()) == 2
