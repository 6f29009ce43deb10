"""The things an account holds, as the sandbox remembers them. Moments are seconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Campaign:
    """A list of contacts. ``settings`` are the parts only the detail shows (postal, confirmation,
    profile...).
    """

    campaign_id: str
    name: str
    language_code: str
    is_default: bool
    created_at: int
    tech_name: str
    optin: dict[str, str]
    settings: dict[str, Any]
    masks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Contact:
    """One membership of one address in one campaign. ``reason`` and ``removed_at`` are set once it has
    left.
    """

    contact_id: str
    email: str
    campaign_id: str
    created_at: int
    changed_at: int
    origin: str = "api"
    name: str | None = None
    note: str | None = None
    day_of_cycle: str | None = None
    scoring: float | None = None
    engagement_score: int | None = None
    ip_address: str | None = None
    time_zone: str = "Europe/Warsaw"
    geolocation: dict[str, str | None] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    consents: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None
    removed_at: int | None = None

    @property
    def address(self) -> tuple[str, str]:
        """What is unique among living contacts: the campaign and the address without regard to case."""
        return self.campaign_id, self.email.lower()


@dataclass(slots=True)
class Tag:
    """A label for contacts."""

    tag_id: str
    name: str
    created_at: int
    color: str = ""


@dataclass(slots=True)
class CustomField:
    """The definition of a custom field. ``type`` is the value's type, ``format`` how it is entered."""

    custom_field_id: str
    name: str
    type: str
    format: str
    hidden: str = "false"
    values: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FromField:
    """A sender's address."""

    from_field_id: str
    email: str
    name: str
    is_active: bool
    is_default: bool
    created_at: int


@dataclass(slots=True)
class Segment:
    """A saved search: ``definition`` is kept as it came and evaluated at each read."""

    search_contact_id: str
    name: str
    created_at: int
    definition: dict[str, Any]


@dataclass(slots=True)
class Message:
    """What newsletters and autoresponders share: who sends what, and the counters of each hour.

    ``activity`` maps an hour (seconds since the epoch divided by 3600) to {metric: count}.
    """

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

    def count(self, moment: int, metric: str, amount: int = 1) -> None:
        """Add to a counter of the hour of ``moment``."""
        hour = self.activity.setdefault(moment // 3600, {})
        hour[metric] = hour.get(metric, 0) + amount

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
    """``status`` is draft, scheduled, in_progress or finished; ``audience`` are the contact ids it went
    to.
    """

    status: str = "draft"
    send_at: int | None = None
    send_settings: dict[str, Any] = field(default_factory=dict)
    attachments: list[dict[str, str]] = field(default_factory=list)
    audience: tuple[str, ...] = ()
    switch: str = "enabled"

    @property
    def type(self) -> str:
        """draft or broadcast."""
        return "draft" if self.status == "draft" else "broadcast"


@dataclass(slots=True)
class Autoresponder(Message):
    """A message sent on a day of the cycle."""

    status: str = "enabled"
    day_of_cycle: int = 0
    send_settings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StoredRecord:
    """A plain stored resource. ``collection`` is the path of the list it is in, ``values`` is what was sent
    of it.
    """

    collection: str
    id: str
    created_at: int
    updated_at: int
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The last word of its collection: taxes, carts..."""
        return self.collection.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Where it is, after /v3."""
        return f"{self.collection}/{self.id}"

    @property
    def shop(self) -> str:
        """The path of the shop it is in: /shops/pf3; empty when it is in none."""
        parts = self.collection.split("/")
        return "/".join(parts[:3]) if len(parts) > 3 else ""
