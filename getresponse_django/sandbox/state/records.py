"""The things an account holds, as the sandbox remembers them. Moments are seconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .message_records import Autoresponder as Autoresponder
from .message_records import Message as Message
from .message_records import Newsletter as Newsletter
from .message_records import RssNewsletter as RssNewsletter

IMPORT_ERRORS = (
    "syntaxErrors",
    "alreadyInQueue",
    "invalidDomains",
    "blacklist",
    "policyFailures",
    "mismatchedCriteria",
)
"""Why a row of an import is invalid (ImportErrorStatistics)."""


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
    """One membership of one address in one campaign. ``import_id`` is the import it came by. ``reason`` and
    ``removed_at`` are set once it has left.
    """

    contact_id: str
    email: str
    campaign_id: str
    created_at: int
    changed_at: int
    origin: str = "api"
    import_id: str | None = None
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
class PredefinedField:
    """A text of a campaign that its messages can name."""

    predefined_field_id: str
    name: str
    value: str
    campaign_id: str


@dataclass(slots=True)
class GdprField:
    """A consent that forms ask for; ``content`` is the text of the latest ``version``."""

    gdpr_field_id: str
    name: str
    created_at: int
    content: str
    version: int
    changed_at: int


@dataclass(slots=True)
class Suppression:
    """A list of masks that a newsletter can leave out."""

    suppression_id: str
    name: str
    created_at: int
    masks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Login:
    """A login to the panel; ``until`` is None while it lasts."""

    at: int
    until: int | None
    is_successful: bool
    ip: str


@dataclass(slots=True)
class Import:
    """Rows on their way into a campaign. ``started`` is in monotonic seconds; ``outcome`` holds the counts of
    the finished work, which ``counts`` tells only when they are ``settled``.
    """

    import_id: str
    campaign: Campaign
    created_at: int
    columns: list[str]
    rows: list[list[str]]
    started: float
    status: str = "uploaded"
    finished_at: int | None = None
    outcome: dict[str, int] = field(default_factory=dict)
    settled: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """uploaded, updated, addedToList and the reasons of invalid rows, as an answer tells them now."""
        if self.settled:
            return self.outcome
        return {"uploaded": len(self.rows)} if self.status == "finished" else {}

    @property
    def uploaded(self) -> int:
        """How many rows."""
        return self.counts.get("uploaded", 0)

    @property
    def updated(self) -> int:
        """How many were there before."""
        return self.counts.get("updated", 0)

    @property
    def added(self) -> int:
        """How many are new."""
        return self.counts.get("addedToList", 0)

    @property
    def invalid(self) -> int:
        """How many were left out."""
        return sum(self.counts.get(name, 0) for name in IMPORT_ERRORS)


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
