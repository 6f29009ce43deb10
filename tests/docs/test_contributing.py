"""What CONTRIBUTING.md and the page on the architecture say of the code is so: the files they name are there,
each module has its place, and the signup hook works and is as long as it says.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs.literally import Reader
from tests.docs.pages import CHECKOUT, FENCE, blocks_of, text_of
from tests.test_house import ORDER, PACKAGE

GUIDE, ARCHITECTURE = "CONTRIBUTING.md", "docs/explanation/architecture.md"

SETTINGS = """
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["library", "getresponse_django", "django.contrib.auth", "django.contrib.contenttypes"]
SECRET_KEY = "tests"
USE_TZ = True
GETRESPONSE = {"ACCOUNTS": {"default": {"API_KEY": "sandbox"}}}
CELERY_BROKER_URL = "memory://localhost"
"""


def code_in(text: str) -> list[str]:
    """What stands between backticks, outside blocks."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def table() -> list[tuple[list[str], list[str]]]:
    """The rows of the table of modules: the modules of each, and the other names that it mentions."""
    rows = re.findall(r"(?m)^\| (`[^|]+) \| (.+) \|$", text_of(ARCHITECTURE))
    return [(code_in(first), code_in(second)) for first, second in rows]


def test_the_table_of_modules_has_all_of_them_in_the_order_of_their_imports() -> None:
    listed = [name for modules, _others in table() for name in modules]
    assert [name.rstrip("/") for name in listed] == [name for name in ORDER if name != "__init__"]
    assert [name for name in listed if name.endswith("/") != (PACKAGE / name).is_dir()] == []


def inside(folder: Path) -> set[str]:
    """The modules and, with a slash, the folders of a folder."""
    modules = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    return modules | {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}


@pytest.mark.parametrize(("modules", "others"), table(), ids=lambda names: " ".join(names))
def test_a_row_names_modules_that_are_there_and_all_of_a_kind_or_none(
    modules: list[str], others: list[str]
) -> None:
    there = set().union(*(inside(PACKAGE / name) for name in modules if name.endswith("/")))
    named = {name for name in others if re.fullmatch(r"[a-z_]+/?", name)}
    assert named <= there
    for kind in ([name for name in there if name.endswith("/") is slash] for slash in (True, False)):
        assert named.issuperset(kind) or named.isdisjoint(kind), sorted(set(kind) - named)


def is_there(name: str) -> bool:
    """Whether it is in the checkout or the package, or a name of a module, as ``pull/statistics.SERIES``."""
    if (CHECKOUT / name).exists() or (PACKAGE / name).exists() or (PACKAGE / f"{name}.py").exists():
        return True
    module, _, attribute = name.replace("/", ".").rpartition(".")
    return hasattr(import_module(f"getresponse_django.{module}"), attribute)


def test_every_file_that_is_named_is_there() -> None:
    places = text_of(ARCHITECTURE).partition("## Where to add things")[2]
    guide = text_of(GUIDE).partition("## Add a mirrored resource")[2].partition("## The documentation")[0]
    named = {name for name in code_in(places + guide) if re.fullmatch(r"[\w.]+(/[\w.]+)*/[\w.]*", name)}
    assert len(named) > 20
    assert sorted(name for name in named if not is_there(name)) == []


def test_the_numbers_of_the_trial_add_up() -> None:
    rows = re.findall(r"(?m)^\| (`[^|]+) \| (\d+) \| ", text_of(GUIDE))
    lines = sum(int(number) for _file, number in rows)
    files = len(rows) + sum("`.mo`" in file for file, _number in rows)
    assert f"{files} files, {lines} lines added" in text_of(GUIDE)


def test_the_signup_hook_works_and_is_as_long_as_it_says(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{tmp_path}", "PYTEST_ADDOPTS": ""}
    reader = Reader(tmp_path, environment)
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "__init__.py").touch()
    (tmp_path / "library_settings.py").write_text(SETTINGS)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["getresponse_django.testing"]\n')
    for block in blocks_of(GUIDE, "python"):
        reader.write(block)
    ends = ["-c", os.devnull, f"--rootdir={tmp_path}", "-p", "no:cacheprovider", "--ds=library_settings"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *ends, "library/tests.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    _models, hook, tests = (block.text.count("\n") - 1 for block in blocks_of(GUIDE, "python"))
    assert f"the hook is {hook} lines," in text_of(GUIDE)
    assert f"its tests are {tests}," in text_of(GUIDE)
