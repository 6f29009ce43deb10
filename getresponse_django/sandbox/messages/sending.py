"""Sending newsletters: who gets one, and when (contract/behaviour-newsletters.md section 2).

A newsletter to be sent at once leaves in the second after its creation, so that it can still be cancelled.
The audience is worked out at that moment. Nobody opens what the sandbox sends: only ``sent`` is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..http.errors import bad_query
from ..http.timezones import zone_name
from ..searches.search import members
from ..state.blocklist import matches
from ..state.records import Contact, Newsletter
from ..state.store import Store


def schedule(store: Store, newsletter: Newsletter) -> None:
    """Put a newsletter in the queue, for the moment its settings say or for now."""
    moment = send_moment(newsletter.send_settings)
    now = store.now()
    newsletter.send_at = now if moment is None else max(moment, now)
    newsletter.status = "in_progress" if newsletter.send_at == now else "scheduled"
    store.outgoing[newsletter.message_id] = newsletter


def send_moment(settings: dict[str, Any], place: str = "sendSettings") -> int | None:
    """``sendOn``, a local time in a zone of /accounts/timezones, in seconds since the epoch. ``place`` is
    where the body has the settings.
    """
    send_on = settings.get("sendOn")
    if not send_on:
        return None
    zone = zone_name(send_on["timeZone"]["timeZoneId"])
    try:
        local = datetime.fromisoformat(send_on["date"])
        return int(local.replace(tzinfo=ZoneInfo(zone or "")).timestamp())
    except (ValueError, OSError, OverflowError, KeyError):
        description = "Value must be a local date and time and a known timeZoneId"
        raise bad_query("body", f"{place}.sendOn", f"{place}.sendOn", description) from None


def send_due(store: Store, *, everything: bool = False) -> None:
    """Send what is due: the moments before this second, with ``everything`` this second too."""
    if not store.outgoing:
        return
    limit = store.now() + (1 if everything else 0)
    for newsletter in list(store.outgoing.values()):
        if newsletter.send_at is not None and newsletter.send_at < limit:
            send(store, newsletter)


def send(store: Store, newsletter: Newsletter) -> None:
    """Send a newsletter to its audience."""
    del store.outgoing[newsletter.message_id]
    moment = newsletter.send_at or store.now()
    chosen = audience(store, newsletter.send_settings)
    newsletter.recipients = dict.fromkeys((contact.contact_id for contact in chosen), moment)
    newsletter.status = "finished"
    if chosen:
        newsletter.count(moment, "sent", len(chosen))
    store.version += 1


def audience(store: Store, settings: dict[str, Any]) -> list[Contact]:
    """The contacts in every kind of selection that is made, in no exclusion and on no suppression list."""
    kinds = {
        "selectedCampaigns": of_campaigns,
        "selectedSegments": of_segments,
        "selectedContacts": of_contacts,
    }
    made = [find(store, settings[name]) for name, find in kinds.items() if settings.get(name)]
    if not made:
        return []
    left_out = of_campaigns(store, settings.get("excludedCampaigns", [])) | of_segments(
        store, settings.get("excludedSegments", [])
    )
    chosen = [
        store.active.by_id.get(contact_id) for contact_id in made[0] if all(contact_id in s for s in made[1:])
    ]
    masks = suppressed(store, settings.get("selectedSuppressions", []))
    return [
        contact
        for contact in chosen
        if contact
        and contact.contact_id not in left_out
        and not any(matches(mask, contact.email) for mask in masks)
    ]


def suppressed(store: Store, suppression_ids: Iterable[str]) -> list[str]:
    """The masks of the suppression lists; one that was deleted meanwhile has none."""
    return [
        mask
        for suppression_id in suppression_ids
        if suppression_id in store.suppressions
        for mask in store.suppressions[suppression_id].masks
    ]


def of_contacts(store: Store, contact_ids: Iterable[str]) -> dict[str, Contact | None]:
    """Those of the contacts that are active."""
    return {contact_id: store.active.by_id.get(contact_id) for contact_id in contact_ids}


def of_campaigns(store: Store, campaign_ids: Iterable[str]) -> dict[str, Contact | None]:
    """The members of any of the campaigns."""
    found: dict[str, Contact | None] = {}
    for campaign_id in campaign_ids:
        found |= {contact.contact_id: contact for contact in store.active.of_campaign(campaign_id)}
    return found


def of_segments(store: Store, segment_ids: Iterable[str]) -> dict[str, Contact | None]:
    """The members of any of the segments; one that was deleted meanwhile has none."""
    found: dict[str, Contact | None] = {}
    for segment_id in store.segments.keys() & set(segment_ids):
        found |= {
            contact.contact_id: contact for contact in members(store, store.segments[segment_id].definition)
        }
    return found
