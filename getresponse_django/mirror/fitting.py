"""What breaks the contract fails alone: a value that a column cannot hold is cut or left empty, and an object
that cannot be written at all is left out, so that the others of its page are written and the pull goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import DataError, IntegrityError, models
from django.db.backends.base.operations import BaseDatabaseOperations

from .. import events
from ..models import Account, Mirrored
from ..resources import Json

BREACHES = (DataError, IntegrityError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What the values of one object may raise. A database that is away or busy raises none of these."""

WHOLE = frozenset({"email"})
"""Beside ids: texts that name somebody or something else when they are cut."""


def each_alone(
    write: Callable[[list[Json]], int], items: Sequence[Json], account: Account, resource: str, id_key: str
) -> int:
    """``write`` these items, all or none at a time, and return how many it wrote: together, or where that
    fails in ever smaller groups, until who makes it fail is alone. That one is left out and logged.
    """
    try:
        return write(list(items))
    except BREACHES as error:
        if len(items) > 1:
            half = len(items) // 2
            parts = (items[:half], items[half:])
            return sum(each_alone(write, part, account, resource, id_key) for part in parts)
        for item in items:
            left_out(account, resource, item, id_key, error)
        return 0


def left_out(
    account: Account, resource: str, item: Any, id_key: str, error: BaseException | None = None
) -> None:
    """Log that an object of GetResponse is not mirrored; without an error, it does not say what it is."""
    events.MIRROR_LEFT_OUT.log(
        account=account.alias,
        resource=resource,
        remote_id=item.get(id_key) if isinstance(item, dict) else None,
        error_type=type(error).__name__ if error else None,
        broke=error,
    )


def fitted(model: type[models.Model], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with what they can hold: long texts cut, and numbers out of range empty. Raises ValueError
    for what can be neither, such as the id of an object.
    """
    fits = fits_of(model)
    return {name: fits[name](value) if name in fits else value for name, value in fields.items()}


def fit_logged(account: Account, model: type[Mirrored], remote_id: str, fields: Json) -> Json:
    """``fitted``, and what did not fit is logged, without its value."""
    found = fitted(model, fields)
    if cut := [name for name, value in found.items() if value != fields[name]]:
        events.MIRROR_VALUE_CUT.log(
            account=account.alias, resource=model.RESOURCE, remote_id=remote_id, columns=",".join(cut)
        )
    return found


@cache
def fits_of(model: type[models.Model]) -> dict[str, Callable[[Any], Any]]:
    """Column -> what makes a value fit."""
    fits = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CharField) and field.max_length:
            whole = field.name in WHOLE or field.name.endswith("_id")
            fits[field.name] = text_fit(field.name, field.max_length, whole=whole)
        elif isinstance(field, models.IntegerField):
            # Those of PostgreSQL; SQLite keeps larger ones, which would not survive a change of database.
            fits[field.name] = number_fit(
                *BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
            )
    return fits


def text_fit(name: str, longest: int, *, whole: bool) -> Callable[[Any], Any]:
    """Cuts texts at ``longest`` characters, or refuses them where only the whole one means anything."""

    def fit(value: Any) -> Any:
        if not isinstance(value, str) or len(value) <= longest:
            return value
        if whole:
            raise ValueError(f"{name} is longer than {longest} characters")
        return value[:longest]

    return fit


def number_fit(low: int, high: int) -> Callable[[Any], Any]:
    """Takes numbers out of this range for none."""

    def fit(value: Any) -> Any:
        return value if value is None or low <= value <= high else None

    return fit
