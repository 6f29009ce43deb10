"""The checks of NewAbtestsSubject, and what it refers to (contract: schema of that name,
behaviour-newsletters.md section 5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import (
    Path,
    Problem,
    identifier,
    integer,
    list_of,
    nullable,
    one_of,
    problem,
    shape,
    text,
    variant,
)
from ..state.store import Store
from .message_bodies import CONTENT, SENDER, missing_campaigns, missing_senders
from .newsletter_bodies import IDS, missing_selections

SELECTIONS = (
    "selectedCampaigns",
    "selectedSegments",
    "selectedSupressions",
    "excludedCampaigns",
    "excludedSegments",
)
"""``selectedSupressions`` is published with this spelling."""

DURATION = text(
    2, 40, r"P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?", "Value must be an ISO 8601 duration"
)
WHEN = {"date": text(1, 40), "timeZone": shape({"timeZoneId": integer(0, 100_000)})}


def now(value: Any, path: Path) -> Iterator[Problem]:
    """``date`` and ``timeZone`` are not allowed with ``now``."""
    for name in WHEN.keys() & value.keys():
        if value[name] is not None:
            yield problem((*path, name), value[name], "Value is not allowed with sendingType now")


DELIVERY = shape(
    {
        "samplingTime": nullable(DURATION),
        "winningCriteria": one_of("open", "click"),
        "winnerMode": one_of("automatic", "manual"),
        "sendOn": variant("sendingType", {"now": now, "scheduled": shape(WHEN)}),
    },
    {"samplingPercentage": integer(1, 100)},
)
NEW_AB_TEST = shape(
    {
        "name": text(1, 100),
        "campaign": shape({"campaignId": identifier}),
        "fromField": SENDER,
        "deliverySettings": DELIVERY,
        "variants": list_of(text(1, 150), 2, 5),
        "sendSettings": shape({}, dict.fromkeys(SELECTIONS, IDS)),
        "content": CONTENT,
    },
    {
        "replyTo": SENDER,
        "flags": list_of(one_of("clicktrack", "google_analytics", "ecommerce_tracking")),
    },
)


def missing(store: Store, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, id) of everything a body refers to that does not exist."""
    settings = body["sendSettings"]
    yield from missing_senders(store, body)
    yield from missing_campaigns(store, [body["campaign"]["campaignId"]])
    yield from missing_selections(
        store, {**settings, "selectedSuppressions": settings.get("selectedSupressions", [])}
    )
