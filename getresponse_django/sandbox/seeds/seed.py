"""The account a sandbox begins with: campaigns, tags, fields, senders, people and messages, the same for a
seed and a day.
"""

from __future__ import annotations

import pickle  # nosec B403  # of what this module made itself, in memory
import random
from datetime import UTC, datetime
from functools import lru_cache

from ..audience.campaigns import new_campaign
from ..audience.custom_fields import new_custom_field
from ..audience.tags import new_tag
from ..state.dates import DAY, day_start
from ..state.records import FromField
from ..state.store import Store
from .seed_consents import seed_consents
from .seed_experiments import seed_experiments
from .seed_messages import seed_messages
from .seed_people import seed_imports, seed_people
from .seed_settings import seed_settings
from .seed_shop import seed_shop
from .seed_transactional import seed_transactional

HISTORY_DAYS = 182
"""How far back the lists and statistics go: about six months."""

MOST_KEPT = 1000
"""Contacts of an account whose beginning is kept for the next reset: a larger one takes too much memory."""

TAGS = ("site", "customer", "vip", "trial", "webinar_guest", "lapsed")


def seed_store(store: Store, seed: int, contacts: int) -> None:
    """Fill an empty store. Nothing seeded is of today, so that the hour of the day makes no difference."""
    today = day_start(store.now())
    if contacts > MOST_KEPT:
        _seed(store, seed, contacts, today)
    else:
        vars(store).update(pickle.loads(_seeded(seed, contacts, today)))  # nosec B301  # made below


@lru_cache(maxsize=4)
def _seeded(seed: int, contacts: int, today: int) -> bytes:
    """What ``seed_store`` puts into a store. Every ``Sandbox.reset()`` reads it, in half the time that making
    it takes.
    """
    store = Store(seed, lambda: datetime.fromtimestamp(today, UTC), "", 0)
    _seed(store, seed, contacts, today)
    own = {"clock", "base_url", "landing_delay", "hand_over"}  # of the sandbox, not of its data
    return pickle.dumps({name: value for name, value in vars(store).items() if name not in own})


def _seed(store: Store, seed: int, contacts: int, today: int) -> None:
    rng = random.Random(seed)  # nosec B311  # the same seed, the same people
    start = today - HISTORY_DAYS * DAY
    sender = FromField(
        store.ids.new("from-field"), "hello@example.com", "Example Ltd", True, True, start - 30 * DAY
    )
    store.from_fields[sender.from_field_id] = sender
    new_campaign(store, "customers", created_at=start - 10 * DAY)
    new_campaign(store, "newsletter", created_at=start - 5 * DAY)
    new_campaign(store, "partners", optin="double", created_at=start)
    for name in TAGS:
        tag = new_tag(store, name)
        tag.created_at = start
    new_custom_field(store, "plan", format="single_select", values=("free", "pro", "team"))
    new_custom_field(store, "city")
    new_custom_field(store, "birthday", type="date")
    seed_settings(store, start, today)
    seed_people(store, rng, contacts, start, today)
    seed_imports(store, start)
    seed_consents(store, rng, today)
    seed_messages(store, rng, today)
    seed_transactional(store, rng, today)
    seed_experiments(store, today)
    seed_shop(store, rng, start, today)
