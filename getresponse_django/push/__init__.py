"""drain: push every due change of an account, until nothing is due."""

from __future__ import annotations

import math
import time
from datetime import timedelta

from django.db import reset_queries, transaction
from django.utils import timezone

from .. import events
from ..client import Client
from ..conf import app_settings
from ..errors import ConfigurationError, GetResponseError
from ..models import Account, Change
from ..staging import warn_once
from .contacts import push_contacts
from .draining import ORDER, Drain, Drained
from .imports import run_imports
from .named import push_named
from .newsletters import push_newsletters

__all__ = ["Drained", "drain"]

PUSHES = dict.fromkeys(ORDER, push_named) | {"contact": push_contacts, "newsletter": push_newsletters}
"""How each resource is pushed."""

LAST_USED_EVERY = timedelta(hours=1)


def drain(account: Account, *, client: Client | None = None, imports: bool = False) -> Drained:
    """Push all due changes of ``account``, first those that somebody waits for, then bulk work. ``imports``:
    before, import the new contacts of lists that have many, and wait for that.

    Raises nothing for what GetResponse answers; the rows tell.

    Raises RuntimeError inside a transaction: every step must be committed before the next one is sent, or
    "sent before POST" would be a lie.
    """
    refuse_inside_transaction()
    account.refresh_from_db()
    silent = account.why_silent(timezone.now())
    if account.is_copy:
        warn_once(account.alias, silent)
    if silent or not app_settings.ENABLED:
        return Drained(silent=silent or 'GETRESPONSE["ENABLED"] is False.')
    if client is not None:
        return run(Drain(account, client), imports)
    try:
        own = Client.for_account(account.alias)
    except ConfigurationError as error:
        return Drained(silent=str(error))
    with own:
        return run(Drain(account, own), imports)


def refuse_inside_transaction() -> None:
    """Raises RuntimeError; the transaction that Django's TestCase wraps around a test does not count."""
    try:
        with transaction.atomic(durable=True):
            pass
    except RuntimeError:
        raise RuntimeError(
            "drain() must not run inside a transaction: each step has to be committed by itself."
        ) from None


def run(work: Drain, imports: bool) -> Drained:
    """Drain claim by claim."""
    started = time.perf_counter()
    if imports:
        run_imports(work)
    while claimed := work.claim():
        work.account.bind()
        push_claim(work, *claimed)
        reset_queries()  # DEBUG keeps them all
    work.client.write_until(math.inf)
    pushed = work.result.pushed and not work.stopped
    last = work.account.last_used_at
    if pushed and (last is None or work.account.outages or timezone.now() - last > LAST_USED_EVERY):
        work.account.mark_used()
    tell(work, started)
    return work.result


def tell(work: Drain, started: float) -> None:
    """One line for a drain that did something; beat starts one every minute."""
    did = work.result
    if did.pushed or did.waiting or did.gave_up:
        events.PUSH_DRAINED.log(
            account=work.account.alias,
            pushed=did.pushed,
            waiting=did.waiting,
            gave_up=did.gave_up,
            milliseconds=events.since(started),
        )


def push_claim(work: Drain, resource: str, changes: list[Change]) -> None:
    """Push one claim; what stays undecided is freed."""
    try:
        push_apart(work, resource, changes)
        if len(work.open) == len(changes):
            work.leave(resource)
    finally:
        work.release()


def push_apart(work: Drain, resource: str, changes: list[Change]) -> None:
    """Push these together; where one of them breaks that, in halves, until it is alone and fails alone."""
    try:
        PUSHES[resource](work, resource, changes)
    except Exception as error:
        rest = [change for change in changes if change.pk in work.open]
        if len(rest) <= 1:
            fail(work, rest, error)
            return
        for part in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
            push_apart(work, resource, part)


def fail(work: Drain, changes: list[Change], error: Exception) -> None:
    """Write down what broke the push of this one change."""
    if isinstance(error, GetResponseError):
        for change in changes:
            work.failed(change, error)
    else:
        work.broke(changes, error)
