"""The statistics of newsletters and autoresponders: an array of intervals (contract/behaviour-newsletters.md
3).

Only intervals with activity appear. Decided where the contract is open: ``groupBy`` left out means ``total``,
whose interval is the window asked for, or from the first to the last activity.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..http.exchange import Request
from ..operations.periods import Window, interval, whole_interval, window_of
from ..state.records import Message
from ..state.store import Store

METRICS = [
    "sent",
    "totalOpened",
    "totalHumanOpened",
    "uniqueOpened",
    "uniqueHumanOpened",
    "totalClicked",
    "totalHumanClicked",
    "uniqueClicked",
    "uniqueHumanClicked",
    "goals",
    "uniqueGoals",
    "forwarded",
    "unsubscribed",
    "bounced",
    "complaints",
]


def statistics_of(store: Store, request: Request, messages: Iterable[Message]) -> list[dict[str, Any]]:
    """MessageStatisticsListElement per interval, summed over the messages."""
    window = window_of(store, request)
    hours = merged(messages, window)
    if not hours:
        return []
    if window.group == "total":
        name = whole_interval(min(hours) if window.start is None else window.start, window.end)
        return [element(name, hours.values())]
    groups: dict[str, list[dict[str, int]]] = {}
    for hour in sorted(hours):
        groups.setdefault(interval(hour, window.group), []).append(hours[hour])
    return [element(name, counts) for name, counts in groups.items()]


def merged(messages: Iterable[Message], window: Window) -> dict[int, dict[str, int]]:
    """Hour -> counters, of the hours inside the window."""
    found: dict[int, dict[str, int]] = {}
    for message in messages:
        for hour, counts in message.activity.items():
            if window.has(hour):
                known = found.setdefault(hour, {})
                for metric, amount in counts.items():
                    known[metric] = known.get(metric, 0) + amount
    return found


def element(name: str, hours: Iterable[dict[str, int]]) -> dict[str, Any]:
    """One interval with every counter."""
    sums = dict.fromkeys(METRICS, 0)
    for counts in hours:
        for metric, amount in counts.items():
            sums[metric] += amount
    return {"timeInterval": name, **sums}


def rendered(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """The elements are made ready before they are cut into pages."""
    return row


def asked_for(request: Request, ids: str, messages: Iterable[Message]) -> list[Message]:
    """The messages a collection sums over: those of the comma lists ``query[ids]`` and
    ``query[campaignId]``.
    """
    wanted, campaigns = request.filter(ids), request.filter("campaignId")
    return [
        message
        for message in messages
        if (not wanted or message.message_id in wanted.split(","))
        and (not campaigns or message.campaign_id in campaigns.split(","))
    ]
