"""A pull under way: one at a time per kind, with progress, and an end that is always written down."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..client import Client
from ..conf import app_settings
from ..errors import AccountRefused, GetResponseError
from ..models import Account, PullRun

logger = logging.getLogger("getresponse_django")


class AlreadyRunning(Exception):
    """A pull of this kind is running already: wait for it to end."""


class TooManyRemovals(Exception):
    """The pull would mark too many contacts as left. Look at GetResponse; ``--force`` if it is right."""


@contextmanager
def running(account: Account, kind: str) -> Iterator[PullRun]:
    """One run of ``kind``. Raises AlreadyRunning; whatever ends the run is written on it."""
    run = PullRun.objects.begin(account, kind)
    if run is None:
        raise AlreadyRunning(f"A pull of {kind} of the account {account.alias} is running already.")
    try:
        yield run
    except (GetResponseError, TooManyRemovals) as error:
        run.finish(ok=False, message=str(error))
        logger.warning("getresponse.pull_failed account=%s kind=%s: %s", account.alias, kind, error)
        if isinstance(error, AccountRefused):
            account.open_circuit(str(error))
        raise
    except BaseException as error:
        run.finish(ok=False, message=f"{type(error).__name__}; the log has more.")
        raise
    run.finish(ok=True)
    account.mark_used()


def enabled() -> bool:
    """Whether anything may be asked at all."""
    return bool(app_settings.ENABLED)


@contextmanager
def client_for(account: Account, client: Client | None) -> Iterator[Client]:
    """The client given, or one of our own that is closed afterwards."""
    if client is not None:
        yield client
        return
    with Client.for_account(account.alias) as own:
        yield own
