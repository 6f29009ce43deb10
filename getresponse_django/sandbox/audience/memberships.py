"""How a contact comes, waits, lands, moves and leaves: the only place that changes who is a member of what.

Source: contract/behaviour-contacts.md section 4. Where the contract leaves it open, the sandbox decides:

- A contact deleted through the API may be added again, unless the address is blocklisted. One that left by
  ``unsubscribe``, ``bounce``, ``complaint`` or ``blacklisted`` may not be added to that campaign again
  (1002).
- An address waits in the queue for ``landing_delay`` seconds of real time; until then a second create is a
  409. So is a create for an address that waits for its confirmation.
- ``createdOn`` of a contact is the moment its create was accepted, or of its confirmation (double opt-in).
- An address of the top-level domain ``.invalid`` (RFC 2606) has a mail domain that does not exist (1002).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..http.errors import ApiError, forbidden_state, taken
from ..state.blocklist import is_blocked
from ..state.records import Contact
from ..state.store import Store
from .notices import tell, tell_relocated, tell_removed, tell_subscribed

FINAL_REASONS = frozenset({"unsubscribe", "bounce", "complaint", "blacklisted"})
REASONS = FINAL_REASONS | {"api", "automation", "cleaner", "support", "user"}


def refusal(store: Store, campaign_id: str, email: str) -> ApiError | None:
    """Why this address cannot be added to the campaign now; None when it can."""
    if is_blocked(store, campaign_id, email):
        return forbidden_state("Cannot add contact that is blacklisted", email=email)
    if not has_mail_domain(email):
        return forbidden_state("Email domain not exists", email=email)
    if reason := final_reason(store, campaign_id, email):
        return forbidden_state("Cannot add contact that was removed", email=email, reason=reason)
    return presence(store, campaign_id, email)


def has_mail_domain(email: str) -> bool:
    """Whether the domain of an address exists."""
    return not email.lower().endswith(".invalid")


def final_reason(store: Store, campaign_id: str, email: str) -> str | None:
    """Why an address left the campaign for good; None when it did not."""
    former = store.removed.at(campaign_id, email)
    return former.reason if former and former.reason in FINAL_REASONS else None


def presence(store: Store, campaign_id: str, email: str) -> ApiError | None:
    """The 409 for an address that is in the campaign already, or about to be."""
    if store.active.at(campaign_id, email):
        return taken(email, "Contact already added")
    return taken(email, "Contact in queue") if is_waiting(store, campaign_id, email) else None


def is_waiting(store: Store, campaign_id: str, email: str) -> bool:
    """Whether an address is queued, or waits for its confirmation."""
    queued = (campaign_id, email.lower()) in store.queued
    return queued or store.unconfirmed.at(campaign_id, email) is not None


def memberships_of(store: Store, email: str) -> list[dict[str, str]]:
    """Every list of an address, with the status it has or had there."""
    land_due(store)
    found = [(contact.campaign_id, "active") for contact in store.active.with_email(email)]
    found += [(campaign_id, "queued") for campaign_id, queued in store.queued if queued == email.lower()]
    found += [(contact.campaign_id, "unconfirmed") for contact in store.unconfirmed.with_email(email)]
    found += [(contact.campaign_id, contact.reason or "") for contact in store.removed.with_email(email)]
    return [
        {"campaign": store.campaigns[campaign_id].name, "status": status} for campaign_id, status in found
    ]


def enqueue(store: Store, contact: Contact) -> None:
    """Accept a create; the contact appears after the landing delay."""
    values = {field_id: list(given) for field_id, given in contact.values.items()}
    store.creates.append({"email": contact.email, "campaignId": contact.campaign_id, "values": values})
    store.queue.append((time.monotonic() + store.landing_delay, contact))
    store.queued.add(contact.address)


def postpone(store: Store, work: Callable[[], None]) -> None:
    """Do some other work that was accepted, after the landing delay as well."""
    store.postponed.append((time.monotonic() + store.landing_delay, work))


def land_due(store: Store, *, everything: bool = False) -> None:
    """Let the queued creates appear whose delay is over, or all of them; then do the postponed work that is
    due.
    """
    now = time.monotonic()
    while store.queue and (everything or store.queue[0][0] <= now):
        contact = store.queue.popleft()[1]
        store.queued.discard(contact.address)
        if refusal(store, contact.campaign_id, contact.email) is None:
            land(store, contact)
        else:
            tell(store, "contact_rejected", contact)
    while store.postponed and (everything or store.postponed[0][0] <= now):
        store.postponed.popleft()[1]()


def land(store: Store, contact: Contact) -> None:
    """Make a contact active, or unconfirmed where the campaign asks for double opt-in."""
    forget_deleted(store, contact)
    if store.campaigns[contact.campaign_id].optin["api"] == "double":
        store.unconfirmed.add(contact)
        store.version += 1
    else:
        activate(store, contact)


def forget_deleted(store: Store, contact: Contact) -> None:
    """Drop the tags and custom fields that were deleted while the contact was queued."""
    contact.tags = {tag_id: at for tag_id, at in contact.tags.items() if tag_id in store.tags}
    fields = store.custom_fields
    contact.values = {field_id: given for field_id, given in contact.values.items() if field_id in fields}


def activate(store: Store, contact: Contact) -> None:
    """Make a contact a member, and count it. Earlier removals of the address are forgotten."""
    while former := store.removed.at(contact.campaign_id, contact.email):
        store.removed.remove(former)
    store.active.add(contact)
    store.ledger.subscribed(contact.campaign_id, contact.created_at, contact.origin)
    store.version += 1
    tell_subscribed(store, contact)


def confirm(store: Store, contact: Contact) -> None:
    """An unconfirmed contact clicked the link."""
    store.unconfirmed.remove(contact)
    contact.created_at = contact.changed_at = store.now()
    activate(store, contact)


def remove(store: Store, contact: Contact, reason: str) -> None:
    """A member leaves."""
    store.active.remove(contact)
    contact.reason, contact.removed_at = reason, store.now()
    store.removed.add(contact)
    store.ledger.removed(contact.campaign_id, contact.removed_at, reason)
    store.version += 1
    tell_removed(store, contact, reason)


def relocate(store: Store, contact: Contact, campaign_id: str, email: str) -> None:
    """Give a member another campaign or address; 409 where that is taken."""
    other = store.active.at(campaign_id, email)
    if (other and other is not contact) or (campaign_id, email.lower()) in store.queued:
        raise taken(email, "Contact already added")
    store.active.remove(contact)
    if campaign_id != contact.campaign_id:
        store.ledger.removed(contact.campaign_id, store.now(), "api")
        store.ledger.subscribed(campaign_id, store.now(), "copy")
    before = contact.campaign_id, contact.email
    contact.campaign_id, contact.email = campaign_id, email
    store.active.add(contact)
    tell_relocated(store, contact, *before)


def retag(store: Store, contact: Contact, tags: dict[str, int]) -> None:
    """Replace a member's tags."""
    store.active.retag(contact, tags)


def set_values(store: Store, contact: Contact, values: dict[str, list[str]]) -> bool:
    """Give a member these custom fields; whether that changed any."""
    if values == contact.values:
        return False
    contact.values = values
    tell(store, "contact_custom_field_changed", contact)
    return True


def touch(store: Store, contact: Contact) -> None:
    """Note that a member changed."""
    contact.changed_at = store.now()
    store.version += 1
