"""Drain: one drain under way, and what becomes of each claimed change: settled, waiting, given up."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..conf import app_settings
from ..errors import (
    AccountRefused,
    AlreadyExists,
    ConfigurationError,
    GetResponseError,
    NotFound,
    Rejected,
)
from ..models import Account, Change, Contact, Mirrored
from ..models.outbox import Reason, settle
from ..plan import Decision, Verdict, after_failure
from ..resources import Json

logger = logging.getLogger("getresponse_django")


@dataclass
class Drained:
    """What a drain did."""

    pushed: int = 0
    waiting: int = 0
    gave_up: int = 0
    silent: str = ""  # why nothing may be sent, in words


class Item(NamedTuple):
    """A due change with its contact and what the contact should be in GetResponse."""

    change: Change
    contact: Contact
    values: Json


class Drain:
    """One drain of one account: the client, the claimed changes that are not decided yet, and the count."""

    def __init__(self, account: Account, client: Client) -> None:
        self.account, self.client, self.result = account, client, Drained()
        self.open: dict[int, Change] = {}
        self.stopped = False
        self._begin_until = 0.0

    @property
    def may_begin(self) -> bool:
        """Whether to begin with another of the claimed changes.

        Not in the second half of the lease: what is begun must end before another worker may claim it.
        """
        return not self.stopped and time.monotonic() < self._begin_until

    def claim(self, resource: str) -> list[Change]:
        """The next changes of ``resource``, none when the account must be silent."""
        if self.stopped:
            return []
        self._begin_until = time.monotonic() + app_settings.LEASE_SECONDS / 2
        changes = Change.objects.claim(self.account, resource, timezone.now())
        self.open = {change.pk: change for change in changes}
        return changes

    def settle(self, changes: Iterable[Change]) -> None:
        """These are pushed."""
        done = [self._close(change) for change in changes]
        settle(done)
        self.result.pushed += len(done)

    def wait(self, change: Change, seconds: float, detail: str = "") -> None:
        """Try this one again after ``seconds``; it costs no attempt."""
        self._close(change).retry_at(timezone.now() + timedelta(seconds=seconds), detail, costs_attempt=False)
        self.result.waiting += 1

    def give_up(self, change: Change, reason: str, detail: str) -> None:
        """Leave this one to a person."""
        self._close(change).give_up(Reason(reason), detail)
        self.result.gave_up += 1

    def send_again(self, change: Change, detail: str) -> None:
        """A create that was lost is due at once. It costs an attempt, so that this cannot go on for ever."""
        if change.attempts >= app_settings.MAX_ATTEMPTS:
            self.give_up(change, Reason.EXHAUSTED, detail)
        else:
            self._close(change).retry_at(timezone.now(), detail)
            self.result.waiting += 1

    def failed(self, change: Change, error: GetResponseError, row: Mirrored | None = None) -> Decision:
        """Decide what ``error`` means for the change, write it down, and show it on the object."""
        decision = after_failure(
            error,
            change.attempts,
            backoff=app_settings.BACKOFF,
            max_attempts=app_settings.MAX_ATTEMPTS,
            jitter=random.random(),
        )
        match decision.verdict:
            case Verdict.STOP:
                self.stop(error)
            case Verdict.WAIT:
                self.wait(change, max(decision.seconds, 1), str(error))
            case Verdict.RETRY:
                when = timezone.now() + timedelta(seconds=decision.seconds)
                self._close(change).retry_at(when, str(error))
                self.result.waiting += 1
            case Verdict.GIVE_UP:
                self.give_up(change, decision.reason, str(error))
        if row is not None and decision.verdict is not Verdict.STOP:
            mirror.mark_refused(row, error)
        return decision

    def stop(self, error: GetResponseError) -> None:
        """Send nothing more: the account is refused, or GetResponse cannot be reached."""
        if self.stopped:
            return
        self.stopped, self.result.silent = True, str(error)
        if isinstance(error, (AccountRefused, ConfigurationError)):
            logger.error("getresponse.account_refused account=%s: %s", self.account.alias, error)
            self.account.open_circuit(str(error))
        else:
            logger.warning("getresponse.unavailable account=%s: %s", self.account.alias, error)
            self.account.wait_out_outage()

    @contextmanager
    def alone(self, change: Change, row: Mirrored | None = None) -> Iterator[None]:
        """Whatever goes wrong inside concerns this change only."""
        try:
            yield
        except GetResponseError as error:
            self.failed(change, error, row)
        except Exception as error:
            self.broke([change], error)

    @contextmanager
    def together(self, changes: Iterable[Change]) -> Iterator[None]:
        """A request that fails inside concerns all of these. A refusal is raised: one of them is
        its cause.
        """
        try:
            yield
        except (Rejected, NotFound, AlreadyExists):
            raise
        except GetResponseError as error:
            for change in [change for change in changes if change.pk in self.open]:
                self.failed(change, error)

    def broke(self, changes: Sequence[Change], error: Exception) -> None:
        """A defect in this software: try a few times more, for it may be mended, then show it."""
        # Only the kind of the exception is kept: its text may hold addresses.
        detail = f"{type(error).__name__} in getresponse_django; the log has more."
        logger.error(
            "getresponse.defect kind=%s changes=%d", type(error).__name__, len(changes), exc_info=error
        )
        for change in changes:
            if change.attempts >= len(app_settings.BACKOFF):
                self.give_up(change, Reason.INTERNAL, detail)
            else:
                delay = timedelta(seconds=app_settings.BACKOFF[max(change.attempts, 1) - 1])
                self._close(change).retry_at(timezone.now() + delay, detail)

    def release(self) -> None:
        """Free what was claimed and not decided, as if it had not been claimed."""
        for change in list(self.open.values()):
            self._close(change).retry_at(change.not_before, change.detail, costs_attempt=False)

    def _close(self, change: Change) -> Change:
        return self.open.pop(change.pk, change)
