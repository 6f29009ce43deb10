"""Contacts as a pull reads them: compared, merged three-way with local changes, and written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from ..conf import app_settings
from ..models import Account, Campaign, Change, Contact, ContactState, Tag
from ..models.contacts import GONE
from ..plan import merge
from ..resources import (
    RESOURCES,
    Json,
    contact_base,
    contact_details,
    contact_fields,
    contact_values,
    timestamp,
)
from ..signals import contact_linked
from .named import mirror_named
from .writing import CHUNK, upsert

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
    campaign: str | None


def stale_contacts(account: Account, items: Iterable[Json]) -> list[str]:
    """The ids of the listed contacts whose details must be read; an equal ``changedOn`` means nothing to do.

    A first load reads no details, and their absence alone makes no contact stale.
    """
    items = without_buried(account, items)
    known = known_contacts(account, [item["contactId"] for item in items])
    return [
        item["contactId"]
        for item in items
        if differs(known.get(item["contactId"]), item)
        or known[item["contactId"]].details_on not in (None, timestamp(item["changedOn"]))
    ]


def mirror_contacts(account: Account, items: Sequence[Json]) -> int:
    """Write a page of contacts, from a list or of details; an unchanged one costs no write.

    Returns how many were written.
    """
    return len(write_contacts(account, items))


def write_contacts(account: Account, items: Sequence[Json], *, anyway: bool = False) -> set[str]:
    """``mirror_contacts``, returning the ids of the contacts that were written; ``anyway``, also those whose
    ``changedOn`` is known.
    """
    items = without_buried(account, items)
    campaigns = campaigns_of(account, items)
    with transaction.atomic():
        read = {item["contactId"]: contact_fields(item) for item in items}
        linked = adopt_by_address(account, read, campaigns)
        known = known_contacts(account, read)
        changed = {
            item["contactId"]: read[item["contactId"]]
            for item in items
            if anyway or differs(known.get(item["contactId"]), item)
        }
        upsert(Contact, merged_contacts(account, changed, campaigns), ["account", "contact_id"], WRITTEN)
    for contact in Contact.plain.filter(pk__in=linked) if linked else ():
        contact_linked.send_robust(sender=Contact, contact=contact)
    return set(changed)


def without_buried(account: Account, items: Iterable[Json]) -> list[Json]:
    """The contacts but those deleted here whose removal is not pushed yet: they must not come back.

    One deleted before its id was learnt is known by its list and address.
    """
    graves = Change.objects.filter(account=account, resource="contact", tombstone__isnull=False)
    tombs: list[Json] = [tombstone or {} for tombstone in graves.values_list("tombstone", flat=True)]
    ids = {tomb["remote_id"] for tomb in tombs}
    places = {(tomb["campaign_id"], tomb["email"].lower()) for tomb in tombs if not tomb["remote_id"]}
    return [
        item
        for item in items
        if item["contactId"] not in ids
        and (item["campaign"]["campaignId"], item["email"].lower()) not in places
    ]


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
) -> list[int]:
    """Give rows without a living remote contact the id of the one that has their list and address.

    These are creates on their way and contacts that had left and are back: revived, not doubled. So is one
    whose old id was not seen to go: an address is on a list once, so its old contact is gone, or elsewhere
    and read there. Returns the keys of the rows that had no id before.
    """
    linked = Contact.plain.filter(account=account, contact_id__in=list(read))
    taken = set(linked.values_list("contact_id", flat=True))
    free = {
        (campaigns[fields["campaign"]].pk, fields["email"].lower()): key
        for key, fields in read.items()
        if key not in taken
    }
    if not free:
        return []
    emails = [email for _campaign, email in free]
    rows = Contact.plain.filter(account=account, email_lower__in=emails).exclude(contact_id__in=taken)
    newly_linked = []
    for row in sorted(rows.select_for_update().order_by("pk"), key=by_claim):
        leaving = row.state == ContactState.LEAVING
        place = (row.campaign_id, row.email.lower())
        if place not in free or (leaving and row.contact_id):
            continue
        state = row.state if leaving else ContactState.ACTIVE
        Contact.plain.filter(pk=row.pk).update(
            contact_id=free.pop(place), state=state, changed_on=None, details_on=None
        )
        newly_linked += [] if row.contact_id else [row.pk]
    # What gave up because they seemed not to be there can be pushed now.
    gave_up = Change.objects.gave_up().filter(account=account, resource="contact")
    gave_up.filter(object_pk__in=newly_linked).revive()
    return newly_linked


def by_claim(row: Contact) -> tuple[bool, bool]:
    """Who is first to be adopted: creates on their way, then contacts that are here, then those that left."""
    return row.contact_id is not None, row.state in GONE


def known_contacts(account: Account, contact_ids: Iterable[str]) -> dict[str, Known]:
    """What is here of the contacts of a page, in one narrow query."""
    rows = Contact.plain.filter(account=account, contact_id__in=list(contact_ids))
    columns = ("contact_id", "changed_on", "details_on", "state", "campaign__campaign_id")
    return {key: Known(*rest) for key, *rest in rows.values_list(*columns)}


def differs(known: Known | None, item: Json) -> bool:
    """Whether the listed contact is not what was mirrored; an equal ``changedOn`` means nothing to write."""
    return (
        known is None
        or known.state not in (ContactState.ACTIVE, ContactState.LEAVING)
        or known.changed_on != timestamp(item["changedOn"])
        or known.campaign != item["campaign"]["campaignId"]
    )


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
    result = merge(local, remote, row.base, app_settings.CONFLICT, row.in_doubt)
    moves_here = result["campaign"] != remote["campaign"]
    for name, value in fields.items():
        if name != "campaign":
            setattr(row, name, value)
    for member, column in MERGED.items():
        setattr(row, column, result[member])
    if not moves_here:
        row.campaign = campaigns[fields["campaign"]]
    row.base = row.base | remote
    if row.state != ContactState.LEAVING:
        row.state, row.left_on, row.left_reason, row.last_error = ContactState.ACTIVE, None, "", ""
    return row


# --- details: tags and custom fields --------------------------------------------------------------


def mirror_details(account: Account, details: Sequence[Json], *, anyway: bool = False) -> int:
    """Write contacts read one by one, with their tags and custom fields. Returns how many were written.

    ``anyway`` is for who knows that they changed: ``changedOn`` has seconds, and two changes may share one.
    """
    learn_tags(account, details)
    known_tags = dict(Tag.plain.filter(account=account, tag_id__isnull=False).values_list("tag_id", "pk"))
    with transaction.atomic():
        written = write_contacts(account, details, anyway=anyway)
        keys = [detail["contactId"] for detail in details]
        locked = Contact.plain.filter(account=account, contact_id__in=keys).select_for_update().order_by("pk")
        rows = {row.contact_id: row for row in locked}
        tags = tags_of(rows.values())
        wanted: dict[int, set[int]] = {}
        for detail in details:
            if row := rows.get(detail["contactId"]):
                # A tag deleted here whose removal is not pushed yet has no row.
                tag_ids = take_details(row, detail, tags)
                wanted[row.pk] = {known_tags[tag_id] for tag_id in tag_ids if tag_id in known_tags}
        changed = [row for row in rows.values() if row.changed_fields()]
        upsert(Contact, changed, ["id"], ["custom_fields", "base", "details_on"])
        retagged = write_tags(tags, wanted)
    return len(written | {key for key, row in rows.items() if row in changed or row.pk in retagged})


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
    result = merge(local, remote, row.base, app_settings.CONFLICT, row.in_doubt)
    row.custom_fields = result["customFieldValues"]
    row.base = row.base | remote
    row.details_on = row.changed_on
    tag_ids: list[str] = result["tags"]
    return tag_ids


def write_tags(have: dict[int, dict[int, str | None]], wanted: dict[int, set[int]]) -> set[int]:
    """Bring the tags of contacts to ``wanted``; tags that GetResponse does not know yet stay.

    Returns the keys of the contacts whose tags changed.
    """
    extra = [
        (contact_pk, tag_pk)
        for contact_pk, tag_pks in wanted.items()
        for tag_pk, tag_id in have[contact_pk].items()
        if tag_id and tag_pk not in tag_pks
    ]
    missing = [
        (contact_pk, tag_pk)
        for contact_pk, tag_pks in wanted.items()
        for tag_pk in tag_pks - have[contact_pk].keys()
    ]
    for contact_pk, tag_pk in extra:
        Contact.tags.through.objects.filter(contact_id=contact_pk, tag_id=tag_pk).delete()
    add_tag_rows(missing)
    return {contact_pk for contact_pk, _tag_pk in extra + missing}


def add_tag_rows(pairs: Iterable[tuple[int, int]]) -> None:
    """Attach (contact pk, tag pk) without recording."""
    through = Contact.tags.through
    rows = [through(contact_id=contact_pk, tag_id=tag_pk) for contact_pk, tag_pk in sorted(pairs)]
    through.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def mirror_tagged(tag: Tag, contact_ids: Sequence[str]) -> int:
    """A first load found that these contacts carry ``tag``: store it, also as what was last mirrored.

    Returns how many of them were not known to carry it.
    """
    with transaction.atomic():
        found = Contact.plain.filter(account=tag.account_id, contact_id__in=list(contact_ids))
        rows = [
            row
            for row in found.select_for_update().order_by("pk")
            if tag.tag_id not in row.base.get("tags", [])
        ]
        for row in rows:
            row.base = row.base | {"tags": sorted([*row.base.get("tags", []), tag.tag_id])}
        upsert(Contact, rows, ["id"], ["base"])
        add_tag_rows((row.pk, tag.pk) for row in rows)
    return len(rows)


def mirror_untagged(tag: Tag) -> None:
    """GetResponse has this tag no more, and so no contact carries it."""
    through = Contact.tags.through.objects
    while pks := list(through.filter(tag_id=tag.pk).values_list("contact_id", flat=True)[:CHUNK]):
        with transaction.atomic():
            rows = list(Contact.plain.filter(pk__in=pks).select_for_update().order_by("pk"))
            for row in rows:
                row.base = row.base | {"tags": [t for t in row.base.get("tags", []) if t != tag.tag_id]}
            upsert(Contact, rows, ["id"], ["base"])
            through.filter(tag_id=tag.pk, contact_id__in=pks).delete()
