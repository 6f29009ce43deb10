"""Pushing in the process of a test until nothing moves any more, as if all the waiting had been done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from ..models import Account, Change, Contact
from ..push import drain
from ..sandbox import Sandbox

MOST_ROUNDS = 12
"""A contact takes two or three, each failure one more."""

STILL_ROUNDS = 2
"""Rounds without a change after which nothing will come any more."""


def push_all(sandbox: Sandbox, account: Account) -> None:
    """Drain until nothing waits, or what waits is stuck; each round as if the time until it had passed."""
    still = 0
    # What was accepted is landed before each look, so that absence is proven at once.
    with override_settings(GETRESPONSE={**settings.GETRESPONSE, "SETTLE_SECONDS": 0}):
        for _round in range(MOST_ROUNDS):
            before, sent = situation(account), len(sandbox.requests)
            if not before or still >= STILL_ROUNDS:
                return
            let_time_pass(account)
            drain(account)
            sandbox.land()
            failed = any(not 200 <= request.status < 300 for request in sandbox.requests[sent:])
            still = 0 if failed or situation(account) != before else still + 1


def situation(account: Account) -> list[Any]:
    """What waits, and how far its contacts are; empty when nothing waits."""
    waiting = Change.objects.waiting().filter(account=account).order_by("pk")
    contacts = Contact.plain.filter(pk__in=waiting.values("object_pk")).order_by("pk")
    changes = list(waiting.values_list("pk", "stamp", "attempts", "detail"))
    return changes and [*changes, *contacts.values_list("pk", "state", "contact_id", "details_on")]


def let_time_pass(account: Account) -> None:
    """Whatever waits for an hour to come is due, for the account and for each change."""
    account.write(resume_at=None, limits={})
    waiting = Change.objects.waiting().filter(account=account)
    waiting.update(not_before=timezone.now(), leased_until=None)
