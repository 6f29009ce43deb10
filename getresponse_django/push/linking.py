"""Learning remote ids: a create answers 202 without one, so accepted contacts are looked for until they are
found.

N new contacts of a campaign are found by one paged scan of its recent contacts. What the scan leaves is
searched by address, 64 per query, one status per query (docs/decisions/outbox.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from .. import mirror
from ..client import Call, Client
from ..conf import app_settings
from ..errors import GetResponseError, NotFound, OutcomeUnknown, Rejected, Unavailable
from ..models import Change, Contact, ContactState
from ..plan import LINK_SLACK, SEARCH_AFTER, address_searches, link_delay
from ..resources import Json, timestamp
from .draining import Drain

Pair = tuple[Change, Contact]

SCAN_MARGIN = timedelta(seconds=60)
"""How much earlier than our first create the scan begins: clocks differ."""

HOUR = 3600


def find_and_link(work: Drain, pairs: Sequence[Pair]) -> None:
    """Look for contacts that were sent; link those found, decide about those that are too old to wait for."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[sent_to(pair[1])].append(pair)
    for campaign_id, group in groups.items():
        if work.may_begin:
            with work.together(change for change, _contact in group):
                find_in_campaign(work, campaign_id, group)


def sent_to(contact: Contact) -> str:
    """The list the contact was sent to; it may have been moved here since."""
    return contact.base.get("campaign") or contact.campaign.campaign_id or ""


def sent_as(contact: Contact) -> str:
    """The address the contact was sent with; it may have been changed here since."""
    address: str = contact.base.get("email") or contact.email
    return address.lower()


def find_in_campaign(work: Drain, campaign_id: str, pairs: list[Pair]) -> None:
    """Look for contacts of one campaign: scan the recent ones, then search the rest by address."""
    wanted = {sent_as(contact): (change, contact) for change, contact in pairs}
    if since := first_sent(pairs):
        for item in scan(work.client, campaign_id, wanted, since):
            link(work, *wanted.pop(item["email"].lower()), item)
    old = [pair for pair in wanted.values() if needs_search(pair[1])]
    for pair in wanted.values():
        if pair not in old:
            look_again(work, *pair)
    if old:
        search_and_decide(work, campaign_id, old)


def first_sent(pairs: Iterable[Pair]) -> datetime | None:
    """When the first of these was sent that may be among the recent contacts; those that wait for long are
    not.
    """
    recent = (contact for _change, contact in pairs if age(contact) < app_settings.SETTLE_SECONDS)
    return min((contact.sent_on for contact in recent if contact.sent_on), default=None)


def scan(client: Client, campaign_id: str, wanted: dict[str, Pair], since: datetime) -> Iterator[Json]:
    """The wanted ones among the contacts created since then."""
    query = {"campaignId": campaign_id, "createdOn": {"from": since - SCAN_MARGIN}}
    for page in client.pages("/contacts", query=query, sort={"createdOn": "ASC"}):
        for item in page:
            if item["email"].lower() in wanted and item["campaign"]["campaignId"] == campaign_id:
                yield item


def age(contact: Contact) -> float:
    """Seconds since the create was sent."""
    return (timezone.now() - contact.sent_on).total_seconds() if contact.sent_on else float(HOUR)


def needs_search(contact: Contact) -> bool:
    """Whether the scan cannot be enough: the contact existed before, must confirm first, or is late."""
    late = age(contact) > min(SEARCH_AFTER, app_settings.SETTLE_SECONDS)
    return not contact.base or contact.campaign.double_optin or late


def is_ours(contact: Contact, item: Json) -> bool:
    """Whether our request created this contact; else it existed before and may hold other data."""
    created_on = timestamp(item.get("createdOn"))
    if not contact.base or contact.sent_on is None or created_on is None:
        return False
    return created_on >= contact.sent_on - timedelta(seconds=LINK_SLACK)


def link(work: Drain, change: Change, contact: Contact, item: Json) -> None:
    """Store the id; what differs is due at once."""
    with work.alone(change, contact):
        mirror.link(contact, item, ours=is_ours(contact, item))
        work.wait(change, 0)


def look_again(work: Drain, change: Change, contact: Contact) -> None:
    """Not found yet: look again later and later."""
    work.wait(change, link_delay(age(contact)), "Waiting for GetResponse to add the contact.")


# --- searching by address ------------------------------------------------------------------------


def search_and_decide(work: Drain, campaign_id: str, pairs: list[Pair]) -> None:
    """Search contacts that the scan did not show in each status; then decide about those found nowhere."""
    rest = {sent_as(contact): (change, contact) for change, contact in pairs}
    for item in search(work.client, campaign_id, list(rest), "subscribed"):
        if pair := rest.pop(item["email"].lower(), None):
            link(work, *pair, item)
    for item in search(work.client, campaign_id, list(rest), "unconfirmed"):
        if pair := rest.pop(item["email"].lower(), None):
            await_confirmation(work, *pair)
    for status in ("removed", "undelivered"):
        for item in search(work.client, campaign_id, list(rest), status):
            pair = rest.get(item["email"].lower())
            if pair and was_removed_since(pair[1], item):
                del rest[item["email"].lower()]
                left(work, *pair, item, status)
    for pair in rest.values():
        found_nowhere(work, *pair)


def search(client: Client, campaign_id: str, emails: Sequence[str], status: str) -> Iterator[Json]:
    """The contacts of one status among these addresses (contract/behaviour-newsletters.md section 1.2)."""
    try:
        for body in address_searches(emails, [campaign_id], status):
            for page in client.pages("/search-contacts/contacts", method="POST", json=body):
                yield from page
    except OutcomeUnknown as error:
        # A search is a read, though sent by POST: nothing can have come of it.
        raise Unavailable(error.message, method=error.method, path=error.path, status=error.status) from None


def await_confirmation(work: Drain, change: Change, contact: Contact) -> None:
    """The person has to click the link in the opt-in mail first; until then the API cannot touch
    the contact.
    """
    mirror.set_state([contact], ContactState.UNCONFIRMED, last_error="")
    work.wait(change, link_delay(age(contact)), "Waiting for the person to confirm.")


def was_removed_since(contact: Contact, item: Json) -> bool:
    """Whether this removal came after our create; an older one proves nothing about it."""
    on = timestamp(item.get("deletedOn"))
    return (
        on is not None
        and contact.sent_on is not None
        and on >= contact.sent_on - timedelta(seconds=LINK_SLACK)
    )


def left(work: Drain, change: Change, contact: Contact, item: Json, status: str) -> None:
    """It was added and removed again."""
    mirror.mark_left(contact, on=timestamp(item.get("deletedOn")), reason=item.get("reason") or status)
    work.settle([change])


def found_nowhere(work: Drain, change: Change, contact: Contact) -> None:
    """Wait until the settle time is over; then absence is proven."""
    if age(contact) < app_settings.SETTLE_SECONDS:
        look_again(work, change, contact)
    elif contact.state == ContactState.LEAVING:
        mirror.mark_left(contact)
        work.settle([change])
    elif contact.state == ContactState.SENT:
        mirror.mark_unsent([contact])
        work.send_again(change, "The request never arrived; sending it again.")
    else:
        refused = Rejected(why_rejected(contact))
        mirror.set_state([contact], ContactState.REJECTED)
        work.failed(change, refused, contact)


def why_rejected(contact: Contact) -> str:
    """Why an accepted contact is not there."""
    if contact.state == ContactState.UNCONFIRMED:
        return "The person did not confirm the subscription in time."
    seconds = app_settings.SETTLE_SECONDS
    return f"GetResponse accepted the contact and dropped it in its own checks: not there after {seconds} s."


# --- contacts that should be there and are not ----------------------------------------------------


def look_up_missing(work: Drain, pairs: list[Pair]) -> None:
    """Contacts whose own address answered 404: found again under another id, or left."""
    for change, contact in pairs:
        if not work.may_begin:
            return
        with work.alone(change, contact):
            look_up(work, change, contact)


def look_up(work: Drain, change: Change, contact: Contact) -> None:
    """Look for one by the address and the list that GetResponse had it under."""
    email, campaign_id = sent_as(contact), sent_to(contact)
    here = next(search(work.client, campaign_id, [email], "subscribed"), None)
    if here is None:
        item, status = trace(work.client, campaign_id, email)
        left(work, change, contact, item, status)
    elif here["contactId"] == contact.contact_id:
        work.wait(change, app_settings.BACKOFF[0], "GetResponse contradicts itself about this contact.")
    elif Contact.plain.filter(account=work.account, contact_id=here["contactId"]).exists():
        left(work, change, contact, {}, "replaced")  # a pull has made a row of its successor already
    else:
        mirror.link(contact, here, ours=False)
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
