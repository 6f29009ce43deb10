"""drain: push every due change of an account, until nothing is due."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from ..client import Client
from ..conf import app_settings
from ..errors import ConfigurationError
from ..models import Account, Change
from .contacts import push_contacts
from .draining import Drain, Drained
from .named import push_named

__all__ = ["Drained", "drain"]

ORDER = ("campaign", "custom_field", "tag", "contact", "newsletter")
"""What a contact uses exists before the contact is sent."""

LAST_USED_EVERY = timedelta(hours=1)


def drain(account: Account, *, client: Client | None = None, interactive: bool = False) -> Drained:
    """Push all due changes of ``account``. Raises nothing for what GetResponse answers; the rows tell.

    Raises RuntimeError inside a transaction: every step must be committed before the next one is sent, or
    "sent before POST" would be a lie.
    """
    if connection.in_atomic_block:
        raise RuntimeError(
            "drain() must not run inside a transaction: each step has to be committed by itself."
        )
    account.refresh_from_db()
    silent = account.why_silent(timezone.now())
    if silent or not app_settings.ENABLED:
        return Drained(silent=silent or 'GETRESPONSE["ENABLED"] is False.')
    try:
        client = client or Client.for_account(account.alias, interactive=interactive)
    except ConfigurationError as error:
        return Drained(silent=str(error))
    with client:
        return run(Drain(account, client))


def run(work: Drain) -> Drained:
    """Drain resource by resource."""
    for resource in ORDER:
        while changes := work.claim(resource):
            push_safely(work, resource, changes)
    pushed = work.result.pushed and not work.stopped
    last = work.account.last_used_at
    if pushed and (last is None or work.account.outages or timezone.now() - last > LAST_USED_EVERY):
        work.account.mark_used()
    return work.result


def push_safely(work: Drain, resource: str, changes: list[Change]) -> None:
    """Push one claim; nothing claimed stays undecided."""
    push = push_contacts if resource == "contact" else push_named
    try:
        push(work, resource, changes)
    except Exception as error:
        work.broke(list(work.open.values()), error)
    finally:
        work.release()
