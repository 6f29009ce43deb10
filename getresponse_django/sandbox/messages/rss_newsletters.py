"""/rss-newsletters: messages made of a feed, with statistics (contract/behaviour-newsletters.md section 4).

Decided where the contract is open: unknown references are a 404, as of newsletters; the campaign is the first
of ``selectedCampaigns``, or the default one. The sandbox reads no feed: only seeded ones have statistics.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..audience.from_fields import from_field_reference
from ..http.errors import not_found
from ..http.exchange import Request
from ..http.filters import among, by_route, choice, contains, period
from ..http.validation import (
    Path,
    Problem,
    integer,
    one_of,
    problem,
    shape,
    status,
    text,
    url,
    variant,
)
from ..operations.periods import PERIOD_FILTERS
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import RssNewsletter
from ..state.store import Store
from .click_tracks import click_tracks
from .message_bodies import CONTENT, DAYS, FLAGS, SENDER, missing_senders, take_over
from .message_statistics import asked_for, rendered, statistics_of
from .newsletter_bodies import IDS, REFERENCES, missing_selections

LAST_DAY = 31


def month_day(value: Any, path: Path) -> Iterator[Problem]:
    """1 to 28, or 31 for the last day."""
    if any(integer(1, 28)(value, path)) and value != LAST_DAY:
        yield problem(path, value, "Value must be an integer from 1 to 28, or 31")


FILTER = {"filter": one_of("recent", "engaged", "shared", "commented")}
AT_HOUR = {"sendAtHour": integer(0, 23)}
ON_WEEK_DAY = {"sendAtWeekDay": one_of(*DAYS)}
ON_MONTH_DAY = {"sendAtMonthDay": month_day}
OPTIONAL = {"maxArticles": integer(1, 30), **dict.fromkeys(REFERENCES, IDS)}
FREQUENCIES = {
    "asap": FILTER,
    "daily": {**FILTER, **AT_HOUR},
    "weekly": {**FILTER, **AT_HOUR, **ON_WEEK_DAY},
    "monthly": {**FILTER, **AT_HOUR, **ON_MONTH_DAY},
}
"""frequency -> what its settings need."""

NEEDED = {
    "rssFeedUrl": url,
    "subject": text(1, 255),
    "status": status,
    "fromField": SENDER,
    "content": CONTENT,
    "sendSettings": variant(
        "frequency", {name: shape(needed, OPTIONAL) for name, needed in FREQUENCIES.items()}
    ),
}
OTHERS = {
    "name": text(1, 255),
    "editor": one_of("custom", "text", "getresponse", "legacy", "html2"),
    "replyTo": SENDER,
    "flags": FLAGS,
}


def rss_base(store: Store, message: RssNewsletter) -> dict[str, Any]:
    """What the list and the detail share."""
    return {
        "rssNewsletterId": message.message_id,
        "href": store.href("rss-newsletters", message.message_id),
        "rssFeedUrl": message.feed_url,
        "subject": message.subject,
        "name": message.name,
        "status": message.status,
        "editor": message.editor,
        "fromField": from_field_reference(store, message.from_field_id),
        "replyTo": from_field_reference(store, message.reply_to_id or message.from_field_id),
        "content": dict(message.content),
        "createdOn": stamp(message.created_at),
    }


def rss_brief(store: Store, message: RssNewsletter) -> dict[str, Any]:
    """RssNewsletterListItem: flags are a string, sendSettings have no ``selectedContacts``."""
    settings = {name: value for name, value in message.send_settings.items() if name != "selectedContacts"}
    return rss_base(store, message) | {"sendSettings": settings, "flags": ",".join(message.flags)}


def rss_detail(store: Store, message: RssNewsletter) -> dict[str, Any]:
    """RssNewsletterDetails."""
    return rss_base(store, message) | {
        "sendSettings": dict(message.send_settings),
        "clickTracks": click_tracks(message),
        "flags": list(message.flags),
    }


def find_rss_newsletter(store: Store, request: Request) -> RssNewsletter:
    """The RSS newsletter of the path, or 404."""
    return request.find("rssNewsletterId", store.rss_newsletters)


def apply(store: Store, message: RssNewsletter, body: dict[str, Any]) -> None:
    """Change what a body says; ``sendSettings`` are replaced whole. Unknown references are a 404."""
    for name, value in (
        *missing_senders(store, body),
        *missing_selections(store, body.get("sendSettings", {})),
    ):
        raise not_found(**{name: value})
    take_over(message, body)
    message.status = body.get("status", message.status)
    message.feed_url = body.get("rssFeedUrl", message.feed_url)
    message.editor = body.get("editor", message.editor)
    if "sendSettings" in body:
        given = body["sendSettings"]
        known = ("frequency", *FREQUENCIES[given["frequency"]], *OPTIONAL)
        message.send_settings = {name: given[name] for name in known if name in given}
        selected = given.get("selectedCampaigns") or [store.default_campaign().campaign_id]
        message.campaign_id = selected[0]
    store.version += 1


@route(
    "GET",
    "/rss-newsletters",
    key="rssNewsletterId",
    each=rss_brief,
    filters={
        "subject": contains("subject"),
        "status": choice("status", "enabled", "disabled"),
        "campaignId": among("campaign_id"),
        **period("createdOn", "created_at"),
    },
    sorts={"createdOn": "created_at"},
)
def list_rss_newsletters(store: Store, request: Request) -> Collection[RssNewsletter]:
    """All RSS newsletters."""
    return store.rss_newsletters.values()


@route("POST", "/rss-newsletters", status=201, body=shape(NEEDED, OTHERS))
def create_rss_newsletter(store: Store, request: Request) -> Any:
    """The name left out is the subject."""
    body = request.body
    message = RssNewsletter(
        "", body["subject"], body["subject"], "", store.now(), body["fromField"]["fromFieldId"]
    )
    apply(store, message, body)
    message.message_id = store.ids.new("message")
    store.rss_newsletters[message.message_id] = message
    return rss_detail(store, message)


@route("GET", "/rss-newsletters/{rssNewsletterId}", key="rssNewsletterId")
def get_rss_newsletter(store: Store, request: Request) -> Any:
    """One RSS newsletter in full."""
    return rss_detail(store, find_rss_newsletter(store, request))


@route("POST", "/rss-newsletters/{rssNewsletterId}", body=shape({}, {**NEEDED, **OTHERS}))
def update_rss_newsletter(store: Store, request: Request) -> Any:
    """What is left out stays."""
    message = find_rss_newsletter(store, request)
    apply(store, message, request.body)
    return rss_detail(store, message)


@route("DELETE", "/rss-newsletters/{rssNewsletterId}", status=204)
def delete_rss_newsletter(store: Store, request: Request) -> None:
    """Deletes it with its statistics."""
    del store.rss_newsletters[find_rss_newsletter(store, request).message_id]
    store.version += 1


@route(
    "GET",
    "/rss-newsletters/statistics",
    key="timeInterval",
    each=rendered,
    filters={**by_route("rssNewsletterId", "campaignId"), **PERIOD_FILTERS},
)
def rss_newsletters_statistics(store: Store, request: Request) -> Any:
    """The sum over the RSS newsletters asked for."""
    return statistics_of(
        store, request, asked_for(request, "rssNewsletterId", store.rss_newsletters.values())
    )


@route(
    "GET",
    "/rss-newsletters/{rssNewsletterId}/statistics",
    key="timeInterval",
    each=rendered,
    filters=PERIOD_FILTERS,
)
def rss_newsletter_statistics(store: Store, request: Request) -> Any:
    """The statistics of one RSS newsletter."""
    return statistics_of(store, request, [find_rss_newsletter(store, request)])
