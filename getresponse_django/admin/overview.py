"""The overview of an account: what waits, what was pulled, what the limits leave, what needs somebody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import conf, subscribers
from ..errors import ConfigurationError
from ..models import Account, Change, PullRun
from ..pull import PARTS
from ..throttle import Remaining, remaining
from .authorization import Connection, connection
from .durations import in_words
from .runs import run_badge

SILENT_AFTER = timedelta(minutes=5)
"""Beat pushes every minute; without a sign of it for so long, it does not run."""


class Concern(NamedTuple):
    """Something that needs somebody: what is wrong, what to do, and where."""

    text: str
    advice: str
    url: str = ""


class LastRun(NamedTuple):
    """The last pull of one kind."""

    run: PullRun
    badge: SafeString
    took: str
    ago: str


@dataclass(frozen=True)
class Outbox:
    """How many changes there are."""

    waiting: int
    gave_up: int
    oldest: datetime | None

    @property
    def age(self) -> str:
        """Of the oldest one that waits."""
        return in_words(timezone.now() - self.oldest) if self.oldest else ""


@dataclass(frozen=True)
class Overview:
    """Everything the page says about an account, beside its own columns."""

    outbox: Outbox
    runs: list[LastRun]
    limits: Remaining
    warnings: list[Concern]
    waiting_url: str
    gave_up_url: str
    connection: Connection | None


def overview(account: Account) -> Overview:
    """The overview, in five queries, one more with OAuth, and three per Subscriber."""
    outbox, runs, connected = outbox_of(account), last_runs(account), connection(account)
    return Overview(
        outbox,
        runs,
        remaining(account.limits, time.time()),
        [*connection_warnings(connected), *warnings(account, outbox, runs)],
        changes_url(account, "waiting"),
        changes_url(account, "gave-up"),
        connected,
    )


def outbox_of(account: Account) -> Outbox:
    """The outbox of one account in one query."""
    waiting, gave_up = Q(gave_up_at=None), Q(gave_up_at__isnull=False)
    counts = Change.objects.filter(account=account).aggregate(
        waiting=Count("pk", waiting), gave_up=Count("pk", gave_up), oldest=Min("recorded_at", filter=waiting)
    )
    return Outbox(**counts)


def last_runs(account: Account) -> list[LastRun]:
    """The last pull of each kind, in the order in which they are pulled."""
    runs = PullRun.objects.filter(account=account).order_by()
    pks = [pk for _kind, pk in runs.values_list("kind").annotate(last=Max("pk"))]
    order = {kind: number for number, kind in enumerate(PARTS)}
    found = sorted(PullRun.objects.filter(pk__in=pks), key=lambda run: order.get(run.kind, len(order)))
    now = timezone.now()
    return [
        LastRun(
            run,
            run_badge(run),
            in_words((run.finished_at or now) - run.started_at),
            in_words(now - run.started_at),
        )
        for run in found
    ]


def warnings(account: Account, outbox: Outbox, runs: list[LastRun]) -> Iterator[Concern]:
    """What needs somebody, most urgent first."""
    yield from settings_warnings(account)
    yield from sending_warnings(account)
    if outbox.gave_up:
        text = ngettext("%(count)d change gave up.", "%(count)d changes gave up.", outbox.gave_up)
        advice = _("Look why, mend the cause, then use “Retry”.")
        yield Concern(text % {"count": outbox.gave_up}, advice, changes_url(account, "gave-up"))
    yield from pull_warnings(account, runs)
    yield from process_warnings(account)
    for rule, name in subscribers.unknown_campaigns():
        if rule.account == account.alias:
            text = _("%(rule)s names the list “%(name)s”, which is not in GetResponse.")
            advice = _("Create the list or mend the name. Its contacts wait until then.")
            yield Concern(text % {"rule": rule, "name": name}, advice)
    for rule, name in subscribers.unknown_fields():
        if rule.account == account.alias:
            text = _("%(rule)s names the custom field “%(name)s”, which is not in GetResponse.")
            advice = _("Create the field or mend the name. Contacts with a value for it wait until then.")
            yield Concern(text % {"rule": rule, "name": name}, advice)


def settings_warnings(account: Account) -> Iterator[Concern]:
    """What is wrong in the settings."""
    try:
        conf.account_config(account.alias)
    except ConfigurationError as error:
        yield Concern(str(error), _("Mend the settings and restart the site and its workers."))
    if not conf.app_settings.ENABLED:
        yield Concern(
            _("GETRESPONSE['ENABLED'] is False: nothing is recorded and nothing is sent."),
            _("Set it to True to work with GetResponse."),
        )


def connection_warnings(connected: Connection | None) -> Iterator[Concern]:
    """What keeps an account from being connected by OAuth."""
    if connected and connected.problem:
        yield Concern(connected.problem, connected.advice)


def sending_warnings(account: Account) -> Iterator[Concern]:
    """Why nothing is sent just now."""
    if account.is_copy:
        advice = _("That is right on staging. If the site has moved: manage.py getresponse_account adopt.")
        yield Concern(account.why_copy(), advice)
    if account.paused:
        yield Concern(_("The account is paused: changes are recorded, not sent."), _("Lift the pause below."))
    if account.circuit_opened_at:
        text = _("GetResponse refuses this account: %(reason)s") % {"reason": account.circuit_reason}
        yield Concern(text, _("Mend the key or the account in GetResponse, then use “Check the key”."))
    elif account.resume_at and account.resume_at > timezone.now():
        wait = in_words(account.resume_at - timezone.now())
        text = _("GetResponse asked to wait or could not be reached; sending goes on in %(wait)s.")
        yield Concern(text % {"wait": wait}, _("Nothing is to be done."))


def pull_warnings(account: Account, runs: list[LastRun]) -> Iterator[Concern]:
    """Pulls that failed, or that there were none."""
    if not runs:
        yield Concern(_("Nothing was pulled yet."), _("Use “Pull now”, or run manage.py getresponse_pull."))
    for last in runs:
        if last.run.ok is False:
            text = _("The last pull of %(kind)s failed: %(message)s")
            url = reverse("admin:getresponse_django_pullrun_change", args=[last.run.pk])
            said = {"kind": last.run.kind, "message": last.run.message}
            yield Concern(text % said, _("It is tried again by itself; or use “Pull now”."), url)


def process_warnings(account: Account) -> Iterator[Concern]:
    """Workers that have not been seen."""
    oldest = timezone.now() - SILENT_AFTER
    if account.worker_seen_at is None or account.worker_seen_at < oldest:
        yield Concern(_("No Celery worker was seen lately."), _("Start one: celery -A <project> worker."))
    if account.beat_seen_at is None or account.beat_seen_at < oldest:
        advice = _("Start it: celery -A <project> beat, with beat_schedule() in the settings.")
        yield Concern(_("Celery beat was not seen lately."), advice)


def changes_url(account: Account, outcome: str) -> str:
    """The list of the account's changes that wait, or that gave up."""
    url = reverse("admin:getresponse_django_change_changelist")
    return f"{url}?account__id__exact={account.pk}&outcome={outcome}"
