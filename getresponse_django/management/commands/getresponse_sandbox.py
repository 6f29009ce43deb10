"""getresponse_sandbox: a local GetResponse to try things on."""

from __future__ import annotations

import sys
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from getresponse_django.sandbox.__main__ import main


class Command(BaseCommand):
    help = "Run a local GetResponse (key: sandbox). Needs no settings and no database."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """The sandbox has its own arguments; it is the same program as the script ``getresponse_sandbox``."""
        sys.exit(main(argv[2:]))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("args", nargs=REMAINDER)

    def handle(self, *args: str, **options: Any) -> None:
        sys.exit(main(list(args)))
