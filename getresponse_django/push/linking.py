"""Learning remote ids: a create answers 202 without one, so accepted contacts are looked for until they are
found.

N new contacts of a campaign are found by one paged scan of its recent contacts, whoever has claimed them.
What the scan leaves is searched by address, 64 per query, one status per query
(docs/explanation/decisions/outbox.md).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import events, mirror
from ..calls import SEARCH
from ..client import Call, Client, Page
from ..conf import app_settings
from ..errors import GetResponseError, NotFound, OutcomeUnknown, Rejected, Unavailable
from ..mirror import Found
from ..models import Change, Contact, ContactState
from ..models.contact_states import UNLINKED
from ..plan import LINK_SLACK, SEARCH_AFTER, address_searches, link_delay
from ..resources import Json, is_contact, timestamp
from .draining import Drain, Item, values_of
from .jobs import job_of

SCAN_MARGIN = timedelta(seconds=60)
"""How much earlier than our first create the scan begins: clocks differ."""

HOUR = 3600


def find_and_link(work: Drain, items: Sequence[Item]) -> None:
    """Look for contacts that were sent; link those found, decide about those that are too old to wait for."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[sent_to(item.contact)].append(item)
    for campaign_id, group in groups.items():
        if work.may_begin:
            with work.together(item.change for item in group):
                find_in_campaign(work, campaign_id, group)


def sent_to(contact: Contact) -> str:
    """The list the contact was sent to; it may have been moved here since."""
    return contact.base.get("campaign") or contact.campaign.campaign_id or ""


def sent_as(contact: Contact) -> str:
    """The address the contact was sent with; it may have been changed here since."""
    address: str = contact.base.get("email") or contact.email
    return address.lower()


def find_in_campaign(work: Drain, campaign_id: str, items: list[Item]) -> None:
    """Look for contacts of one campaign: scan the recent ones, then search the rest by address."""
    wanted = {sent_as(item.contact): item for item in items}
    scan_recent(work, campaign_id, wanted)
    old = {address: item for address, item in wanted.items() if needs_search(item.contact)}
    look_again(work, [item for address, item in wanted.items() if address not in old])
    if old:
        search_and_decide(work, campaign_id, old)


def scan_recent(work: Drain, campaign_id: str, wanted: dict[str, Item]) -> None:
    """Link what is wanted, and whatever else waits for its id, among the recent contacts of a campaign.

    Takes from ``wanted`` what it links. Newest first, and no further than to the last that is wanted.
    """
    sent = [when for item in wanted.values() if (when := item.contact.sent_on) and is_recent(item.contact)]
    if not sent or was_scanned(work, campaign_id, min(sent), max(sent)):
        return
    began, started = timezone.now(), time.monotonic()
    for page in recent_contacts(work.client, campaign_id, min(sent)):
        link_page(work, campaign_id, page, wanted)
        if not wanted:
            return
    ended = time.monotonic()
    work.scanned[campaign_id] = (min(sent), began, ended + (ended - started))


def was_scanned(work: Drain, campaign_id: str, first: datetime, last: datetime) -> bool:
    """Whether a scan of this drain that was in vain covers what was sent from ``first`` to ``last``.

    Its outcome stands for as long as it took: while GetResponse is slow to add very many contacts, not every
    claim of a thousand reads all the others again.
    """
    since, began, stands_until = work.scanned.get(campaign_id, (last, first, 0.0))
    return since <= first and last <= began and time.monotonic() < stands_until


def is_recent(contact: Contact) -> bool:
    """Whether it may be among the recent contacts; those that wait for long are not."""
    return age(contact) < float(app_settings.SETTLE_SECONDS)


def recent_contacts(client: Client, campaign_id: str, since: datetime) -> Iterator[Page]:
    """Pages of the contacts of a campaign created since then, the newest first."""
    query = {"campaignId": campaign_id, "createdOn": {"from": since - SCAN_MARGIN}}
    return client.pages("/contacts", query=query, sort={"createdOn": "DESC"})


def link_page(work: Drain, campaign_id: str, page: Iterable[Json], wanted: dict[str, Item]) -> None:
    """Link what is wanted or waits for its id among these contacts."""
    mine = [item for item in filter(is_contact, page) if item["campaign"]["campaignId"] == campaign_id]
    listed = {item["email"].lower(): item for item in mine}
    claimed = {address: wanted.pop(address) for address in listed if address in wanted}
    link(work, [(item, listed[address]) for address, item in claimed.items()])
    link_others(work, campaign_id, listed)


def age(contact: Contact) -> float:
    """Seconds since the create was sent."""
    return (timezone.now() - contact.sent_on).total_seconds() if contact.sent_on else float(HOUR)


def needs_search(contact: Contact) -> bool:
    """Whether the scan cannot be enough: the contact existed before, must confirm first, or is late."""
    late = age(contact) > min(SEARCH_AFTER, app_settings.SETTLE_SECONDS)
    return not contact.base or contact.campaign.double_optin or late


def found(contact: Contact, there: Json) -> Found:
    """What GetResponse lists of a contact: ours if our request made it; else it existed before and may hold
    other data.
    """
    created_on, sent_on = timestamp(there.get("createdOn")), contact.sent_on
    ours = False
    if contact.base and created_on and sent_on:
        ours = created_on >= sent_on - timedelta(seconds=LINK_SLACK)
    return Found(there, ours)


def link(work: Drain, pairs: Sequence[tuple[Item, Json]]) -> None:
    """Store the ids of claimed contacts; what differs is due at once."""
    listed = {item.contact.pk: there for item, there in pairs}

    def write(items: Sequence[Item]) -> None:
        rows = Contact.plain.filter(pk__in=[item.contact.pk for item in items])
        linked, taken = mirror.link(rows, lambda row: found(row, listed[row.pk]))
        done = {row.pk for row in linked if not differs(row)}
        refused = Rejected(
            _("Another contact here stands for this address on this list. Delete one of them.")
        )
        moving = give_way(work, [item for item in items if item.contact in taken], listed)
        for item in [item for item in items if item.contact in taken and item not in moving]:
            work.failed(item.change, refused, item.contact)
        work.settle([item.change for item in items if item.contact.pk in done])
        work.wait_all([item.change for item in items if item.change.pk in work.open], 0)

    work.in_bulk([item for item, _there in pairs], write)


def give_way(work: Drain, items: Sequence[Item], listed: dict[int, Json]) -> list[Item]:
    """Let those wait whose place in GetResponse another contact holds that was moved or unsubscribed here and
    has still to go. What was answered is new again: it was not created, for the other one was there.
    """
    ids = {listed[item.contact.pk]["contactId"]: item for item in items}
    holders = Contact.plain.filter(account=work.account, contact_id__in=list(ids)).select_related("campaign")
    moving = [ids[str(holder.contact_id)] for holder in holders if has_to_go(holder)]
    mirror.mark_not_created([item.contact for item in moving])
    work.wait_all([item.change for item in moving], 5, "Waiting for the removal of the same address.")
    return moving


def has_to_go(holder: Contact) -> bool:
    """Whether a contact is still where it was last mirrored, and is not to stay there."""
    here = (holder.campaign.campaign_id, holder.email.lower())
    return holder.state == ContactState.LEAVING or (sent_to(holder), sent_as(holder)) != here


def differs(row: Contact) -> bool:
    """Whether something is left to push of a contact just linked; of one that existed before, everything."""
    nothing: Json = {"customFieldValues": {}}
    return nothing | row.base != nothing | values_of(row) or row.state != ContactState.ACTIVE


def link_others(work: Drain, campaign_id: str, listed: dict[str, Json]) -> None:
    """Store the ids of contacts that other claims would look for; what differs of them is due at once.

    One that cannot be linked is left to its own claim.
    """

    def find(row: Contact) -> Found | None:
        there = listed.get(sent_as(row))
        return found(row, there) if there and sent_to(row) == campaign_id else None

    waiting = Contact.plain.filter(account=work.account, contact_id=None, state__in=UNLINKED)
    # No joins here: without statistics PostgreSQL runs through both tables for each of a thousand addresses.
    pks = list(waiting.filter(email_lower__in=list(listed)).values_list("pk", flat=True))
    stamps = Change.objects.free_stamps(work.account, "contact", pks)
    try:
        linked, _taken = mirror.link(waiting.filter(pk__in=pks), find)
    except DatabaseError as error:
        kind, alias = type(error).__name__, work.account.alias
        events.PUSH_LINK_LEFT.log(account=alias, contacts=len(listed), error_type=kind)
        return
    done = {row.pk: stamps[row.pk] for row in linked if row.pk in stamps and not differs(row)}
    work.result.pushed += Change.objects.drop(work.account, "contact", done)
    Change.objects.hasten(work.account, "contact", [row.pk for row in linked if row.pk not in done])


def look_again(
    work: Drain, items: Iterable[Item], detail: str = "Waiting for GetResponse to add the contact."
) -> None:
    """Not found yet: look again later and later."""
    by_delay: dict[int, list[Change]] = defaultdict(list)
    for item in items:
        by_delay[int(link_delay(age(item.contact)))].append(item.change)
    for seconds, changes in by_delay.items():
        work.wait_all(changes, seconds, detail)


# --- searching by address ------------------------------------------------------------------------


def search_and_decide(work: Drain, campaign_id: str, rest: dict[str, Item]) -> None:
    """Search contacts that the scan did not show in each status; then decide about those found nowhere."""
    active = matching(search(work.client, campaign_id, list(rest), "subscribed"), rest)
    link(work, [(rest.pop(address), listed) for address, listed in active.items()])
    unconfirmed = matching(search(work.client, campaign_id, list(rest), "unconfirmed"), rest)
    await_confirmation(work, [rest.pop(address) for address in unconfirmed])
    for status in ("removed", "undelivered"):
        for there in search(work.client, campaign_id, list(rest), status):
            address = there["email"].lower()
            if address in rest and was_removed_since(rest[address].contact, there):
                left(work, rest.pop(address), there, status)
    for item in rest.values():
        found_nowhere(work, item)


def matching(listed: Iterable[Json], wanted: dict[str, Item]) -> dict[str, Json]:
    """The contacts among these that are wanted, by address."""
    found = {there["email"].lower(): there for there in filter(is_contact, listed)}
    return {address: there for address, there in found.items() if address in wanted}


def search(client: Client, campaign_id: str, emails: Sequence[str], status: str) -> Iterator[Json]:
    """The contacts of one status among these addresses (contract/behaviour-newsletters.md section 1.2)."""
    try:
        for body in address_searches(emails, [campaign_id], status):
            for page in client.pages(SEARCH, method="POST", json=body):
                yield from page
    except OutcomeUnknown as error:
        # A search is a read, though sent by POST: nothing can have come of it.
        raise Unavailable(error.message, method=error.method, path=error.path, status=error.status) from None


def await_confirmation(work: Drain, items: Sequence[Item]) -> None:
    """These people have to click the link in the opt-in mail first; until then the API cannot touch their
    contacts.
    """
    mirror.set_state([item.contact for item in items], ContactState.UNCONFIRMED, last_error="")
    look_again(work, items, "Waiting for the person to confirm.")


def was_removed_since(contact: Contact, item: Json) -> bool:
    """Whether this removal came after our create; an older one proves nothing about it."""
    on = timestamp(item.get("deletedOn"))
    return (
        on is not None
        and contact.sent_on is not None
        and on >= contact.sent_on - timedelta(seconds=LINK_SLACK)
    )


def left(work: Drain, item: Item, there: Json, status: str) -> None:
    """It was added and removed again."""
    mirror.mark_left(item.contact, on=timestamp(there.get("deletedOn")), reason=there.get("reason") or status)
    work.settle([item.change])


def found_nowhere(work: Drain, item: Item) -> None:
    """Wait until the settle time is over; then absence is proven."""
    contact = item.contact
    if age(contact) < app_settings.SETTLE_SECONDS:
        look_again(work, [item])
    elif contact.state == ContactState.LEAVING:
        mirror.mark_left(contact)
        work.settle([item.change])
    elif contact.state == ContactState.SENT:
        mirror.mark_unsent([contact])
        work.send_again(item.change, "The request never arrived; sending it again.")
    else:
        refused = Rejected(why_rejected(work, contact))
        mirror.set_state([contact], ContactState.REJECTED)
        work.failed(item.change, refused, contact)


def why_rejected(work: Drain, contact: Contact) -> str:
    """Why an accepted contact is not there."""
    if contact.state == ContactState.UNCONFIRMED:
        return "The person did not confirm the subscription in time."
    job = job_of(work.account, sent_to(contact))
    if job and job.sent_on == contact.sent_on:
        return f"The import left the contact out. {job.outcome}"
    seconds = app_settings.SETTLE_SECONDS
    return f"GetResponse accepted the contact and dropped it in its own checks: not there after {seconds} s."


# --- contacts that should be there and are not ----------------------------------------------------


def look_up_missing(work: Drain, items: list[Item]) -> None:
    """Contacts whose own address answered 404: found again under another id, or left."""
    for item in items:
        if not work.may_begin:
            return
        with work.alone(item.change, item.contact):
            look_up(work, item)


def look_up(work: Drain, item: Item) -> None:
    """Look for one by the address and the list that GetResponse had it under."""
    contact, change = item.contact, item.change
    email, campaign_id = sent_as(contact), sent_to(contact)
    here = next(search(work.client, campaign_id, [email], "subscribed"), None)
    if here is None:
        there, status = trace(work.client, campaign_id, email)
        left(work, item, there, status)
    elif here["contactId"] == contact.contact_id:
        work.wait(change, app_settings.BACKOFF[0], "GetResponse contradicts itself about this contact.")
    elif Contact.plain.filter(account=work.account, contact_id=here["contactId"]).exists():
        left(work, item, {}, "replaced")  # a pull has made a row of its successor already
    else:
        mirror.link(Contact.plain.filter(pk=contact.pk), lambda _row: Found(here, ours=False))
        work.wait(change, 0)


def trace(client: Client, campaign_id: str, email: str) -> tuple[Json, str]:
    """The record of a removal, empty when there is none, and the status it was found in."""
    for status in ("removed", "undelivered"):
        if item := next(search(client, campaign_id, [email], status), None):
            return item, status
    return {}, "gone"


# --- contacts deleted here ------------------------------------------------------------------------


def bury(work: Drain, changes: Sequence[Change]) -> None:
    """Remove what rows deleted here have left in GetResponse, looking first for ids that were never
    learnt.
    """
    ids = {change: remote_id for change in changes if (remote_id := tomb_of(change)["remote_id"])}
    for change in changes:
        if change not in ids and work.may_begin:
            with work.alone(change):
                if remote_id := find_buried(work, change):
                    ids[change] = remote_id
    calls = (Call("DELETE", f"/contacts/{ids[change]}", key=change) for change in ids if work.may_begin)
    for call, result in work.client.send_many(calls):
        if isinstance(result, GetResponseError) and not isinstance(result, NotFound):
            work.failed(call.key, result)
        else:
            work.settle([call.key])


def tomb_of(change: Change) -> Json:
    """What is known of the deleted row."""
    return change.tombstone or {}


def find_buried(work: Drain, change: Change) -> str | None:
    """The id of a contact deleted here before it was learnt; else its change waits, or is done."""
    tomb = tomb_of(change)
    sent_on = datetime.fromisoformat(tomb["sent_on"]) if tomb["sent_on"] else None
    since = (timezone.now() - sent_on).total_seconds() if sent_on else float(HOUR)
    place = (work.client, tomb["campaign_id"], [tomb["email"]]) if tomb["campaign_id"] else None
    found = next(search(*place, "subscribed"), None) if place else None
    if found is not None:
        return str(found["contactId"])
    if since < app_settings.SETTLE_SECONDS:
        work.wait(change, link_delay(since), "Waiting for GetResponse to add the contact, to remove it.")
    elif place and next(search(*place, "unconfirmed"), None):
        # The API cannot remove whoever has not confirmed yet; after the confirmation it can, and must.
        work.wait(change, link_delay(since), "Waiting for the confirmation of the contact, to remove it.")
    else:
        work.settle([change])
    return None
