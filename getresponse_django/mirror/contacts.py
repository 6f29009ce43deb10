"""Contacts as a pull reads them: a page is compared, merged three-way with local changes, and written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from ..conf import app_settings
from ..models import Account, Campaign, Contact, ContactState, Tag
from ..plan import merge
from ..resources import RESOURCES, Json, contact_base, contact_details, contact_fields, contact_values
from .named import mirror_named
from .writing import buried_ids, upsert

MERGED = {
    "email": "email",
    "name": "name",
    "note": "note",
    "scoring": "scoring",
    "dayOfCycle": "day_of_cycle",
}
"""The members that may change on both sides, and their columns."""

WRITTEN = frozenset(
    {
        *MERGED.values(),
        "base",
        "campaign",
        "state",
        "origin",
        "engagement_score",
        "ip_address",
        "time_zone",
        "changed_on",
        "created_on",
        "left_on",
        "left_reason",
        "last_error",
    }
)


class Known(NamedTuple):
    """What is compared before a contact is loaded at all."""

    changed_on: datetime | None
    details_on: datetime | None
    state: str
    campaign_id: int


class MirroredPage(NamedTuple):
    """What a page of contacts led to."""

    written: int
    stale: list[str]  # contact ids whose details must be read


def mirror_contacts(account: Account, items: Sequence[Json]) -> MirroredPage:
    """Write a page of contacts, from a list or of details; an unchanged one costs no write."""
    buried = buried_ids(account, "contact")
    read = {item["contactId"]: contact_fields(item) for item in items if item["contactId"] not in buried}
    campaigns = campaigns_of(account, items)
    with transaction.atomic():
        adopt_by_address(account, read, campaigns)
        known = known_contacts(account, read)
        changed = {
            key: fields
            for key, fields in read.items()
            if key not in known or differs(known[key], fields, campaigns[fields["campaign"]])
        }
        rows = merged_contacts(account, changed, campaigns)
        upsert(Contact, rows, ["account", "contact_id"], WRITTEN)
    stale = [
        key
        for key, fields in read.items()
        if key not in known or known[key].details_on != fields["changed_on"]
    ]
    return MirroredPage(len(rows), stale)


def campaigns_of(account: Account, items: Sequence[Json]) -> dict[str, Campaign]:
    """Remote id -> campaign; one that was made since campaigns were read is mirrored by its reference."""
    wanted = {item["campaign"]["campaignId"]: item["campaign"] for item in items}
    known = {c.campaign_id: c for c in Campaign.plain.filter(account=account, campaign_id__in=list(wanted))}
    if missing := [reference for key, reference in wanted.items() if key not in known]:
        mirror_named(account, RESOURCES["campaign"], missing)
        known |= {
            c.campaign_id: c for c in Campaign.plain.filter(account=account, campaign_id__in=list(wanted))
        }
    return known


def adopt_by_address(
    account: Account, read: dict[str, dict[str, Any]], campaigns: dict[str, Campaign]
) -> None:
    """Give rows without a living remote contact the id of the one that has their list and address.

    These are creates on their way and contacts that had left and are back: revived, not doubled.
    """
    linked = Contact.plain.filter(account=account, contact_id__in=list(read))
    taken = set(linked.values_list("contact_id", flat=True))
    free = {
        (campaigns[fields["campaign"]].pk, fields["email"].lower()): key
        for key, fields in read.items()
        if key not in taken
    }
    if not free:
        return
    emails = [email for _campaign, email in free]
    candidates = Contact.plain.filter(account=account, email_lower__in=emails)
    unlinked = candidates.filter(contact_id=None) | candidates.filter(state__in=[ContactState.LEFT])
    for row in unlinked.select_for_update().order_by("pk"):
        if key := free.pop((row.campaign_id, row.email.lower()), None):
            state = row.state if row.state == ContactState.LEAVING else ContactState.ACTIVE
            Contact.plain.filter(pk=row.pk).update(
                contact_id=key, state=state, changed_on=None, details_on=None
            )


def known_contacts(account: Account, read: Iterable[str]) -> dict[str, Known]:
    """What is here of the contacts of a page, in one narrow query."""
    rows = Contact.plain.filter(account=account, contact_id__in=list(read))
    columns = rows.values_list("contact_id", "changed_on", "details_on", "state", "campaign_id")
    return {key: Known(*rest) for key, *rest in columns}


def differs(known: Known, fields: dict[str, Any], campaign: Campaign) -> bool:
    """Whether the listed contact is not what was mirrored; an equal ``changedOn`` means nothing to write."""
    here = known.state in (ContactState.ACTIVE, ContactState.LEAVING)
    return not here or known.changed_on != fields["changed_on"] or known.campaign_id != campaign.pk


def merged_contacts(
    account: Account, changed: dict[str, dict[str, Any]], campaigns: dict[str, Campaign]
) -> list[Contact]:
    """The rows to write for the contacts that changed."""
    locked = (
        Contact.plain.filter(account=account, contact_id__in=list(changed)).select_for_update().order_by("pk")
    )
    existing = {row.contact_id: row for row in locked}
    of_rows = Campaign.plain.in_bulk({row.campaign_id for row in existing.values()})
    rows = []
    for key, fields in changed.items():
        row = existing.get(key) or Contact(account=account, campaign=campaigns[fields["campaign"]])
        row.campaign = of_rows.get(row.campaign_id, row.campaign)
        rows.append(merged_contact(row, fields, campaigns))
    return rows


def merged_contact(row: Contact, fields: dict[str, Any], campaigns: dict[str, Campaign]) -> Contact:
    """The contact with the remote values, and with the local ones that still wait to be pushed."""
    remote = contact_base(fields, {})
    local = contact_values(row, []) if row.pk else remote
    result = merge(local, remote, row.base, app_settings.CONFLICT)
    for name, value in fields.items():
        setattr(row, name, campaigns[value] if name == "campaign" else value)
    for member, column in MERGED.items():
        setattr(row, column, result[member])
    if result["campaign"] != remote["campaign"]:
        row.campaign = Campaign.plain.get(account=row.account_id, campaign_id=result["campaign"])
    row.base = row.base | remote
    if row.state != ContactState.LEAVING:
        row.state, row.left_on, row.left_reason, row.last_error = ContactState.ACTIVE, None, "", ""
    return row


# --- details: tags and custom fields --------------------------------------------------------------


def mirror_details(account: Account, details: Sequence[Json]) -> int:
    """Write contacts read one by one, with their tags and custom fields. Returns how many were written."""
    mirror_contacts(account, details)
    learn_tags(account, details)
    tag_pks = dict(Tag.plain.filter(account=account, tag_id__isnull=False).values_list("tag_id", "pk"))
    with transaction.atomic():
        keys = [detail["contactId"] for detail in details]
        locked = Contact.plain.filter(account=account, contact_id__in=keys).select_for_update().order_by("pk")
        rows = {row.contact_id: row for row in locked}
        tags = tags_of(rows.values())
        wanted = {
            rows[detail["contactId"]].pk: take_details(rows[detail["contactId"]], detail, tags)
            for detail in details
            if detail["contactId"] in rows
        }
        upsert(Contact, list(rows.values()), ["id"], ["custom_fields", "base", "details_on"])
        write_tags(tags, {pk: {tag_pks[tag_id] for tag_id in ids} for pk, ids in wanted.items()})
    return len(rows)


def learn_tags(account: Account, details: Sequence[Json]) -> None:
    """Mirror tags that were made since tags were read."""
    named = {
        tag["tagId"]: {"tagId": tag["tagId"], "name": tag["name"]}
        for d in details
        for tag in d.get("tags", [])
    }
    known = Tag.plain.filter(account=account, tag_id__in=list(named)).values_list("tag_id", flat=True)
    if missing := named.keys() - set(known):
        mirror_named(account, RESOURCES["tag"], [named[key] for key in sorted(missing)])


def tags_of(contacts: Iterable[Contact]) -> dict[int, dict[int, str | None]]:
    """Contact pk -> {tag pk: tag id} as it is here."""
    found: dict[int, dict[int, str | None]] = {contact.pk: {} for contact in contacts}
    through = Contact.tags.through.objects.filter(contact__in=list(found))
    for contact_pk, tag_pk, tag_id in through.values_list("contact_id", "tag_id", "tag__tag_id"):
        found[contact_pk][tag_pk] = tag_id
    return found


def take_details(row: Contact, detail: Json, tags: dict[int, dict[int, str | None]]) -> list[str]:
    """Merge a contact's tags and custom fields; returns the tag ids it should have."""
    remote = contact_details(detail)
    local = {
        "tags": [tag_id for tag_id in tags[row.pk].values() if tag_id],
        "customFieldValues": row.custom_fields,
    }
    result = merge(local, remote, row.base, app_settings.CONFLICT)
    row.custom_fields = result["customFieldValues"]
    row.base = row.base | remote
    row.details_on = row.changed_on
    tag_ids: list[str] = result["tags"]
    return tag_ids


def write_tags(have: dict[int, dict[int, str | None]], wanted: dict[int, set[int]]) -> None:
    """Bring the tags of contacts to ``wanted``; tags that GetResponse does not know yet stay."""
    through = Contact.tags.through
    extra = [
        (contact_pk, tag_pk)
        for contact_pk, tag_pks in wanted.items()
        for tag_pk, tag_id in have[contact_pk].items()
        if tag_id and tag_pk not in tag_pks
    ]
    for contact_pk, tag_pk in extra:
        through.objects.filter(contact_id=contact_pk, tag_id=tag_pk).delete()
    add_tag_rows(
        (contact_pk, tag_pk)
        for contact_pk, tag_pks in wanted.items()
        for tag_pk in tag_pks - have[contact_pk].keys()
    )


def add_tag_rows(pairs: Iterable[tuple[int, int]]) -> None:
    """Attach (contact pk, tag pk) without recording."""
    through = Contact.tags.through
    rows = [through(contact_id=contact_pk, tag_id=tag_pk) for contact_pk, tag_pk in sorted(pairs)]
    through.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def mirror_tagged(tag: Tag, contact_ids: Sequence[str]) -> int:
    """A first load found that these contacts carry ``tag``: store it, also as what was last mirrored."""
    with transaction.atomic():
        found = Contact.plain.filter(account=tag.account_id, contact_id__in=list(contact_ids))
        rows = list(found.select_for_update().order_by("pk"))
        for row in rows:
            row.base = row.base | {"tags": sorted({*row.base.get("tags", []), tag.tag_id})}
        upsert(Contact, rows, ["id"], ["base"])
        add_tag_rows((row.pk, tag.pk) for row in rows)
    return len(rows)
