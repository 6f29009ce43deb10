"""What the rows of an account tell of its state: outbox, inbox and pulls, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from ..models import Account, Change, PullRun, WebhookEvent


class Outbox(NamedTuple):
    """How many changes wait, since when, and how many gave up."""

    waiting: int
    gave_up: int
    oldest: datetime | None


class Inbox(NamedTuple):
    """The same of webhook events, and the one that came last."""

    waiting: int
    gave_up: int
    oldest: datetime | None
    last: WebhookEvent | None


class Pulls(NamedTuple):
    """The pulls of one kind: the last one, the last that ended, and the last that succeeded."""

    last: PullRun
    ended: PullRun | None
    success: PullRun | None

    @property
    def under_way(self) -> bool:
        """Whether one runs now."""
        return self.last.finished_at is None and self.last.leased_until >= timezone.now()


@dataclass(frozen=True)
class Standing:
    """How an account stands; ``pulls`` by kind."""

    account: Account
    outbox: Outbox
    inbox: Inbox
    pulls: dict[str, Pulls]


def standing_of(account: Account) -> Standing:
    """In six queries."""
    return Standing(account, outbox_of(account), inbox_of(account), pulls_of(account))


def outbox_of(account: Account) -> Outbox:
    """The outbox, in one query."""
    waiting, gave_up = Q(gave_up_at=None), Q(gave_up_at__isnull=False)
    counts = Change.objects.filter(account=account).aggregate(
        waiting=Count("pk", waiting), gave_up=Count("pk", gave_up), oldest=Min("recorded_at", filter=waiting)
    )
    return Outbox(**counts)


def inbox_of(account: Account) -> Inbox:
    """The inbox, in three queries: each has an index, where one over all events would read them all."""
    events = WebhookEvent.objects.filter(account=account)
    waiting = events.waiting().aggregate(waiting=Count("pk"), oldest=Min("received_at"))
    last = events.defer("body").order_by("-received_at").first()
    return Inbox(**waiting, gave_up=events.gave_up().count(), last=last)


def pulls_of(account: Account) -> dict[str, Pulls]:
    """Kind -> its pulls, in two queries."""
    kinds = PullRun.objects.filter(account=account).order_by().values("kind")
    found = kinds.annotate(
        last=Max("pk"),
        ended=Max("pk", filter=Q(finished_at__isnull=False)),
        success=Max("pk", filter=Q(ok=True)),
    ).values_list("kind", "last", "ended", "success")
    pks = {kind: tuple(three) for kind, *three in found}
    runs = PullRun.objects.in_bulk({pk for three in pks.values() for pk in three if pk})
    return {
        kind: Pulls(runs[last], runs.get(ended), runs.get(success))
        for kind, (last, ended, success) in pks.items()
    }
