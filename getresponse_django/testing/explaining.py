"""Why an assertion failed: what GetResponse, this site and the outbox hold for an address, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from .. import conf
from ..models import Account, Change, Contact
from ..sandbox import Sandbox


def situation_of(sandbox: Sandbox, email: str) -> str:
    """Everything that is known of an address, a line for each fact."""
    lines = [
        "GetResponse:",
        *there(sandbox, email),
        "This site:",
        *here(email),
        "The outbox:",
        *outbox(email),
    ]
    return "\n".join(lines)


def there(sandbox: Sandbox, email: str) -> list[str]:
    """What GetResponse has of the address, and the requests it refused."""
    lines = []
    for membership in sandbox.memberships(email):
        lines.append(f'  {membership["status"]} on "{membership["campaign"]}"')
    for contact in sandbox.contacts():
        if contact["email"].lower() == email.lower():
            lines.append(f'  on "{contact["campaign"]["name"]}": {told(contact)}')
    for request in sandbox.requests:
        if request.status >= 400 or not request.status:
            lines.append(f"  {request.method} {request.path} was answered {request.status or 'not at all'}")
    return lines or ["  nothing of this address; no request failed"]


def told(contact: dict[str, Any]) -> str:
    """Name, tags and custom fields of a contact as GetResponse shows it."""
    tags = in_words(sorted(tag["name"] for tag in contact["tags"]))
    fields = [f"{field['name']}={in_words(field['values'])}" for field in contact["customFieldValues"]]
    return f"name {contact['name']!r}, tags {tags}, custom fields {', '.join(sorted(fields)) or 'none'}"


def here(email: str) -> list[str]:
    """The contacts of the address in the database."""
    rows = Contact.plain.filter(email_lower=email.lower()).select_related("campaign").order_by("pk")
    lines = [
        f'  a contact on "{row.campaign}", {row.state}' + (f": {row.last_error}" if row.last_error else "")
        for row in rows
    ]
    return lines or ["  no contact with this address: no rule wanted it, or nothing was saved"]


def changes_of(email: str) -> QuerySet[Change]:
    """The changes in the outbox that concern an address."""
    pks = Contact.plain.filter(email_lower=email.lower()).values("pk")
    return Change.objects.filter(Q(object_pk__in=pks) | Q(tombstone__email=email), resource="contact")


def outbox(email: str) -> list[str]:
    """What waits and what gave up for the address, what else waits, and why the account is silent."""
    mine = list(changes_of(email))
    lines = [f"  a change {fate(change)}" for change in mine]
    lines = lines or ["  nothing of this address"]
    others = Change.objects.exclude(pk__in=[change.pk for change in mine])
    lines += [f"  {change} {fate(change)}" for change in others.order_by("pk")[:5]]
    for alias in conf.aliases():
        if silent := Account.objects.for_alias(alias).why_silent(timezone.now()):
            lines.append(f'  the account "{alias}" sends nothing: {silent}')
    return lines


def fate(change: Change) -> str:
    """Whether a change waits or gave up, and why."""
    if change.gave_up_at:
        return f"gave up ({change.get_reason_display()}): {change.detail}"
    return f"waits after {change.attempts} attempts: {change.detail or 'it was not tried yet'}"


def in_words(values: Iterable[str]) -> str:
    """Values in a row; "none" for none."""
    return ", ".join(values) or "none"
