"""Pure decisions: which requests a due change becomes, and what a failure means. No I/O, no clock, no
database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .errors import (
    AccountRefused,
    AlreadyExists,
    ConfigurationError,
    GetResponseError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from .resources import Json, Resource

PLAN_IS_FULL = 1027
"""The contact limit of the plan is reached: only creates must wait (contract/behaviour-core.md section 6)."""

STATE_FORBIDS = 1002
"""The address is blocked, bounced or was removed (contract/behaviour-contacts.md section 4): no edit can
help.
"""


class Step(Enum):
    """What to do with one due change."""

    CREATE = "create"  # it was never sent
    FIND = "find"  # it was sent; its remote id must be learnt
    UPDATE = "update"  # send what differs
    DELETE = "delete"  # remove it remotely
    REFUSED = "refused"  # GetResponse did not take it: Retry or another address sends it again
    DONE = "done"  # nothing is left to do


def contact_step(state: str, contact_id: str | None) -> Step:
    """The next step for a contact."""
    match state:
        case "new":
            return Step.CREATE
        case "sent" | "accepted" | "unconfirmed":
            return Step.FIND
        case "active":
            return Step.UPDATE
        case "leaving":
            return Step.DELETE if contact_id else Step.FIND
        case "rejected":
            return Step.REFUSED
    return Step.DONE


class Verdict(Enum):
    """What a failure means for the change."""

    WAIT = "wait"  # costs no attempt
    RETRY = "retry"  # costs one
    GIVE_UP = "give up"  # a person must look
    STOP = "stop"  # the whole account must wait or is refused; costs no attempt


@dataclass(frozen=True)
class Decision:
    """What to do after a failure; ``seconds`` until the next attempt."""

    verdict: Verdict
    seconds: float = 0.0
    reason: str = ""


def after_failure(
    error: GetResponseError, attempts: int, *, backoff: Sequence[float], max_attempts: int, jitter: float
) -> Decision:
    """Judge ``error`` after ``attempts`` attempts. ``jitter`` in 0..1 spreads retries over half their delay
    more.
    """
    match error:
        case RateLimited():
            return Decision(Verdict.WAIT, error.retry_after)
        case Unavailable(status=500):
            pass  # GetResponse answers, and fails on this request: that must not hold up all others
        case Unavailable() | AccountRefused() | ConfigurationError():
            return Decision(Verdict.STOP)
        case Rejected(code=code) if code == PLAN_IS_FULL:
            return Decision(Verdict.WAIT, backoff[-1])
        case Rejected() | NotFound() | AlreadyExists():
            return Decision(Verdict.GIVE_UP, reason="rejected")
    if attempts >= max_attempts:
        return Decision(Verdict.GIVE_UP, reason="exhausted")
    delay = backoff[min(max(attempts, 1), len(backoff)) - 1]
    return Decision(Verdict.RETRY, delay * (1 + jitter / 2))


LINK_SLACK = 2.0
"""Seconds by which a contact's ``createdOn`` may lie before the moment we sent it: the API rounds to seconds.
"""

SEARCH_AFTER = 10.0
"""Seconds after which a create that the list of recent contacts does not show is searched for by address."""


def link_delay(age: float) -> float:
    """Seconds until a create ``age`` seconds old is looked for again: 1, 2, 4, 8, ... up to an hour."""
    return min(max(1.0, age), 3600.0)


# --- resources that are one object here and one there -------------------------------------------


def update_body(resource: Resource, values: Json, base: Json) -> Json:
    """The smallest body that brings ``base`` to ``values``; empty when nothing differs."""
    allowed = {
        key: value for key, value in values.items() if resource.updates is None or key in resource.updates
    }
    changed = {key: value for key, value in allowed.items() if base.get(key) != value}
    required = {key: value for key, value in allowed.items() if key in resource.always}
    return changed | required if changed else {}


# --- looking for contacts by address -------------------------------------------------------------

SECTIONS = CONDITIONS = 8
"""The most sections of a search, and conditions of a section (behaviour-newsletters.md section 1.4)."""


def address_searches(emails: Sequence[str], campaign_ids: Sequence[str], status: str) -> list[Json]:
    """Bodies of POST /search-contacts/contacts that find these addresses, 64 per query, one status
    per query.
    """
    size = SECTIONS * CONDITIONS
    return [search_body(emails[i : i + size], campaign_ids, status) for i in range(0, len(emails), size)]


def search_body(emails: Sequence[str], campaign_ids: Sequence[str], status: str) -> Json:
    """One search for up to 64 addresses."""
    groups = [emails[i : i + CONDITIONS] for i in range(0, len(emails), CONDITIONS)]
    return search_of(
        *(section([email_is(e) for e in group], campaign_ids) for group in groups), status=status
    )


def search_of(*sections: Json, status: str) -> Json:
    """A search for the contacts of one status that match any of the sections."""
    return {"subscribersType": [status], "sectionLogicOperator": "or", "section": list(sections)}


def section(conditions: Sequence[Json], campaign_ids: Sequence[str]) -> Json:
    """A section that joins its conditions with "or" and restricts nothing else."""
    return {
        "campaignIdsList": list(campaign_ids),
        "logicOperator": "or",
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
        "conditions": list(conditions),
    }


def email_is(email: str) -> Json:
    """The condition that finds one address."""
    return {"conditionType": "email", "operatorType": "string_operator", "operator": "is", "value": email}


def tag_exists(tag_id: str) -> Json:
    """The condition that finds the contacts with a tag."""
    return {"conditionType": "tag", "operatorType": "exists", "operator": "exists", "value": tag_id}
