"""A pull under way: one at a time per kind, with progress, and an end that is always written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from ..client import Client
from ..conf import app_settings
from ..errors import AccountRefused, GetResponseError
from ..models import Account, PullRun
from ..models.runs import Cancelled
from ..resources import timestamp

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
    try:
        yield run
    except Cancelled as cancelled:
        run.finish(ok=None, message=str(cancelled))
        raise
    except (GetResponseError, TooManyRemovals) as error:
        run.finish(ok=False, message=str(error))
        if isinstance(error, AccountRefused):
            account.open_circuit(str(error))
        raise
    except BaseException as error:
        run.finish(ok=False, message=f"{type(error).__name__}; the log has more.")
        raise
    run.finish(ok=True)
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
def client_for(account: Account, client: Client | None) -> Iterator[Client]:
    """The client given, or one of our own that is closed afterwards."""
    if client is not None:
        yield client
        return
    with Client.for_account(account.alias) as own:
        yield own
