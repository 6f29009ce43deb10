"""Bulk writes that record nothing, and what a pull must not touch."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from ..models import Account, Change, Newsletter

CHUNK = 1000


@contextmanager
def without_collector() -> Iterator[None]:
    """Look for no cyclic garbage meanwhile: a page makes very many objects at once, all of them needed, and
    looking through them again and again takes a quarter of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def upsert(model: type[Any], rows: Sequence[Any], unique: Sequence[str], columns: Iterable[str]) -> None:
    """Insert or overwrite ``columns`` of ``rows`` by their unique columns, one statement per 1,000 rows."""
    targeted = connection.features.supports_update_conflicts_with_target
    manager = getattr(model, "plain", model._default_manager)
    if rows:
        manager.bulk_create(
            rows,
            batch_size=CHUNK,
            update_conflicts=True,
            unique_fields=list(unique) if targeted else None,
            update_fields=sorted(columns),
        )


def pending_pks(account: Account, resource: str) -> set[int]:
    """The rows of a resource whose local change is not pushed yet."""
    return set(Change.objects.filter(account=account, resource=resource).values_list("object_pk", flat=True))


def buried_ids(account: Account, resource: str) -> set[str]:
    """Remote ids of what is still to be removed there, because its row was deleted here or stands for
    another object now: a pull must not bring it back.
    """
    tombstones = Change.objects.filter(account=account, resource=resource, tombstone__isnull=False)
    ids = {
        tomb.get(key)
        for tomb in tombstones.values_list("tombstone", flat=True)
        for key in ("remote_id", "replaced_id")
        if tomb
    }
    if resource == Newsletter.RESOURCE:
        replaced = Newsletter.plain.filter(account=account, replaced_id__isnull=False)
        ids.update(replaced.values_list("replaced_id", flat=True))
    return ids - {None}
