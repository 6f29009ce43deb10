"""getresponse_doctor: what keeps an account from working, and what to do."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from threading import Timer
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from getresponse_django import conf
from getresponse_django.checks import RULES, check_settings
from getresponse_django.doctor import Diagnosis, Finding, examine, problems_of, report_of

UNREADABLE = {"E001", "E002", "E003", "E021", *(rule.id for rule in RULES)}
"""The system checks whose failure keeps the settings from being read."""

LONGEST = 60.0
"""Seconds, when nobody says otherwise."""


class Command(BaseCommand):
    help = "Look for problems with GetResponse. Exits with 1 when there is one."
    requires_system_checks = []  # it speaks of a sick site as well, and what it prints is JSON

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON for machines")
        parser.add_argument(
            "--offline", action="store_true", help="do not ask GetResponse; tell what is known here"
        )
        parser.add_argument(
            "--timeout",
            type=seconds,
            default=LONGEST,
            metavar="SECONDS",
            help=f"end after so long, with what was found until then (default: {LONGEST:.0f})",
        )

    def handle(self, **options: Any) -> None:
        self.as_json, self.ask = options["json"], not options["offline"]
        self.found: dict[str, Diagnosis] = {}
        self.general = unreadable_settings()
        self.aliases = [] if self.general else conf.aliases()
        if not (self.general or self.aliases):
            self.general = [no_account()]
        # A thread, because a database that hangs would keep a signal waiting as well.
        watchdog = Timer(options["timeout"], self.give_up, [options["timeout"]])
        watchdog.daemon = True
        watchdog.start()
        try:
            self.look()
        finally:
            watchdog.cancel()
        self.tell(self.general)
        if problems_of(self.general) or any(problems_of(one.findings) for one in self.found.values()):
            sys.exit(1)

    def look(self) -> None:
        """Examine every account; first what is known here, so that a GetResponse that hangs hides nothing."""
        for ask in dict.fromkeys([False, self.ask]):
            for alias in self.aliases:
                self.found[alias] = examine(alias, ask=ask)

    def give_up(self, timeout: float) -> None:
        """End the process with what was found, from a thread: whatever hangs cannot be ended otherwise."""
        self.tell([*self.general, too_slow(timeout, waits_for_rows=not self.found)])
        self.stdout.flush()
        os._exit(1)

    def tell(self, general: list[Finding]) -> None:
        """Print everything."""
        if self.as_json:
            report = report_of(self.found, general, asked=self.ask)
            self.stdout.write(json.dumps(report, indent=2))
            return
        if general:
            self.section("In general", general)
        for alias, found in self.found.items():
            self.section(f"Account {alias}", found.findings)

    def section(self, title: str, findings: list[Finding]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(title))
        for finding in findings:
            mark = self.style.SUCCESS("ok     ") if finding.ok else self.style.ERROR("problem")
            self.stdout.write(f"  {mark} {finding.topic}: {finding.message}")
            if finding.hint:
                self.stdout.write(f"          {finding.hint}")


def seconds(text: str) -> float:
    """A duration of the command line."""
    value = float(text)
    if not 0 < value <= 3600:
        raise ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return value


def unreadable_settings() -> list[Finding]:
    """The findings for settings that nothing can work with, not even a look at the accounts."""
    return [
        Finding("settings.wrong", message.msg, message.hint or "")
        for message in check_settings()
        if str(message.id).rpartition(".")[2] in UNREADABLE
    ]


def no_account() -> Finding:
    """The finding for a site without an account."""
    return Finding(
        "settings.no_account",
        'GETRESPONSE["ACCOUNTS"] is empty.',
        "Set GETRESPONSE_API_KEY and use conf.from_env(env).",
    )


def too_slow(timeout: float, *, waits_for_rows: bool) -> Finding:
    """The finding for something that hangs."""
    hint = _("GetResponse does not answer: try again, or use --offline.")
    if waits_for_rows:
        hint = _("The database does not answer: see DATABASE_URL.")
    text = _("Looking was not done after %(seconds)s seconds.") % {"seconds": f"{timeout:g}"}
    return Finding("doctor.too_slow", text, hint)
