"""Push of contacts: sorts a claim by what each contact needs, removes, creates and updates."""

from __future__ import annotations

from collections import defaultdict

from .. import mirror
from ..client import Call
from ..errors import GetResponseError, NotFound
from ..models import Change, Contact
from ..models.outbox import Reason
from ..plan import Step, contact_step
from .creating import Place, create_contacts, hold_back_taken, place_of
from .draining import Drain, Item, values_of
from .imports import await_imports
from .linking import bury, find_and_link, sent_as, sent_to
from .permitting import permitted
from .readiness import changes_of, ids_of_fields, load, sendable, without
from .updating import update_contacts


def push_contacts(work: Drain, _resource: str, changes: list[Change]) -> None:
    """Push a claim of contacts: removals first, so that an address can be put back by the same drain."""
    rows = load(change.object_pk for change in changes)
    bury(work, [change for change in changes if change.tombstone])
    work.settle([change for change in changes if not change.tombstone and change.object_pk not in rows])
    steps: dict[Step, list[Item]] = defaultdict(list)
    for change in changes:
        contact = rows.get(change.object_pk)
        if contact is not None and not change.tombstone:
            steps[contact_step(contact.state, contact.contact_id)].append(
                Item(change, contact, values_of(contact))
            )
    work.settle(changes_of(steps[Step.DONE]))
    refuse_again(work, steps[Step.REFUSED])
    delete_contacts(work, steps[Step.DELETE])
    find_and_link(work, await_imports(work, steps[Step.FIND]))
    field_ids = ids_of_fields(work)
    create_contacts(work, sendable(work, permitted(work, steps[Step.CREATE]), field_ids), field_ids)
    updates = not_in_the_way(work, still_there(work, steps[Step.UPDATE]))
    update_contacts(work, sendable(work, updates, field_ids), field_ids)


def not_in_the_way(work: Drain, items: list[Item]) -> list[Item]:
    """Those that keep their place in GetResponse, or whose new one is free."""
    moving = [item for item in items if item.contact.base and place_of(item) != place_there(item.contact)]
    return without(items, without(moving, hold_back_taken(work, moving)))


def place_there(contact: Contact) -> Place:
    """The list and the address that GetResponse has of a contact."""
    return sent_to(contact), sent_as(contact)


def refuse_again(work: Drain, items: list[Item]) -> None:
    """What GetResponse refused waits for a person's Retry; with another address it is another contact."""
    for item in items:
        sent_as = item.contact.base.get("email", item.contact.email)
        if sent_as.lower() == item.contact.email.lower():
            work.give_up(item.change, Reason.REJECTED, item.contact.last_error)
        else:
            mirror.renew([item.contact.pk])
            work.wait(item.change, 0)


def delete_contacts(work: Drain, items: list[Item]) -> None:
    """Remove memberships."""
    by_pk = {item.change.pk: item for item in items}
    mirror.mark_in_doubt({item.contact: item.contact.in_doubt | {"removal": True} for item in items})
    calls = (
        Call("DELETE", f"/contacts/{i.contact.contact_id}", key=i.change.pk) for i in items if work.may_begin
    )
    for call, result in work.client.send_many(calls):
        item = by_pk[call.key]
        if isinstance(result, GetResponseError) and not isinstance(result, NotFound):
            work.failed(item.change, result, item.contact)
            continue
        mirror.mark_deleted(item.contact)
        work.settle([item.change])


def still_there(work: Drain, items: list[Item]) -> list[Item]:
    """Those that are in GetResponse. Who was subscribed again after a removal whose end is not known is
    looked for first, and is a new contact when the removal was done.
    """
    doubtful = {item.change.pk: item for item in items if item.contact.in_doubt.get("removal")}
    calls = (
        Call("GET", f"/contacts/{item.contact.contact_id}", key=pk)
        for pk, item in doubtful.items()
        if work.may_begin
    )
    kept = [item for item in items if item.change.pk not in doubtful]
    for call, result in work.client.send_many(calls):
        item = doubtful[call.key]
        if isinstance(result, NotFound):
            mirror.mark_deleted(item.contact)
            work.wait(item.change, 0)
        elif isinstance(result, GetResponseError):
            work.failed(item.change, result, item.contact)
        else:
            mirror.mark_kept(item.contact)
            kept.append(item)
    return kept
