"""Push of campaigns, custom fields, tags and segments: few, synchronous, one request each.

Their names are unique in GetResponse, so one that is there already is adopted and brought to what is here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..errors import AlreadyExists, NotFound, Rejected
from ..mirror.writing import buried_ids
from ..models import Change, Mirrored, Segment
from ..plan import update_body
from ..resources import RESOURCES, Json, Resource
from .draining import Drain

Push = Callable[[Drain, Change, Any], None]


def push_named(work: Drain, resource_name: str, changes: list[Change]) -> None:
    """Push each object by itself."""
    push_each(work, resource_name, changes, partial(push_one, RESOURCES[resource_name]))


def push_each(work: Drain, resource_name: str, changes: list[Change], push: Push) -> None:
    """Call ``push`` with each change and its row, None when the row is gone; one that fails fails alone."""
    model = mirror.model_of(RESOURCES[resource_name])
    related = [name for name in mirror.REFERENCES if hasattr(model, name)]
    rows = model.plain.select_related("account", *related).in_bulk([c.object_pk for c in changes])
    for change in changes:
        if not work.may_begin:
            return
        row = rows.get(change.object_pk)
        with work.alone(change, row):
            push(work, change, row)


def push_one(resource: Resource, work: Drain, change: Change, row: Any) -> None:
    """Delete, create or update one object."""
    if change.tombstone:
        remove(work.client, f"{resource.path}/{change.tombstone['remote_id']}")
    elif row is not None and getattr(row, resource.id_field) is None:
        if not create(work.client, resource, row, look_first=change.attempts > 1):
            return work.wait(change, 5, "Waiting for the removal of the object of the same name.")
    elif row is not None:
        update(work.client, resource, row)
    work.settle([change])


def remove(client: Client, path: str) -> None:
    """DELETE; what is gone already is removed."""
    try:
        client.delete(path)
    except NotFound:
        return


def create(client: Client, resource: Resource, row: Any, *, look_first: bool) -> bool:
    """Create an object whose name is unique remotely; if it exists there already, adopt it and send what
    differs.

    ``look_first``: an earlier attempt may have been processed, so look before sending again. Returns whether
    it is done: not while the object of this name is one deleted here that is still to be removed.
    """
    found = find_by_name(client, resource, row) if look_first else None
    ours = found is not None
    if found is None:
        values = resource.values(row)
        try:
            made = client.post(resource.path, values)
        except AlreadyExists:
            found = find_by_name(client, resource, row)
            if found is None:
                raise
        else:
            if not mirror.mark_named_pushed(row, resource, values, made[resource.id_key]):
                bury(row)
    if found is None:
        return True
    if found[resource.id_key] in buried_ids(row.account, resource.name):
        return False
    adopt(client, resource, row, found, ours=ours)
    return True


def bury(row: Mirrored) -> None:
    """Record the removal of what was just made of a row that was deleted here while the request was under
    way: the deletion did not know the id yet.
    """
    if tombstone := row.tombstone():
        Change.objects.record([row.key(tombstone)])


def find_by_name(client: Client, resource: Resource, row: Any) -> Json | None:
    """The remote object of this name. Filters by name may match parts of it, so names are compared here."""
    assert resource.natural_key is not None
    name = getattr(row, resource.natural_key)
    for page in client.pages(resource.path, query={"name": name}):
        for item in page:
            if item.get("name") == name:
                found: Json = client.get(f"{resource.path}/{item[resource.id_key]}")
                return found
    return None


def adopt(client: Client, resource: Resource, row: Any, found: Json, *, ours: bool) -> None:
    """Link the row to an object that existed before, show that, and send what differs. ``ours``: it may be
    what a request of ours has made, and it is, when it is just that.
    """
    model = mirror.model_of(resource)
    others = model.plain.filter(account=row.account_id, **{resource.id_field: found[resource.id_key]})
    if others.exists():
        raise Rejected(
            "Another row here stands for the object of this name in GetResponse. Delete one of them."
        )
    base = resource.values(model(account=row.account, **resource.fields(found)))
    made_here = ours and all(base.get(key) == value for key, value in resource.values(row).items())
    adopted_on = None if made_here else timezone.now()
    mirror.mark_named_pushed(row, resource, base, found[resource.id_key], adopted_on=adopted_on)
    update(client, resource, row)


def update(client: Client, resource: Resource, row: Any) -> None:
    """Send what differs from what was last mirrored; nothing when nothing does.

    Raises Rejected, after sending the rest, where something differs that GetResponse cannot change.
    """
    values, remote_id = resource.values(row), getattr(row, resource.id_field)
    if resource.name == Segment.RESOURCE and not row.definition:
        # A segment can only be replaced as a whole, and of this one the name alone was read.
        values |= {
            key: value for key, value in definition_of(client, resource, remote_id).items() if key != "name"
        }
    body = update_body(resource, values, row.base)
    if body:
        mirror.mark_named_in_doubt(row, body)
        client.post(f"{resource.path}/{remote_id}", body)
        mirror.mark_named_pushed(row, resource, now_there(resource, values, row.base), remote_id)
    if fixed := unchangeable(resource, values, row.base):
        raise Rejected(
            f"GetResponse cannot change the {', '.join(fixed)} of a {resource.name.replace('_', ' ')}: "
            "set it back, or delete this one and make a new one."
        )


def definition_of(client: Client, resource: Resource, remote_id: str) -> Json:
    """The writable values of a segment as GetResponse has it."""
    fields = resource.fields(client.get(f"{resource.path}/{remote_id}"))
    return resource.values(Segment(**fields))


def unchangeable(resource: Resource, values: Json, base: Json) -> list[str]:
    """The members that differ although no update may send them."""
    if resource.updates is None:
        return []
    return sorted(key for key in base.keys() - resource.updates if values.get(key) != base[key])


def now_there(resource: Resource, values: Json, base: Json) -> Json:
    """What GetResponse has after an update."""
    if resource.updates is None:
        return values
    return base | {key: value for key, value in values.items() if key in resource.updates}
