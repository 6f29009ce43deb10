"""getresponse_person: all that is held about an address, or none of it any more."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from getresponse_django import rights
from getresponse_django.errors import ConfigurationError
from getresponse_django.management.asking import add_no_input, agreed


class Command(BaseCommand):
    help = (
        "--export: print all that is held about an address, as JSON. --erase: remove it from every list of "
        "every account and from every table, and let nothing bring it back. See docs/howto/rights.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--export", action="store_true", help="print JSON")
        what.add_argument("--erase", action="store_true", help="erase the person")
        add_no_input(parser)

    def handle(self, email: str, **options: Any) -> None:
        email = email.strip()
        if "@" not in email.strip("@"):
            raise CommandError("That is not an e-mail address.")
        if options["export"]:
            self.export(email)
        else:
            self.erase(email, options)

    def export(self, email: str) -> None:
        everything = rights.export(email) | {"everywhere": rights.sweep(email)}
        self.stdout.write(json.dumps(everything, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))

    def erase(self, email: str, options: dict[str, Any]) -> None:
        count = rights.contacts_of(email).count()
        if not agreed(f"{count} contacts. Erase all about this person for good?", options):
            raise CommandError("nothing was erased.")
        try:
            done = rights.erase(email)
        except ConfigurationError as error:
            raise CommandError(str(error)) from None
        for name, number in done.erased.items():
            self.stdout.write(f"{name}: {number} erased")
        for name, number in done.kept.items():
            if number:
                self.stdout.write(f"{name}: {number} kept; docs/howto/rights.md says why")
