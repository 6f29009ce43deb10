"""A pull under way: one at a time per kind, with progress, and an end that is always written down."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.db import reset_queries
from django.db.models import QuerySet
from django.utils import timezone

from .. import events
from ..calls import Page
from ..client import Client
from ..conf import app_settings
from ..errors import AccountRefused, GetResponseError
from ..models import Account, PullRun
from ..models.runs import Cancelled
from ..resources import timestamp

T = TypeVar("T")

DAILY = timedelta(hours=24)

FEW = 5
"""So many removals are always believed: a percentage of a handful means nothing."""


class AlreadyRunning(Exception):
    """A pull of this kind is running already: wait for it to end."""


class TooManyRemovals(Exception):
    """The pull would mark too many contacts as left. Look at GetResponse; ``--force`` if it is right."""


@contextmanager
def running(account: Account, kind: str) -> Iterator[PullRun]:
    """One run of ``kind``. Raises AlreadyRunning and Cancelled; whatever ends the run is written on it."""
    run = PullRun.objects.begin(account, kind)
    if run is None:
        raise AlreadyRunning(f"A pull of {kind} of the account {account.alias} is running already.")
    started = time.perf_counter()
    try:
        yield run
    except Cancelled as cancelled:
        run.finish(ok=None, message=str(cancelled))
        raise
    except (GetResponseError, TooManyRemovals) as error:
        run.finish(ok=False, message=str(error))
        if isinstance(error, AccountRefused):
            account.open_circuit(error)
        raise
    except BaseException as error:
        kind_of_error = type(error).__name__
        run.finish(ok=False, message=f"{kind_of_error}; the log has more.")
        if isinstance(error, Exception):
            events.PULL_DEFECT.log(account=account.alias, part=kind, error_type=kind_of_error, broke=error)
        raise
    run.finish(ok=True)
    events.PULL_FINISHED.log(
        account=account.alias,
        part=kind,
        read=run.done,
        written=run.written,
        milliseconds=events.since(started),
    )
    account.mark_used()


def guard(gone: int, here: int, what: str, *, force: bool) -> None:
    """Raises TooManyRemovals before a mistake, such as the key of another account, becomes a mass removal."""
    percent = app_settings.SAFE_REMOVAL_PERCENT
    if force or gone <= FEW or gone * 100 <= here * percent:
        return
    raise TooManyRemovals(
        f"{gone} of {here} {what} are gone from GetResponse, more than SAFE_REMOVAL_PERCENT ({percent}) "
        "allows. If that is right, run getresponse_pull --force."
    )


def overdue(account: Account, cursor: str, every: timedelta) -> bool:
    """Whether the moment that ``done_now`` kept under this name is longer ago than ``every``, or unknown."""
    last = timestamp(account.cursors.get(cursor))
    return last is None or timezone.now() - last >= every


def done_now(account: Account, cursor: str) -> None:
    """Remember that this was done at this moment."""
    account.move_cursor(cursor, timezone.now().isoformat())


@contextmanager
def client_for(account: Account, client: Client | None, *, interactive: bool = False) -> Iterator[Client]:
    """The client given, or one of our own that is closed afterwards; ``interactive`` where a person waits."""
    if client is not None:
        yield client
        return
    with Client.for_account(account.alias, interactive=interactive) as own:
        yield own


def each_page(client: Client, run: PullRun, path: str, **options: Any) -> Iterator[Page]:
    """``client.pages``; after each page the run shows that it is alive, and a site under DEBUG forgets its
    queries, which Django would keep in memory.
    """
    for page in client.pages(path, **options):
        yield page
        run.advance()
        if settings.DEBUG:
            reset_queries()


def in_chunks(rows: QuerySet[Any, Any], size: int = 1000) -> Iterator[list[Any]]:
    """Rows of ``values_list("pk", ...)`` by their keys, some at a time: never all of them are in memory."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield chunk
        last = chunk[-1][0]


def groups_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to ``size`` items. (itertools.batched needs Python 3.12.)"""
    source = iter(items)
    while group := list(islice(source, size)):
        yield group
