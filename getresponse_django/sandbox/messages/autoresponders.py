"""/autoresponders: messages of the cycle, with statistics (contract/behaviour-newsletters.md section 4).

Decided where the contract is open: the unique property of the declared 409 is the name within a campaign,
which is the subject when left out; an unknown campaign or sender is a 400 with code 1001; ``dayOfCycle`` left
out is 0, ``fromField`` the default one. The sandbox sends no autoresponder: only seeded ones have statistics.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..audience.contacts import campaign_reference
from ..audience.from_fields import from_field_reference
from ..http.errors import taken, unknown_reference
from ..http.exchange import Request
from ..http.filters import among, by_route, choice, contains, period
from ..operations.periods import PERIOD_FILTERS
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import Autoresponder
from ..state.store import Store, by_name
from .autoresponder_bodies import NEW_AUTORESPONDER, UPDATE_AUTORESPONDER, apply, missing
from .click_tracks import click_tracks
from .message_statistics import asked_for, rendered, statistics_of
from .thumbnails import thumbnail


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
        "trackOpens": message.track_opens,
        "triggerSettings": {
            "type": "onday",
            "dayOfCycle": message.day_of_cycle,
            **dict.fromkeys(("autoresponder", "newsletter", "clickTrackId", "goal", "custom"), None),
            **dict.fromkeys(("newCustomValue", "action"), None),
            "selectedCampaigns": message.trigger_campaigns or [message.campaign_id],
        },
        "statistics": {
            "delivered": message.delivered,
            "openRate": message.open_rate,
            "clickRate": message.click_rate,
        },
        "createdOn": stamp(message.created_at),
        "sendSettings": {
            name: value for name, value in message.send_settings.items() if name != "externalLexpad"
        },
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
        "editor": "html" if message.content.get("html") else "text",
        "sendSettings": dict(message.send_settings),
    }


def find_autoresponder(store: Store, request: Request) -> Autoresponder:
    """The autoresponder of the path, or 404."""
    return request.find("autoresponderId", store.autoresponders)


def check(store: Store, body: dict[str, Any], campaign_id: str, name: str, own: Autoresponder | None) -> None:
    """Refuse unknown references (1001) and a name that another one of the campaign has (409)."""
    for kind, value in missing(store, body):
        raise unknown_reference(kind, value)
    neighbours = [found for found in store.autoresponders.values() if found.campaign_id == campaign_id]
    if by_name([found for found in neighbours if found is not own], name):
        raise taken(name)


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


@route("POST", "/autoresponders", status=201, body=NEW_AUTORESPONDER)
def create_autoresponder(store: Store, request: Request) -> Any:
    """``campaignId`` left out is the default campaign."""
    body = request.body
    name = body.get("name", body["subject"])
    campaign_id = body.get("campaignId", store.default_campaign().campaign_id)
    check(store, body, campaign_id, name, None)
    sender = store.default_from_field().from_field_id
    message = Autoresponder(store.ids.new("message"), name, body["subject"], campaign_id, store.now(), sender)
    apply(message, body)
    store.autoresponders[message.message_id] = message
    store.version += 1
    return autoresponder_detail(store, message)


@route("GET", "/autoresponders/{autoresponderId}", key="autoresponderId")
def get_autoresponder(store: Store, request: Request) -> Any:
    """One autoresponder in full."""
    return autoresponder_detail(store, find_autoresponder(store, request))


@route("POST", "/autoresponders/{autoresponderId}", body=UPDATE_AUTORESPONDER)
def update_autoresponder(store: Store, request: Request) -> Any:
    """What is left out stays."""
    message, body = find_autoresponder(store, request), request.body
    check(store, body, body.get("campaignId", message.campaign_id), body.get("name", message.name), message)
    apply(message, body)
    store.version += 1
    return autoresponder_detail(store, message)


@route("DELETE", "/autoresponders/{autoresponderId}", status=204)
def delete_autoresponder(store: Store, request: Request) -> None:
    """Deletes it with its statistics."""
    del store.autoresponders[find_autoresponder(store, request).message_id]
    store.version += 1


@route("GET", "/autoresponders/{autoresponderId}/thumbnail")
def autoresponder_thumbnail(store: Store, request: Request) -> Any:
    """An image; ``size`` is default or small."""
    return thumbnail(request, find_autoresponder(store, request))


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
