"""Writes remote truth into the mirror, in bulk and without recording a Change: no echo."""

from .activities import mirror_activities
from .blocklists import mirror_blocklist
from .consents import mirror_consents
from .contacts import mirror_contacts, stale_contacts, usable_contacts
from .linking import (
    Found,
    Pushed,
    link,
    mark_deleted,
    mark_in_doubt,
    mark_kept,
    mark_left,
    mark_not_created,
    mark_pushed,
    mark_sent,
    mark_stayed_away,
    mark_unconfirmed,
    mark_unsent,
    mirror_leavers,
    renew,
    set_state,
)
from .named import REFERENCES, forget, mark_named_in_doubt, mark_named_pushed, mirror_named, model_of
from .newsletters import (
    learn,
    mark_cancelled,
    mark_leaving,
    mark_made,
    mark_not_left,
    mark_replacement_done,
    mark_sent_off,
    mirror_audience,
)
from .refusals import mark_refused
from .segments import finish_members, mirror_count, mirror_members
from .statistics import mirror_snapshot, mirror_statistics, widen_window
from .tags import mirror_tagged, mirror_untagged
from .taking_back import take_back

__all__ = [
    "REFERENCES",
    "Found",
    "Pushed",
    "finish_members",
    "forget",
    "learn",
    "link",
    "mark_cancelled",
    "mark_deleted",
    "mark_in_doubt",
    "mark_kept",
    "mark_leaving",
    "mark_left",
    "mark_made",
    "mark_named_in_doubt",
    "mark_named_pushed",
    "mark_not_created",
    "mark_not_left",
    "mark_pushed",
    "mark_refused",
    "mark_replacement_done",
    "mark_sent",
    "mark_sent_off",
    "mark_stayed_away",
    "mark_unconfirmed",
    "mark_unsent",
    "mirror_activities",
    "mirror_audience",
    "mirror_blocklist",
    "mirror_consents",
    "mirror_contacts",
    "mirror_count",
    "mirror_leavers",
    "mirror_members",
    "mirror_named",
    "mirror_snapshot",
    "mirror_statistics",
    "mirror_tagged",
    "mirror_untagged",
    "model_of",
    "renew",
    "set_state",
    "stale_contacts",
    "take_back",
    "usable_contacts",
    "widen_window",
]
