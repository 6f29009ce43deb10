"""Learning remote ids: a create answers 202 without one, so accepted contacts are looked for until they are found.

N new contacts of a campaign are found by one paged scan of its recent contacts. What the scan leaves is searched by
address, 64 per query, one status per query (docs/decisions/outbox.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..conf import app_settings
from ..errors import NotFound, Rejected
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
        if campaign_id and not work.stopped:
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
    for item in scan(work.client, campaign_id, wanted, oldest(pairs)):
        link(work, *wanted.pop(item["email"].lower()), item)
    old = [pair for pair in wanted.values() if needs_search(pair[1])]
    for pair in wanted.values():
        if pair not in old:
            look_again(work, *pair)
    if old:
        search_and_decide(work, campaign_id, old)


def oldest(pairs: Iterable[Pair]) -> datetime:
    """When the first of these was sent."""
    return min((contact.sent_on for _change, contact in pairs if contact.sent_on), default=timezone.now())


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
    return not contact.base or contact.campaign.double_optin or age(contact) > SEARCH_AFTER


def is_ours(contact: Contact, item: Json) -> bool:
    """Whether our request created this contact; else it existed before and may hold other data."""
    created_on = timestamp(item.get("createdOn"))
    if not contact.base or contact.sent_on is None or created_on is None:
        return False
    return created_on >= contact.sent_on - timedelta(seconds=LINK_SLACK)


def link(work: Drain, change: Change, contact: Contact, item: Json) -> None:
    """Store the id; a contact that existed before is read in full, then the difference is due at once."""
    with work.alone(change, contact):
        ours = is_ours(contact, item)
        mirror.link(contact, item, ours=ours)
        if not ours and contact.state != ContactState.LEAVING:
            mirror.mirror_details(work.account, [work.client.get(f"/contacts/{contact.contact_id}")])
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
    for body in address_searches(emails, [campaign_id], status):
        for page in client.pages("/search-contacts/contacts", method="POST", json=body):
            yield from page


def await_confirmation(work: Drain, change: Change, contact: Contact) -> None:
    """The person has to click the link in the opt-in mail first; until then the API cannot touch the contact."""
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
        # The request never arrived. The attempt counts, so that this cannot go on for ever.
        mirror.mark_unsent([contact])
        change.retry_at(timezone.now(), "The request never arrived; sending it again.")
        work.open.pop(change.pk, None)
    else:
        mirror.set_state([contact], ContactState.REJECTED)
        work.failed(change, Rejected(why_rejected(contact)), contact)


def why_rejected(contact: Contact) -> str:
    """Why an accepted contact is not there."""
    if contact.state == ContactState.UNCONFIRMED:
        return "The person did not confirm the subscription in time."
    minutes = app_settings.SETTLE_SECONDS // 60
    return f"GetResponse accepted the contact and dropped it in its own checks (not there after {minutes} minutes)."


# --- contacts that should be there and are not ----------------------------------------------------


def look_up_missing(work: Drain, pairs: list[Pair]) -> None:
    """Contacts whose own address answered 404: found again under another id, or left."""
    for change, contact in pairs:
        with work.alone(change, contact):
            email, campaign_id = contact.email, contact.campaign.campaign_id
            assert campaign_id is not None
            here = next(search(work.client, campaign_id, [email], "subscribed"), None)
            if here and here["contactId"] != contact.contact_id:
                link(work, change, contact, here)
            elif here:
                work.wait(
                    change, app_settings.BACKOFF[0], "GetResponse contradicts itself about this contact."
                )
            else:
                item, status = trace(work.client, campaign_id, email)
                left(work, change, contact, item, status)


def trace(client: Client, campaign_id: str, email: str) -> tuple[Json, str]:
    """The record of a removal, empty when there is none, and the status it was found in."""
    for status in ("removed", "undelivered"):
        if item := next(search(client, campaign_id, [email], status), None):
            return item, status
    return {}, "gone"


# --- contacts deleted here ------------------------------------------------------------------------


def bury(work: Drain, changes: Sequence[Change]) -> None:
    """Remove what rows deleted here have left in GetResponse, looking first for ids that were never learnt."""
    for change in changes:
        if work.stopped:
            return
        with work.alone(change):
            bury_one(work, change)


def bury_one(work: Drain, change: Change) -> None:
    """Remove the contact of one tombstone."""
    tomb = change.tombstone or {}
    remote_id = tomb["remote_id"] or find_id(work.client, tomb)
    sent_on = datetime.fromisoformat(tomb["sent_on"]) if tomb.get("sent_on") else None
    if remote_id is None and sent_on is not None:
        since = (timezone.now() - sent_on).total_seconds()
        if since < app_settings.SETTLE_SECONDS:
            return work.wait(
                change, link_delay(since), "Waiting for GetResponse to add the contact, to remove it."
            )
    if remote_id is not None:
        try:
            work.client.delete(f"/contacts/{remote_id}")
        except NotFound:
            pass
    work.settle([change])


def find_id(client: Client, tomb: Json) -> str | None:
    """The id of a contact that was deleted here before it was learnt."""
    if not tomb.get("campaign_id"):
        return None
    found = next(search(client, tomb["campaign_id"], [tomb["email"]], "subscribed"), None)
    return found["contactId"] if found else None
