"""getresponse_doctor: what keeps an account from working, and what to do."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from getresponse_django import conf
from getresponse_django.doctor import Finding, diagnose, problems_of


class Command(BaseCommand):
    help = "Look for problems with GetResponse. Exits with 1 when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON for machines")

    def handle(self, **options: Any) -> None:
        reports = {alias: diagnose(alias) for alias in conf.aliases()} or {"": [no_account()]}
        if options["json"]:
            self.stdout.write(
                json.dumps({a: [f.as_dict() for f in found] for a, found in reports.items()}, indent=2)
            )
        else:
            for alias, findings in reports.items():
                self.report(alias, findings)
        if any(problems_of(findings) for findings in reports.values()):
            sys.exit(1)

    def report(self, alias: str, findings: list[Finding]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"Account {alias or '(none)'}"))
        for finding in findings:
            mark = self.style.SUCCESS("ok     ") if finding.ok else self.style.ERROR("problem")
            self.stdout.write(f"  {mark} {finding.topic}: {finding.message}")
            if finding.hint:
                self.stdout.write(f"          {finding.hint}")


def no_account() -> Finding:
    """The finding for a site without an account."""
    return Finding(
        "settings",
        False,
        'GETRESPONSE["ACCOUNTS"] is empty.',
        "Set GETRESPONSE_API_KEY and use conf.from_env(env).",
    )
