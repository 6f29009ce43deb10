"""getresponse_pull: mirror GetResponse here, now, with progress."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from getresponse_django import conf, subscribers
from getresponse_django.doctor import advice
from getresponse_django.errors import GetResponseError
from getresponse_django.models import Account
from getresponse_django.pull import PARTS, AlreadyRunning, Cancelled, Options, TooManyRemovals, pull


class Command(BaseCommand):
    help = (
        "Pull campaigns, custom fields, tags, contacts, segments, messages and statistics from GetResponse."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only this account of the settings")
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
        for alias in [options["account"]] if options["account"] else configured():
            self.pull_account(alias, parts, how)
        for rule, name in subscribers.unknown_campaigns():
            self.stderr.write(
                self.style.WARNING(f"{rule} names the list “{name}”, which is not in GetResponse.")
            )

    def pull_account(self, alias: str, parts: list[str], how: Options) -> None:
        try:
            conf.account_config(alias)
            account = Account.objects.for_alias(alias)
            for part in (name for name in PARTS if name in parts):
                for run in pull(account, [part], how):
                    self.stdout.write(f"{alias}: {run.kind}: {run.done} read, {run.written} written")
        except (GetResponseError, AlreadyRunning, Cancelled, TooManyRemovals) as error:
            raise CommandError(f"{alias}: {error} {advice(alias, error)}".strip()) from None


def configured() -> list[str]:
    """The accounts of the settings. Raises CommandError when there is none."""
    names = conf.aliases()
    if not names:
        raise CommandError(
            'GETRESPONSE["ACCOUNTS"] is empty. Set GETRESPONSE_API_KEY and use conf.from_env(env).'
        )
    return names
