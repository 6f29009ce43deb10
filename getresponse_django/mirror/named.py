"""Objects that are one row here, of whatever resource: matched, merged with edits, written and forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Any

from django.apps import apps
from django.db import transaction

from ..conf import app_settings
from ..merging import Clash, clashes
from ..models import Account, Change, Mirrored, Segment
from ..resources import RESOURCES, Json, Resource
from .conflicts import keep_conflicts
from .fitting import each_alone, fit_logged, left_out
from .segments import forget_members
from .writing import buried_ids, pending_pks, upsert

REFERENCES = {"campaign": "campaign", "from_field": "from_field", "reply_to": "from_field"}
"""Columns that name another object, and its resource."""


def model_of(resource: Resource) -> type[Any]:
    """The model that mirrors a resource."""
    return _models()[resource.name]


@cache
def _models() -> dict[str, type[Any]]:
    """Resource -> its model."""
    models = apps.get_app_config("getresponse_django").get_models()
    return {model.RESOURCE: model for model in models if issubclass(model, Mirrored)}


def mirror_named(account: Account, resource: Resource, items: Sequence[Json]) -> int:
    """Write a page of objects, matched by id, then by name; returns how many rows were new or differed. What
    breaks the contract is left out alone.
    """
    for item in items:
        if not resource.says_id(item):
            left_out(account, resource.name, item, resource.id_key)
    buried = buried_ids(account, resource.name)
    usable = [item for item in filter(resource.says_id, items) if item[resource.id_key] not in buried]
    write = partial(_mirror_page, account, resource)
    return each_alone(write, usable, account, resource.name, resource.id_key)


def _mirror_page(account: Account, resource: Resource, items: Sequence[Json]) -> int:
    """``mirror_named`` of objects that are to be written: all or none."""
    model, key_of = model_of(resource), resource.id_key
    read = {item[key_of]: fit_logged(account, model, item[key_of], resource.fields(item)) for item in items}
    _resolve_references(account, model, read.values())
    with transaction.atomic():
        _adopt_by_name(account, resource, read)
        known = model.plain.filter(
            account=account, **{f"{resource.id_field}__in": list(read)}
        ).select_for_update()
        existing = {getattr(row, resource.id_field): row for row in known}
        pending = pending_pks(account, resource.name)
        merged = [
            _merged_row(model, resource, account, existing.get(key), fields, pending)
            for key, fields in read.items()
        ]
        changed = [row for row, _clashes in merged if row.pk is None or row.changed_fields()]
        columns = {column for fields in read.values() for column in fields} | {"base", "last_error"}
        upsert(model, changed, ["account", resource.id_field], columns - {resource.id_field})
        keep_conflicts((row, clash) for row, found in merged for clash in found)
    return len(changed)


def _resolve_references(account: Account, model: type[Any], all_fields: Iterable[dict[str, Any]]) -> None:
    """Replace remote ids of campaigns and from fields by the keys of their rows; unknown ones become null."""
    all_fields = list(all_fields)
    for name, resource in REFERENCES.items():
        wanted = {fields[name] for fields in all_fields if fields.get(name)}
        if not any(name in fields for fields in all_fields):
            continue
        target = model_of(RESOURCES[resource]).plain.filter(account=account, **{f"{resource}_id__in": wanted})
        keys = dict(target.values_list(f"{resource}_id", "pk"))
        for fields in all_fields:
            if name in fields:
                fields[f"{name}_id"] = keys.get(fields.pop(name))


def _adopt_by_name(account: Account, resource: Resource, read: dict[str, dict[str, Any]]) -> None:
    """Give rows that wait for their object its id when an object of their name appears."""
    if resource.natural_key is None:
        return
    model, key = model_of(resource), resource.natural_key
    linked = model.plain.filter(account=account, **{f"{resource.id_field}__in": list(read)})
    taken = set(linked.values_list(resource.id_field, flat=True))
    by_name = {fields[key]: remote for remote, fields in read.items() if remote not in taken}
    waiting = model.plain.filter(account=account, **{resource.id_field: None, f"{key}__in": list(by_name)})
    for row in waiting.select_for_update():
        model.plain.filter(pk=row.pk).update(**{resource.id_field: by_name[getattr(row, key)]})


def _merged_row(
    model: type[Any],
    resource: Resource,
    account: Account,
    row: Any,
    fields: dict[str, Any],
    pending: set[int],
) -> tuple[Any, list[Clash]]:
    """The row as it should be now, and what both sides had changed: remote values, except where a local
    change still waits to be pushed.
    """
    if row is None:
        row = model(account=account, **fields)
        row.base = resource.values(row)
        return row, []
    local, base = resource.values(row), row.base
    mine = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    remote = resource.values(row)
    if row.last_error == GONE:
        row.last_error = ""
    found: list[Clash] = []
    if row.pk in pending:
        _restore_local(row, resource, mine, _won_here(local, remote, base))
        every = {key: remote.get(key) for key in sorted(local.keys() | remote.keys())}
        found = list(clashes(local, every, base)) if base else []
    row.base = remote
    return row, found


def _won_here(local: Json, remote: Json, base: Json) -> set[str]:
    """The members whose local value stands: changed here only, or on both sides where CONFLICT is "local".

    Without a base the row was never pushed: whatever it says that differs was said here.
    """
    members = local.keys() | remote.keys()
    changed = {
        key for key in members if local.get(key) != base.get(key) and local.get(key) != remote.get(key)
    }
    if app_settings.CONFLICT == "local":
        return changed
    return {key for key in changed if remote.get(key) == base.get(key)}


def _restore_local(row: Any, resource: Resource, mine: dict[str, Any], members: set[str]) -> None:
    """Put back the columns that make up these members of the JSON."""
    remote = {name: getattr(row, name) for name in mine}
    before = resource.values(row)
    restored = {}
    for name, value in mine.items():
        setattr(row, name, value)
        after = resource.values(row)
        if any(after.get(key) != before.get(key) for key in members):
            restored[name] = value
        setattr(row, name, remote[name])
    for name, value in restored.items():
        setattr(row, name, value)


GONE = "No longer in GetResponse."
"""The ``last_error`` of a row that stays although GetResponse has deleted its object."""


def forget(account: Account, resource: Resource, remote_ids: Sequence[str]) -> int:
    """GetResponse has deleted these objects; returns how many rows were concerned.

    Tags, custom fields and segments are deleted here too (``Resource.forgotten``): nothing may be pushed that
    names them, and a rule of the site that names a tag makes it anew. The others are kept for their contacts
    and statistics, and ``last_error`` says so.
    """
    model = model_of(resource)
    rows = model.plain.filter(account=account, **{f"{resource.id_field}__in": list(remote_ids)})
    if not resource.forgotten:
        return int(rows.exclude(last_error=GONE).update(last_error=GONE))
    with transaction.atomic():
        pks = list(rows.values_list("pk", flat=True))
        Change.objects.filter(account=account, resource=resource.name, object_pk__in=pks).delete()
        if model is Segment:
            forget_members(pks)
        # Without signals: a tombstone would ask for the removal of what is gone.
        rows._raw_delete(rows.db)
    return len(pks)


def mark_named_pushed(row: Mirrored, resource: Resource, values: Json, remote_id: str, **more: Any) -> bool:
    """GetResponse now has the object with these values under this id. False when the row was deleted
    meanwhile.
    """
    columns = {resource.id_field: remote_id, "base": values, "last_error": "", **more}
    for name, value in columns.items():
        setattr(row, name, value)
    return bool(type(row).plain.filter(pk=row.pk).update(**columns))


def mark_named_in_doubt(row: Mirrored, members: Iterable[str]) -> None:
    """Commit that an update with these members is about to leave: until its end is written down nobody knows
    what GetResponse has of them, and an edit back to the old value must be sent too.
    """
    row.base = {key: value for key, value in row.base.items() if key not in members}
    type(row).plain.filter(pk=row.pk).update(base=row.base)
