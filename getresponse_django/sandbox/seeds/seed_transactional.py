"""Seeded transactional e-mails of the last weeks, with opens and clicks, and their templates."""

from __future__ import annotations

import random

from ..state.dates import DAY, HOUR
from ..state.store import Store, by_name
from ..state.transactional_records import Recipient, TransactionalEmail
from ..transactional.transactional_templates import new_template

DAYS = 45
TEMPLATES = (
    # subject, share of the e-mails, tag
    ("Order confirmation", 0.5, "customer"),
    ("Your parcel is on its way", 0.3, "customer"),
    ("Reset your password", 0.2, None),
)
LINK = "https://www.example.com/orders"


def seed_transactional(store: Store, rng: random.Random, today: int) -> None:
    """Make the templates and a few e-mails a day, none of today."""
    for subject, _, _ in TEMPLATES:
        html = f'<h1>{subject}</h1><p><a href="{LINK}">[[number]]</a></p>'
        template = new_template(store, subject, {"html": html, "plain": subject})
        template.created_at = template.updated_at = today - 2 * DAYS * DAY
    sender = store.default_from_field().from_field_id
    customers = [contact.email for contact in list(store.active)[:200]] or ["customer@example.com"]
    shares = [share for _, share, _ in TEMPLATES]
    for day in range(DAYS, 0, -1):
        for number in range(rng.randrange(1, 5)):
            at = today - day * DAY + 8 * HOUR + number * 2 * HOUR + rng.randrange(HOUR)
            subject, _, tag_name = rng.choices(TEMPLATES, shares)[0]
            tag = by_name(store.tags.values(), tag_name) if tag_name else None
            email_id, to = store.ids.new("transactional-email"), lived(rng, rng.choice(customers), at, today)
            store.transactional_emails[email_id] = TransactionalEmail(
                email_id, at, sender, sender, subject, tag.tag_id if tag else None, to
            )


def lived(rng: random.Random, email: str, at: int, today: int) -> Recipient:
    """A recipient with what may have become of an e-mail, before today."""
    one, chance = Recipient(email, sent_at=at), rng.random()
    later = min(at + rng.randrange(60, 5 * HOUR), today - 1)
    if chance < 0.03:
        one.bounced_at = later
    elif chance < 0.72:
        one.opened_at = later
        one.clicks = [(LINK, min(later + 30, today - 1))] if chance < 0.35 else []
        one.complained_at = later if chance < 0.04 else None
    return one
