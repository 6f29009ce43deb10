"""Migrations run over tables with rows in them, on every database, and say all that the models say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from benchmarks.databases import empty_database, why_missing
from tests.services import REQUIRED, free_port

pytestmark = pytest.mark.xdist_group("migrations")  # each database is migrated once, not once per process

CHECKOUT = Path(__file__).resolve().parent.parent
OPTIONAL = {"mariadb"}  # not supported, so no machine must have it


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What tests/migrating.py saw on an empty database of one kind."""
    kind = request.param
    if missing := why_missing(kind):
        (pytest.fail if REQUIRED and kind not in OPTIONAL else pytest.skip)(missing)
    return migrated(kind)


@cache  # takes seconds, and pytest-randomly mixes the databases
def migrated(kind: str) -> dict[str, Any]:
    """The same, of a database that answers."""
    name = f"getresponse_django_migrations_{free_port()}"
    with TemporaryDirectory() as folder, empty_database(kind, Path(folder), name) as url:
        command = [sys.executable, "-m", "tests.migrating"]
        environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_every_model_had_rows_at_the_first_migration(seen: dict[str, Any]) -> None:
    assert {label: len(rows) for label, rows in seen["first"].items()} == dict.fromkeys(seen["first"], 2)
    assert len(seen["first"]) > 20


def test_the_latest_migration_keeps_every_row(seen: dict[str, Any]) -> None:
    kept = {label: [row["id"] for row in rows] for label, rows in seen["last"].items()}
    for label, rows in seen["first"].items():
        if label in kept:
            assert kept[label] == [row["id"] for row in rows]


def test_columns_that_stayed_keep_their_values(seen: dict[str, Any]) -> None:
    for label in seen["first"].keys() & seen["last"].keys():
        for before, after in zip(seen["first"][label], seen["last"][label], strict=True):
            both = before.keys() & after.keys()
            assert {name: before[name] for name in both} == {name: after[name] for name in both}


def test_the_way_back_leaves_no_table(seen: dict[str, Any]) -> None:
    assert seen["left"] == []


def test_after_the_way_back_everything_can_be_made_again(seen: dict[str, Any]) -> None:
    assert seen["again"].keys() == seen["last"].keys()
    assert not any(seen["again"].values())


@pytest.mark.django_db
def test_the_models_say_nothing_that_no_migration_says(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", "getresponse_django", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_no_migration_needs_one_of_another_app_beyond_its_first() -> None:
    """A site may have any version of Django that is allowed, and any user model."""
    from django.db.migrations.loader import MigrationLoader

    migrations = MigrationLoader(None).disk_migrations.items()
    ours = [migration for (label, _name), migration in migrations if label == "getresponse_django"]
    outside = {
        need for migration in ours for need in migration.dependencies if need[0] != "getresponse_django"
    }
    assert {name for _label, name in outside} <= {"__first__", "0001_initial"}
    assert apps.get_app_config("getresponse_django").default_auto_field == "django.db.models.BigAutoField"
