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


def imported(path: Path) -> list[tuple[int, str]]:
    """(level, first name) of every import in a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(0, alias.name.partition(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, (node.module or "").partition(".")[0]))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_and_its_neighbours_only(path: Path) -> None:
    for level, name in imported(path):
        assert level == 1 or (level == 0 and name in sys.stdlib_module_names), (path.name, level, name)


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
