"""Push of campaigns, custom fields, tags and newsletters: few, synchronous, one request each."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..errors import AlreadyExists, GetResponseError, NotFound, OutcomeUnknown, Rejected
from ..mirror.writing import buried_ids
from ..models import Change, Newsletter
from ..models.outbox import Reason
from ..plan import update_body
from ..resources import RESOURCES, Json, Resource
from .draining import Drain

UNKNOWN_OUTCOME = (
    "The answer was lost, so nobody knows whether GetResponse made this newsletter. Look there: if it did, "
    "delete this one here (the next pull brings it); if not, use Retry."
)


def push_named(work: Drain, resource_name: str, changes: list[Change]) -> None:
    """Push each change by itself."""
    resource = RESOURCES[resource_name]
    related = [name for name in ("campaign", "from_field") if hasattr(mirror.model_of(resource), name)]
    rows = (
        mirror.model_of(resource)
        .plain.select_related("account", *related)
        .in_bulk([c.object_pk for c in changes])
    )
    for change in changes:
        if not work.may_begin:
            return
        row = rows.get(change.object_pk)
        with work.alone(change, row):
            push_one(work, resource, change, row)


def push_one(work: Drain, resource: Resource, change: Change, row: Any) -> None:
    """Delete, create or update one object."""
    if change.tombstone:
        remove(work.client, f"{resource.path}/{change.tombstone['remote_id']}")
    elif row is not None and getattr(row, resource.id_field) is None:
        if resource.natural_key is None:
            return create_newsletter(work, resource, change, row)
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
    if found is None:
        values = resource.values(row)
        try:
            made = client.post(resource.path, values)
        except AlreadyExists:
            found = find_by_name(client, resource, row)
            if found is None:
                raise
        else:
            mirror.mark_named_pushed(row, resource, values, made[resource.id_key])
    if found is None:
        return True
    if found[resource.id_key] in buried_ids(row.account, resource.name):
        return False
    adopt(client, resource, row, found)
    return True


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


def adopt(client: Client, resource: Resource, row: Any, found: Json) -> None:
    """Link the row to an object that existed before, then send what differs."""
    model = mirror.model_of(resource)
    others = model.plain.filter(account=row.account_id, **{resource.id_field: found[resource.id_key]})
    if others.exists():
        raise Rejected(
            "Another row here stands for the object of this name in GetResponse. Delete one of them."
        )
    there = model(account=row.account, **resource.fields(found))
    mirror.mark_named_pushed(row, resource, resource.values(there), found[resource.id_key])
    update(client, resource, row)


def update(client: Client, resource: Resource, row: Any) -> None:
    """Send what differs from what was last mirrored; nothing when nothing does."""
    values, remote_id = resource.values(row), getattr(row, resource.id_field)
    body = update_body(resource, values, row.base)
    if body:
        client.post(f"{resource.path}/{remote_id}", body)
        mirror.mark_named_pushed(row, resource, values, remote_id)


def create_newsletter(work: Drain, resource: Resource, change: Change, row: Newsletter) -> None:
    """Create a newsletter once. A lost answer is never followed by a second request: that could send it
    twice.
    """
    if row.sent_on is not None:
        return outcome_unknown(work, change, row)
    if waiting := missing_reference(row):
        return work.wait(change, 60, waiting)
    if not Newsletter.plain.filter(pk=row.pk, sent_on=None).update(sent_on=timezone.now()):
        return work.wait(change, 1)  # another worker is sending it
    values = resource.values(row)
    try:
        made = work.client.post(resource.path, values)
    except OutcomeUnknown:
        return outcome_unknown(work, change, row)
    except GetResponseError:
        Newsletter.plain.filter(pk=row.pk).update(sent_on=None)
        raise
    mirror.mark_named_pushed(row, resource, values, made[resource.id_key])
    work.settle([change])


def outcome_unknown(work: Drain, change: Change, row: Newsletter) -> None:
    """Leave it to a person to find out whether GetResponse made the newsletter."""
    Newsletter.plain.filter(pk=row.pk).update(last_error=UNKNOWN_OUTCOME)
    work.give_up(change, Reason.UNKNOWN, UNKNOWN_OUTCOME)


def missing_reference(row: Newsletter) -> str:
    """What the newsletter names that GetResponse does not have yet."""
    if row.campaign is None or row.campaign.campaign_id is None:
        return "Waiting: the newsletter's list is not in GetResponse (yet)."
    if row.from_field is None or row.from_field.from_field_id is None:
        return "Waiting: the newsletter has no from field that GetResponse knows. Choose one."
    return ""
