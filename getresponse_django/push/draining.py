"""Drain: one drain under way, and what becomes of each claimed change: settled, waiting, given up."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from .. import events, mirror
from ..client import Client
from ..conf import app_settings
from ..errors import (
    AccountRefused,
    AlreadyExists,
    ConfigurationError,
    GetResponseError,
    NotFound,
    OutcomeUnknown,
    Rejected,
)
from ..models import Account, Change, Contact, Mirrored
from ..models.outbox import Reason, release, retry, settle
from ..plan import Decision, Verdict, after_failure
from ..resources import Json, contact_values

ORDER = ("campaign", "custom_field", "tag", "contact", "segment", "newsletter")
"""What a contact or a newsletter names is there before it is sent."""

GLANCE_SECONDS = 0.5
"""How often bulk work looks whether somebody waits for another change."""


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


def values_of(contact: Contact) -> Json:
    """What the contact should be in GetResponse; tags without an id are left to ``sendable``."""
    return contact_values(contact, [tag.tag_id for tag in contact.tags.all() if tag.tag_id])


class Drain:
    """One drain of one account: the client, the claimed changes that are not decided yet, and the count."""

    def __init__(self, account: Account, client: Client) -> None:
        self.account, self.client, self.result = account, client, Drained()
        self.open: dict[int, Change] = {}
        self.stopped = False
        self.refusing_creates: GetResponseError | None = None
        self.scanned: dict[str, tuple[datetime, datetime, float]] = {}
        self.bulk = self._overtaken = False
        self._stuck: set[tuple[bool, str]] = set()
        self._begin_until = self._glance_at = 0.0

    @property
    def may_begin(self) -> bool:
        """Whether to begin with another of the claimed changes.

        Not in the second half of the lease: what is begun must end before another worker may claim it. Nor,
        with bulk work, while there is a change that somebody waits for: it goes first.
        """
        overtaken = self._is_overtaken()
        return not (self.stopped or overtaken) and time.monotonic() < self._begin_until

    def _is_overtaken(self) -> bool:
        if self.bulk and not self._overtaken and time.monotonic() >= self._glance_at:
            self._glance_at = time.monotonic() + GLANCE_SECONDS
            self._heed_pause()
            others = [resource for resource in ORDER if (False, resource) not in self._stuck]
            due = Change.objects.due(timezone.now()).filter(account=self.account, bulk=False)
            self._overtaken = due.filter(resource__in=others).exists()
        return self._overtaken

    def _heed_pause(self) -> None:
        """Stop when the account was paused meanwhile, by a person or by another worker."""
        self.account.refresh_from_db(
            fields=["paused", "resume_at", "circuit_opened_at", "circuit_reason", "bound_to"]
        )
        if silent := self.account.why_silent(timezone.now()):
            self.stopped, self.result.silent = True, silent

    def claim(self) -> tuple[str, list[Change]] | None:
        """The next changes of one resource: those that somebody waits for before bulk work.

        None when there are no more, or the account must be silent.
        """
        if not self.stopped:
            self._heed_pause()
        if not Change.objects.due(timezone.now()).filter(account=self.account).exists():
            return None  # as at the end of every drain, by one query instead of one for each resource
        for bulk in (False, True):
            for resource in ORDER:
                if not self.stopped and (bulk, resource) not in self._stuck:
                    self._begin_until = time.monotonic() + app_settings.LEASE_SECONDS / 2
                    # What was begun may still wait for the limits, and after that be no news any more.
                    self.client.write_until(time.monotonic() + app_settings.LEASE_SECONDS * 3 / 4)
                    if changes := Change.objects.claim(self.account, resource, timezone.now(), bulk=bulk):
                        self.take(changes, bulk)
                        return resource, changes
        return None

    def take(self, changes: list[Change], bulk: bool) -> None:
        self.open = {change.pk: change for change in changes}
        self.bulk, self._overtaken = bulk, False
        self._glance_at = time.monotonic() + GLANCE_SECONDS
        self.client.prefer(interactive=not bulk)

    def leave(self, resource: str) -> None:
        """Nothing became of the changes just claimed, so this drain claims no more of their kind; unless
        they only give way.
        """
        if not self._overtaken:
            self._stuck.add((self.bulk, resource))

    def settle(self, changes: Iterable[Change]) -> None:
        """These are pushed."""
        done = [self._close(change) for change in changes]
        settle(done)
        self.result.pushed += len(done)

    def wait(self, change: Change, seconds: float, detail: str = "") -> None:
        """Try this one again after ``seconds``; it costs no attempt."""
        self.wait_all([change], seconds, detail)

    def wait_all(self, changes: Iterable[Change], seconds: float, detail: str = "") -> None:
        """Try these again after ``seconds``; it costs no attempt."""
        self._retry(changes, seconds, detail, costs_attempt=False)

    def _retry(
        self,
        changes: Iterable[Change],
        seconds: float,
        detail: str,
        *,
        costs_attempt: bool,
        in_doubt: bool = False,
    ) -> None:
        freed, now = [self._close(change) for change in changes], timezone.now()
        # GetResponse may still be at it: done after what is recorded meanwhile, it would undo that.
        rest = now + timedelta(seconds=min(seconds, app_settings.BACKOFF[0])) if in_doubt else None
        when = now + timedelta(seconds=seconds)
        retry(freed, when, detail, costs_attempt=costs_attempt, leased_until=rest)
        self.result.waiting += len(freed)

    def give_up(self, change: Change, reason: str, detail: str) -> None:
        """Leave this one to a person."""
        if self._close(change).give_up(Reason(reason), detail):
            events.PUSH_GAVE_UP.log(
                account=self.account.alias,
                resource=change.resource,
                object_pk=change.object_pk,
                attempts=change.attempts,
                reason=str(reason),
            )
        self.result.gave_up += 1

    def send_again(self, change: Change, detail: str) -> None:
        """A create that was lost is due at once. It costs an attempt, so that this cannot go on for ever."""
        if change.attempts >= app_settings.MAX_ATTEMPTS:
            self.give_up(change, Reason.EXHAUSTED, detail)
        else:
            self._retry([change], 0, detail, costs_attempt=True)

    def failed(self, change: Change, error: GetResponseError, row: Mirrored | None = None) -> None:
        """Decide what ``error`` means for the change, write it down, and show it on the object."""
        self.failed_all([change], error, [row] if row else [])

    def failed_all(
        self, changes: Iterable[Change], error: GetResponseError, rows: Sequence[Mirrored] = ()
    ) -> None:
        """The same for changes that failed together."""
        jitter = random.random()  # nosec B311  # spreads retries, keeps nothing secret
        alike = defaultdict[Decision, list[Change]](list)
        backoff, most = app_settings.BACKOFF, app_settings.MAX_ATTEMPTS
        for change in changes:
            decision = after_failure(
                error, change.attempts, backoff=backoff, max_attempts=most, jitter=jitter
            )
            alike[decision].append(change)
        for decision, group in alike.items():
            self._carry_out(decision, group, error)
        if not self.stopped:
            mirror.mark_refused(rows, error)

    def _carry_out(self, decision: Decision, changes: list[Change], error: GetResponseError) -> None:
        match decision.verdict:
            case Verdict.STOP:
                self.stop(error)
            case Verdict.WAIT:
                self.wait_all(changes, max(decision.seconds, 1), str(error))
            case Verdict.RETRY:
                in_doubt = isinstance(error, OutcomeUnknown)
                self._retry(changes, decision.seconds, str(error), costs_attempt=True, in_doubt=in_doubt)
            case Verdict.GIVE_UP:
                for change in changes:
                    self.give_up(change, decision.reason, str(error))

    def stop(self, error: GetResponseError) -> None:
        """Send nothing more: the account is refused, or GetResponse cannot be reached."""
        if self.stopped:
            return
        self.stopped, self.result.silent = True, str(error)
        if isinstance(error, (AccountRefused, ConfigurationError)):
            self.account.open_circuit(error)
        else:
            self.account.wait_out_outage(error)

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
            self.failed_all([change for change in changes if change.pk in self.open], error)

    def in_bulk(self, items: Sequence[Item], write: Callable[[Sequence[Item]], object]) -> None:
        """``write`` all items at once; where one of them breaks that, each by itself, to fail alone."""
        try:
            write(items)
        except Exception:
            for item in items:
                with self.alone(item.change, item.contact):
                    write([item])

    def broke(self, changes: Sequence[Change], error: Exception) -> None:
        """A defect in this software: try a few times more, for it may be mended, then show it."""
        # Only the kind of the exception is kept: its text may hold addresses.
        kind, alias = type(error).__name__, self.account.alias
        detail = f"{kind} in getresponse_django; the log has more."
        events.PUSH_DEFECT.log(account=alias, changes=len(changes), error_type=kind, broke=error)
        for change in changes:
            if change.attempts >= len(app_settings.BACKOFF):
                self.give_up(change, Reason.INTERNAL, detail)
            else:
                delay = app_settings.BACKOFF[max(change.attempts, 1) - 1]
                self._retry([change], delay, detail, costs_attempt=True)

    def release(self) -> None:
        """Free what was claimed and not decided, as if it had not been claimed."""
        release([self._close(change) for change in list(self.open.values())])

    def _close(self, change: Change) -> Change:
        return self.open.pop(change.pk, change)
