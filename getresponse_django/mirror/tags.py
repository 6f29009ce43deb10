"""Who carries which tag, as GetResponse tells it: written in bulk and without recording a Change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from ..models import Account, Contact, Tag
from ..resources import RESOURCES, Json, contact_tags
from .named import mirror_named
from .writing import CHUNK, upsert


def learn_tags(account: Account, details: Sequence[Json]) -> None:
    """Mirror tags that were made since tags were read."""
    named = {
        tag["tagId"]: {"tagId": tag["tagId"], "name": tag["name"]}
        for detail in details
        for tag in contact_tags(detail)
        if tag.get("name")
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


Wish = tuple[Contact, dict[int, str | None], list[str]]
"""A saved contact, its tags here (key -> id), and the ids of the tags that it should have."""


def write_tags(account: Account, wishes: Sequence[Wish]) -> set[int]:
    """Bring the tags of contacts to what is wished; tags that GetResponse does not know yet stay.

    A tag deleted here whose removal is not pushed yet has no row, and is passed over. Returns the keys of the
    contacts whose tags changed.
    """
    named = {tag_id for _contact, _had, tag_ids in wishes for tag_id in tag_ids}
    known = dict(Tag.plain.filter(account=account, tag_id__in=named).values_list("tag_id", "pk"))
    missing, extra = [], defaultdict(list)
    for contact, had, tag_ids in wishes:
        wanted = {known[tag_id] for tag_id in tag_ids if tag_id in known}
        missing += [(contact.pk, tag_pk) for tag_pk in wanted - had.keys()]
        for tag_pk in {tag_pk for tag_pk, tag_id in had.items() if tag_id} - wanted:
            extra[tag_pk].append(contact.pk)
    for tag_pk, contact_pks in sorted(extra.items()):
        Contact.tags.through.objects.filter(tag_id=tag_pk, contact_id__in=contact_pks).delete()
    add_tag_rows(missing)
    return {pk for pk, _tag_pk in missing}.union(*extra.values())


def add_tag_rows(pairs: Iterable[tuple[int, int]]) -> None:
    """Attach (contact pk, tag pk) without recording."""
    through = Contact.tags.through
    rows = [through(contact_id=contact_pk, tag_id=tag_pk) for contact_pk, tag_pk in sorted(pairs)]
    through.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def mirror_tagged(tag: Tag, contact_ids: Sequence[str]) -> int:
    """A search found that these contacts carry ``tag``: store it, also as what was last mirrored.

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
