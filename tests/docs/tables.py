"""``python -m tests.docs.tables [NAME]``: write the part of a page of the reference that the code says.

It stands below the comment that names this command. A test compares, so that it is never out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.docs.pages import CHECKOUT, text_of


def commands() -> str:
    """A section for each management command, from its parser."""
    from django.core.management import get_commands, load_command_class

    ours = sorted(name for name, app in get_commands().items() if app == "getresponse_django")
    return "\n".join(section(name, load_command_class("getresponse_django", name)) for name in ours)


def parser_of(name: str, command: Any) -> argparse.ArgumentParser:
    """The parser of a command; that of the sandbox is a program's own."""
    if name == "getresponse_sandbox":
        from getresponse_django.sandbox.__main__ import parser

        return parser()
    made: argparse.ArgumentParser = command.create_parser("manage.py", name)
    return made


def own_actions(name: str, command: Any) -> Iterator[argparse.Action]:
    """The options and arguments that are not those of every command."""
    from django.core.management.base import BaseCommand

    common = {action.dest for action in BaseCommand().create_parser("manage.py", "x")._actions}
    yield from (action for action in parser_of(name, command)._actions if action.dest not in common)


def section(name: str, command: Any) -> str:
    """The section of one command."""
    rows = [row(shown(action), (action.help or "") % vars(action)) for action in own_actions(name, command)]
    table = ["", row("argument", "what it does"), "|---|---|", *rows] if rows else []
    return "\n".join([f"## {name}", "", command.help, *table, ""])


def shown(action: argparse.Action) -> str:
    """An option or argument as it is typed."""
    takes_value = action.nargs != 0
    value = "\\|".join(action.choices) if action.choices else str(action.metavar or action.dest.upper())
    if not action.option_strings:
        return f"`{value if action.choices else action.dest}`"
    return f"`{action.option_strings[0]}{f' {value}' if takes_value else ''}`"


def tasks() -> str:
    """A table of all tasks, from their docstrings and the schedule."""
    from celery import Task

    from getresponse_django import tasks

    when = {entry["task"].rpartition(".")[2]: entry["schedule"] for entry in tasks.beat_schedule().values()}
    found = sorted(name for name, value in vars(tasks).items() if isinstance(value, Task))
    rows = [row(f"`{name}`", times(when.get(name)), first(getattr(tasks, name))) for name in found]
    return "\n".join([row("task", "started by beat", "what it does"), "|---|---|---|", *rows, ""])


def times(schedule: Any) -> str:
    """A schedule in words."""
    if schedule is None:
        return ""
    if hasattr(schedule, "_orig_hour"):
        return f"daily at {int(schedule._orig_hour):02}:{int(schedule._orig_minute):02}"
    minutes = schedule.total_seconds() / 60
    return f"every {minutes / 60:g} h" if minutes >= 60 else f"every {minutes:g} min"


def first(task: Any) -> str:
    """The first paragraph of a docstring."""
    return " ".join((task.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")


def row(*cells: str) -> str:
    """A row of a table."""
    return "| " + " | ".join(cells).replace("|  |", "| |") + " |"


TABLES: dict[str, Callable[[], str]] = {"commands": commands, "tasks": tasks}


def parts(name: str) -> tuple[str, str]:
    """The page up to its comment, and what is below it."""
    comment = f"<!-- python -m tests.docs.tables {name} -->\n"
    head, found, rest = text_of(f"docs/reference/{name}.md").partition(comment)
    assert found, f"docs/reference/{name}.md has no comment {comment!r}"
    return head + comment + "\n", rest.lstrip("\n")


def main() -> None:
    """Write the pages that are named, or all."""
    import django

    django.setup()
    for name in sys.argv[1:] or TABLES:
        (CHECKOUT / "docs" / "reference" / f"{name}.md").write_text(parts(name)[0] + TABLES[name]())


if __name__ == "__main__":
    main()
