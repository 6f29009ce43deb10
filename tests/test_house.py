"""The rules of the house, checked on the source: one-way imports, small modules, plain names."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import getresponse_django

pytestmark = pytest.mark.xdist_group("house")  # the source is parsed once for all of these

PACKAGE = Path(getresponse_django.__file__).parent

ORDER = [
    "sandbox",
    "charts",
    "errors",
    "events",
    "signals",
    "conf",
    "staging",
    "nudging",
    "answers",
    "calls",
    "failures",
    "queries",
    "limits",
    "throttle",
    "session",
    "client",
    "models",
    "oauth",
    "resources",
    "merging",
    "plan",
    "contact_requests",
    "mirror",
    "push",
    "pull",
    "webhooks",
    "rights",
    "subscribers",
    "allauth",
    "vanishing",
    "forecast",
    "wording",
    "forms",
    "signup",
    "preferences",
    "urls",
    "refusals",
    "tasks",
    "doctor",
    "testing",
    "admin",
    "templatetags",
    "checks",
    "apps",
    "management",
    "__init__",
]
"""Every module or folder of the package; each may import those above it only."""

LATE = {
    (
        "client",
        "models",
    ): "Client.for_account keeps the account's limits on its row; the client itself needs no Django",
    ("client", "oauth"): "and its tokens in the database",
    (
        "__init__",
        "client",
    ): "the public names are loaded on first use, so that importing the package touches no model",
    ("__init__", "subscribers"): "the same",
}
"""Imports against the order, allowed inside a function only: (importer, imported) and the reason."""

WITHOUT_DJANGO = {
    "sandbox",
    "errors",
    "events",
    "answers",
    "calls",
    "failures",
    "queries",
    "limits",
    "throttle",
    "session",
    "client",
    "resources",
    "merging",
    "plan",
    "contact_requests",
}
"""Pure modules: nothing of Django or Celery is imported, wherever in the file."""

VAGUE_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "services",
    "service",
    "base",
    "common",
    "misc",
    "manager",
    "handlers",
}
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
MEDIAN_MODULE, MEDIAN_FUNCTION = 130, 9


class Import(NamedTuple):
    """One import statement: who, what (the first name inside the package, or the outer package), how."""

    importer: str
    imported: str
    inside_package: bool
    late: bool
    place: str


def source_files() -> list[Path]:
    """All modules of the package; migrations are generated and not counted."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    """The first name of a module inside the package."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(path.read_text(), str(path))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a module."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function, from ``def`` to its last statement."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def late_nodes(path: Path) -> set[ast.AST]:
    """The nodes that do not run at import: what is inside a function or under TYPE_CHECKING."""
    roots: list[ast.AST] = list(functions_of(path))
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            roots.append(node)
    return {inner for root in roots for inner in ast.walk(root)}


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a module that crosses a border: of the package, or between its first-level names."""
    importer, late = name_of(path), late_nodes(path)
    for node in ast.walk(tree_of(path)):
        for inside, name in imported_names(path, node):
            if not (inside and name == importer):
                place = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
                yield Import(importer, name, inside, node in late, place)


def imported_names(path: Path, node: ast.AST) -> Iterator[tuple[bool, str]]:
    """(inside the package, first name) of every module that an import statement names."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield split(alias.name)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        yield split(node.module or "")
    elif isinstance(node, ast.ImportFrom):
        folder = path.relative_to(PACKAGE).parts[: -node.level]
        if folder or node.module:
            yield True, (*folder, *(node.module or "").split("."))[0]
        else:
            yield from ((True, own_name(alias.name)) for alias in node.names)


def own_name(name: str) -> str:
    """``from . import name``: a module of the package, or an attribute of its ``__init__``."""
    return name if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists() else "__init__"


def split(module: str) -> tuple[bool, str]:
    """(inside the package, first name) of an absolute module name."""
    first, *rest = module.split(".")
    return (
        (True, own_name(rest[0]) if rest else "__init__") if first == "getresponse_django" else (False, first)
    )


@cache
def all_imports() -> list[Import]:
    """Every import of the package, found once and only where a test asks, not when tests are collected."""
    return [found for path in source_files() for found in imports_of(path)]


def test_every_module_has_its_place_in_the_order() -> None:
    assert {name_of(path) for path in source_files()} == set(ORDER)
    assert len(ORDER) == len(set(ORDER))


def test_imports_go_one_way() -> None:
    rank = {name: number for number, name in enumerate(ORDER)}
    wrong = [
        f"{one.place} imports {one.imported}"
        for one in all_imports()
        if one.inside_package
        and one.imported != "__init__"
        and rank[one.imported] >= rank[one.importer]
        and not (one.late and (one.importer, one.imported) in LATE)
    ]
    assert wrong == []


def test_every_exception_from_the_order_is_still_used() -> None:
    late = {(one.importer, one.imported) for one in all_imports() if one.late}
    assert set(LATE) <= late


def test_the_sandbox_uses_only_the_standard_library_and_itself() -> None:
    foreign = [
        f"{one.place} imports {one.imported}"
        for one in all_imports()
        if one.importer == "sandbox" and (one.inside_package or one.imported not in sys.stdlib_module_names)
    ]
    assert foreign == []


@pytest.mark.parametrize("name", sorted(WITHOUT_DJANGO))
def test_pure_modules_do_without_django(name: str) -> None:
    used = {one.imported for one in all_imports() if one.importer == name and not one.inside_package}
    assert used.isdisjoint({"django", "celery"})


def test_the_client_can_be_imported_without_django() -> None:
    program = "import sys, getresponse_django.client; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent).returncode == 0


def test_importing_the_package_loads_no_model() -> None:
    program = "import sys, getresponse_django; sys.exit('getresponse_django.models' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent).returncode == 0


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for_and_stays_small(path: Path) -> None:
    source = path.read_text()
    assert ast.get_docstring(tree_of(path)) or not source.strip(), "no docstring"
    assert source.count("\n") <= LONGEST_MODULE
    long = [
        f"{node.name} has {length(node)} lines"
        for node in functions_of(path)
        if length(node) > LONGEST_FUNCTION
    ]
    assert long == []


def test_modules_and_functions_are_small_as_a_rule() -> None:
    modules = [path.read_text().count("\n") for path in source_files()]
    functions = [length(node) for path in source_files() for node in functions_of(path)]
    assert statistics.median(modules) <= MEDIAN_MODULE
    assert statistics.median(functions) <= MEDIAN_FUNCTION


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for path in source_files() for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert names.isdisjoint(VAGUE_NAMES)
