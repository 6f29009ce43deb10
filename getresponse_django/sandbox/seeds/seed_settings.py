"""Seeded settings of the account: logins, predefined fields, consents and a suppression list."""

from __future__ import annotations

from ..audience.predefined_fields import new_predefined_field
from ..audience.suppressions import new_suppression
from ..state.dates import DAY, HOUR
from ..state.records import GdprField, Login
from ..state.store import Store
from .seed_people import campaign_id

PREDEFINED = (
    ("customers", "support_hours", "Monday to Friday, 9 to 17"),
    ("customers", "coupon", "WELCOME10"),
    ("newsletter", "editor", "Anna Kowalska"),
)
CONSENTS = (
    ("newsletter", "I agree to receive the newsletter by e-mail.", 1),
    ("terms", "I accept the terms of service of Example Ltd.", 3),
    ("phone", "I agree to be called about offers of Example Ltd.", 1),
)
COMPETITORS = ("@competitor.example", "@rival.example")


def seed_settings(store: Store, start: int, today: int) -> None:
    """Make them, for campaigns that exist; ``start`` and ``today`` are first seconds of days."""
    for campaign, name, value in PREDEFINED:
        new_predefined_field(store, campaign_id(store, campaign), name, value)
    for number, (name, content, version) in enumerate(CONSENTS):
        field_id, created_at = store.ids.new("gdpr-field"), start + number * DAY
        changed_at = created_at + (version - 1) * 30 * DAY
        store.gdpr_fields[field_id] = GdprField(field_id, name, created_at, content, version, changed_at)
    new_suppression(store, "competitors", COMPETITORS).created_at = start
    for days_ago in range(40, 0, -3):
        at = today - days_ago * DAY + 8 * HOUR + days_ago * 97
        mistyped = days_ago % 5 == 0
        store.logins.append(Login(at, None if mistyped else at + 2 * HOUR, not mistyped, "203.0.113.7"))
