"""Whether GetResponse holds what the database holds, and nothing was done that must not be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.chaos.writer import CAMPAIGNS, EPISODE
from getresponse_django.sandbox import Sandbox
from tests.contract.requests_sent import problems

Membership = tuple[str, str]
Held = dict[Membership, dict[str, Any]]


def faults_found(sandbox: Sandbox) -> list[str]:
    """Everything that is wrong, in words; empty when all is well."""
    return [
        *unlike(held_here(), held_there(sandbox)),
        *left_over(),
        *made_twice(sandbox),
        *forbidden(sandbox),
    ]


def unlike(here: Held, there: Held) -> Iterator[str]:
    """Memberships that differ."""
    for key in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(key), there.get(key)
        if ours != theirs:
            yield f"{key}: the database has {ours}, GetResponse has {theirs}"


def held_here() -> Held:
    """What the database says of everybody on a list."""
    from getresponse_django.models import Contact

    rows = Contact.plain.filter(state="active").select_related("campaign").prefetch_related("tags")
    return {
        (row.campaign.name, row.email.lower()): {
            "name": row.name,
            "tags": sorted(tag.name for tag in row.tags.all()),
            "fields": {name: value for name, value in (row.custom_fields or {}).items() if value},
        }
        for row in rows
    }


def held_there(sandbox: Sandbox) -> Held:
    """What GetResponse says of everybody on a list."""
    return {
        (contact["campaign"]["name"], contact["email"].lower()): {
            "name": contact["name"],
            "tags": sorted(tag["name"] for tag in contact["tags"]),
            "fields": {value["name"]: value["values"] for value in contact["customFieldValues"]},
        }
        for campaign in CAMPAIGNS
        for contact in sandbox.contacts(campaign)
    }


def left_over() -> Iterator[str]:
    """Changes that are not pushed, and contacts that are neither on a list nor off it."""
    from getresponse_django.models import Change, Contact

    for change in Change.objects.all()[:20]:
        yield f"left: {change}, attempts {change.attempts}, {change.reason} {change.detail}"
    for contact in Contact.plain.exclude(state__in=("active", "left"))[:20]:
        yield f"contact {contact.pk} is {contact.state}: {contact.last_error}"


def made_twice(sandbox: Sandbox) -> Iterator[str]:
    """Signups that GetResponse accepted more than once, or that nobody on this site made."""
    field = next(f["customFieldId"] for f in sandbox.custom_fields() if f["name"] == EPISODE)
    made = Counter(created["values"].get(field, ["none"])[0] for created in sandbox.creates())
    for episode, times in made.items():
        if times > 1 or episode == "none":
            yield f"the signup {episode} was processed {times} times"


def forbidden(sandbox: Sandbox) -> Iterator[str]:
    """Requests that the contract does not know, and creates of what was there already."""
    for sent in sandbox.requests:
        yield from problems(sent.method, sent.path, sent.query, sent.body)
        if sent.status == 409 and (sent.method, sent.path) == ("POST", "/contacts"):
            yield f"a create of somebody who was there: {sent.body['email']}"
