"""Push of contacts: sorts a claim by what each contact needs, removes, creates and updates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .. import mirror
from ..client import Call
from ..conf import app_settings
from ..errors import AlreadyExists, GetResponseError, NotFound, OutcomeUnknown, RateLimited, Rejected
from ..models import Change, Contact, ContactState, CustomField
from ..models.outbox import Reason
from ..plan import (
    PLAN_IS_FULL,
    STATE_FORBIDS,
    Step,
    contact_step,
    new_batch_contact,
    new_contact,
    sent_values,
)
from .draining import Drain, Item, values_of
from .linking import bury, find_and_link
from .updating import update_contacts

BATCH_FROM = 20
"""From so many creates of one campaign on, a batch: it is faster, but says nothing about the single contact.
"""

BATCH_SIZE = 1000


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
    find_and_link(work, steps[Step.FIND])
    field_ids = ids_of_fields(work)
    create_contacts(work, sendable(work, steps[Step.CREATE], field_ids), field_ids)
    update_contacts(work, sendable(work, steps[Step.UPDATE], field_ids), field_ids)


def refuse_again(work: Drain, items: list[Item]) -> None:
    """What GetResponse refused waits for a person's Retry; with another address it is another contact."""
    for item in items:
        sent_as = item.contact.base.get("email", item.contact.email)
        if sent_as.lower() == item.contact.email.lower():
            work.give_up(item.change, Reason.REJECTED, item.contact.last_error)
        else:
            mirror.renew([item.contact.pk])
            work.wait(item.change, 0)


def load(pks: Iterable[int]) -> dict[int, Contact]:
    """The contacts of a claim with what their JSON needs, in three queries."""
    rows = Contact.plain.prefetch_related("campaign", "tags")  # one object for each list, not for each row
    return {contact.pk: contact for contact in rows.filter(pk__in=list(pks))}


def ids_of_fields(work: Drain) -> dict[str, str]:
    """Custom field name -> remote id."""
    known = CustomField.plain.filter(account=work.account, custom_field_id__isnull=False)
    return dict(known.values_list("name", "custom_field_id"))


def sendable(work: Drain, items: Iterable[Item], field_ids: dict[str, str]) -> list[Item]:
    """The items that name only what GetResponse has; the others wait for it, saying for what."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[what_is_missing(item.contact, field_ids)].append(item)
    ready = groups.pop("", [])
    for missing, waiting in groups.items():
        Contact.plain.filter(pk__in=[item.contact.pk for item in waiting]).update(last_error=missing)
        work.wait_all(changes_of(waiting), app_settings.BACKOFF[0], missing)
    return ready


def changes_of(items: Iterable[Item]) -> list[Change]:
    """The changes of these items."""
    return [item.change for item in items]


def what_is_missing(contact: Contact, field_ids: dict[str, str]) -> str:
    """What a contact names that GetResponse does not have (yet), in words; empty when nothing is missing."""
    if contact.campaign.campaign_id is None:
        return f"Waiting: there is no list “{contact.campaign}” in GetResponse. Create it there, then pull."
    tags = sorted(tag.name for tag in contact.tags.all() if tag.tag_id is None)
    if tags:
        return f"Waiting for the tag {', '.join(tags)} to be created in GetResponse."
    known = contact.base.get("customFieldValues", {})
    given = (contact.custom_fields or {}).items()
    changed = {name for name, value in given if value and value != known.get(name)}
    if fields := ", ".join(sorted(changed - field_ids.keys())):
        return f"Waiting: there is no custom field {fields} in GetResponse. Create it there, then pull."
    return ""


def delete_contacts(work: Drain, items: list[Item]) -> None:
    """Remove memberships."""
    by_pk = {item.change.pk: item for item in items}
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


# --- creating -----------------------------------------------------------------------------------


def create_contacts(work: Drain, items: list[Item], field_ids: dict[str, str]) -> None:
    """Create, many of one campaign in batches, few one by one."""
    if work.refusing_creates:
        return hold_back(work, items, work.refusing_creates)
    items = hold_back_buried(work, items)
    singles = []
    for group in by_campaign(items):
        if len(group) >= BATCH_FROM:
            singles += create_batch(work, group, field_ids)
        else:
            singles += mark_sent(work, group)
    create_singles(work, singles, field_ids)


def hold_back(work: Drain, items: list[Item], error: GetResponseError) -> None:
    """The plan is full (1027): creates wait, everything else goes on."""
    work.failed_all(changes_of(items), error, [item.contact for item in items])


def hold_back_buried(work: Drain, items: list[Item]) -> list[Item]:
    """Let a contact wait while the removal of its predecessor, same list and address, is not through."""
    graves = Change.objects.filter(account=work.account, resource="contact", tombstone__isnull=False)
    tombs = graves.values_list("tombstone__campaign_id", "tombstone__email").iterator() if items else ()
    places = {place_of(item) for item in items}
    taken = {place for campaign, email in tombs if (place := (campaign, email.lower())) in places}
    waiting = [item.change for item in items if place_of(item) in taken]
    work.wait_all(waiting, 5, "Waiting for the removal of the same address.")
    return [item for item in items if place_of(item) not in taken]


def place_of(item: Item) -> tuple[str, str]:
    """The list and the address where the contact is to be."""
    return item.values["campaign"], item.values["email"].lower()


def by_campaign(items: list[Item]) -> Iterator[list[Item]]:
    """Groups of up to 1,000 contacts of one campaign."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.values["campaign"]].append(item)
    for group in groups.values():
        for start in range(0, len(group), BATCH_SIZE):
            yield group[start : start + BATCH_SIZE]


def mark_sent(work: Drain, items: list[Item]) -> list[Item]:
    """Commit that these are about to leave; those another worker sent are freed, to be looked for."""
    bases = {item.contact.pk: sent_values(item.values) for item in items}
    ready = {contact.pk for contact in mirror.mark_sent([item.contact for item in items], bases)}
    work.wait_all([item.change for item in items if item.contact.pk not in ready], 1)
    return [item for item in items if item.contact.pk in ready]


def create_batch(work: Drain, items: list[Item], field_ids: dict[str, str]) -> list[Item]:
    """Send one batch. Returns the contacts to send one by one: those of a batch that was refused as
    a whole.
    """
    if not work.may_begin:
        return []
    items = mark_sent(work, items)
    body = {
        "campaignId": items[0].values["campaign"] if items else "",
        "contacts": [new_batch_contact(item.values, field_ids, item.contact.ip_address) for item in items],
    }
    try:
        if items:
            work.client.post("/contacts/batch", body)
    except (AlreadyExists, Rejected) as error:
        if error.code != PLAN_IS_FULL:
            return items
        not_sent(work, items, error)
    except OutcomeUnknown:
        look_soon(work, items)
    except RateLimited as error:
        if not work.bulk:
            return items  # the batches that bulk work has used up must not make people wait
        not_sent(work, items, error)
    except GetResponseError as error:
        not_sent(work, items, error)
    else:
        accepted(work, items)
    return []


def create_singles(work: Drain, items: list[Item], field_ids: dict[str, str]) -> None:
    """Send creates one by one."""
    by_pk = {item.change.pk: item for item in items}
    untried = set(by_pk)

    def calls() -> Iterator[Call]:
        for item in items:
            if not work.may_begin or work.refusing_creates:
                return
            untried.discard(item.change.pk)
            body = new_contact(item.values, field_ids, item.contact.ip_address)
            yield Call("POST", "/contacts", body, key=item.change.pk)

    for call, result in work.client.send_many(calls()):
        created(work, by_pk[call.key], result)
    mirror.mark_unsent([by_pk[pk].contact for pk in untried])
    if work.refusing_creates:
        hold_back(work, [by_pk[pk] for pk in untried], work.refusing_creates)


def created(work: Drain, item: Item, result: object) -> None:
    """Write down how a create ended."""
    match result:
        case AlreadyExists():
            # What GetResponse has of this address is unknown, so nothing of ``base`` may be trusted.
            Contact.plain.filter(pk=item.contact.pk).update(base={})
            accepted(work, [item])
        case OutcomeUnknown():
            look_soon(work, [item])
        case Rejected(code=code) if code == STATE_FORBIDS:
            mirror.set_state([item.contact], ContactState.REJECTED)
            work.failed(item.change, result, item.contact)
        case GetResponseError():
            not_sent(work, [item], result)
        case _:
            accepted(work, [item])


def accepted(work: Drain, items: list[Item]) -> None:
    """GetResponse queued them: look for their ids in a second."""
    mirror.set_state([item.contact for item in items], ContactState.ACCEPTED, last_error="")
    work.wait_all(changes_of(items), 1)


def look_soon(work: Drain, items: list[Item]) -> None:
    """The answer was lost: they stay ``sent``, and the next step is to look, not to send again."""
    work.wait_all(changes_of(items), 1, "The answer was lost; looking whether it was done.")


def not_sent(work: Drain, items: list[Item], error: GetResponseError) -> None:
    """GetResponse surely did nothing: the contacts are new as before."""
    if error.code == PLAN_IS_FULL:
        work.refusing_creates = error
    contacts = [item.contact for item in items]
    mirror.mark_unsent(contacts)
    work.failed_all(changes_of(items), error, contacts)
