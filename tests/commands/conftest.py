"""A site of its own for the commands: other processes, as people run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

ROOT = Path(__file__).parents[2]

SETTINGS = """
import json, os
from pathlib import Path
SECRET_KEY = "commands"
ALLOWED_HOSTS = os.environ.get("HOSTS", "").split()
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "getresponse_django", "members"]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("database.sqlite3"),
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
}}
GETRESPONSE = json.loads(os.environ["GETRESPONSE"])
"""

MEMBERS = """
import os
from django.contrib.auth.models import User
from getresponse_django import Subscriber, register

@register(User)
class Member(Subscriber):
    campaign = os.environ.get("CAMPAIGN", "customers")
    email, name = "email", "first_name"
"""

DATABASE = "database.sqlite3"

Ran = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a migrated site with one Subscriber."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "site_settings.py").write_text(SETTINGS)
    (folder / "members").mkdir()
    (folder / "members" / "__init__.py").write_text("")
    (folder / "members" / "getresponse.py").write_text(MEMBERS)
    done = manage(folder, "migrate", "--verbosity=0", accounts={})
    assert done.returncode == 0, done.stderr
    shutil.copy(folder / DATABASE, folder / "migrated.sqlite3")
    return folder


def manage(
    folder: Path, *arguments: str, accounts: dict[str, Any], campaign: str = "customers", **settings: Any
) -> Ran:
    """Run a management command of the site to its end."""
    configured = {"ACCOUNTS": accounts, "BACKOFF": (1, 2)} | settings
    variables = {
        "DJANGO_SETTINGS_MODULE": "site_settings",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "GETRESPONSE": json.dumps(configured),
        "CAMPAIGN": campaign,
    }
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def run(site: Path, sandbox: Sandbox) -> Iterator[Callable[..., Ran]]:
    """Runs a command against the sandbox: ``run("getresponse_pull", accounts={...})``."""
    shutil.copy(site / "migrated.sqlite3", site / DATABASE)
    honest = {"default": {"API_KEY": sandbox.key, "BASE_URL": sandbox.url}}

    def ran(*arguments: str, accounts: dict[str, Any] | None = None, **settings: Any) -> Ran:
        return manage(site, *arguments, accounts=honest if accounts is None else accounts, **settings)

    yield ran
