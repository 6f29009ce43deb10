"""getresponse_reconcile: bring the site's objects, the mirror and GetResponse together again."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from getresponse_django import conf, subscribers
from getresponse_django.client import Client
from getresponse_django.management.accounts import add_account, for_each_account
from getresponse_django.management.drift_report import Counts, CsvReport, lines
from getresponse_django.models import Account
from getresponse_django.pull import Options, find_drift, leavers, pull
from getresponse_django.pull.contacts import LOADED


class Command(BaseCommand):
    help = (
        "Tell how the contacts here differ from those in GetResponse; then read GetResponse in full and "
        "apply every Subscriber. With --dry-run only tell, also how many each Subscriber would change."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would change, and change nothing"
        )
        parser.add_argument(
            "--details", action="store_true", help="read each contact, to compare its custom fields as well"
        )
        parser.add_argument(
            "--csv",
            metavar="FILE",
            help="write every difference, with addresses and values, to this file (“-”: standard output)",
        )

    def handle(self, **options: Any) -> None:
        if not (conf.app_settings.ENABLED or options["dry_run"]):
            raise CommandError('GETRESPONSE["ENABLED"] is False, so nothing would be sent. Set it to True.')
        with self.csv_report(options["csv"]) as report:
            for_each_account(
                options["account"], lambda account: self.reconcile_account(account, report, options)
            )

    @contextmanager
    def csv_report(self, path: str | None) -> Iterator[CsvReport | None]:
        """Where the differences are written, if anywhere; with "-" the counts leave standard output to it."""
        if path == "-":
            rows, self.stdout = self.stdout, self.stderr
            self.stdout.style_func = str
            yield CsvReport(rows)
        elif path:
            with opened(path) as file:
                yield CsvReport(file)
        else:
            yield None

    def reconcile_account(self, account: Account, report: CsvReport | None, options: dict[str, Any]) -> None:
        alias, dry_run = account.alias, options["dry_run"]
        for line in lines(self.drift(account, report, details=options["details"])):
            self.stdout.write(f"{alias}: {line}")
        if not dry_run:
            parts = ("campaigns", "fields", "tags", "contacts")
            runs = pull(account, parts, Options(full=True, details=options["details"]))
            read, written = sum(run.done for run in runs), sum(run.written for run in runs)
            self.stdout.write(f"{alias}: {read} read, {written} written")
        elif LOADED not in account.cursors:
            self.stderr.write(f"{alias}: run getresponse_pull first; what follows knows no contacts yet.")
        verb = "would be " if dry_run else ""
        with Client.for_account(alias) as client:
            leaving = partial(leavers, client)
            found = subscribers.reconcile(dry_run=dry_run, account=alias, leavers=leaving)
        for rule, counts in found.items():
            told = (f"{counts[what]} {verb}{what}" for what in ("subscribed", "updated", "unsubscribed"))
            self.stdout.write(f"{rule}: {', '.join(told)}")

    def drift(self, account: Account, report: CsvReport | None, *, details: bool) -> Counts:
        """How many differences there are of each kind; each is written to the report."""
        counts: Counts = Counts()
        with Client.for_account(account.alias) as client:
            for found in find_drift(client, account, details=details):
                counts[found.campaign, found.kind, found.field] += 1
                if report:
                    report.write(account.alias, found)
        return counts


def opened(path: str) -> TextIO:
    """A new text file. Raises CommandError before anything is asked."""
    try:
        return open(path, "w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
