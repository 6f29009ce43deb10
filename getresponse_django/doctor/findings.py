"""What a finding is, and the durations in its words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

BEAT_EVERY = timedelta(minutes=5)
"""Beat pushes every minute; without a sign of it for so long, it is not running."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``ok`` False is a problem, and then ``hint`` says what to do.

    ``values`` are the numbers behind the words, for machines; None where nothing is known.
    """

    topic: str
    ok: bool
    message: str
    hint: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def age_of(moment: datetime | None) -> timedelta | None:
    """How long ago it was."""
    return timezone.now() - moment if moment else None


def seconds_of(age: timedelta | None) -> int | None:
    """A duration for machines, in whole seconds."""
    return None if age is None else int(age.total_seconds())


def in_words(age: timedelta) -> str:
    """A duration for people."""
    seconds = int(age.total_seconds())
    units = ((86400, _("%(count)d days")), (3600, _("%(count)d hours")), (60, _("%(count)d minutes")))
    for size, text in units:
        if seconds >= 2 * size:
            return text % {"count": seconds // size}
    return _("%(count)d seconds") % {"count": seconds}
