"""/splittests: the old, read-only kind of A/B test, every number a string (contract/behaviour-newsletters.md
section 5).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..audience.contacts import campaign_reference
from ..audience.from_fields import from_field_reference
from ..http.exchange import Request
from ..http.filters import choice, contains, period
from ..operations.routing import route
from ..state.dates import optional_stamp, stamp
from ..state.experiment_records import Splittest
from ..state.records import Newsletter
from ..state.store import Store

TYPES = ("content", "subject", "day", "hour", "from_field")


def splittest_detail(store: Store, test: Splittest) -> dict[str, Any]:
    """Splittest, the same in lists and details; it was finished long ago."""
    newsletters = [store.newsletters[found] for found in test.newsletter_ids if found in store.newsletters]
    first = newsletters[0] if newsletters else None
    return {
        "splittestId": test.splittest_id,
        "href": store.href("splittests", test.splittest_id),
        "name": test.name,
        "campaign": campaign_reference(store, test.campaign_id),
        "status": test.status,
        "winningCriteria": "open",
        "winningTarget": str(sum(found.total("sent") for found in newsletters)),
        "stage": "finished",
        "type": test.type,
        "samplingPercentage": "20",
        "samplingTime": "86400",
        "chooseWinning": "automatic",
        "winningScoreOpens": str(first.total("uniqueOpened") if first else 0),
        "winningScoreClicks": str(first.total("uniqueClicked") if first else 0),
        "winningDelivered": str(first.delivered if first else 0),
        "winningScheduleOn": optional_stamp(first.send_at if first else None),
        **dict.fromkeys(("nextStepOn", "evaluationSkippedOn", "canceledOn")),
        "createdOn": stamp(test.created_at),
        "newsletters": [tested(store, found, won=found is first) for found in newsletters],
        "sendSettings": {"selectedCampaigns": [test.campaign_id]},
    }


def tested(store: Store, newsletter: Newsletter, *, won: bool) -> dict[str, Any]:
    """SplittestNewsletter."""
    return {
        "newsletterId": newsletter.message_id,
        "href": store.href("newsletters", newsletter.message_id),
        "name": newsletter.name,
        "subject": newsletter.subject,
        "fromField": from_field_reference(store, newsletter.from_field_id),
        "status": "chosen" if won else "rejected",
        "sendOn": stamp(newsletter.send_at or newsletter.created_at),
        "samplingTargets": str(newsletter.total("sent")),
        "samplingDelivered": str(newsletter.delivered),
        "scoreOpens": str(newsletter.total("uniqueOpened")),
        "scoreClicks": str(newsletter.total("uniqueClicked")),
    }


@route(
    "GET",
    "/splittests",
    key="splittestId",
    each=splittest_detail,
    filters={
        "name": contains("name"),
        "type": choice("type", *TYPES),
        "status": choice("status", "active", "inactive"),
        **period("createdOn", "created_at"),
    },
    sorts={"name": "name", "createdOn": "created_at"},
)
def list_splittests(store: Store, request: Request) -> Collection[Splittest]:
    """The active ones, unless ``query[status]`` says otherwise."""
    every = store.splittests.values()
    if request.filter("status"):
        return every
    return [test for test in every if test.status == "active"]


@route("GET", "/splittests/{splittestId}", key="splittestId")
def get_splittest(store: Store, request: Request) -> Any:
    """One of them, active or not."""
    return splittest_detail(store, request.find("splittestId", store.splittests))
