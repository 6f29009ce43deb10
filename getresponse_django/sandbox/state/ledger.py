"""What the campaign statistics are made of: every subscription and removal, counted by campaign and hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial

Hours = dict[int, Counter[str]]
"""Hour since the epoch -> how many, by origin or reason."""

ORIGIN_NAMES = {"iphone": "mobile"}
REASON_NAMES = {"complaint": "compliant"}
"""Statistics use other words than contacts do (CampaignSubscriptionStatisticsItem,
CampaignRemovalsStatisticsItem).
"""


class Ledger:
    """Counts that only grow; the size of a list is subscriptions minus removals."""

    def __init__(self) -> None:
        self.subscriptions: defaultdict[str, Hours] = defaultdict(partial(defaultdict, Counter))
        self.removals: defaultdict[str, Hours] = defaultdict(partial(defaultdict, Counter))

    def subscribed(self, campaign_id: str, moment: int, origin: str) -> None:
        """Count a new member."""
        self.subscriptions[campaign_id][moment // 3600][ORIGIN_NAMES.get(origin, origin)] += 1

    def removed(self, campaign_id: str, moment: int, reason: str) -> None:
        """Count a member who left."""
        self.removals[campaign_id][moment // 3600][REASON_NAMES.get(reason, reason)] += 1


def amount(counts: Counter[str]) -> int:
    """How many there are in all."""
    return sum(counts.values())
