"""getresponse_callbacks: switch the callbacks of an account on or off, and say how to set up its webhooks."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import NoReverseMatch

from getresponse_django.client import Client
from getresponse_django.doctor import advice
from getresponse_django.errors import GetResponseError, NotFound
from getresponse_django.webhooks.addresses import is_ours, path_of, shown, site_problem

ACTIONS = ("subscribe", "unsubscribe", "open", "click", "survey")
"""All that there are (contract/behaviour-newsletters.md section 7)."""

NO_URLS = (
    'The site lacks the URLs: add path("getresponse/", include("getresponse_django.urls")) to its URLconf.'
)

WEBHOOKS = """
Webhooks tell more, and are repeated when the site was down. No API makes them: a person enters them in the
GetResponse panel, once for each event, with this URL:

    {url}

Events worth having: contact subscribed, unsubscribed, bounce removed, copied, moved, e-mail changed,
custom field value changed."""


class Command(BaseCommand):
    help = (
        "Switch the callbacks of an account on or off, and tell the URL of its webhooks. An account has one "
        "callback URL; that of another system is not replaced without --replace."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["enable", "disable"])
        parser.add_argument("--account", default="default", help="the account of the settings")
        parser.add_argument(
            "--url", default="", help="the address of the site, such as https://www.example.com"
        )
        parser.add_argument(
            "--actions",
            default="subscribe,unsubscribe",
            help=f"comma-separated, of: {', '.join(ACTIONS)} (default %(default)s)",
        )
        parser.add_argument("--replace", action="store_true", help="also where another system is called now")
        parser.add_argument("--show-secret", action="store_true", help="print URLs with the secret")

    def handle(self, **options: Any) -> None:
        alias = options["account"]
        try:
            with Client.for_account(alias, interactive=True) as client:
                if options["action"] == "enable":
                    self.enable(client, alias, options)
                else:
                    self.disable(client, alias, options)
        except NoReverseMatch:
            raise CommandError(NO_URLS) from None
        except GetResponseError as error:
            raise CommandError(f"{alias}: {error} {advice(alias, error)}".strip()) from None

    def enable(self, client: Client, alias: str, options: dict[str, Any]) -> None:
        site, wanted = options["url"].rstrip("/"), options["actions"].split(",")
        if problem := site_problem(site):
            raise CommandError(f"--url: {problem}")
        if unknown := sorted(set(wanted) - set(ACTIONS)):
            raise CommandError(f"Unknown action {', '.join(unknown)}. Choose from: {', '.join(ACTIONS)}.")
        url = site + path_of("callbacks", alias)
        webhook_url = site + path_of("webhooks", alias)
        self.refuse_foreign(current(client), alias, options)
        # All five are said, so that none is left to what the omission of one might mean.
        actions = {action: action in wanted for action in ACTIONS}
        client.post("/accounts/callbacks", {"url": url, "actions": actions})
        on = ", ".join(action for action in ACTIONS if actions[action])
        self.stdout.write(f"{alias}: callbacks are on ({on}): {self.masked(url, options)}")
        self.stdout.write(WEBHOOKS.format(url=self.masked(webhook_url, options)))
        if not options["show_secret"]:
            self.stdout.write("\n*** stands for the first WEBHOOK_SECRET; --show-secret prints it.")

    def disable(self, client: Client, alias: str, options: dict[str, Any]) -> None:
        found = current(client)
        if found is None:
            self.stdout.write(f"{alias}: callbacks are off already")
            return
        self.refuse_foreign(found, alias, options)
        client.delete("/accounts/callbacks")
        self.stdout.write(f"{alias}: callbacks are off. Webhooks are removed in the panel.")

    def refuse_foreign(self, found: dict[str, Any] | None, alias: str, options: dict[str, Any]) -> None:
        url = (found or {}).get("url") or ""
        if url and not options["replace"] and not is_ours(url, alias):
            raise CommandError(
                f"{alias}: GetResponse calls another system now, {shown(url)}, which would hear nothing any "
                "more. If that is right, add --replace."
            )

    def masked(self, url: str, options: dict[str, Any]) -> str:
        if options["show_secret"]:
            return url
        return url.rstrip("/").rpartition("/")[0] + "/***/"


def current(client: Client) -> dict[str, Any] | None:
    """The callbacks as they are; None while they are off, which is a 404."""
    try:
        found = client.get("/accounts/callbacks")
    except NotFound:
        return None
    return found if isinstance(found, dict) else None
