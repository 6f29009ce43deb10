"""Retry: gives changes another chance, and takes back what would keep them from being sent again."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from ... import mirror
from ...models import Change, Contact, Newsletter
from ...models.outbox import announce

CHUNK = 1000


class Ended(NamedTuple):
    """A change that gave up."""

    pk: int
    account_id: int
    resource: str
    object_pk: int


def retry(changes: QuerySet[Change]) -> int:
    """Try those of ``changes`` that gave up again from the first attempt; returns how many.

    A contact that GetResponse refused becomes new again, and so is sent. A newsletter of unknown outcome is
    created or sent again: the caller has asked whether GetResponse surely does not have it.
    """
    columns = changes.filter(gave_up_at__isnull=False).order_by("pk")
    keys = [Ended(*row) for row in columns.values_list(*Ended._fields)]
    return sum(retry_some(keys[start : start + CHUNK]) for start in range(0, len(keys), CHUNK))


def retry_some(keys: list[Ended]) -> int:
    """The same for a thousand."""
    with transaction.atomic():
        mine = Change.objects.filter(pk__in=[key.pk for key in keys], gave_up_at__isnull=False)
        still = set(mine.order_by("pk").select_for_update().values_list("pk", flat=True))
        keys = [key for key in keys if key.pk in still]
        mirror.renew([key.object_pk for key in keys if key.resource == Contact.RESOURCE])
        renew_newsletters([key.object_pk for key in keys if key.resource == Newsletter.RESOURCE])
        revived = Change.objects.filter(pk__in=still).revive()
        for account_id in {key.account_id for key in keys}:
            transaction.on_commit(partial(announce, account_id), robust=True)
    return revived


def renew_newsletters(pks: list[int]) -> None:
    """Let the creation or the sending leave once more: its mark is what keeps it from leaving twice."""
    Newsletter.plain.filter(pk__in=pks).update(under_way="", sent_on=None, last_error="")
