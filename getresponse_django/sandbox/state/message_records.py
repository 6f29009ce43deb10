"""The messages an account holds, with their counters. Moments are seconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(slots=True)
class Message:
    """What newsletters, autoresponders and RSS newsletters share: who sends what to whom, and the counters of
    each hour.

    ``activity`` maps an hour (seconds since the epoch divided by 3600) to {metric: count}. ``recipients``,
    ``opens`` and ``clicks`` map a contact id to when it was sent, first opened and first clicked, the last
    time it was sent; they agree with the counters sent, uniqueOpened and uniqueClicked unless it was sent
    again. ``clicked_links`` has the number of that link. ``resource`` is the first part of the path. No two
    messages of any kind have the same id, because ``messageId`` of DELETE /contacts and the ids of tracked
    links do not tell the kind.
    """

    resource: ClassVar[str] = ""
    message_id: str
    name: str
    subject: str
    campaign_id: str
    created_at: int
    from_field_id: str
    reply_to_id: str | None = None
    content: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    activity: dict[int, dict[str, int]] = field(default_factory=dict)
    recipients: dict[str, int] = field(default_factory=dict)
    opens: dict[str, int] = field(default_factory=dict)
    clicks: dict[str, int] = field(default_factory=dict)
    clicked_links: dict[str, int] = field(default_factory=dict)

    def count(self, moment: int, metric: str, amount: int = 1) -> None:
        """Add to a counter of the hour of ``moment``."""
        hour = self.activity.setdefault(moment // 3600, {})
        hour[metric] = hour.get(metric, 0) + amount

    def click_track_id(self, number: int) -> str:
        """The id of a link."""
        return f"{self.message_id}{number}"

    def total(self, metric: str) -> int:
        """The sum of a counter over all hours."""
        return sum(hour.get(metric, 0) for hour in self.activity.values())

    @property
    def delivered(self) -> int:
        """How many were sent and did not bounce."""
        return self.total("sent") - self.total("bounced")

    @property
    def open_rate(self) -> float:
        """Unique opens for each one delivered."""
        return round(self.total("uniqueOpened") / self.delivered, 4) if self.delivered else 0.0

    @property
    def click_rate(self) -> float:
        """Unique clicks for each one delivered."""
        return round(self.total("uniqueClicked") / self.delivered, 4) if self.delivered else 0.0


@dataclass(slots=True)
class Newsletter(Message):
    """``status`` is draft, scheduled, in_progress or finished."""

    resource: ClassVar[str] = "newsletters"
    status: str = "draft"
    send_at: int | None = None
    send_settings: dict[str, Any] = field(default_factory=dict)
    attachments: list[dict[str, str]] = field(default_factory=list)
    switch: str = "enabled"

    @property
    def type(self) -> str:
        """draft or broadcast."""
        return "draft" if self.status == "draft" else "broadcast"


@dataclass(slots=True)
class Autoresponder(Message):
    """A message sent on a day of the cycle, to members of ``trigger_campaigns`` if there are any, else of its
    own campaign.
    """

    resource: ClassVar[str] = "autoresponders"
    status: str = "enabled"
    day_of_cycle: int = 0
    trigger_campaigns: list[str] = field(default_factory=list)
    track_opens: str = "true"
    send_settings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RssNewsletter(Message):
    """A message made of the news of a feed, again and again."""

    resource: ClassVar[str] = "rss-newsletters"
    status: str = "enabled"
    feed_url: str = ""
    editor: str = "custom"
    send_settings: dict[str, Any] = field(default_factory=dict)
