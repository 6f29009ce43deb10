"""The account a sandbox begins with: campaigns, tags, fields, senders, people and messages, the same for a
seed and a day.
"""

from __future__ import annotations

import random

from .campaigns import new_campaign
from .custom_fields import new_custom_field
from .dates import DAY, day_start
from .records import FromField
from .seed_consents import seed_consents
from .seed_experiments import seed_experiments
from .seed_messages import seed_messages
from .seed_people import seed_imports, seed_people
from .seed_settings import seed_settings
from .seed_shop import seed_shop
from .seed_transactional import seed_transactional
from .store import Store
from .tags import new_tag

HISTORY_DAYS = 182
"""How far back the lists and statistics go: about six months."""

TAGS = ("site", "customer", "vip", "trial", "webinar_guest", "lapsed")


def seed_store(store: Store, seed: int, contacts: int) -> None:
    """Fill an empty store. Nothing seeded is of today, so that the hour of the day makes no difference."""
    rng = random.Random(seed)
    today = day_start(store.now())
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
