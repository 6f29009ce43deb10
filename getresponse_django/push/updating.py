"""Push of linked contacts: the smallest requests that bring GetResponse up to date, side by side within the
limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from .. import mirror
from ..client import Call, Client
from ..contact_requests import ContactPlan, Difference, difference, replace_collections, update_contact
from ..errors import GetResponseError, NotFound, OutcomeUnknown
from ..mirror import Pushed
from ..resources import Json
from .draining import Drain, Item
from .linking import look_up_missing

NOTED_TOGETHER = 50
"""So many answers are written down in one statement, between two requests: more would hold those up."""


@dataclass
class Update:
    """The update of one contact under way."""

    item: Item
    differing: Difference
    plan: ContactPlan
    waiting: int = 0  # requests whose answer is not there yet
    errors: list[GetResponseError] = field(default_factory=list)
    detail: Json | None = None  # what GetResponse answered last


def update_contacts(work: Drain, items: Sequence[Item], field_ids: dict[str, str]) -> None:
    """Send what differs; settle what does not. Contacts of which nothing is known are read first."""
    read_first(work, [item for item in items if not item.contact.base])
    updates = [update_of(item, field_ids) for item in items if item.contact.base]
    work.settle([update.item.change for update in updates if update.plan.empty])
    mirror.mark_in_doubt(
        {update.item.contact: update.differing.as_json() for update in updates if not update.plan.empty}
    )
    todo = {update.item.change.pk: update for update in updates if update.plan.requests}
    detaching = [update for update in updates if not update.plan.empty and not update.plan.requests]
    missing: list[Item] = []
    done: list[Update] = []
    for update in chain(send_all(work, todo), detaching):
        if any(isinstance(error, NotFound) for error in update.errors):
            missing.append(update.item)
        elif update.errors:
            unknown = (error for error in update.errors if isinstance(error, OutcomeUnknown))
            work.failed(update.item.change, next(unknown, update.errors[0]), update.item.contact)
        elif detached(work, update):
            done.append(update)
        if len(done) >= NOTED_TOGETHER:
            note(work, done)
            done = []
    note(work, done)
    look_up_missing(work, missing)


def read_first(work: Drain, items: Sequence[Item]) -> None:
    """Mirror contacts that were found without having been created by us; what differs then is due at once."""
    by_pk = {item.change.pk: item for item in items}
    calls = (
        Call("GET", f"/contacts/{item.contact.contact_id}", key=pk)
        for pk, item in by_pk.items()
        if work.may_begin
    )
    details: dict[int, Json] = {}
    for call, result in work.client.send_many(calls):
        item = by_pk[call.key]
        if isinstance(result, NotFound):
            look_up_missing(work, [item])
        elif isinstance(result, GetResponseError):
            work.failed(item.change, result, item.contact)
        else:
            details[call.key] = result
    mirror.mirror_contacts(work.account, list(details.values()))
    work.wait_all([by_pk[pk].change for pk in details], 0)


def update_of(item: Item, field_ids: dict[str, str]) -> Update:
    """What is to be sent of one contact."""
    contact = item.contact
    assert contact.contact_id is not None
    differing = difference(item.values, contact.base, contact.in_doubt)
    return Update(item, differing, update_contact(contact.contact_id, item.values, differing, field_ids))


def send_all(work: Drain, updates: dict[int, Update]) -> Iterator[Update]:
    """Send the requests of all updates side by side; yields each update when its last answer is there."""
    for call, result in work.client.send_many(calls(work, updates)):
        update = updates[call.key]
        update.waiting -= 1
        if isinstance(result, GetResponseError):
            update.errors.append(result)
        elif isinstance(result, dict):
            update.detail = result
        if not update.waiting:
            yield update


def calls(work: Drain, updates: dict[int, Update]) -> Iterator[Call]:
    """The requests; a contact is begun only while the account may send."""
    for key, update in updates.items():
        if not work.may_begin:
            return
        update.waiting = len(update.plan.requests)
        for request in update.plan.requests:
            yield Call(request.method, request.path, request.json, key=key)


def note(work: Drain, updates: Sequence[Update]) -> None:
    """Write down what GetResponse has now."""
    by_pk = {update.item.change.pk: update for update in updates}

    def write(items: Sequence[Item]) -> None:
        done = [by_pk[item.change.pk] for item in items]
        mirror.mark_pushed(
            [Pushed(one.item.contact, one.item.values, one.differing, one.detail) for one in done]
        )
        work.settle([item.change for item in items])

    work.in_bulk([update.item for update in updates], write)


def detached(work: Drain, update: Update) -> bool:
    """Detach what must be detached; returns whether the contact is as it should be now."""
    item, plan = update.item, update.plan
    if not (plan.drop_tags or plan.drop_fields):
        return True
    if work.may_begin:
        with work.alone(item.change, item.contact):
            try:
                update.detail = detach(work.client, plan, f"/contacts/{item.contact.contact_id}")
                return True
            except NotFound:
                look_up_missing(work, [item])
    return False


def detach(client: Client, plan: ContactPlan, path: str) -> Json:
    """Read the contact and send its collections without what is to go; returns its detail after that."""
    detail: Json = client.get(path)
    body = replace_collections(detail, plan.drop_tags, plan.drop_fields)
    return client.post(path, body) if body else detail
