"""getresponse_account: which site an account belongs to, and how a site that has moved takes it along."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from getresponse_django.management.accounts import add_account, for_each_account
from getresponse_django.management.asking import add_no_input, agreed
from getresponse_django.models import Account, Change
from getresponse_django.staging import in_words


class Command(BaseCommand):
    help = (
        "show: which site sends for an account. adopt: make it this one, after the site has moved to another "
        "domain or database. Do not adopt on a staging copy: it would write to your customers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["show", "adopt"])
        add_account(parser)
        add_no_input(parser)

    def handle(self, **options: Any) -> None:
        work = self.show if options["action"] == "show" else self.adopt
        for_each_account(options["account"], lambda account: work(account, options))

    def show(self, account: Account, _options: dict[str, Any]) -> None:
        bound = in_words(account.bound_to) if account.bound_to else "no site yet: the first push binds it"
        self.stdout.write(f"{account.alias}: belongs to {bound}")
        self.stdout.write(f"{account.alias}: this is {in_words(account.this_site())}")
        self.stdout.write(f"{account.alias}: {'a copy, nothing is sent' if account.is_copy else 'sends'}")

    def adopt(self, account: Account, options: dict[str, Any]) -> None:
        self.show(account, options)
        if not account.this_site():
            raise CommandError("a database of tests cannot adopt an account.")
        waiting = Change.objects.waiting().filter(account=account).count()
        question = f"{account.alias}: {waiting} changes wait and will be sent from here. Adopt it?"
        if not agreed(question, options):
            raise CommandError("not adopted.")
        account.adopt()
        self.stdout.write(f"{account.alias}: adopted")
