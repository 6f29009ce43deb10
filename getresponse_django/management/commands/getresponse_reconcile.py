"""getresponse_reconcile: bring the site's objects, the mirror and GetResponse together again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from getresponse_django import conf, subscribers
from getresponse_django.doctor import advice
from getresponse_django.errors import GetResponseError
from getresponse_django.models import Account
from getresponse_django.pull import AlreadyRunning, Options, TooManyRemovals, pull

from .getresponse_pull import configured


class Command(BaseCommand):
    help = "Read GetResponse in full, then apply every Subscriber. With --dry-run only say to how many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="count what would change, and change nothing"
        )

    def handle(self, **options: Any) -> None:
        names = configured()
        if not (conf.app_settings.ENABLED or options["dry_run"]):
            raise CommandError('GETRESPONSE["ENABLED"] is False, so nothing would be sent. Set it to True.')
        if not options["dry_run"]:
            for alias in names:
                self.read(alias)
        for rule, counts in subscribers.reconcile(dry_run=options["dry_run"]).items():
            verb = "would be " if options["dry_run"] else ""
            told = ", ".join(
                f"{counts[what]} {verb}{what}" for what in ("subscribed", "updated", "unsubscribed")
            )
            self.stdout.write(f"{rule}: {told}")

    def read(self, alias: str) -> None:
        try:
            conf.account_config(alias)
            runs = pull(
                Account.objects.for_alias(alias),
                ("campaigns", "fields", "tags", "contacts"),
                Options(full=True),
            )
        except (GetResponseError, AlreadyRunning, TooManyRemovals) as error:
            raise CommandError(f"{alias}: {error} {advice(alias, error)}".strip()) from None
        self.stdout.write(
            f"{alias}: {sum(run.done for run in runs)} read, {sum(run.written for run in runs)} written"
        )
