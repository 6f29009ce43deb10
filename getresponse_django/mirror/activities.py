"""Activities of contacts: written once, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..models import Contact, ContactActivity
from ..models.activities import NATURAL_KEY
from .fitting import fitted
from .writing import CHUNK


def mirror_activities(contact: Contact, activities: Iterable[dict[str, Any]]) -> int:
    """Add what is not known of a contact; returns how many that were. Activities have no id: they are told
    apart by what they say.
    """
    fitting = [fitted(ContactActivity, fields) for fields in activities]
    told = {tuple(fields[name] for name in NATURAL_KEY): fields for fields in fitting}
    if not told:
        return 0
    since = min(fields["created_on"] for fields in told.values())
    known = set(contact.activities.filter(created_on__gte=since).values_list(*NATURAL_KEY))
    rows = [ContactActivity(contact=contact, **told[key]) for key in sorted(told.keys() - known)]
    # Another pull may write the same at this moment.
    ContactActivity.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    return len(rows)
