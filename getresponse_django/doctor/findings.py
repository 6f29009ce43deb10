"""What a finding is: its id, how bad it is, and the durations in its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

BEAT_EVERY = timedelta(minutes=5)
"""Beat pushes every minute; without a sign of it for so long, it is not running."""

OK, WARNING, ERROR = "ok", "warning", "error"

LEVELS = {
    "settings.wrong": ERROR,
    "settings.no_account": ERROR,
    "database.fails": ERROR,
    "doctor.too_slow": ERROR,
    "key.never_used": OK,
    "key.used": OK,
    "key.idle": WARNING,
    "connection.works": OK,
    "connection.refused": ERROR,
    "connection.fails": ERROR,
    "connection.missing": ERROR,
    "authorization.granted": OK,
    "authorization.refused": ERROR,
    "authorization.code_waits": WARNING,
    "authorization.code_expired": ERROR,
    "authorization.cut_off": WARNING,
    "sending.works": OK,
    "sending.disabled": WARNING,
    "sending.copy": WARNING,
    "sending.paused": WARNING,
    "sending.waits": WARNING,
    "quota.left": OK,
    "quota.used_up": WARNING,
    "outbox.waiting": OK,
    "outbox.gave_up": WARNING,
    "webhooks.waiting": OK,
    "webhooks.late": WARNING,
    "webhooks.gave_up": WARNING,
    "pull.never": OK,
    "pull.done": OK,
    "pull.late": WARNING,
    "pull.failed": WARNING,
    "subscriber.none": OK,
    "subscriber.unknown_list": ERROR,
    "subscriber.unknown_field": ERROR,
    "worker.seen": OK,
    "worker.missing": ERROR,
    "beat.seen": OK,
    "beat.missing": ERROR,
}
"""Every finding there is. An error stops work until somebody acts; a warning concerns a part of it, ends by
itself, or is meant. docs/howto/monitor.md has what each means.
"""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. One that is not ``ok`` is a problem, and its ``hint`` says what to do.

    ``values`` are the numbers behind the words, for machines; None where nothing is known.
    """

    id: str
    message: str
    hint: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        """What was looked at: the first half of the id."""
        return self.id.partition(".")[0]

    @property
    def level(self) -> str:
        """How bad it is."""
        return LEVELS[self.id]

    @property
    def ok(self) -> bool:
        """Whether it is no problem."""
        return self.level == OK

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        said = {"what": self.message, "what_to_do": self.hint, "values": self.values}
        return {"id": self.id, "level": self.level, **said}


def worst(findings: list[Finding]) -> str:
    """The level of the worst of these."""
    levels = {finding.level for finding in findings}
    return next((level for level in (ERROR, WARNING) if level in levels), OK)


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
