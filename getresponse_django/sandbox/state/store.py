"""Everything one sandbox account holds, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol, TypeVar

from .contact_index import ContactIndex
from .deliveries import Parcel, Webhook
from .experiment_records import AbTest, Splittest, Workflow
from .ids import Ids
from .ledger import Ledger
from .records import (
    Autoresponder,
    Campaign,
    Contact,
    CustomField,
    FromField,
    GdprField,
    Import,
    Login,
    Message,
    Newsletter,
    PredefinedField,
    RssNewsletter,
    Segment,
    Suppression,
    Tag,
)
from .stored_index import StoredIndex
from .transactional_records import TransactionalEmail, TransactionalTemplate

ACCOUNT_ID, LOGIN = "VfEj1", "sandbox"


class Named(Protocol):
    """Anything with a name."""

    name: str


N = TypeVar("N", bound=Named)


class Store:
    """The state of the account. ``version`` grows with every change, so that a selection can be kept
    between pages.
    """

    def __init__(self, seed: int, clock: Callable[[], datetime], base_url: str, landing_delay: float) -> None:
        self.ids = Ids(seed)
        self.clock = clock
        self.base_url = base_url
        self.landing_delay = landing_delay
        self.version = 0
        self.profile: dict[str, Any] = {}
        self.callbacks: dict[str, Any] | None = None
        self.webhooks: list[Webhook] = []
        self.hand_over: Callable[[Parcel], None] = lambda parcel: None
        self.masks: list[str] = []
        self.campaigns: dict[str, Campaign] = {}
        self.tags: dict[str, Tag] = {}
        self.custom_fields: dict[str, CustomField] = {}
        self.from_fields: dict[str, FromField] = {}
        self.segments: dict[str, Segment] = {}
        self.newsletters: dict[str, Newsletter] = {}
        self.autoresponders: dict[str, Autoresponder] = {}
        self.rss_newsletters: dict[str, RssNewsletter] = {}
        self.badges: dict[str, str] = {}
        self.logins: list[Login] = []
        self.predefined_fields: dict[str, PredefinedField] = {}
        self.gdpr_fields: dict[str, GdprField] = {}
        self.suppressions: dict[str, Suppression] = {}
        self.imports: dict[str, Import] = {}
        self.transactional_emails: dict[str, TransactionalEmail] = {}
        self.transactional_templates: dict[str, TransactionalTemplate] = {}
        self.workflows: dict[str, Workflow] = {}
        self.splittests: dict[str, Splittest] = {}
        self.ab_tests: dict[str, AbTest] = {}
        self.stored = StoredIndex()
        self.active = ContactIndex()
        self.unconfirmed = ContactIndex()
        self.removed = ContactIndex()
        self.queue: deque[tuple[float, Contact]] = deque()
        self.queued: set[tuple[str, str]] = set()
        self.postponed: deque[tuple[float, Callable[[], None]]] = deque()
        self.creates: deque[dict[str, Any]] = deque(maxlen=100_000)
        self.outgoing: dict[str, Newsletter] = {}
        self.ledger = Ledger()
        self.tags_move_changed_on = True
        self.selections: dict[tuple[Any, ...], tuple[int, Collection[Any]]] = {}

    def now(self) -> int:
        """The clock's moment, in seconds since the epoch."""
        return int(self.clock().timestamp())

    def href(self, *parts: str) -> str:
        """The address of a resource of this sandbox."""
        return "/".join((self.base_url, *parts))

    def messages(self) -> Iterator[Message]:
        """Everything that has a sender and statistics."""
        yield from self.newsletters.values()
        yield from self.autoresponders.values()
        yield from self.rss_newsletters.values()

    def default_campaign(self) -> Campaign:
        """The one campaign that is the default."""
        return next(campaign for campaign in self.campaigns.values() if campaign.is_default)

    def default_from_field(self) -> FromField:
        """The sender that is the default."""
        return next(field for field in self.from_fields.values() if field.is_default)


def by_name(records: Iterable[N], name: str) -> N | None:
    """The record of that name; upper and lower case count as the same."""
    wanted = name.casefold()
    return next((record for record in records if record.name.casefold() == wanted), None)
