"""Every example of the documentation works. The rules:

- Each Python block compiles, and everything that it imports is there.
- The Python blocks of a page are run, one after the other, with the sandbox as GetResponse. What they need
  that the page does not make is in ``GIVEN``. A block that makes ``GETRESPONSE`` passes the system checks.
- Where blocks begin with the name of a file, the page describes a site: a new project with these files passes
  ``manage.py check``, its settings with the variables of the page's ``sh`` blocks.
- The pages of ``HELD_TO_MORE`` have tests of their own, which run them and hold them to what they say.
- Each HTML block is a template that Django takes. YAML and units of systemd are read.
- A block in another language needs a decision here.

Command lines are tried by ``test_commands``, links by ``test_links``.
"""

from __future__ import annotations

import ast
import configparser
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
import pytest
import requests
from django.dispatch import Signal
from django.template import Template

from getresponse_django import signals
from getresponse_django.checks import check_settings
from getresponse_django.models import Account, Campaign, Newsletter
from getresponse_django.sandbox import Sandbox
from tests.docs.literally import Reader
from tests.docs.pages import CHECKOUT, Block, all_blocks, all_pages, blocks_of

HELD_TO_MORE = {
    "docs/howto/allauth.md": "test_allauth",
    "docs/howto/gdpr.md": "test_gdpr",
    "docs/howto/monitor.md": "test_monitor",
    "docs/howto/oauth.md": "test_oauth",
    "docs/howto/rights.md": "test_subscribers_and_rights",
    "docs/howto/segments.md": "../models/test_segments",
    "docs/howto/signup.md": "test_signup",
    "docs/howto/subscribers.md": "test_subscribers_and_rights",
    "docs/howto/testing.md": "test_testing",
    "docs/tutorial/first-contact.md": "test_tutorial",
}
"""Page -> the module that runs its examples."""

OPTIONAL = {"opentelemetry": "for who traces; the page says what to install"}
"""Modules that an example needs and that are not of this project's -> why."""

READ_ELSEWHERE = {"console", "sh", "{toctree}", "{eval-rst}"}
"""By ``test_commands``, and by Sphinx."""

SHOWN_ONLY = {
    "": "what a program prints, a picture in letters, or command lines, which test_commands tries",
    "json": "an example of what a command prints",
    "text": "what a program prints, or lines for a table of cron",
    "sql": "an index for the tables of the site, on PostgreSQL",
    "docker": "a Containerfile: its commands are tried when the page is followed, with the network",
    "nginx": "the site's proxy, which is not installed here",
}
"""Language of a block -> why nothing runs it."""


def statistics_subjects(_sandbox: Sandbox) -> dict[str, Any]:
    account = Account.objects.for_alias("default")
    return {"campaign": Campaign(pk=1, account=account), "newsletter": Newsletter(pk=1, account=account)}


def sandbox_at_work(sandbox: Sandbox) -> dict[str, Any]:
    contact = sandbox.add_contact("eva@example.com", "customers")["contactId"]
    sandbox.webhook_intervals = (0.01, 0.01, 0.01)
    url = "http://127.0.0.1:9/getresponse/webhooks/default/SECRET/"
    return {"sandbox": sandbox, "url": url, "contact_id": contact, "requests": requests}


GIVEN: dict[str, Callable[[Sandbox], dict[str, Any]]] = {
    "README.md": lambda _sandbox: {"INSTALLED_APPS": []},
    "docs/explanation/decisions/statistics.md": statistics_subjects,
    "docs/reference/sandbox.md": sandbox_at_work,
}
"""Page -> what each of its blocks finds, whatever the one before has made of these names."""

PYTHON = all_blocks("python")
SITES = sorted({block.page for block in PYTHON if block.file and block.page not in HELD_TO_MORE})
RUN = [
    page
    for page in all_pages()
    if blocks_of(page, "python") and page not in HELD_TO_MORE and page not in SITES
]


@pytest.mark.parametrize("block", PYTHON, ids=map(str, PYTHON))
def test_what_a_block_imports_is_there(block: Block) -> None:
    if "getresponse_django.allauth" in block.text and not find_spec("allauth"):
        pytest.skip("django-allauth is not installed")
    own = {*OPTIONAL} | {
        other.file.partition("/")[0] for other in blocks_of(block.page, "python") if other.file
    }
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.Import):
            assert all(find_spec(alias.name) for alias in node.names if alias.name not in own)
        elif (
            isinstance(node, ast.ImportFrom) and not node.level and str(node.module).split(".")[0] not in own
        ):
            home = import_module(str(node.module))
            assert [alias.name for alias in node.names if not is_there(home, alias.name)] == []


def is_there(home: Any, name: str) -> bool:
    """Whether a module has this name, or a module of this name."""
    return hasattr(home, name) or find_spec(f"{home.__name__}.{name}") is not None


@pytest.fixture
def no_receivers() -> Iterator[None]:
    """The receivers that a page connects do not follow it."""
    ours = [signal for signal in vars(signals).values() if isinstance(signal, Signal)]
    before = [list(signal.receivers) for signal in ours]
    yield
    for signal, receivers in zip(ours, before, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", RUN)
def test_the_examples_of_a_page_run(
    page: str, sandbox: Sandbox, settings: Any, no_rules: None, no_receivers: None
) -> None:
    names: dict[str, Any] = {"__name__": "documented"}
    given = GIVEN[page](sandbox) if page in GIVEN else {}
    for block in blocks_of(page, "python"):
        names |= given
        exec(compile(block.text, str(block), "exec"), names)
        if documented := names.pop("GETRESPONSE", None):
            with settings_of(settings, documented):
                wrong = [str(message) for message in check_settings() if message.level >= 40]
            assert wrong == []


class settings_of:
    """For a while ``GETRESPONSE`` is what a page says."""

    def __init__(self, settings: Any, documented: dict[str, Any]) -> None:
        self.settings, self.before, self.documented = settings, settings.GETRESPONSE, documented

    def __enter__(self) -> None:
        self.settings.GETRESPONSE = self.documented

    def __exit__(self, *_exception: object) -> None:
        self.settings.GETRESPONSE = self.before


@pytest.mark.parametrize("page", SITES)
def test_the_site_of_a_page_passes_the_checks(page: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path, environment_of(page) | elsewhere())
    run(reader, "-m", "django", "startproject", "shop", ".")
    for app in apps_of(page):
        run(reader, "manage.py", "startapp", app)
    for block in blocks_of(page, "python"):
        reader.write(block)
    (tmp_path / "shop" / "settings.py").open("a").write('\nCELERY_BROKER_URL = "memory://localhost"\n')
    run(reader, "manage.py", "check")
    run(reader, "manage.py", "makemigrations", "--dry-run", *apps_of(page))


def elsewhere() -> dict[str, str]:
    """To check a generated column Django asks its database for the version from 6.1 on; the page's is not
    here.
    """
    return {"DATABASE_URL": "sqlite:///db.sqlite3"} if django.VERSION >= (6, 1) else {}


def apps_of(page: str) -> list[str]:
    """The apps of the site of a page: those it shows files of, and those that its settings install."""
    files = [block.file for block in blocks_of(page, "python") if block.file]
    shown = {file.partition("/")[0] for file in files} - {"shop"}
    installed = {"customers" for block in blocks_of(page, "python") if '"customers", "getr' in block.text}
    return sorted(shown | installed)


def environment_of(page: str) -> dict[str, str]:
    """The variables of the first ``sh`` block of a page that has some, and what Python needs."""
    ours = ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    said = [line for block in blocks_of(page, "sh") for line in block.text.splitlines()]
    variables = dict(line.split("=", 1) for line in reversed(said) if line[:1].isupper() and "=" in line)
    return {**kept, **variables, "PYTHONPATH": str(CHECKOUT)}


def run(reader: Reader, *arguments: str) -> None:
    """Run this Python in the folder of a site; what it prints is shown when it fails."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=reader.folder, env=reader.environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_the_pages_that_are_held_to_more_have_their_test() -> None:
    for page, module in HELD_TO_MORE.items():
        assert page.rpartition("/")[2] in (Path(__file__).parent / f"{module}.py").read_text()


HTML = all_blocks("html")


@pytest.mark.parametrize("block", HTML, ids=map(str, HTML))
def test_a_template_is_one_that_django_takes(block: Block) -> None:
    assert list(Template(block.text).nodelist)


CONFIGURATION = all_blocks("yaml", "ini")


@pytest.mark.parametrize("block", CONFIGURATION, ids=map(str, CONFIGURATION))
def test_configuration_can_be_read(block: Block) -> None:
    if block.language == "yaml":
        assert pytest.importorskip("yaml").safe_load(block.text)
    else:
        unit = configparser.ConfigParser(interpolation=None)
        unit.read_string(block.text)
        assert {"Service", "Timer"} & set(unit)


def test_each_language_is_tried_or_there_is_a_reason() -> None:
    known = {"python", "html", "yaml", "ini", *READ_ELSEWHERE, *SHOWN_ONLY}
    assert {str(block): block.language for block in all_blocks() if block.language not in known} == {}
