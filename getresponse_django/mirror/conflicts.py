"""Keeps what both sides changed: the value that lost is still to be seen on the object's page."""

from __future__ import annotations

from collections.abc import Iterable

from ..conf import app_settings
from ..merging import FIELDS, Clash
from ..models import Conflict, Mirrored
from ..resources import snake
from .writing import CHUNK


def keep_conflicts(found: Iterable[tuple[Mirrored, Clash]]) -> None:
    """Write down these clashes of saved rows, which were settled as the setting CONFLICT says.

    Each is seen once: what GetResponse has is the base of the next comparison.
    """
    rows = [
        Conflict(
            account_id=row.account_id,
            resource=row.RESOURCE,
            object_pk=row.pk,
            field=column_of(clash.path),
            here=clash.here,
            there=clash.there,
            won=app_settings.CONFLICT,
        )
        for row, clash in found
    ]
    Conflict.objects.bulk_create(rows, batch_size=CHUNK)


def column_of(path: tuple[str, ...]) -> str:
    """The name of a member's column; ``custom_fields.NAME`` for a custom field."""
    return f"custom_fields.{path[1]}" if path[0] == FIELDS else snake(path[0])
