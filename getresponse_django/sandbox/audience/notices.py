"""What webhooks and callbacks say of what happens to contacts, and who is told.

Source: contract/behaviour-newsletters.md sections 7 and 8. Decided where the contract is open: only the body
of an open was published, and the other types have the same ``contact``, ``account`` and ``event``; a move
adds ``contact.sourceCampaign``. Neither webhooks nor callbacks tell of removals by panel or API.
"""

from __future__ import annotations

from typing import Any

from ..state.dates import stamp
from ..state.deliveries import Parcel
from ..state.records import Contact
from ..state.store import ACCOUNT_ID, LOGIN, Store

TYPES = (
    "contact_added",
    "contact_removed_link",
    "contact_removed_bounce",
    "contact_rejected",
    "contact_copied",
    "contact_moved",
    "contact_email_changed",
    "contact_custom_field_changed",
    "contact_opened_message",
    "contact_clicked_message_link",
    "contact_clicked_sms_link",
    "contacts_import_finished",
    "custom_reports_file_status_changed",
)
REMOVALS = {"unsubscribe": "contact_removed_link", "bounce": "contact_removed_bounce"}
"""Reason of a removal -> the type that tells of it; of the others nothing is told."""


def tell(store: Store, kind: str, about: Contact | None = None, /, **members: Any) -> None:
    """Tell every webhook that wants events of this type: ``about`` whom, and ``members`` are added;
    those of ``contact`` to the contact.
    """
    wanting = [webhook for webhook in store.webhooks if not webhook.types or kind in webhook.types]
    if not wanting:
        return
    if about:
        members["contact"] = contact_told(store, about) | members.get("contact", {})
    moment = stamp(store.now())
    event = {
        "type": kind,
        **members,
        "account": {"accountId": ACCOUNT_ID},
        "event": {"occurredAt": f"{moment[:-2]}:{moment[-2:]}"},
    }
    for webhook in wanting:
        store.hand_over(Parcel(webhook.url, webhook, [event]))


def contact_told(store: Store, contact: Contact) -> dict[str, Any]:
    """``contact`` of an event."""
    return {
        "contactId": contact.contact_id,
        "email": contact.email,
        "name": contact.name,
        "campaign": campaign_told(store, contact.campaign_id),
        "href": store.href("contacts", contact.contact_id),
    }


def campaign_told(store: Store, campaign_id: str) -> dict[str, str]:
    """A list as events name it."""
    name = store.campaigns[campaign_id].name
    return {"campaignId": campaign_id, "name": name, "href": store.href("campaigns", campaign_id)}


def call_back(store: Store, action: str, contact: Contact, **parameters: str) -> None:
    """Call the address of the callbacks, if it wants this action."""
    settings = store.callbacks
    if not settings or not settings["actions"].get(action):
        return
    query = {
        "action": action,
        "ACCOUNT_ID": ACCOUNT_ID,
        "account_login": LOGIN,
        "CAMPAIGN_ID": contact.campaign_id,
        "campaign_name": store.campaigns[contact.campaign_id].name,
        "CONTACT_ID": contact.contact_id,
        "contact_email": contact.email,
        **({"contact_name": contact.name} if contact.name else {}),
        **parameters,
    }
    store.hand_over(Parcel(settings["url"], query=query))


def tell_subscribed(store: Store, contact: Contact) -> None:
    """Somebody came on a list."""
    tell(store, "contact_added", contact)
    address = {"contact_ip": contact.ip_address} if contact.ip_address else {}
    call_back(store, "subscribe", contact, contact_origin=contact.origin, **address)


def tell_removed(store: Store, contact: Contact, reason: str) -> None:
    """Somebody left a list."""
    if reason in REMOVALS:
        tell(store, REMOVALS[reason], contact)
    if reason == "unsubscribe":
        call_back(store, "unsubscribe", contact)


def tell_relocated(store: Store, contact: Contact, old_campaign_id: str, old_email: str) -> None:
    """Somebody has another list, another address or both."""
    if contact.campaign_id != old_campaign_id:
        source = {"sourceCampaign": campaign_told(store, old_campaign_id)}
        tell(store, "contact_moved", contact, contact=source)
    if contact.email != old_email:
        tell(store, "contact_email_changed", contact)
