"""/autoresponders: list, detail and statistics (contract/behaviour-newsletters.md section 4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .contacts import campaign_reference
from .dates import stamp
from .errors import not_found
from .exchange import Request
from .filters import among, by_route, choice, contains, period
from .from_fields import from_field_reference
from .message_statistics import asked_for, rendered, statistics_of
from .newsletters import click_tracks
from .periods import PERIOD_FILTERS
from .records import Autoresponder
from .routing import route
from .store import Store


def autoresponder_base(store: Store, message: Autoresponder) -> dict[str, Any]:
    """What the list and the detail share."""
    return {
        "autoresponderId": message.message_id,
        "href": store.href("autoresponders", message.message_id),
        "name": message.name,
        "subject": message.subject,
        "campaignId": message.campaign_id,
        "status": message.status,
        "fromField": from_field_reference(store, message.from_field_id),
        "replyTo": from_field_reference(store, message.reply_to_id or message.from_field_id),
        "content": dict(message.content),
        "flags": list(message.flags),
        "trackOpens": "true",
        "triggerSettings": {
            "type": "onday",
            "dayOfCycle": message.day_of_cycle,
            **dict.fromkeys(("autoresponder", "newsletter", "clickTrackId", "goal", "custom"), None),
            **dict.fromkeys(("newCustomValue", "action"), None),
            "selectedCampaigns": [message.campaign_id],
        },
        "statistics": {
            "delivered": message.delivered,
            "openRate": message.open_rate,
            "clickRate": message.click_rate,
        },
        "createdOn": stamp(message.created_at),
        "sendSettings": dict(message.send_settings),
    }


def autoresponder_brief(store: Store, message: Autoresponder) -> dict[str, Any]:
    """AutoresponderListElement: ``campaign.campaignId``."""
    return autoresponder_base(store, message) | {"campaign": campaign_reference(store, message.campaign_id)}


def autoresponder_detail(store: Store, message: Autoresponder) -> dict[str, Any]:
    """AutoresponderDetails: ``campaign.id``, click tracks and the editor."""
    campaign = campaign_reference(store, message.campaign_id)
    campaign["id"] = campaign.pop("campaignId")
    return autoresponder_base(store, message) | {
        "campaign": campaign,
        "clickTracks": click_tracks(message),
        "editor": "html",
    }


def find_autoresponder(store: Store, request: Request) -> Autoresponder:
    """The autoresponder of the path, or 404."""
    autoresponder_id = request.ids["autoresponderId"]
    if autoresponder_id not in store.autoresponders:
        raise not_found(autoresponderId=autoresponder_id)
    return store.autoresponders[autoresponder_id]


@route(
    "GET",
    "/autoresponders",
    key="autoresponderId",
    each=autoresponder_brief,
    filters={
        "subject": contains("subject"),
        "name": contains("name"),
        "status": choice("status", "enabled", "disabled"),
        "campaignId": among("campaign_id"),
        **period("createdOn", "created_at"),
    },
    sorts={
        "name": "name",
        "subject": "subject",
        "dayOfCycle": "day_of_cycle",
        "delivered": "delivered",
        "openRate": "open_rate",
        "clickRate": "click_rate",
        "createdOn": "created_at",
    },
)
def list_autoresponders(store: Store, request: Request) -> Collection[Autoresponder]:
    """All autoresponders."""
    return store.autoresponders.values()


@route("GET", "/autoresponders/{autoresponderId}", key="autoresponderId")
def get_autoresponder(store: Store, request: Request) -> Any:
    """One autoresponder in full."""
    return autoresponder_detail(store, find_autoresponder(store, request))


@route(
    "GET",
    "/autoresponders/statistics",
    key="timeInterval",
    each=rendered,
    filters={**by_route("autoreponderId", "campaignId"), **PERIOD_FILTERS},
)
def autoresponders_statistics(store: Store, request: Request) -> Any:
    """The sum over those asked for; the filter is spelled ``autoreponderId``, as published."""
    return statistics_of(store, request, asked_for(request, "autoreponderId", store.autoresponders.values()))


@route(
    "GET",
    "/autoresponders/{autoresponderId}/statistics",
    key="timeInterval",
    each=rendered,
    filters=PERIOD_FILTERS,
)
def autoresponder_statistics(store: Store, request: Request) -> Any:
    """The statistics of one autoresponder."""
    return statistics_of(store, request, [find_autoresponder(store, request)])
