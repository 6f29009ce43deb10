"""Discard: gives up for good what could not be sent of contacts, and takes the edits back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from ... import mirror
from ...models import Change, Contact

CHUNK = 1000


def ended_changes(contacts: QuerySet[Contact]) -> QuerySet[Change]:
    """The changes of these contacts that gave up."""
    mine = Change.objects.filter(resource=Contact.RESOURCE, tombstone__isnull=True, gave_up_at__isnull=False)
    return mine.filter(object_pk__in=contacts.order_by().values("pk"))


def discard(contacts: QuerySet[Contact]) -> int:
    """Forget the changes of ``contacts`` that gave up; the contacts are as GetResponse has them again.

    Returns how many were forgotten. Nothing is recorded.
    """
    pks = sorted(ended_changes(contacts).values_list("object_pk", flat=True))
    return sum(discard_some(pks[start : start + CHUNK]) for start in range(0, len(pks), CHUNK))


def discard_some(pks: list[int]) -> int:
    """The same for a thousand. The contacts are locked first: nobody records a new edit meanwhile."""
    with transaction.atomic():
        locked = Contact.plain.filter(pk__in=pks).order_by("pk").select_for_update()
        mine = ended_changes(Contact.plain.filter(pk__in=[row.pk for row in locked.only("pk")]))
        still = list(mine.values_list("object_pk", flat=True))
        mirror.take_back(still)
        gone = Change.objects.filter(pk__in=list(mine.values_list("pk", flat=True)))
        with gone.locked():
            forgotten: int = gone.delete()[0]
    return forgotten
