"""getresponse_push: push what is due, here, now, and wait until creates are linked."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q, QuerySet
from django.utils import timezone

from getresponse_django import forecast
from getresponse_django.management.accounts import add_account, for_each_account
from getresponse_django.models import Account, Change, Contact, ContactState
from getresponse_django.push import drain

SCANS = (1, 5, 15, 30, 60)
"""Seconds after which creates are looked for."""


class Command(BaseCommand):
    help = "Push all waiting changes. Exits with 1 when a change gave up or nothing could be sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        parser.add_argument(
            "--import",
            dest="imports",
            action="store_true",
            help="first import the new contacts of lists that have a thousand or more (not double opt-in)",
        )

    def handle(self, **options: Any) -> None:
        imports = options["imports"]
        for_each_account(options["account"], lambda account: self.push_account(account, imports=imports))

    def push_account(self, account: Account, *, imports: bool) -> None:
        ahead = forecast.push_ahead(account)
        if ahead.seconds >= forecast.LONG and not imports:
            self.stdout.write(f"{account.alias}: what waits takes {forecast.in_words(ahead)}")
        pushed = self.drain(account, imports=imports)
        for wait in SCANS:
            if not creates_on_their_way(account).exists():
                break
            time.sleep(wait)
            # Nothing is lost by looking early.
            creates_on_their_way(account).update(not_before=timezone.now())
            pushed += self.drain(account)
        waiting, gave_up = outbox(account)
        self.stdout.write(f"{account.alias}: {pushed} pushed, {waiting} waiting, {gave_up} gave up")
        if gave_up:
            raise CommandError(f"{gave_up} changes gave up; see Changes in the admin, mend the cause, Retry.")

    def drain(self, account: Account, *, imports: bool = False) -> int:
        result = drain(account, imports=imports)
        if result.silent:
            raise CommandError(f"nothing was sent: {result.silent} See getresponse_doctor.")
        return result.pushed


def creates_on_their_way(account: Account) -> QuerySet[Change]:
    """The changes of contacts that were sent and whose ids GetResponse has yet to show."""
    states = (ContactState.SENT, ContactState.ACCEPTED, ContactState.LEAVING)
    unlinked = Contact.plain.filter(account=account, contact_id=None, state__in=states)
    changes = Change.objects.waiting().filter(account=account, resource="contact")
    return changes.filter(Q(object_pk__in=unlinked.values("pk")) | Q(tombstone__remote_id=None))


def outbox(account: Account) -> tuple[int, int]:
    """How many changes wait and how many gave up."""
    changes = Change.objects.filter(account=account)
    return changes.waiting().count(), changes.gave_up().count()
