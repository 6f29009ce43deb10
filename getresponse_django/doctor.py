"""doctor: finds what keeps an account from working, and says what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from . import conf
from .client import Client
from .errors import AccountRefused, GetResponseError, Unavailable
from .models import Account, Authorization, Campaign, Change, Contact, PullRun
from .models.authorizations import CODE_LIFE
from .refusals import refusal_hint
from .subscribers import registry, unknown_campaigns

BEAT_EVERY = timedelta(minutes=5)
"""Beat pushes every minute; without a sign of it for so long, it is not running."""


CONNECT_HINT = "Use “Connect to GetResponse” on the account's page in the admin."


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``ok`` False is a problem, and then ``hint`` says what to do."""

    topic: str
    ok: bool
    message: str
    hint: str = ""

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
        connection,
        authorization,
        sending,
        outbox,
        pulls,
        rules,
        workers,
    )
    return [finding for look in looks for finding in look(account)]


def problems_of(findings: list[Finding]) -> list[Finding]:
    """The findings that need somebody."""
    return [finding for finding in findings if not finding.ok]


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


def outbox(account: Account) -> Iterator[Finding]:
    """What waits and what gave up."""
    changes = Change.objects.filter(account=account)
    waiting, gave_up = changes.waiting(), changes.gave_up().count()
    oldest = waiting.order_by("recorded_at").values_list("recorded_at", flat=True).first()
    age = f", the oldest since {in_words(timezone.now() - oldest)}" if oldest else ""
    yield Finding("outbox", True, f"{waiting.count()} changes wait{age}.")
    if gave_up:
        yield Finding(
            "outbox",
            False,
            f"{gave_up} changes gave up.",
            "Look at Changes in the admin, mend the cause, then Retry.",
        )


def pulls(account: Account) -> Iterator[Finding]:
    """How old the last pull of each kind is, and how it ended."""
    for kind in (
        PullRun.objects.filter(account=account).order_by("kind").values_list("kind", flat=True).distinct()
    ):
        runs = PullRun.objects.filter(account=account, kind=kind, finished_at__isnull=False)
        last = runs.order_by("-started_at").first()
        if last and last.finished_at:
            ago = in_words(timezone.now() - last.finished_at)
            hint = "Run getresponse_pull and read what it says." if last.ok is False else ""
            yield Finding("pull", last.ok is not False, f"{kind}: {ago} ago. {last.message}".strip(), hint)


def rules(account: Account) -> Iterator[Finding]:
    """Whether the lists that Subscribers name exist in GetResponse."""
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
    if at is None:
        return Finding(topic, False, f"No {topic} has been seen.", hint)
    age = timezone.now() - at
    ok = age < BEAT_EVERY
    return Finding(topic, ok, f"The {topic} was seen {in_words(age)} ago.", "" if ok else hint)


def in_words(age: timedelta) -> str:
    """A duration for people."""
    seconds = int(age.total_seconds())
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"
