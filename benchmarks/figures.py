"""What benchmarks find: numbers by what they count, from processes of their own, for a person or as JSON."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.databases import KINDS

if TYPE_CHECKING:
    from example_project.demo.processes import Processes

Figures = dict[str, float]


def child(processes: Processes, module: str, *arguments: str) -> Figures:
    """What a part prints last that runs in a process of its own."""
    output = processes.run(arguments[0], "-m", module, *arguments)
    figures: Figures = json.loads(output.strip().splitlines()[-1])
    return figures


def shown(title: str, figures: Figures) -> str:
    """The figures for a person."""
    return "\n".join([title, *(f"  {name}: {round(value, 2):,}" for name, value in figures.items())])


def parser_of(module: str, description: str | None, measures: Iterable[str]) -> argparse.ArgumentParser:
    """The options that the benchmarks with several measures have in common."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--on", choices=KINDS, help="only on this kind of database")
    parser.add_argument("--only", choices=list(measures), help="only this")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each")
    return parser


def measure_all(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    module: str,
    measures: Iterable[str],
    measure: Callable[[str, argparse.Namespace], Figures],
) -> int:
    """Each measure on each database in a process of its own: this one, where both are chosen. Returns the
    exit code for the shell.
    """
    argv = sys.argv[1:] if argv is None else argv
    options = parser.parse_args(argv)
    if options.on and options.only:
        figures = measure(options.only, options)
        found: dict[str, Any] = {"on": options.on, "what": options.only, "figures": figures}
        title = f"{options.on}: {options.only}"
        print(json.dumps(found) if options.json else shown(title, figures), flush=True)
        return 0
    command = [sys.executable, "-m", module, *argv]
    kinds = [options.on] if options.on else KINDS
    whats = [options.only] if options.only else measures
    return max(subprocess.call([*command, "--on", k, "--only", w]) for k in kinds for w in whats)
