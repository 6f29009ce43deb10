"""What a contact names must exist in GetResponse before the contact is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..conf import app_settings
from ..models import Change, Contact, CustomField
from .draining import Drain, Item


def load(pks: Iterable[int]) -> dict[int, Contact]:
    """The contacts of a claim with what their JSON needs, in three queries."""
    rows = Contact.plain.prefetch_related("campaign", "tags")  # one object for each list, not for each row
    return {contact.pk: contact for contact in rows.filter(pk__in=list(pks))}


def ids_of_fields(work: Drain) -> dict[str, str]:
    """Custom field name -> remote id."""
    known = CustomField.plain.filter(account=work.account, custom_field_id__isnull=False)
    return dict(known.values_list("name", "custom_field_id"))


def sendable(work: Drain, items: Iterable[Item], field_ids: dict[str, str]) -> list[Item]:
    """The items that name only what GetResponse has; the others wait for it, saying for what."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[what_is_missing(item.contact, field_ids)].append(item)
    ready = groups.pop("", [])
    for missing, waiting in groups.items():
        Contact.plain.filter(pk__in=[item.contact.pk for item in waiting]).update(last_error=missing)
        work.wait_all(changes_of(waiting), app_settings.BACKOFF[0], missing)
    return ready


def without(items: Iterable[Item], others: Iterable[Item]) -> list[Item]:
    """These items but the others."""
    left_out = {item.change.pk for item in others}
    return [item for item in items if item.change.pk not in left_out]


def changes_of(items: Iterable[Item]) -> list[Change]:
    """The changes of these items."""
    return [item.change for item in items]


def what_is_missing(contact: Contact, field_ids: dict[str, str]) -> str:
    """What a contact names that GetResponse does not have (yet), in words; empty when nothing is missing."""
    if contact.campaign.campaign_id is None:
        return f"Waiting: there is no list “{contact.campaign}” in GetResponse. Create it there, then pull."
    tags = sorted(tag.name for tag in contact.tags.all() if tag.tag_id is None)
    if tags:
        return f"Waiting for the tag {', '.join(tags)} to be created in GetResponse."
    known = contact.base.get("customFieldValues", {})
    given = (contact.custom_fields or {}).items()
    changed = {name for name, value in given if value and value != known.get(name)}
    if fields := ", ".join(sorted(changed - field_ids.keys())):
        return f"Waiting: there is no custom field {fields} in GetResponse. Create it there, then pull."
    return ""
