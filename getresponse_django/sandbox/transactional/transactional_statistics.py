"""/transactional-emails/statistics: how many were sent, opened and so on (contract:
TransactionalEmailStatistics).

Decided where the contract is open: everything is counted in the interval in which it happened, for each
recipient; ``clicks`` counts every click; ``total`` is the window asked for, or from the first to now. Only
intervals in which something happened appear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ..http.errors import bad_query
from ..http.exchange import Request
from ..http.filters import among, boolean, by_route
from ..operations.listing import tests_of
from ..operations.periods import Window, interval, whole_interval, window_of
from ..operations.routing import route
from ..state.dates import HOUR
from ..state.store import Store
from ..state.transactional_records import Recipient, TransactionalEmail

COUNTERS = ("sent", "opened", "bounced", "complaint", "clicks")
GROUPS = ("total", "day")
FILTERS = {
    **by_route("groupBy", "timeFrame][from", "timeFrame][to"),
    "tagged": boolean("tag_id"),
    "tagId": among("tag_id"),
}


def events_of(one: Recipient) -> Iterator[tuple[str, int]]:
    """(counter, moment) of everything that happened to an e-mail."""
    happened = {
        "sent": one.sent_at,
        "opened": one.opened_at,
        "bounced": one.bounced_at,
        "complaint": one.complained_at,
    }
    yield from ((name, moment) for name, moment in happened.items() if moment is not None)
    yield from (("clicks", moment) for _, moment in one.clicks)


@route("GET", "/transactional-emails/statistics", key="timeFrame", filters=FILTERS)
def transactional_statistics(store: Store, request: Request) -> Any:
    """One element for each interval; not paged. ``query[groupBy]`` is needed."""
    if not request.filter("groupBy"):
        raise bad_query("searchFilter[query]", "groupBy", "query[groupBy]", "Value is required")
    window, tests = window_of(store, request, "timeFrame", GROUPS), tests_of(FILTERS, request)
    chosen = [found for found in store.transactional_emails.values() if all(test(found) for test in tests)]
    hours = hours_of(chosen, window)
    if not hours:
        return []
    if window.group == "total":
        start = min(hours) if window.start is None else window.start
        return [element(whole_interval(start, window.end), sum(hours.values(), Counter()))]
    days: dict[str, Counter[str]] = {}
    for hour in sorted(hours):
        days.setdefault(interval(hour, window.group), Counter()).update(hours[hour])
    return [element(name, counts) for name, counts in days.items()]


def hours_of(emails: Iterable[TransactionalEmail], window: Window) -> dict[int, Counter[str]]:
    """Hour -> counters, of the hours inside the window."""
    found: dict[int, Counter[str]] = {}
    for one in (recipient for email in emails for recipient in email.recipients):
        for name, moment in events_of(one):
            if window.has(moment // HOUR):
                found.setdefault(moment // HOUR, Counter())[name] += 1
    return found


def element(name: str, counts: Counter[str]) -> dict[str, Any]:
    """One interval with every counter."""
    return {"timeFrame": name, **{counter: counts[counter] for counter in COUNTERS}}
