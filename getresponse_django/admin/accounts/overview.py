"""The overview of an account: what needs somebody, what waits, what the limits leave, how it grows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ... import conf
from ...doctor import Finding, known_of, problems_of
from ...doctor.standing import Inbox, Outbox, Pulls, Standing, standing_of
from ...limits import LANES, PER_FRAME, SLOTS, Remaining, remaining
from ...models import Account, PullRun
from ...pull import PARTS
from ..drawing.figures import Chart
from ..drawing.periods import last_days
from ..newsletters.sending import said_limits
from ..runs import kind_word, run_badge
from ..shared.badges import badge
from ..shared.durations import in_words
from .authorization import Connection, connection
from .growth import growth
from .last_newsletters import LastNewsletters, last_newsletters

DAYS = 90
"""Of the growth of the lists."""


class Concern(NamedTuple):
    """Something that needs somebody: what is wrong, what to do, and where."""

    text: str
    advice: str
    url: str


class LastRun(NamedTuple):
    """The last pull of one kind."""

    run: PullRun
    kind: str
    badge: SafeString
    took: str
    ago: str


@dataclass(frozen=True)
class Overview:
    """Everything the page says about an account, beside its own columns. ``plan`` are names and values,
    ``sending`` sentences.
    """

    account: Account
    health: SafeString
    warnings: list[Concern]
    outbox: Outbox
    inbox: Inbox
    ages: dict[str, str]
    runs: list[LastRun]
    limits: Remaining
    all_limits: dict[str, int]
    plan: list[tuple[str, str]]
    sending: list[str]
    urls: dict[str, str]
    connection: Connection | None
    charts: list[Chart]
    newsletters: LastNewsletters


def overviews() -> list[Overview]:
    """That of each account of the settings."""
    return [overview(Account.objects.for_alias(alias)) for alias in conf.aliases()]


def overview(account: Account) -> Overview:
    """The overview, in at most sixteen queries, however much there is."""
    standing, today = standing_of(account), datetime.now(UTC).date()
    newsletters = last_newsletters(account)
    return Overview(
        account=account,
        health=health(account),
        warnings=list(concerns(standing)),
        outbox=standing.outbox,
        inbox=standing.inbox,
        ages={name: age(moment) for name, moment in moments(standing).items()},
        runs=last_runs(standing.pulls),
        limits=remaining(account.limits, time.time()),
        all_limits={"calls": PER_FRAME, "batches": LANES["batch"].per_frame, "slots": SLOTS},
        plan=list(said_plan(account.plan)),
        sending=list(said_limits(account)),
        urls=urls(account),
        connection=connection(account),
        charts=[growth(account, last_days(DAYS, today)), *newsletters.charts],
        newsletters=newsletters,
    )


def said_plan(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the account pays for, as far as GetResponse told it. The name of the plan is GetResponse's own."""
    size, renewal = str(told.get("listSize") or ""), str(told.get("renewalDate") or "")
    if told.get("paymentPlan"):
        yield _("Plan"), str(told["paymentPlan"])
    if size:
        yield (
            _("Contacts in the plan"),
            number_format(int(size), force_grouping=True) if size.isdecimal() else size,
        )
    if renewal:
        yield _("Renewed on"), said_day(renewal)


def said_day(told: str) -> str:
    """A day as the active language writes it; what is none, as it was told."""
    try:
        return date_format(date.fromisoformat(told))
    except ValueError:
        return told


def health(account: Account) -> SafeString:
    """Whether the key works and is used, in a word."""
    if account.is_copy:
        return badge(_("a copy: sends nothing"), "wait")
    if account.circuit_opened_at:
        return badge(_("refused by GetResponse"), "bad")
    if account.paused:
        return badge(_("paused"), "wait")
    if account.why_silent(timezone.now()):
        return badge(_("waiting"), "wait")
    return badge(_("works"), "good") if account.last_used_at else badge(_("not used yet"), "quiet")


def moments(standing: Standing) -> dict[str, datetime | None]:
    """What happened when: the last signs of life, and since when the oldest waits."""
    account, last = standing.account, standing.inbox.last
    return {
        "key": account.last_used_at,
        "worker": account.worker_seen_at,
        "beat": account.beat_seen_at,
        "event": last.received_at if last else None,
        "outbox": standing.outbox.oldest,
        "inbox": standing.inbox.oldest,
    }


def age(moment: datetime | None) -> str:
    """How long ago it was, in words; empty for never."""
    return in_words(timezone.now() - moment) if moment else ""


def last_runs(pulls: Mapping[str, Pulls]) -> list[LastRun]:
    """The last pull of each kind, in the order in which they are pulled."""
    order = {kind: number for number, kind in enumerate(PARTS)}
    now = timezone.now()
    return [
        LastRun(
            run,
            kind_word(run),
            run_badge(run),
            in_words((run.finished_at or now) - run.started_at),
            in_words(now - run.started_at),
        )
        for run in (pulls[kind].last for kind in sorted(pulls, key=lambda kind: order.get(kind, len(order))))
    ]


def concerns(standing: Standing) -> Iterator[Concern]:
    """What the doctor finds wrong, without asking GetResponse, and where to go about it."""
    for finding in problems_of(known_of(standing)):
        yield Concern(finding.message, finding.hint, place_of(finding, standing))
    if not standing.pulls:
        advice = _("Use “Pull now”, or run manage.py getresponse_pull.")
        yield Concern(_("Nothing was pulled yet."), advice, page_url(standing.account))


def place_of(finding: Finding, standing: Standing) -> str:
    """The page on which somebody can do something about a finding, or sees more."""
    known = urls(standing.account)
    match finding.topic:
        case "outbox":
            return known["gave_up"]
        case "webhooks":
            return known["events_gave_up" if standing.inbox.gave_up else "events_waiting"]
        case "subscriber":
            return reverse("admin:getresponse_django_campaign_changelist")
        case "pull":
            of_kind = standing.pulls[finding.values["part"]]
            run = of_kind.ended or of_kind.last
            return reverse("admin:getresponse_django_pullrun_change", args=[run.pk])
    return page_url(standing.account)


def urls(account: Account) -> dict[str, str]:
    """The pages that the overview links to."""
    return {
        "waiting": changes_url(account, "waiting"),
        "gave_up": changes_url(account, "gave-up"),
        "events_waiting": events_url(account, "waiting"),
        "events_gave_up": events_url(account, "gave-up"),
        "page": page_url(account),
    }


def page_url(account: Account) -> str:
    """The account's own page, with the pause and the buttons."""
    return reverse("admin:getresponse_django_account_change", args=[account.pk])


def changes_url(account: Account, outcome: str) -> str:
    """The list of the account's changes that wait, or that gave up."""
    url = reverse("admin:getresponse_django_change_changelist")
    return f"{url}?account__id__exact={account.pk}&outcome={outcome}"


def events_url(account: Account, state: str) -> str:
    """The same of its webhook events."""
    url = reverse("admin:getresponse_django_webhookevent_changelist")
    return f"{url}?account__id__exact={account.pk}&state={state}"
