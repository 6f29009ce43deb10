"""WebhookEvent: the inbox. What GetResponse sent to this site, kept as it came, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import models, router, transaction
from django.db.models import Case, F, Min, Q, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..conf import app_settings
from ..signals import event_recorded
from .accounts import Account
from .outbox import WITHOUT_THIS, Reason
from .personal_data import Person, holds, naming

CLAIM_SIZE = 500

MADE_HERE = "made here: "
"""What a ``webhook_id`` begins with where GetResponse sent none (docs/explanation/decisions/webhooks.md)."""

ROWS_KEPT = timedelta(days=365)
"""How long an event without its body is remembered."""


class Source(models.TextChoices):
    """By which way an event came."""

    WEBHOOK = "webhook", _("webhook")
    CALLBACK = "callback", _("callback")


class Outcome(models.TextChoices):
    """What processing an event led to."""

    MIRRORED = "mirrored", _("the contact was read")
    LEFT = "left", _("the contact has left")
    ABSENT = "absent", _("neither GetResponse nor this site has the contact")
    NOTED = "noted", _("nothing to read")


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    def record(self, events: Sequence[WebhookEvent]) -> None:
        """Keep these events of one account; those that are here already are left as they are."""
        if not events:
            return
        using = self._db or router.db_for_write(WebhookEvent)  # type: ignore[attr-defined]
        with transaction.atomic(using=using):
            self.using(using).bulk_create(events, ignore_conflicts=True)
            announcing = partial(announce, events[0].account_id)
            transaction.on_commit(announcing, using=using, robust=True)

    def waiting(self) -> WebhookEventQuerySet:
        """Events that will still be processed."""
        return self.filter(processed_at=None, gave_up_at=None)

    def gave_up(self) -> WebhookEventQuerySet:
        """Events that wait for a person."""
        return self.filter(gave_up_at__isnull=False)

    def due(self, now: datetime) -> WebhookEventQuerySet:
        """Events that may be processed at ``now`` and belong to no worker."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.waiting().filter(free, not_before__lte=now)

    def next_due(self) -> datetime | None:
        """When the next of these may be processed: a claimed one not before its lease is over."""
        free = Greatest("not_before", Coalesce("leased_until", "not_before"))
        earliest: datetime | None = self.waiting().aggregate(next=Min(free))["next"]
        return earliest

    def claim(self, account: Account, now: datetime) -> list[WebhookEvent]:
        """Take up to 500 due events for LEASE_SECONDS, and count the attempt. The longest due come first.

        Never one of a contact that another worker is reading: the older answer could be written last. For
        the same reason the claims of an account come one after the other. A claimed event loses the id that
        was made here: an equal one that comes from now on is news.
        """
        lease = now + timedelta(seconds=app_settings.LEASE_SECONDS)
        released = Case(When(webhook_id__startswith=MADE_HERE, then=Value(None)), default=F("webhook_id"))
        with transaction.atomic():
            # Where it can be helped, not so that storing an event has to wait for it.
            no_key = transaction.get_connection().features.has_select_for_no_key_update
            Account.objects.select_for_update(no_key=no_key).only("pk").get(pk=account.pk)
            mine = self.filter(account=account)
            busy = mine.waiting().filter(leased_until__gte=now).exclude(contact_id="")
            due = mine.due(now).exclude(contact_id__in=busy.values("contact_id"))
            pks = list(due.order_by("not_before", "pk").values_list("pk", flat=True)[:CLAIM_SIZE])
            still_due = self.due(now).filter(pk__in=pks)
            still_due.update(leased_until=lease, attempts=F("attempts") + 1, webhook_id=released)
            return list(self.filter(pk__in=pks, leased_until=lease).order_by("pk"))

    def revive(self) -> int:
        """Process these again now, from the first attempt; whoever has claimed one keeps it."""
        account_ids = set(self.order_by().values_list("account_id", flat=True))
        revived = self.update(
            processed_at=None,
            gave_up_at=None,
            attempts=0,
            not_before=timezone.now(),
            outcome="",
            reason="",
            detail="",
        )
        for account_id in account_ids:
            transaction.on_commit(partial(announce, account_id), robust=True)
        return revived

    def prune(self, now: datetime) -> None:
        """Forget the bodies of what is done and older than RETENTION_DAYS, and a year later that it came."""
        oldest = now - timedelta(days=app_settings.RETENTION_DAYS)
        done = self.filter(Q(processed_at__isnull=False) | Q(gave_up_at__isnull=False))
        done.filter(received_at__lt=oldest - ROWS_KEPT).delete()
        done.filter(received_at__lt=oldest, body__isnull=False).update(body=None)


class WebhookEvent(models.Model):
    """One event of a webhook, or one callback."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="webhook_events", verbose_name=_("account")
    )
    source = models.CharField(_("source"), max_length=16, choices=Source.choices)
    type = models.CharField(_("type"), max_length=100, blank=True)
    webhook_id = models.CharField(  # noqa: DJ001 - rows without one must not collide
        _("webhook id"), max_length=100, null=True, blank=True
    )
    index = models.PositiveIntegerField(_("index"), default=0)
    contact_id = models.CharField(_("contact id"), max_length=64, blank=True, db_index=True)
    body = models.JSONField(_("body"), null=True, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, blank=True, choices=Outcome.choices)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    gave_up_at = models.DateTimeField(_("gave up at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, blank=True, choices=Reason.choices)
    detail = models.TextField(_("detail"), blank=True)

    objects: ClassVar[models.Manager[WebhookEvent]] = models.Manager.from_queryset(WebhookEventQuerySet)()

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [
            models.UniqueConstraint(fields=["webhook_id", "account", "index"], name="getresponse_one_event")
        ]
        indexes = [
            models.Index(
                fields=["account", "not_before"],
                condition=Q(processed_at=None, gave_up_at=None),
                name="getresponse_event_due",
            ),
            models.Index(
                fields=["gave_up_at"], condition=Q(gave_up_at__isnull=False), name="getresponse_event_failed"
            ),
            models.Index(fields=["received_at"], name="getresponse_event_received"),
            models.Index(fields=["source", "type"], name="getresponse_event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.type or self.source} {self.pk}"


def finish(events: Sequence[WebhookEvent], outcome: Outcome) -> list[WebhookEvent]:
    """These are processed. Returns those that were still ours to process."""
    values = {"processed_at": timezone.now(), "outcome": outcome, "reason": "", "detail": ""}
    return free(events, **values)


def retry(events: Sequence[WebhookEvent], when: datetime, detail: str, *, costs_attempt: bool) -> None:
    """Free claimed events until ``when``."""
    attempts = F("attempts") if costs_attempt else WITHOUT_THIS
    free(events, not_before=when, detail=detail, attempts=attempts)


def release(events: Sequence[WebhookEvent]) -> None:
    """Free claimed events as if they had not been claimed."""
    free(events, attempts=WITHOUT_THIS)


def give_up(events: Sequence[WebhookEvent], reason: str, detail: str) -> list[WebhookEvent]:
    """Leave these to a person; returns those that were still held."""
    return free(events, gave_up_at=timezone.now(), reason=reason, detail=detail)


def free(events: Sequence[WebhookEvent], **values: Any) -> list[WebhookEvent]:
    """End the lease of one claim and write ``values``, where another worker did not take it over meanwhile.

    Returns the events that have them now.
    """
    leases = {event.leased_until for event in events}
    with transaction.atomic():
        mine = WebhookEvent.objects.filter(pk__in=pks_of(events), leased_until__in=leases)
        held = set(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
        WebhookEvent.objects.filter(pk__in=held).update(leased_until=None, **values)
    freed = [event for event in events if event.pk in held]
    for event in freed:
        for name, value in values.items():
            if name != "attempts":
                setattr(event, name, value)
    return freed


def pks_of(events: Iterable[WebhookEvent]) -> list[int]:
    """Their primary keys."""
    return [event.pk for event in events]


def announce(account_id: int) -> None:
    """Tell whoever listens that committed events wait."""
    event_recorded.send_robust(sender=WebhookEvent, account_id=account_id)


def empty(events: WebhookEventQuerySet) -> None:
    """Take a person out of events. They stay, so that one that is delivered again is known, and are done."""
    events.waiting().update(processed_at=timezone.now(), outcome=Outcome.NOTED)
    events.update(body=None, contact_id="", detail="")


@holds("webhook_events", erase=empty)
def events_of(person: Person) -> WebhookEventQuerySet:
    """Events that have the address, and all about the same contacts, also under an earlier address and when
    these are not here any more.
    """
    naming_it = naming(WebhookEvent.objects.all(), "body", person.email)
    told = naming_it.exclude(contact_id="").values_list("contact_id", flat=True)
    about = Q(contact_id__in={*person.contact_ids, *told})
    found: WebhookEventQuerySet = WebhookEvent.objects.filter(about | Q(pk__in=naming_it.values("pk")))
    return found
