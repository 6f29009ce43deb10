"""The findings on what waits and what failed: outbox, inbox and pulls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import PullRun
from ..pull import PARTS
from ..pull.chosen import KIND as CHOSEN
from ..pull.searches import MEMBERS
from ..tasks import beat_schedule
from .findings import BEAT_EVERY, Finding, age_of, in_words, seconds_of
from .standing import Inbox, Outbox, Pulls

PULLED_BY = {
    "campaigns": "pull_audience",
    "fields": "pull_audience",
    "tags": "pull_audience",
    "contacts": "pull_audience",
    "segments": "pull_segments",
    "messages": "pull_messages",
    "statistics": "pull_statistics",
}
"""The task of the beat schedule that pulls each part."""

AGAIN = {
    MEMBERS: gettext_lazy("Choose “Read the members” in the list of segments again if you need them."),
    CHOSEN: gettext_lazy("Choose “Pull now” in the list of contacts again if you need them."),
}
"""What to do about a pull that failed and that only a person starts."""

AGAIN_ELSE = gettext_lazy("Nothing tries it again by itself: start it anew if you need it.")

REMEMBERED = timedelta(days=1)
"""How long such a failure is told."""


def outbox(found: Outbox) -> Iterator[Finding]:
    """What waits to be sent and what gave up."""
    age = age_of(found.oldest)
    values = {"waiting": found.waiting, "oldest_seconds": seconds_of(age), "gave_up": found.gave_up}
    text = ngettext("%(count)d change waits%(since)s.", "%(count)d changes wait%(since)s.", found.waiting)
    said = text % {"count": found.waiting, "since": since_when(age)}
    yield Finding("outbox.waiting", said, values=values)
    if found.gave_up:
        text = ngettext("%(count)d change gave up.", "%(count)d changes gave up.", found.gave_up)
        hint = _("Look at Changes in the admin, mend the cause, then Retry.")
        yield Finding("outbox.gave_up", text % {"count": found.gave_up}, hint, values)


def inbox(found: Inbox) -> Iterator[Finding]:
    """What GetResponse sent and is still to be processed, and what gave up; nothing where nothing came."""
    if found.last is None:
        return
    age, last = age_of(found.oldest), age_of(found.last.received_at) or timedelta()
    values = {"waiting": found.waiting, "oldest_seconds": seconds_of(age), "gave_up": found.gave_up}
    text = ngettext(
        "%(count)d webhook event waits%(since)s; the last one came %(last)s ago.",
        "%(count)d webhook events wait%(since)s; the last one came %(last)s ago.",
        found.waiting,
    )
    late = age is not None and age > BEAT_EVERY
    hint = _("Beat starts process_webhooks every minute. Are a worker and beat running?") if late else ""
    said = {"count": found.waiting, "since": since_when(age), "last": in_words(last)}
    yield Finding("webhooks.late" if late else "webhooks.waiting", text % said, hint, values)
    if found.gave_up:
        text = ngettext(
            "%(count)d webhook event gave up.", "%(count)d webhook events gave up.", found.gave_up
        )
        hint = _("Look at Webhook events in the admin, mend the cause, then process them again.")
        yield Finding("webhooks.gave_up", text % {"count": found.gave_up}, hint, values)


def pulls(found: Mapping[str, Pulls]) -> Iterator[Finding]:
    """How each part was pulled last, and whether its last success is older than two turns of beat; and what
    people started and failed since yesterday.
    """
    schedule = beat_schedule()
    for part in PARTS:
        of_part = found.get(part)
        age = age_of(of_part.success.finished_at if of_part and of_part.success else None)
        every = schedule[f"getresponse: {PULLED_BY[part]}"]["schedule"]
        late = age is not None and age > 2 * every and not (of_part and of_part.under_way)
        yield pulled(part, of_part and of_part.ended, age, every if late else None)
    for kind in sorted(set(found) - set(PARTS)):
        yield from started_by_somebody(kind, found[kind])


def pulled(part: str, last: PullRun | None, age: timedelta | None, late_for: timedelta | None) -> Finding:
    """The finding on a part whose last success is ``age`` ago; ``late_for`` is its interval if it is late."""
    values = {"part": part, "age_seconds": seconds_of(age)}
    if last is None or last.finished_at is None:
        return Finding("pull.never", _("%(kind)s: not pulled yet.") % {"kind": part}, values=values)
    text = ended_text(part, last)
    if last.ok is False:
        hint = _(
            "It is tried again by itself. If it stays so, run getresponse_pull --only %(kind)s and read "
            "what it says."
        )
        return Finding("pull.failed", text, hint % {"kind": part}, values)
    if late_for:
        hint = _("Beat starts %(task)s every %(time)s. Are a worker and beat running?")
        said = {"task": PULLED_BY[part], "time": in_words(late_for)}
        return Finding("pull.late", text, hint % said, values)
    return Finding("pull.done", text, values=values)


def started_by_somebody(kind: str, found: Pulls) -> Iterator[Finding]:
    """A pull that only a person starts, if it failed within a day: nothing tries it again."""
    last, age = found.ended, age_of(found.ended.finished_at if found.ended else None)
    if last and age and last.ok is False and age < REMEMBERED:
        success = age_of(found.success.finished_at if found.success else None)
        values = {"part": kind, "age_seconds": seconds_of(success)}
        yield Finding("pull.failed", ended_text(kind, last), str(AGAIN.get(kind, AGAIN_ELSE)), values)


def ended_text(kind: str, run: PullRun) -> str:
    """When a pull ended, and what it said."""
    text = _("%(kind)s: %(ago)s ago. %(message)s")
    if run.ok is False:
        text = _("%(kind)s: failed %(ago)s ago. %(message)s")
    ago = in_words(age_of(run.finished_at) or timedelta())
    return (text % {"kind": kind, "ago": ago, "message": run.message}).strip()


def since_when(age: timedelta | None) -> str:
    """What follows the number of things that wait."""
    return _(", the oldest since %(age)s") % {"age": in_words(age)} if age else ""
