"""What the package imports is what setup.cfg declares: in the core, or in an extra that its message names."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "getresponse_django"

SETUP = ConfigParser()
SETUP.read(CHECKOUT / "setup.cfg")
CORE = SETUP["options"]["install_requires"]
EXTRAS = SETUP["options.extras_require"]

OPTIONAL = {
    "cryptography": ("oauth", "oauth"),
    "django-allauth": ("allauth", "allauth"),
    "pytest": ("testing", "testing"),
}
"""Distribution -> the extra that brings it, and the one module or folder of the package that imports it."""

THROUGH = {"kombu": "celery", "urllib3": "requests"}
"""What comes with another one and is part of what that one promises."""

LOADED_BY_OTHERS = {
    "postgres": "psycopg, which Django imports for the database of DATABASES",
    "redis": "celery[redis], which Celery imports for a broker of redis://",
}
"""Extras that the package itself never imports."""

FOR_DEVELOPMENT = {"test", "docs", "dev"}


def names(requirements: str) -> set[str]:
    """The distributions of a value of setup.cfg."""
    lines = filter(None, requirements.splitlines())
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported_names(path: Path) -> Iterator[str]:
    """The first name of each import of a module, wherever it stands, by statement or by ``import_module``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module" and node.args:
            named = node.args[0]
            if isinstance(named, ast.Constant) and isinstance(named.value, str):
                yield named.value.partition(".")[0]


def third_party() -> dict[str, set[str]]:
    """Distribution -> the modules and folders of the package that import it."""
    found: dict[str, set[str]] = {}
    distributions = packages_distributions()
    for path in PACKAGE.rglob("*.py"):
        for name in imported_names(path):
            if name and name not in sys.stdlib_module_names and name != "getresponse_django":
                distribution = canonicalize_name(distributions[name][0])
                importer = path.relative_to(PACKAGE).with_suffix("").parts[0]
                found.setdefault(distribution, set()).add(importer)
    return found


def test_every_import_of_the_package_is_declared() -> None:
    core = names(CORE) | set(THROUGH)
    assert {name for name in third_party() if name not in core} == set(OPTIONAL)


def test_what_is_optional_is_imported_in_one_place_only_and_its_extra_brings_it() -> None:
    for distribution, (extra, importer) in OPTIONAL.items():
        assert third_party()[distribution] == {importer}
        assert distribution in names(EXTRAS[extra])


def test_nothing_is_declared_that_nobody_imports() -> None:
    assert names(CORE) <= set(third_party())
    for_sites = set(EXTRAS) - FOR_DEVELOPMENT
    assert for_sites == {extra for extra, _ in OPTIONAL.values()} | set(LOADED_BY_OTHERS)


@pytest.mark.parametrize(("name", "bringer"), THROUGH.items())
def test_what_comes_through_another_package_is_required_by_it(name: str, bringer: str) -> None:
    always = [line for line in requires(bringer) or () if "extra ==" not in line]
    assert name in {canonicalize_name(Requirement(line).name) for line in always}


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_requirement_has_a_lower_bound(extra: str) -> None:
    for line in filter(None, f"{CORE}\n{EXTRAS[extra]}".splitlines()):
        assert [clause.operator for clause in Requirement(line).specifier] == [">="], line


def test_the_lock_has_everything_for_development_in_versions_that_are_allowed() -> None:
    """After a new requirement: ``make lock``."""
    locked = [
        Requirement(line)
        for line in (CHECKOUT / "requirements-dev.lock").read_text().splitlines()
        if line[0] != "#"
    ]
    here = {canonicalize_name(pin.name): pin for pin in locked if not pin.marker or pin.marker.evaluate()}
    for line in filter(None, f"{CORE}\n{EXTRAS['dev']}".splitlines()):
        wanted = Requirement(line)
        (pin,) = here[canonicalize_name(wanted.name)].specifier
        assert pin.operator == "=="
        assert pin.version in wanted.specifier, line


def test_the_lock_names_no_place_to_get_it_from() -> None:
    text = (CHECKOUT / "requirements-dev.lock").read_text()
    assert not re.search(r"://|@|^-|^/|^\.", text, re.MULTILINE)


WITHOUT = """
import sys
sys.modules[{module!r}] = None
import django
from django.conf import settings
apps = ["getresponse_django", "django.contrib.auth", "django.contrib.contenttypes"]
settings.configure(INSTALLED_APPS=apps)
{doing}
"""
"""A site on a machine where a module is missing."""


@pytest.mark.parametrize(
    ("module", "doing", "error", "said"),
    [
        (
            "cryptography",
            "django.setup(); from getresponse_django.oauth.encryption import cipher; cipher()",
            "getresponse_django.errors.ConfigurationError",
            "getresponse-django[oauth]",
        ),
        (
            "allauth",
            "django.setup(); import getresponse_django.allauth",
            "django.core.exceptions.ImproperlyConfigured",
            "getresponse-django[allauth]",
        ),
        ("pytest", "import getresponse_django.testing", "ImportError", "getresponse-django[testing]"),
        (
            "redis",
            "from celery import Celery; Celery(broker='redis://h').set_current(); "
            "django.setup(); from django.core.management import call_command; call_command('check')",
            "django.core.management.base.SystemCheckError",
            "getresponse-django[redis]",
        ),
        ("psycopg", "import django.db.backends.postgresql.base", "django.core.exceptions", "psycopg"),
    ],
)
def test_a_missing_extra_says_what_to_install(
    module: str, doing: str, error: str, said: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WITHOUT.format(module=module, doing=doing)]
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.rpartition("\n  File ")[2]
    assert f"\n{error}" in last
    assert said in last
