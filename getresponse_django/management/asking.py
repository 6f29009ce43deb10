"""Asking a person at the terminal before something that cannot be taken back."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError


def add_no_input(parser: ArgumentParser) -> None:
    """The option that answers every question with yes."""
    parser.add_argument("--no-input", action="store_false", dest="interactive", help="do not ask")


def agreed(question: str, options: dict[str, Any]) -> bool:
    """Whether the person, or ``--no-input``, says yes. Raises CommandError where nobody can answer."""
    if not options["interactive"]:
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        raise CommandError("nobody is there to answer: use --no-input.") from None
