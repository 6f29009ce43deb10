"""Pure decisions: which requests a due change becomes, and what a failure means. No I/O, no clock, no
database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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

MOST_TAGS = 500
"""The detail of a contact shows at most so many tags (behaviour-contacts.md section 4)."""

CONTACT_MEMBERS = ("email", "name", "note", "scoring", "dayOfCycle")


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


@dataclass(frozen=True)
class Request:
    """One request of a plan."""

    method: str
    path: str
    json: Json | None = None


# --- resources that are one object here and one there -------------------------------------------


def update_body(resource: Resource, values: Json, base: Json) -> Json:
    """The smallest body that brings ``base`` to ``values``; empty when nothing differs."""
    allowed = {
        key: value for key, value in values.items() if resource.updates is None or key in resource.updates
    }
    changed = {key: value for key, value in allowed.items() if base.get(key) != value}
    required = {key: value for key, value in allowed.items() if key in resource.always}
    return changed | required if changed else {}


# --- contacts -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ContactPlan:
    """The requests that bring one contact up to date.

    ``drop_tags`` and ``drop_fields`` need the contact's detail first, because the API has no way to detach
    one: the whole collection is sent without them (behaviour-contacts.md section 4).
    """

    requests: list[Request] = field(default_factory=list)
    drop_tags: frozenset[str] = frozenset()
    drop_fields: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.requests or self.drop_tags or self.drop_fields)


def contact_members(values: Json, base: Json) -> Json:
    """The plain members that differ, as an update sends them. An empty name cannot be sent."""
    changed = {key: values[key] for key in CONTACT_MEMBERS if values[key] != base.get(key, "")}
    changed = {key: value for key, value in changed.items() if key != "name" or value}
    if "dayOfCycle" in changed and changed["dayOfCycle"] is not None:
        changed["dayOfCycle"] = str(changed["dayOfCycle"])
    if values["campaign"] != base.get("campaign"):
        changed["campaign"] = {"campaignId": values["campaign"]}
    return changed


def field_list(values: Mapping[str, list[str]], ids: Mapping[str, str]) -> list[Json]:
    """Custom field values as requests carry them."""
    return [{"customFieldId": ids[name], "value": value} for name, value in sorted(values.items())]


def tag_list(tag_ids: Iterable[str]) -> list[Json]:
    """Tags as requests carry them."""
    return [{"tagId": tag_id} for tag_id in sorted(tag_ids)]


def update_contact(contact_id: str, values: Json, base: Json, field_ids: Mapping[str, str]) -> ContactPlan:
    """What to send for a linked contact: only what differs, and additions by the calls that never remove."""
    path = f"/contacts/{contact_id}"
    requests = []
    if members := contact_members(values, base):
        requests.append(Request("POST", path, members))
    had, has = base.get("customFieldValues", {}), values.get("customFieldValues", {})
    changed = {name: value for name, value in has.items() if value and value != had.get(name)}
    if changed:
        body = {"customFieldValues": field_list(changed, field_ids)}
        requests.append(Request("POST", f"{path}/custom-fields", body))
    tags, old_tags = set(values["tags"]), set(base.get("tags", []))
    if tags - old_tags:
        requests.append(Request("POST", f"{path}/tags", {"tags": tag_list(tags - old_tags)}))
    emptied = (
        {name for name in had if had[name] and not has.get(name)} if "customFieldValues" in values else set()
    )
    return ContactPlan(requests, frozenset(old_tags - tags), frozenset(emptied))


def replace_collections(detail: Json, drop_tags: frozenset[str], drop_fields: frozenset[str]) -> Json:
    """The body of the update that detaches, made from the contact's detail just read; empty when nothing is
    there to detach. Raises Rejected where tags that the detail does not show would be lost.
    """
    body: Json = {}
    present = {tag["tagId"] for tag in detail.get("tags", [])}
    if drop_tags and len(present) >= MOST_TAGS:
        raise Rejected(f"A tag cannot be removed: GetResponse shows only {MOST_TAGS} tags of a contact.")
    if drop_tags & present:
        body["tags"] = tag_list(present - drop_tags)
    values = detail.get("customFieldValues", [])
    if any(item["name"] in drop_fields for item in values):
        body["customFieldValues"] = [
            {"customFieldId": item["customFieldId"], "value": item.get("values") or item["value"]}
            for item in values
            if item["name"] not in drop_fields
        ]
    return body


def sent_values(values: Json) -> Json:
    """What a creation really tells of ``values``: all but the note, which has to follow as an update."""
    return values | {"note": ""}


def new_contact(values: Json, field_ids: Mapping[str, str], ip_address: str = "") -> Json:
    """The body that creates one contact. A note cannot be written on creation (behaviour-contacts.md section
    4).
    """
    body = common_members(values, field_ids, ip_address)
    body["campaign"] = {"campaignId": values["campaign"]}
    if values["tags"]:
        body["tags"] = tag_list(values["tags"])
    return body


def new_batch_contact(values: Json, field_ids: Mapping[str, str], ip_address: str = "") -> Json:
    """One contact of a batch, whose shape differs (behaviour-contacts.md section 5)."""
    body = common_members(values, field_ids, ip_address)
    if values["tags"]:
        body["tags"] = {"ids": sorted(values["tags"])}
    return body


def common_members(values: Json, field_ids: Mapping[str, str], ip_address: str) -> Json:
    """What single and batch creations share; empty members are left out."""
    given = {name: value for name, value in values.get("customFieldValues", {}).items() if value}
    day = values["dayOfCycle"]
    body = {
        "email": values["email"],
        "name": values["name"] or None,
        "dayOfCycle": None if day is None else str(day),
        "scoring": values["scoring"],
        "ipAddress": ip_address or None,
        "customFieldValues": field_list(given, field_ids) or None,
    }
    return {key: value for key, value in body.items() if value is not None}


def import_row(values: Json, tag_names: Iterable[str], ip_address: str = "") -> dict[str, str]:
    """One contact of an import, by column; it knows one value for each field (behaviour-contacts.md
    section 6).
    """
    row = {"email": values["email"], "name": values["name"], "ip": ip_address}
    row |= {name: value[0] for name, value in importable_fields(values).items()}
    row |= {f"tag:{name}": "1" for name in tag_names}
    return {column: cell for column, cell in row.items() if cell}


def importable_fields(values: Json) -> dict[str, list[str]]:
    """The custom fields with one value."""
    given = values.get("customFieldValues", {})
    return {name: value for name, value in given.items() if len(value) == 1}


def imported_values(values: Json) -> Json:
    """What an import tells of ``values``; the rest has to follow as an update."""
    told = values | {"note": "", "scoring": None, "dayOfCycle": None}
    return told | ({"customFieldValues": importable_fields(values)} if "customFieldValues" in values else {})


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
