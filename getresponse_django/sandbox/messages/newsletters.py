"""/newsletters: made, sent, cancelled, deleted, never updated (contract/behaviour-newsletters.md section 2).

Decided where the contract is open: unknown references of a new newsletter are a 404, of send-draft a 400 with
code 1001; only a draft can be sent (1002) and only what has not gone out can be cancelled (1002); what is
being sent cannot be deleted (1011). A draft keeps its id when it is sent. ``status`` is always enabled.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..audience.contacts import campaign_reference
from ..audience.from_fields import from_field_reference
from ..http.errors import ApiError, forbidden_state, not_found, unknown_reference
from ..http.exchange import Request
from ..http.filters import among, by_route, choice, contains, period
from ..http.validation import known
from ..operations.periods import PERIOD_FILTERS
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import Newsletter
from ..state.store import Store
from .activities import newsletter_activities
from .click_tracks import click_tracks
from .message_bodies import take_over
from .message_statistics import asked_for, rendered, statistics_of
from .newsletter_bodies import NEW_NEWSLETTER, SEND_DRAFT, missing, missing_selections
from .sending import schedule, send_moment
from .thumbnails import thumbnail

ATTACHED = ("fileName", "content", "mimeType")
LISTS = (
    "selectedCampaigns",
    "selectedSegments",
    "selectedSuppressions",
    "excludedCampaigns",
    "excludedSegments",
    "selectedContacts",
)


def ratio(part: int, whole: int) -> str:
    """A rate as the API writes it: a ratio in a string, not percent."""
    return f"{part / whole if whole else 0:.4f}"


def send_metrics(newsletter: Newsletter) -> dict[str, str]:
    """NewsletterSendMetrics: all numbers are strings; a draft shows the default status."""
    total = {name: newsletter.total(name) for name in ("sent", "bounced", "uniqueOpened", "uniqueClicked")}
    delivered = total["sent"] - total["bounced"]
    return {
        "status": "finished" if newsletter.status == "draft" else newsletter.status,
        "sent": str(total["sent"]),
        "total": str(total["sent"]),
        "delivered": str(delivered),
        "openRate": ratio(total["uniqueOpened"], delivered),
        "clickRate": ratio(total["uniqueClicked"], delivered),
        "humanOpenRate": ratio(newsletter.total("uniqueHumanOpened"), delivered),
        "humanClickRate": ratio(newsletter.total("uniqueHumanClicked"), delivered),
    }


def newsletter_base(store: Store, newsletter: Newsletter) -> dict[str, Any]:
    """What the list and the detail share."""
    return {
        "newsletterId": newsletter.message_id,
        "href": store.href("newsletters", newsletter.message_id),
        "name": newsletter.name,
        "type": newsletter.type,
        "status": "enabled",
        "editor": "custom",
        "subject": newsletter.subject,
        "campaign": campaign_reference(store, newsletter.campaign_id),
        "sendMetrics": send_metrics(newsletter),
        "createdOn": stamp(newsletter.created_at),
        **({} if newsletter.send_at is None else {"sendOn": stamp(newsletter.send_at)}),
    }


def switches(newsletter: Newsletter) -> dict[str, str]:
    """timeTravel and perfectTiming."""
    return {name: newsletter.send_settings.get(name, "false") for name in ("timeTravel", "perfectTiming")}


def newsletter_brief(store: Store, newsletter: Newsletter) -> dict[str, Any]:
    """NewsletterListElement: flags are a string, sendSettings have two members."""
    return newsletter_base(store, newsletter) | {
        "sendSettings": switches(newsletter),
        "flags": ",".join(newsletter.flags),
    }


def newsletter_detail(store: Store, newsletter: Newsletter) -> dict[str, Any]:
    """NewsletterDetails: flags are an array; sendSettings without sendOn, which is at the root."""
    settings, lexpad = newsletter.send_settings, newsletter.send_settings.get("externalLexpad")
    reply_to = newsletter.reply_to_id or newsletter.from_field_id
    return newsletter_base(store, newsletter) | {
        "fromField": from_field_reference(store, newsletter.from_field_id),
        "replyTo": from_field_reference(store, reply_to),
        "attachments": [dict(attachment) for attachment in newsletter.attachments],
        "sendSettings": {
            **{name: list(settings.get(name, [])) for name in LISTS},
            **switches(newsletter),
            "externalLexpad": lexpad and known(lexpad, ("dataSourceUrl", "dataSourceToken")),
        },
        "content": dict(newsletter.content),
        "clickTracks": click_tracks(newsletter),
        "flags": list(newsletter.flags),
    }


def find_newsletter(store: Store, request: Request) -> Newsletter:
    """The newsletter of the path, or 404."""
    return request.find("newsletterId", store.newsletters)


@route(
    "GET",
    "/newsletters",
    key="newsletterId",
    each=newsletter_brief,
    filters={
        "subject": contains("subject"),
        "name": contains("name"),
        "status": choice("switch", "enabled", "disabled"),
        "type": choice("type", "draft", "broadcast", "splittest", "automation"),
        "campaignId": among("campaign_id"),
        **period("createdOn", "created_at"),
        **period("sendOn", "send_at", dated=True),
    },
    sorts={"createdOn": "created_at", "sendOn": "send_at"},
)
def list_newsletters(store: Store, request: Request) -> Collection[Newsletter]:
    """All newsletters and drafts."""
    return store.newsletters.values()


@route("POST", "/newsletters", status=201, body=NEW_NEWSLETTER, quota="newsletters")
def create_newsletter(store: Store, request: Request) -> Any:
    """A broadcast is queued for sending; a draft waits."""
    body = request.body
    for name, value in missing(store, body):
        raise not_found(**{name: value})
    send_moment(body["sendSettings"])
    newsletter = Newsletter(
        store.ids.new("message"),
        body.get("name", body["subject"]),
        body["subject"],
        body["campaign"]["campaignId"],
        store.now(),
        body["fromField"]["fromFieldId"],
        send_settings=body["sendSettings"],
        attachments=[known(attachment, ATTACHED) for attachment in body.get("attachments", [])],
    )
    take_over(newsletter, body)
    store.newsletters[newsletter.message_id] = newsletter
    if body.get("type", "broadcast") == "broadcast":
        schedule(store, newsletter)
    store.version += 1
    return newsletter_detail(store, newsletter)


@route("POST", "/newsletters/send-draft", status=201, body=SEND_DRAFT)
def send_draft(store: Store, request: Request) -> Any:
    """Queues a draft with new settings."""
    body = request.body
    newsletter = store.newsletters.get(body["messageId"])
    if newsletter is None:
        raise unknown_reference("messageId", body["messageId"])
    for name, value in missing_selections(store, body["sendSettings"]):
        raise unknown_reference(name, value)
    if newsletter.status != "draft":
        raise forbidden_state("The message is not a draft", newsletterId=newsletter.message_id)
    send_moment(body["sendSettings"])
    newsletter.send_settings = body["sendSettings"]
    schedule(store, newsletter)
    store.version += 1
    return newsletter_detail(store, newsletter)


@route("GET", "/newsletters/{newsletterId}", key="newsletterId")
def get_newsletter(store: Store, request: Request) -> Any:
    """One newsletter in full."""
    return newsletter_detail(store, find_newsletter(store, request))


@route("DELETE", "/newsletters/{newsletterId}", status=204)
def delete_newsletter(store: Store, request: Request) -> None:
    """Deletes a newsletter with its statistics."""
    newsletter = find_newsletter(store, request)
    if newsletter.status == "in_progress":
        raise ApiError(1011, context={"newsletterId": newsletter.message_id})
    store.outgoing.pop(newsletter.message_id, None)
    del store.newsletters[newsletter.message_id]
    store.version += 1


@route("POST", "/newsletters/{newsletterId}/cancel")
def cancel_newsletter(store: Store, request: Request) -> Any:
    """Takes no body; the newsletter is a draft again."""
    newsletter = find_newsletter(store, request)
    if newsletter.message_id not in store.outgoing:
        raise forbidden_state("The message is not being sent", newsletterId=newsletter.message_id)
    del store.outgoing[newsletter.message_id]
    newsletter.status, newsletter.send_at = "draft", None
    store.version += 1
    return newsletter_detail(store, newsletter)


@route(
    "GET",
    "/newsletters/statistics",
    key="timeInterval",
    each=rendered,
    filters={**by_route("newsletterId", "campaignId"), **PERIOD_FILTERS},
)
def newsletters_statistics(store: Store, request: Request) -> Any:
    """The sum over the newsletters asked for."""
    return statistics_of(store, request, asked_for(request, "newsletterId", store.newsletters.values()))


@route(
    "GET", "/newsletters/{newsletterId}/statistics", key="timeInterval", each=rendered, filters=PERIOD_FILTERS
)
def newsletter_statistics(store: Store, request: Request) -> Any:
    """The statistics of one newsletter."""
    return statistics_of(store, request, [find_newsletter(store, request)])


@route(
    "GET",
    "/newsletters/{newsletterId}/activities",
    each=lambda store, activity: activity.for_newsletter(store),
    filters={"activity": choice("activity", "send", "open", "click"), **period("createdOn", "created_at")},
    sorts={"createdOn": "created_at"},
)
def list_newsletter_activities(store: Store, request: Request) -> Collection[Any]:
    """Deprecated: who got, opened and clicked; 14 days back by default, 30 at most."""
    return newsletter_activities(store, find_newsletter(store, request), request)


@route("GET", "/newsletters/{newsletterId}/thumbnail")
def newsletter_thumbnail(store: Store, request: Request) -> Any:
    """An image; ``size`` is default or small."""
    return thumbnail(request, find_newsletter(store, request))
