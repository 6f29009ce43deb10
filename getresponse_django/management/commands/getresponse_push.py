"""getresponse_push: push what is due, here, now, and wait until creates are linked."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from getresponse_django import conf
from getresponse_django.errors import GetResponseError
from getresponse_django.models import Account, Change
from getresponse_django.push import drain

from .getresponse_pull import configured

SCANS = (1, 5, 15, 30, 60)
"""Seconds after which creates are looked for."""


class Command(BaseCommand):
    help = "Push all waiting changes to GetResponse. Exits with 1 when a change gave up or nothing could be sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only this account of the settings")

    def handle(self, **options: Any) -> None:
        for alias in [options["account"]] if options["account"] else configured():
            self.push_account(alias)

    def push_account(self, alias: str) -> None:
        try:
            conf.account_config(alias)
        except GetResponseError as error:
            raise CommandError(str(error)) from None
        account = Account.objects.for_alias(alias)
        pushed = self.drain(account)
        for wait in SCANS:
            if not unlinked(account):
                break
            time.sleep(wait)
            look_now(account)
            pushed += self.drain(account)
        waiting, gave_up = outbox(account)
        self.stdout.write(f"{alias}: {pushed} pushed, {waiting} waiting, {gave_up} gave up")
        if gave_up:
            raise CommandError(
                f"{alias}: {gave_up} changes gave up; see Changes in the admin, mend the cause, Retry."
            )

    def drain(self, account: Account) -> int:
        result = drain(account)
        if result.silent:
            raise CommandError(f"{account.alias}: nothing was sent: {result.silent}")
        return result.pushed


def unlinked(account: Account) -> bool:
    """Whether contacts that were sent still wait for their ids."""
    return account.changes.filter(gave_up_at=None, resource="contact").exists()


def look_now(account: Account) -> None:
    """Make waiting contacts due; nothing is lost by looking early."""
    Change.objects.filter(account=account, gave_up_at=None, resource="contact").update(
        not_before=timezone.now()
    )


def outbox(account: Account) -> tuple[int, int]:
    """How many changes wait and how many gave up."""
    changes = Change.objects.filter(account=account)
    return changes.waiting().count(), changes.gave_up().count()
