"""Contacts as a pull reads them: compared, merged three-way with local changes, and written in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction

from ..conf import app_settings
from ..merging import FIELDS, TAGS, Clash, clashes, merge
from ..models import Account, Campaign, Change, Contact, ContactState
from ..models.contact_states import GONE, HERE
from ..resources import (
    RESOURCES,
    Json,
    contact_base,
    contact_details,
    contact_fields,
    contact_values,
    is_contact,
    timestamp,
)
from ..signals import contact_linked
from .conflicts import keep_conflicts
from .erasing import without_erased
from .fitting import each_alone, fit_logged, left_out
from .named import mirror_named
from .tags import learn_tags, tags_of, write_tags
from .writing import upsert, without_collector

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
        "custom_fields",
        "details_on",
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
        or known[item["contactId"]].details_on not in (None, timestamp(item.get("changedOn")))
    ]


def mirror_contacts(account: Account, items: Sequence[Json]) -> int:
    """Write contacts of a list, or their details; one that has not changed costs no write.

    An item may carry tags and custom fields, all of the contact's; what it lacks stays as it is here. What
    breaks the contract is left out alone. Returns how many contacts were written.
    """
    wanted = without_buried(account, items)
    return each_alone(partial(mirror_page, account), wanted, account, Contact.RESOURCE, "contactId")


def mirror_page(account: Account, items: Sequence[Json]) -> int:
    """``mirror_contacts`` of contacts that are to be written: all or none."""
    learn_tags(account, items)
    campaigns = campaigns_of(account, items)
    with without_collector(), transaction.atomic():
        by_id = {item["contactId"]: item for item in items}
        linked = adopt_by_address(account, by_id, campaigns)
        known = known_contacts(account, by_id)
        merged = merged_contacts(account, changed_items(by_id, known), campaigns, known)
        changed = [one.row for one in merged if one.row.pk is None or one.row.changed_fields()]
        upsert(Contact, changed, ["account", "contact_id"], WRITTEN)
        retagged = write_tags(
            account, [(one.row, one.had, one.tags) for one in merged if one.tags is not None]
        )
        keep_conflicts((one.row, clash) for one in merged for clash in one.clashes)
    for contact in Contact.plain.filter(pk__in=linked) if linked else ():
        contact_linked.send_robust(sender=Contact, contact=contact)
    return len({row.pk for row in changed} | retagged)


def changed_items(by_id: dict[str, Json], known: dict[str, Known]) -> dict[str, Json]:
    """The items that have something to tell: all with details, and of those of a list what changed."""
    return {
        key: item for key, item in by_id.items() if contact_details(item) or differs(known.get(key), item)
    }


def without_buried(account: Account, items: Iterable[Json]) -> list[Json]:
    """The contacts but those deleted here whose removal is not pushed yet: they must not come back.

    One deleted before its id was learnt is known by its list and address.
    """
    return unburied(account, without_erased(account, usable_contacts(account, items)))


def usable_contacts(account: Account, items: Iterable[Any]) -> Iterator[Json]:
    """The items that say which contact they are, of whom, on which list; the others are logged."""
    for item in items:
        if is_contact(item):
            yield item
        else:
            left_out(account, Contact.RESOURCE, item, "contactId")


def unburied(account: Account, items: Iterable[Json]) -> list[Json]:
    """The same for contacts whose addresses are not erased. Records nothing."""
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


def adopt_by_address(account: Account, by_id: dict[str, Json], campaigns: dict[str, Campaign]) -> list[int]:
    """Give rows without a living remote contact the id of the one that has their list and address.

    These are creates on their way and contacts that had left and are back: revived, not doubled. So is one
    whose old id was not seen to go: an address is on a list once, so its old contact is gone, or elsewhere
    and read there. Returns the keys of the rows that had no id before.
    """
    linked = Contact.plain.filter(account=account, contact_id__in=list(by_id))
    taken = set(linked.values_list("contact_id", flat=True))
    free = {
        (campaigns[item["campaign"]["campaignId"]].pk, item["email"].lower()): key
        for key, item in by_id.items()
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
        state = row.state if leaving or row.state == ContactState.LEFT else ContactState.ACTIVE
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
        or known.state not in HERE
        or known.changed_on != timestamp(item.get("changedOn"))
        or known.campaign != item["campaign"]["campaignId"]
    )


class Merged(NamedTuple):
    """A contact as it is to be: its row, the ids of the tags it had and is to have (None: nothing was told of
    them), and what both sides had changed.
    """

    row: Contact
    had: dict[int, str | None]
    tags: list[str] | None
    clashes: list[Clash]


def merged_contacts(
    account: Account, changed: dict[str, Json], campaigns: dict[str, Campaign], known: Collection[str]
) -> list[Merged]:
    """The contacts that changed, merged with what is here of those that are known."""
    here = Contact.plain.filter(account=account, contact_id__in=[key for key in changed if key in known])
    existing = {row.contact_id: row for row in here.select_for_update().order_by("pk")}
    of_rows = Campaign.plain.in_bulk({row.campaign_id for row in existing.values()})
    had = tags_of(existing.values())
    found = []
    for key, item in changed.items():
        if row := existing.get(key):
            row.campaign = of_rows[row.campaign_id]
        else:
            row = Contact(account_id=account.pk)
        tags = had.get(row.pk, {})
        fields = fit_logged(account, Contact, key, contact_fields(item))
        found.append(merged_contact(row, fields, campaigns, contact_details(item), tags))
    return found


def merged_contact(
    row: Contact,
    fields: dict[str, Any],
    campaigns: dict[str, Campaign],
    details: Json,
    had: dict[int, str | None],
) -> Merged:
    """The contact with the remote values, and with the local ones that still wait to be pushed.

    A tag that GetResponse does not know yet has no id: it is no matter of the merge and stays.
    """
    remote = contact_base(fields, details)
    remote |= {member: row.base[member] for member in untold(fields) if member in row.base}
    result, both = remote, list[Clash]()
    if row.pk and row.state != ContactState.LEFT:  # what was wished of one who left is not sent any more
        local = contact_values(row, filter(None, had.values()))
        result = merge(local, remote, row.base, app_settings.CONFLICT, row.in_doubt)
        both += clashes(local, remote, row.base, row.in_doubt)
    news = row.changed_on != fields.get("changed_on") or row.state not in HERE
    for name, value in fields.items():
        if name != "campaign":
            setattr(row, name, value)
    for member, column in MERGED.items():
        setattr(row, column, result[member])
    if result["campaign"] == remote["campaign"]:
        row.campaign_id = campaigns[fields["campaign"]].pk
    if FIELDS in details:
        row.custom_fields, row.details_on = result[FIELDS], row.changed_on
    row.base = row.base | remote
    if news and row.state != ContactState.LEAVING:
        row.state, row.left_on, row.left_reason, row.last_error = ContactState.ACTIVE, None, "", ""
    return Merged(row, had, result.get(TAGS), both)


def untold(fields: Collection[str]) -> set[str]:
    """The members that an answer lacks: they were not asked for, and are not empty."""
    return {member for member, column in MERGED.items() if column not in fields}
