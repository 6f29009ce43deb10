"""What commands do for one account or for all: each by itself, so that one that fails stops no other."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from django.core.management.base import CommandError

from getresponse_django import conf
from getresponse_django.doctor import advice
from getresponse_django.errors import GetResponseError
from getresponse_django.models import Account
from getresponse_django.pull import AlreadyRunning, Cancelled, TooManyRemovals


def add_account(parser: ArgumentParser) -> None:
    """The option that chooses one account."""
    parser.add_argument("--account", help="only this account of the settings")


def for_each_account(alias: str | None, work: Callable[[Account], None]) -> None:
    """Do ``work`` for the account ``alias``, or for every account of the settings, in their order.

    Raises CommandError at the end, with a line for each account that failed, which it begins with.
    """
    failures = [said for name in ([alias] if alias else configured()) if (said := failure_of(name, work))]
    if failures:
        raise CommandError("\n".join(failures))


def failure_of(alias: str, work: Callable[[Account], None]) -> str:
    """Why ``work`` could not be done for this account, and what to do; empty when it was done."""
    try:
        conf.account_config(alias)
        work(Account.objects.for_alias(alias))
    except CommandError as error:
        return f"{alias}: {error}"
    except (GetResponseError, AlreadyRunning, Cancelled, TooManyRemovals) as error:
        return f"{alias}: {error} {advice(alias, error)}".strip()
    return ""


def configured() -> list[str]:
    """The accounts of the settings. Raises CommandError when there is none."""
    names = conf.aliases()
    if not names:
        raise CommandError(
            'GETRESPONSE["ACCOUNTS"] is empty. Set GETRESPONSE_API_KEY and use conf.from_env(env).'
        )
    return names
