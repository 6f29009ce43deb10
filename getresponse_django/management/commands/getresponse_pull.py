"""getresponse_pull: mirror GetResponse here, now, with progress."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from getresponse_django import forecast, subscribers
from getresponse_django.client import Client
from getresponse_django.management.accounts import add_account, for_each_account
from getresponse_django.models import Account, PullRun
from getresponse_django.pull import PARTS, Options, pull
from getresponse_django.pull.contacts import LOADED
from getresponse_django.vanishing import tell_of_vanished


class Command(BaseCommand):
    help = (
        "Pull campaigns, custom fields, tags, contacts, segments, messages and statistics from GetResponse."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        parser.add_argument("--only", help=f"comma-separated parts: {', '.join(PARTS)}")
        parser.add_argument("--full", action="store_true", help="read everything, not only what changed")
        parser.add_argument(
            "--details", action="store_true", help="read each contact for its tags and custom fields"
        )
        parser.add_argument("--force", action="store_true", help="accept that very many contacts are gone")

    def handle(self, **options: Any) -> None:
        parts = [part.strip() for part in (options["only"] or ",".join(PARTS)).split(",")]
        if unknown := sorted(set(parts) - set(PARTS)):
            raise CommandError(f"Unknown part {', '.join(unknown)}. Choose from: {', '.join(PARTS)}.")
        how = Options(full=options["full"], details=options["details"], force=options["force"])
        try:
            for_each_account(options["account"], lambda account: self.pull_account(account, parts, how))
        finally:
            self.warn_of_unknown_lists()

    def pull_account(self, account: Account, parts: list[str], how: Options) -> None:
        for part in (name for name in PARTS if name in parts):
            if part == "contacts":
                self.tell_what_is_ahead(account, how)
            for run in pull(account, [part], how, watch=self.show if self.stdout.isatty() else None):
                self.stdout.write(f"{account.alias}: {run.kind}: {run.done} read, {run.written} written")
        tell_of_vanished(account)

    def tell_what_is_ahead(self, account: Account, how: Options) -> None:
        """Before a long pull: of a first one, GetResponse is asked how many contacts there are."""
        account.refresh_from_db(fields=["cursors"])
        is_first = LOADED not in account.cursors
        if not (is_first or how.full or how.details):
            return
        total = None
        if is_first:
            with Client.for_account(account.alias) as client:
                total = client.count("/contacts")
        ahead = forecast.pull_ahead(account, total, details=how.details)
        if ahead.seconds >= forecast.LONG:
            self.stdout.write(f"{account.alias}: contacts take {forecast.in_words(ahead)}")

    def show(self, run: PullRun) -> None:
        """The progress of a run, on a line of the terminal that the next one overwrites."""
        share = f"{run.done} of {run.total}" if run.total else str(run.done)
        self.stdout.write(f"{run.kind}: {share} read, {run.written} written\033[K\r", ending="")
        self.stdout.flush()

    def warn_of_unknown_lists(self) -> None:
        for rule, name in subscribers.unknown_campaigns():
            self.stderr.write(
                self.style.WARNING(f"{rule} names the list “{name}”, which is not in GetResponse.")
            )
