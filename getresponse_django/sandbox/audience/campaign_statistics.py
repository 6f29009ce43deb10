"""/campaigns/statistics/*: computed from the ledger, so that they agree with who is on the list.

The shapes are the recorded ones of contract/behaviour-contacts.md section 8. Decided where the contract is
open: ``groupBy`` left out means ``total``; an unknown campaign is a 400 with code 1001; ``list-size`` of
several campaigns is their sum and begins with the oldest of them; ``origins`` sum over the window, whatever
``groupBy`` says.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..http.errors import bad_query, unknown_reference
from ..http.exchange import Request
from ..http.filters import by_route
from ..operations.periods import PERIOD_FILTERS, Window, label, next_period, window_of
from ..operations.routing import route
from ..state.dates import HOUR
from ..state.ledger import Hours, amount
from ..state.store import Store

FILTERS = {**by_route("campaignId"), **PERIOD_FILTERS}
ORIGINS = [
    "import",
    "email",
    "www",
    "panel",
    "leads",
    "sale",
    "api",
    "forward",
    "survey",
    "mobile",
    "copy",
    "landing_page",
    "webinar",
    "premium_newsletter",
    "course",
    "website_builder_elegant",
    "chat",
]
Grouped = dict[str, Counter[str]]


def campaigns_of(store: Store, request: Request) -> list[str]:
    """The campaigns asked for, which is required."""
    given = [campaign_id for campaign_id in request.filter("campaignId").split(",") if campaign_id]
    if not given:
        raise bad_query("searchFilter[query]", "campaignId", "query[campaignId]", "Value is required")
    for campaign_id in given:
        if campaign_id not in store.campaigns:
            raise unknown_reference("query[campaignId]", campaign_id)
    return list(dict.fromkeys(given))


def grouped(hours: Hours, window: Window) -> Grouped:
    """The counts of the hours inside the window, by period; only periods with something."""
    found: Grouped = {}
    for hour in sorted(hours):
        if window.has(hour):
            found.setdefault(label(hour, window.group), Counter()).update(hours[hour])
    return found


def by_origin(counts: Counter[str]) -> dict[str, int]:
    """CampaignSubscriptionStatisticsItem: every origin, and the sum."""
    return {**dict.fromkeys(ORIGINS, 0), **counts, "summary": amount(counts)}


@route("GET", "/campaigns/statistics/subscriptions", filters=FILTERS)
def subscriptions(store: Store, request: Request) -> Any:
    """{campaign id: {period: counts by origin}}."""
    window = window_of(store, request)
    return {
        campaign_id: {
            name: by_origin(counts)
            for name, counts in grouped(store.ledger.subscriptions[campaign_id], window).items()
        }
        for campaign_id in campaigns_of(store, request)
    }


@route("GET", "/campaigns/statistics/removals", filters=FILTERS)
def removals(store: Store, request: Request) -> Any:
    """{campaign id: {period: counts by reason}}; only reasons that occurred."""
    window = window_of(store, request)
    return {
        campaign_id: {
            name: dict(counts) for name, counts in grouped(store.ledger.removals[campaign_id], window).items()
        }
        for campaign_id in campaigns_of(store, request)
    }


@route("GET", "/campaigns/statistics/balance", filters=FILTERS)
def balance(store: Store, request: Request) -> Any:
    """{period: {removals, subscriptions}}, summed over the campaigns; either may be missing."""
    window = window_of(store, request)
    found: dict[str, dict[str, Any]] = {}
    for campaign_id in campaigns_of(store, request):
        for name, counts in grouped(store.ledger.removals[campaign_id], window).items():
            found.setdefault(name, {}).setdefault("removals", Counter()).update(counts)
        for name, counts in grouped(store.ledger.subscriptions[campaign_id], window).items():
            found.setdefault(name, {}).setdefault("subscriptions", Counter()).update(counts)
    for item in found.values():
        if "subscriptions" in item:
            item["subscriptions"] = by_origin(item["subscriptions"])
    return dict(sorted(found.items()))


@route("GET", "/campaigns/statistics/origins", filters=FILTERS)
def origins(store: Store, request: Request) -> Any:
    """{campaign id: counts by origin} over the whole window."""
    window = window_of(store, request)
    return {
        campaign_id: by_origin(
            sum(grouped(store.ledger.subscriptions[campaign_id], window).values(), Counter())
        )
        for campaign_id in campaigns_of(store, request)
    }


@route("GET", "/campaigns/statistics/locations", filters=FILTERS)
def locations(store: Store, request: Request) -> Any:
    """{country code, or others: {amount, continentCode, countryCode}} of the members that came in the
    window.
    """
    window = window_of(store, request)
    found: dict[str, dict[str, Any]] = {}
    for campaign_id in campaigns_of(store, request):
        for contact in store.active.of_campaign(campaign_id):
            if window.has(contact.created_at // HOUR):
                code = contact.geolocation.get("countryCode") or "others"
                item = found.setdefault(code, {"amount": 0, "continentCode": "", "countryCode": code})
                item["amount"] += 1
                item["continentCode"] = contact.geolocation.get("continentCode") or ""
    return {code: {**item, "amount": str(item["amount"])} for code, item in found.items()}


@route("GET", "/campaigns/statistics/list-size", filters=FILTERS)
def list_size(store: Store, request: Request) -> Any:
    """Every period of the window with the size at its end; the last one is the size now, or at the
    window's end.
    """
    window, campaign_ids = window_of(store, request), campaigns_of(store, request)
    oldest = min(store.campaigns[campaign_id].created_at for campaign_id in campaign_ids) // HOUR
    start = max(window.start or 0, oldest)
    came = merged(store.ledger.subscriptions, campaign_ids)
    left = merged(store.ledger.removals, campaign_ids)
    size = sum(came[hour] for hour in came if hour < start) - sum(left[hour] for hour in left if hour < start)
    rows = []
    while start <= window.end:
        after = min(next_period(start, window.group, window.end), window.end + 1)
        added = sum(came[hour] for hour in came.keys() & range(start, after))
        gone = sum(left[hour] for hour in left.keys() & range(start, after))
        size += added - gone
        rows.append(size_row(size, added, gone, label(start, window.group)))
        start = after
    return rows


def size_row(size: int, added: int, removed: int, period: str) -> dict[str, Any]:
    """CampaignListSizesStatisticsElement."""
    return {
        "totalSubscribers": size,
        "addedSubscribers": added,
        "removedSubscribers": removed,
        "createdOn": period,
    }


def merged(ledger: dict[str, Hours], campaign_ids: list[str]) -> dict[int, int]:
    """Hour -> how many, over the campaigns."""
    found: Counter[int] = Counter()
    for campaign_id in campaign_ids:
        found.update({hour: amount(counts) for hour, counts in ledger[campaign_id].items()})
    return found


@route("GET", "/campaigns/statistics/summary", filters=by_route("campaignId"))
def summary(store: Store, request: Request) -> Any:
    """{campaign id: totals as strings}; all campaigns when none is named."""
    chosen = campaigns_of(store, request) if request.filter("campaignId") else list(store.campaigns)
    return {
        campaign_id: {
            "totalSubscribers": str(len(store.active.of_campaign(campaign_id))),
            "totalNewsletters": str(sum(m.campaign_id == campaign_id for m in store.newsletters.values())),
            "totalTriggers": str(sum(m.campaign_id == campaign_id for m in store.autoresponders.values())),
            "totalLandingPages": "0",
            "totalWebforms": "0",
        }
        for campaign_id in chosen
    }
