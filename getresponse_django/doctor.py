"""doctor: finds what keeps an account from working, and says what to do about it.

As JSON (``getresponse_doctor --json``) it is one object, alias -> list of findings, each with the keys
``topic``, ``ok``, ``message``, ``hint`` and ``values``. These keys, the topics and the keys of their values
stay; the words may change. The topics, with their values:

- ``settings``, ``database``, ``connection``, ``authorization``, ``sending``, ``subscriber``: none
- ``key``: ``idle_days`` since the last use that worked, before this one
- ``quota``: ``calls_left``, ``batch_calls_left``, ``paused_seconds``
- ``outbox``: ``waiting``, ``oldest_seconds``, ``gave_up``
- ``pull``, one for each part: ``part``, ``age_seconds`` of its last success
- ``worker``, ``beat``: ``seen_seconds``

What is not known, as of a part that was never pulled, is null.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from . import conf
from .client import Client
from .errors import AccountRefused, GetResponseError, Unavailable
from .limits import LANES, PER_FRAME, remaining
from .models import Account, Authorization, Campaign, Change, Contact, PullRun
from .models.authorizations import CODE_LIFE
from .pull import PARTS
from .refusals import refusal_hint
from .subscribers import registry, unknown_campaigns, unknown_fields
from .tasks import beat_schedule

BEAT_EVERY = timedelta(minutes=5)
"""Beat pushes every minute; without a sign of it for so long, it is not running."""

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

KEY_LIFE, IDLE_TOO_LONG = timedelta(days=90), timedelta(days=60)
"""A key that is unused for so long expires (behaviour-core.md section 2); ``ping`` uses it every 15 minutes,
so that one idle for the lesser time tells of a site that stands still.
"""

CONNECT_HINT = "Use “Connect to GetResponse” on the account's page in the admin."


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


def diagnose(alias: str) -> list[Finding]:
    """Everything worth knowing about one account, problems and not. Asks GetResponse once. Never raises."""
    try:
        conf.account_config(alias)
    except GetResponseError as error:
        return [
            Finding(
                "settings", False, str(error), "Mend the GETRESPONSE setting; manage.py check tells more."
            )
        ]
    try:
        account = Account.objects.for_alias(alias)
    except DatabaseError as error:
        problem = f"The database does not answer as it should: {type(error).__name__}."
        return [Finding("database", False, problem, "Run manage.py migrate; else see DATABASE_URL.")]
    looks: tuple[Callable[[Account], Iterator[Finding]], ...] = (
        key,  # before it is used here
        connection,
        authorization,
        sending,
        quota,
        outbox,
        pulls,
        rules,
        workers,
    )
    return [finding for look in looks for finding in look(account)]


def problems_of(findings: list[Finding]) -> list[Finding]:
    """The findings that need somebody."""
    return [finding for finding in findings if not finding.ok]


def key(account: Account) -> Iterator[Finding]:
    """How long the key has been idle; tokens of OAuth are renewed instead."""
    if conf.account_config(account.alias).uses_oauth:
        return
    if account.last_used_at is None:
        yield Finding("key", True, "The key has not been used yet.", values={"idle_days": None})
        return
    idle = timezone.now() - account.last_used_at
    expires = f"It expires after {KEY_LIFE.days} days without use."
    yield Finding(
        "key",
        idle < IDLE_TOO_LONG,
        f"The key was last used {in_words(idle)} ago. {expires}",
        "" if idle < IDLE_TOO_LONG else "Are a worker and beat running? Beat starts ping, which uses it.",
        {"idle_days": idle.days},
    )


def connection(account: Account) -> Iterator[Finding]:
    """Whether GetResponse answers and accepts the key."""
    try:
        with Client.for_account(account.alias, interactive=True) as client:
            client.account()
    except GetResponseError as error:
        if isinstance(error, AccountRefused):
            account.open_circuit(str(error))
        hint = advice(account.alias, error) or "See the message; it is GetResponse's own."
        yield Finding("connection", False, str(error), hint)
    else:
        account.mark_used()
        yield Finding("connection", True, "GetResponse answers and accepts the key.")


def advice(alias: str, error: Exception) -> str:
    """What to do about an error that ended a request of this account; empty when the error says it itself."""
    if isinstance(error, AccountRefused):
        return refusal_hint(conf.account_config(alias), error)
    if isinstance(error, Unavailable):
        return (
            f"Is {conf.account_config(alias).url} right, and may this machine connect to it? See "
            "GETRESPONSE_PLATFORM and GETRESPONSE_BASE_URL."
        )
    return ""


def authorization(account: Account) -> Iterator[Finding]:
    """How an account that uses OAuth is connected; what keeps it from that, "connection" has told."""
    row = Authorization.objects.filter(account=account).first()
    if row is None or not conf.account_config(account.alias).uses_oauth:
        return
    now, topic = timezone.now(), "authorization"
    if ends := row.code_expires_at:
        text = (
            "A code waits for a worker to exchange it"
            if ends > now
            else "A code expired before a worker came"
        )
        hint = "It lives for 10 minutes. Are a worker and beat running? If it is too late, connect again."
        yield Finding(topic, False, f"{text}; it came {in_words(now - (ends - CODE_LIFE))} ago.", hint)
    if row.was_cut_off(now):
        text = "A process ended, or an answer was lost, while new tokens were asked for."
        hint = "The next attempt may be refused because of that. Then connect the account again in the admin."
        yield Finding(topic, False, text, hint)
    if row.refused_at:
        ago = in_words(now - row.refused_at)
        yield Finding(topic, False, f"GetResponse gave no tokens {ago} ago: {row.reason}", CONNECT_HINT)
    elif row.connected_at and row.expires_at:
        since = f"{row.connected_at:%Y-%m-%d %H:%M} UTC"
        text = f"Connected since {since}; the access token is good until {row.expires_at:%Y-%m-%d %H:%M} UTC."
        yield Finding(topic, True, text)


def sending(account: Account) -> Iterator[Finding]:
    """Whether anything may be sent."""
    account.refresh_from_db()
    if not conf.app_settings.ENABLED:
        yield Finding(
            "sending", False, 'GETRESPONSE["ENABLED"] is False.', "Set it to True to record and send changes."
        )
    elif account.is_copy:
        hint = "That is right on staging. If the site has moved: manage.py getresponse_account adopt."
        yield Finding("sending", False, account.why_copy(), hint)
    elif account.circuit_opened_at:
        return  # "connection" has told why
    elif reason := account.why_silent(timezone.now()):
        hint = (
            "Lift the pause in the admin."
            if account.paused
            else "It ends by itself once GetResponse answers."
        )
        yield Finding("sending", False, reason, hint)
    else:
        yield Finding("sending", True, "Changes are sent.")


def quota(account: Account) -> Iterator[Finding]:
    """What is left of the calls of the last ten minutes; without any, even a signup waits."""
    left = remaining(account.limits, time.time())
    paused = max([0.0, *left.paused.values()])
    batches = f"{left.batch_calls} of {LANES['batch'].per_frame} batches"
    text = f"{left.calls} of {PER_FRAME} calls are left, {batches}."
    if paused:
        text += f" GetResponse asked to wait {in_words(timedelta(seconds=paused))} more."
    hint = "" if left.calls > 0 else "It ends by itself within ten minutes. What else uses the key?"
    values = {"calls_left": left.calls, "batch_calls_left": left.batch_calls, "paused_seconds": ceil(paused)}
    yield Finding("quota", left.calls > 0, text, hint, values)


def outbox(account: Account) -> Iterator[Finding]:
    """What waits and what gave up."""
    changes = Change.objects.filter(account=account)
    waiting, gave_up = changes.waiting().count(), changes.gave_up().count()
    oldest = changes.waiting().order_by("recorded_at").values_list("recorded_at", flat=True).first()
    age = timezone.now() - oldest if oldest else None
    since = f", the oldest since {in_words(age)}" if age else ""
    values = {"waiting": waiting, "oldest_seconds": seconds_of(age), "gave_up": gave_up}
    yield Finding("outbox", True, f"{waiting} changes wait{since}.", values=values)
    if gave_up:
        yield Finding(
            "outbox",
            False,
            f"{gave_up} changes gave up.",
            "Look at Changes in the admin, mend the cause, then Retry.",
            values,
        )


def pulls(account: Account) -> Iterator[Finding]:
    """How each part was pulled last, and whether its last success is older than two turns of beat."""
    schedule, now = beat_schedule(), timezone.now()
    for part in PARTS:
        runs = PullRun.objects.filter(account=account, kind=part).order_by("-started_at")
        last = runs.filter(finished_at__isnull=False).first()
        success = runs.filter(ok=True).first()
        age = now - success.finished_at if success and success.finished_at else None
        every = schedule[f"getresponse: {PULLED_BY[part]}"]["schedule"]
        late = age is not None and age > 2 * every and not runs.alive().exists()
        yield pulled(part, last, age, every if late else None)


def pulled(part: str, last: PullRun | None, age: timedelta | None, late_for: timedelta | None) -> Finding:
    """The finding on a part whose last success is ``age`` ago; ``late_for`` is its interval if it is late."""
    values = {"part": part, "age_seconds": seconds_of(age)}
    if last is None or last.finished_at is None:
        return Finding("pull", True, f"{part}: not pulled yet.", values=values)
    text = f"{part}: {in_words(timezone.now() - last.finished_at)} ago. {last.message}".strip()
    if last.ok is False:
        return Finding("pull", False, text, "Run getresponse_pull and read what it says.", values)
    if late_for:
        hint = f"Beat starts {PULLED_BY[part]} every {in_words(late_for)}. Are a worker and beat running?"
        return Finding("pull", False, text, hint, values)
    return Finding("pull", True, text, values=values)


def rules(account: Account) -> Iterator[Finding]:
    """Whether the lists and custom fields that Subscribers name exist in GetResponse."""
    known = sorted(
        Campaign.plain.filter(account=account, campaign_id__isnull=False).values_list("name", flat=True)
    )
    for rule, name in unknown_campaigns():
        if rule.account == account.alias:
            there = ", ".join(known[:10]) or "none known yet: run getresponse_pull"
            waiting = Contact.plain.filter(account=account, campaign__name=name).count()
            yield Finding(
                "subscriber",
                False,
                f"{rule} names the list “{name}”, which is not in GetResponse; "
                f"{waiting} contacts wait for it.",
                f"Create the list or mend the name, then run getresponse_pull. Lists there: {there}.",
            )
    for rule, name in unknown_fields():
        if rule.account == account.alias:
            yield Finding(
                "subscriber",
                False,
                f"{rule} names the custom field “{name}”, which is not in GetResponse; contacts that have a "
                "value for it wait.",
                "Create the field or mend the name, then run getresponse_pull.",
            )
    if not any(rule.account == account.alias for rule in registry):
        yield Finding("subscriber", True, "No Subscriber is registered for this account.")


def workers(account: Account) -> Iterator[Finding]:
    """Whether a worker and beat have been seen lately."""
    yield seen("worker", account.worker_seen_at, "Start it: celery -A <project> worker.")
    yield seen(
        "beat",
        account.beat_seen_at,
        "Start it: celery -A <project> beat, with beat_schedule() in the settings.",
    )


def seen(topic: str, at: datetime | None, hint: str) -> Finding:
    """A sign of life that may be too old."""
    age = timezone.now() - at if at else None
    values = {"seen_seconds": seconds_of(age)}
    if age is None:
        return Finding(topic, False, f"No {topic} has been seen.", hint, values)
    ok = age < BEAT_EVERY
    return Finding(topic, ok, f"The {topic} was seen {in_words(age)} ago.", "" if ok else hint, values)


def seconds_of(age: timedelta | None) -> int | None:
    """A duration for machines, in whole seconds."""
    return None if age is None else int(age.total_seconds())


def in_words(age: timedelta) -> str:
    """A duration for people."""
    seconds = int(age.total_seconds())
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"
