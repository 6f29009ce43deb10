"""The sandbox stands alone: standard library and itself, nothing of the package, Django or requests."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import getresponse_django.sandbox

FOLDER = Path(getresponse_django.sandbox.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))


FLOORS = [
    "state",
    "http",
    "operations",
    "audience",
    "account",
    "shops",
    "searches",
    "messages",
    "transactional",
    "seeds",
]
"""The folders, each of which imports those before it only. The modules beside them import all."""


def imported(path: Path) -> list[str]:
    """Full names of what a module imports, inside the sandbox beginning with ``sandbox``."""
    package = ["sandbox", *path.relative_to(FOLDER).parts[:-1]]
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            found += [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_and_the_sandbox_only(path: Path) -> None:
    first = {name.partition(".")[0] for name in imported(path)}
    assert first <= {"sandbox", *sys.stdlib_module_names}


@pytest.mark.parametrize("floor", FLOORS)
def test_a_folder_imports_only_those_below_it(floor: str) -> None:
    used = {
        name.split(".")[1]
        for path in (FOLDER / floor).glob("*.py")
        for name in imported(path)
        if name.startswith("sandbox.")
    }
    assert used <= set(FLOORS[: FLOORS.index(floor) + 1])


def test_every_folder_has_its_floor() -> None:
    assert {path.parent.name for path in MODULES} - {"sandbox"} == set(FLOORS)


def test_importing_it_loads_neither_django_nor_requests() -> None:
    program = (
        "import sys, getresponse_django.sandbox; print({'django', 'requests', 'celery'} & set(sys.modules))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "set()"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_every_module_with_routes_is_named_in_routes() -> None:
    from getresponse_django.sandbox import routes

    named = {Path(str(module.__file__)).stem for module in routes.MODULES}
    with_routes = {
        path.stem for path in MODULES if re.search(r"^@route\(|^\w+ = stored\($", path.read_text(), re.M)
    }
    assert with_routes == named
