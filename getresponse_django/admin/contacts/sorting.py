"""Tags and moves contacts, many at once, and through the models, so that every change is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import router, transaction
from django.db.models import Exists, OuterRef, QuerySet

from ...models import Campaign, Contact, Tag
from .memberships import staying

CHUNK = 1000


def add_tag(contacts: QuerySet[Contact], tag: Tag) -> int:
    """Tag those that lack it; returns how many."""
    return in_chunks(untagged(contacts, tag), lambda pks: tag.contacts.add(*pks))


def remove_tag(contacts: QuerySet[Contact], tag: Tag) -> int:
    """Take the tag off those that have it; returns how many."""
    return in_chunks(tagged(contacts, tag), lambda pks: tag.contacts.remove(*pks))


def untagged(contacts: QuerySet[Contact], tag: Tag) -> QuerySet[Contact]:
    """Those that the tag can be added to."""
    return staying(contacts).filter(account=tag.account_id).exclude(pk__in=carriers(tag))


def tagged(contacts: QuerySet[Contact], tag: Tag) -> QuerySet[Contact]:
    """Those that the tag can be taken off."""
    return staying(contacts).filter(account=tag.account_id, pk__in=carriers(tag))


def carriers(tag: Tag) -> QuerySet[Contact, Any]:
    """The keys of the contacts with a tag."""
    return Contact.plain.filter(tags=tag).values("pk")


def movable(contacts: QuerySet[Contact], campaign: Campaign) -> QuerySet[Contact]:
    """Those that may move: of the same account, elsewhere now, and whose address the list does not have."""
    namesakes = Contact.plain.filter(campaign=campaign, email_lower=OuterRef("email_lower"))
    mine = staying(contacts).filter(account=campaign.account_id)
    return mine.exclude(campaign=campaign).exclude(Exists(namesakes))


def move(contacts: QuerySet[Contact], campaign: Campaign) -> int:
    """Move those that may to a list; returns how many. Of two with the same address the first one moves."""
    first: dict[str, int] = {}
    for pk, email in movable(contacts, campaign).order_by("pk").values_list("pk", "email_lower"):
        first.setdefault(email, pk)
    parts = parts_of(list(first.values()))
    return sum(Contact.objects.filter(pk__in=part).update(campaign=campaign) for part in parts)


def in_chunks(contacts: QuerySet[Contact], write: Callable[[list[int]], object]) -> int:
    """``write`` the keys of these contacts, a thousand at a time; returns how many there were."""
    pks = list(contacts.order_by("pk").values_list("pk", flat=True))
    for part in parts_of(pks):
        with transaction.atomic(using=router.db_for_write(Contact)):
            write(part)
    return len(pks)


def parts_of(pks: list[int]) -> Iterator[list[int]]:
    """Up to a thousand keys at a time."""
    yield from (pks[start : start + CHUNK] for start in range(0, len(pks), CHUNK))
