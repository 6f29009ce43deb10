"""Pulls remote truth into the mirror: audience, messages, statistics, segments. Each part is one PullRun."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..client import Client
from ..models import Account, PullRun
from ..models.runs import Cancelled
from . import contacts, named, searches
from . import statistics as series
from .comparing import find_drift
from .consents import contact_consents
from .contact_activities import activities
from .leaving import leavers
from .running import AlreadyRunning, TooManyRemovals, client_for, running
from .searches import members

__all__ = [
    "PARTS",
    "AlreadyRunning",
    "Cancelled",
    "Options",
    "TooManyRemovals",
    "activities",
    "audience",
    "contact_consents",
    "find_drift",
    "leavers",
    "members",
    "messages",
    "pull",
    "segments",
    "statistics",
]


@dataclass(frozen=True)
class Options:
    """How thorough a pull is: ``full`` lists everything, ``details`` reads each contact, ``force`` accepts
    many removals.
    """

    full: bool = False
    details: bool = False
    force: bool = False


Part = Callable[[Client, Account, PullRun, Options], None]

PARTS: dict[str, Part] = {
    "campaigns": named.campaigns,
    "fields": named.custom_fields,
    "tags": named.tags,
    "contacts": contacts.contacts,
    "segments": searches.segments,
    "messages": named.messages,
    "statistics": series.statistics,
}
"""What can be pulled, in the order that lets each part find what it refers to."""


def pull(
    account: Account,
    parts: Iterable[str],
    options: Options = Options(),
    *,
    client: Client | None = None,
    watch: Callable[[PullRun], object] | None = None,
) -> list[PullRun]:
    """Pull these parts in the order of PARTS and return their runs; ``watch`` is called as each goes on.

    Raises AlreadyRunning, Cancelled, TooManyRemovals, or the GetResponseError that ended a part; its run
    tells as well.
    """
    wanted = set(parts)
    runs = []
    with client_for(account, client) as own:
        for kind in (name for name in PARTS if name in wanted):
            with running(account, kind) as run:
                run.watch = watch
                PARTS[kind](own, account, run, options)
            runs.append(run)
    return runs


def audience(account: Account, options: Options = Options()) -> list[PullRun]:
    """Pull campaigns, custom fields, tags and contacts."""
    return pull(account, ("campaigns", "fields", "tags", "contacts"), options)


def segments(account: Account, options: Options = Options()) -> list[PullRun]:
    """Pull the saved searches."""
    return pull(account, ("segments",), options)


def messages(account: Account, options: Options = Options()) -> list[PullRun]:
    """Pull from fields, newsletters, autoresponders and tests."""
    return pull(account, ("messages",), options)


def statistics(account: Account, options: Options = Options()) -> list[PullRun]:
    """Pull the statistics of campaigns and messages."""
    return pull(account, ("statistics",), options)
