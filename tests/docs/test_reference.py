"""The reference says what the code says: every setting, check, permission, command, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import environ
import pytest
from django.apps import apps

from getresponse_django import checks, signals, urls
from getresponse_django.conf import DEFAULTS, from_env
from tests.docs.pages import text_of
from tests.docs.tables import TABLES, parts

HOW = "Write it with: DJANGO_SETTINGS_MODULE=tests.settings python -m tests.docs.tables"


def rows(page: str, first: str) -> list[list[str]]:
    """The cells of the tables whose first column has this heading."""
    found = re.findall(rf"(?m)^\| {first} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text_of(f"docs/reference/{page}.md"))
    lines = [line for table in found for line in table.splitlines()]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def code(cell: str) -> str:
    """What stands between the backticks."""
    return cell.strip("`")


def settings_rows() -> list[list[str]]:
    """Those of GETRESPONSE itself; an account's have a variable in the second column."""
    return [row for row in rows("settings", "key") if not row[1].startswith("`GETRESPONSE_")]


def test_every_setting_is_there_with_its_default() -> None:
    said = {code(name): ast.literal_eval(code(default)) for name, default, *_rest in settings_rows()}
    assert said == DEFAULTS
    assert all(meaning for *_rest, meaning in settings_rows())


def test_every_key_of_an_account_is_there_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [row for row in rows("settings", "key") if row[1].startswith("`GETRESPONSE_")]
    assert {code(key) for key, *_rest in accounts} == set(checks.ACCOUNT_KEYS)
    variables = {code(variable): code(key) for key, variable, *_rest in accounts}
    monkeypatch.setattr(environ.Env, "ENVIRON", {name: f"value of {key}" for name, key in variables.items()})
    found: dict[str, Any] = from_env(environ.Env())["default"]
    assert found.pop("WEBHOOK_SECRET") == ["value of WEBHOOK_SECRET"]
    assert found == {key: f"value of {key}" for key in variables.values() if key != "WEBHOOK_SECRET"}


def test_every_check_is_there_and_says_what_to_do() -> None:
    source = Path(checks.__file__).read_text()
    numbers = set(re.findall(r"(?:getresponse_django\.|\")([EW]\d{3})\"", source))
    said = [(code(name), means, todo) for name, means, todo in rows("checks", "id")]
    assert sorted(name for name, *_rest in said) == sorted(f"getresponse_django.{n}" for n in numbers)
    assert all(means and todo for _name, means, todo in said)


def test_each_check_of_a_setting_names_it() -> None:
    meanings = {code(name): code(means) for name, means, _todo in rows("checks", "id")}
    for rule in checks.RULES:
        assert meanings[f"getresponse_django.{rule.id}"] == rule.name


def test_every_permission_of_our_own_is_there() -> None:
    models = apps.get_app_config("getresponse_django").get_models()
    ours = {codename for model in models for codename, _name in model._meta.permissions}
    said = {code(name) for name, _lets in rows("permissions", "permission")}
    assert said == {f"getresponse_django.{codename}" for codename in ours}


def test_every_url_is_there() -> None:
    named = {(str(pattern.pattern), pattern.name) for pattern in urls.urlpatterns if pattern.name}
    assert {(code(path), code(name)) for path, name, _who in rows("urls", "path")} == named


def test_every_public_signal_is_there() -> None:
    internal = {"change_recorded", "event_recorded"}
    public = {name for name in vars(signals) if not name.startswith("_")} - internal - {"Signal"}
    (said,) = re.findall(r":members: (.*)", text_of("docs/reference/signals.md"))
    assert set(said.split(", ")) == public


@pytest.mark.parametrize("name", TABLES)
def test_what_is_written_by_the_code_is_up_to_date(name: str) -> None:
    assert parts(name)[1] == TABLES[name](), f"{HOW} {name}"


@pytest.mark.parametrize(
    ("page", "module"),
    [("models", "getresponse_django.models"), ("errors", "getresponse_django.errors")],
)
def test_every_public_class_has_its_place(page: str, module: str) -> None:
    from importlib import import_module

    home, text = import_module(module), text_of(f"docs/reference/{page}.md")
    names = getattr(home, "__all__", [])
    missing = [name for name in names if not re.search(rf"autoclass:: {module}\.{name}\n", text)]
    assert missing == []
