"""Change: the outbox. One row per object that differs from GetResponse, a pointer and never a payload."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, NamedTuple

from django.db import models, router, transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..conf import app_settings
from ..signals import change_gave_up, change_recorded
from .accounts import Account
from .personal_data import Person, holds

CLAIM_SIZE = 1000

BULK_FROM = 20
"""So many objects written at once are bulk work: what people wait for one by one is pushed before it."""

_bulk: ContextVar[bool] = ContextVar("getresponse_bulk", default=False)


@contextmanager
def bulk_work() -> Iterator[None]:
    """What is recorded inside is bulk work, though it is written one by one: nobody waits for it."""
    token = _bulk.set(True)
    try:
        yield
    finally:
        _bulk.reset(token)


RECORDED = ["stamp", "attempts", "not_before", "gave_up_at", "reason", "detail", "tombstone"]
"""What recording again writes: all but the lease."""


class Key(NamedTuple):
    """What a change points at, with what a deletion leaves behind (``None`` while the object exists)."""

    account_id: int
    resource: str
    object_pk: int
    tombstone: dict[str, Any] | None = None


class Reason(models.TextChoices):
    """Why a change gave up."""

    REJECTED = "rejected", _("GetResponse refused it")
    EXHAUSTED = "exhausted", _("too many attempts")
    UNKNOWN = "unknown", _("the outcome is not known: look in GetResponse")
    INTERNAL = "internal", _("a defect in this software")


class ChangeQuerySet(models.QuerySet["Change"]):
    def due(self, now: datetime) -> ChangeQuerySet:
        """Changes that may be tried at ``now`` and belong to no worker."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.filter(free, gave_up_at=None, not_before__lte=now)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """What is written to these rows inside waits for no writer that waits for this one: all lock changes
        in the order in which ``record`` does.
        """
        using = self._db or router.db_for_write(Change)  # type: ignore[attr-defined]
        with transaction.atomic(using=using):
            if transaction.get_connection(using).features.has_select_for_update:
                ordered = self.using(using).order_by("account_id", "resource", "object_pk")
                list(ordered.select_for_update().values_list("pk", flat=True))
            yield

    def waiting(self) -> ChangeQuerySet:
        """Changes that will still be tried."""
        return self.filter(gave_up_at=None)

    def next_due(self) -> datetime | None:
        """When the next of these may be tried: a claimed one not before its lease is over."""
        free = Greatest("not_before", Coalesce("leased_until", "not_before"))
        earliest: datetime | None = self.waiting().aggregate(next=Min(free))["next"]
        return earliest

    def gave_up(self) -> ChangeQuerySet:
        """Changes that wait for a person."""
        return self.filter(gave_up_at__isnull=False)

    def record(self, keys: Iterable[Key]) -> None:
        """Note that these objects must be pushed; recording again makes them due again from the start.

        Runs in the caller's transaction. The lease is left alone: a push under way is not doubled.
        """
        # Once each: PostgreSQL refuses to upsert a row twice in a statement. Sorted: two transactions that
        # upsert the same keys in different orders deadlock (docs/explanation/decisions/outbox.md).
        latest = {key[:3]: key for key in keys}
        bulk = _bulk.get() or len(latest) >= BULK_FROM
        rows = [Change(**latest[key]._asdict(), bulk=bulk) for key in sorted(latest)]
        if not rows or not app_settings.ENABLED:
            return
        using = self._db or router.db_for_write(Change)  # type: ignore[attr-defined]
        targeted = transaction.get_connection(using).features.supports_update_conflicts_with_target
        self.using(using).bulk_create(
            rows,
            batch_size=CLAIM_SIZE,
            update_conflicts=True,
            unique_fields=["account", "resource", "object_pk"] if targeted else None,
            # Somebody may wait already for what bulk work touches now, so that makes no change a bulk one.
            update_fields=RECORDED if bulk else [*RECORDED, "bulk"],
        )
        for account_id in {row.account_id for row in rows}:
            transaction.on_commit(partial(announce, account_id), using=using, robust=True)

    def forget(self, keys: Iterable[Key]) -> None:
        """Drop the changes of objects that are gone and that GetResponse never had."""
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for key in keys:
            groups[key.account_id, key.resource].append(key.object_pk)
        for (account_id, resource), pks in groups.items():
            for start in range(0, len(pks), CLAIM_SIZE):
                mine = self.filter(account_id=account_id, resource=resource)
                mine = mine.filter(object_pk__in=pks[start : start + CLAIM_SIZE])
                with mine.locked():
                    mine.delete()

    def claim(self, account: Account, resource: str, now: datetime, *, bulk: bool) -> list[Change]:
        """Take up to 1,000 due changes of one resource for LEASE_SECONDS, and count the attempt.

        The longest due come first: so all creates are sent before the first of them is looked for.
        """
        lease = now + timedelta(seconds=app_settings.LEASE_SECONDS)
        due = self.due(now).filter(account=account, resource=resource, bulk=bulk)
        with transaction.atomic():
            locks = {"skip_locked": transaction.get_connection().features.has_select_for_update_skip_locked}
            first = due.order_by("not_before", "pk").select_for_update(**locks)
            pks = list(first.values_list("pk", flat=True)[:CLAIM_SIZE])
            if not pks:
                return []
            self.due(now).filter(pk__in=pks).update(leased_until=lease, attempts=F("attempts") + 1)
        return list(self.filter(pk__in=pks, leased_until=lease).order_by("pk"))

    def hasten(self, account: Account | int, resource: str, pks: Sequence[int]) -> None:
        """Make the changes of these objects due now; who has claimed one keeps it."""
        mine = self.waiting().filter(account=account, resource=resource, tombstone__isnull=True)
        for start in range(0, len(pks), CLAIM_SIZE):
            part = mine.filter(object_pk__in=pks[start : start + CLAIM_SIZE])
            with part.locked():
                part.update(not_before=timezone.now())

    def free_stamps(self, account: Account, resource: str, pks: Sequence[int]) -> dict[int, uuid.UUID]:
        """The stamps, by object, of changes that nobody has claimed. For ``drop``; to be read first."""
        free = self.filter(account=account, resource=resource, object_pk__in=pks, leased_until=None)
        return dict(free.filter(tombstone__isnull=True).values_list("object_pk", "stamp"))

    def drop(self, account: Account, resource: str, stamps: dict[int, uuid.UUID]) -> int:
        """Delete what nobody has claimed or recorded again since the stamps were read; returns how many."""
        mine = self.filter(account=account, resource=resource, object_pk__in=list(stamps), leased_until=None)
        with mine.locked():
            dropped: int = mine.filter(stamp__in=list(stamps.values())).delete()[0]
        return dropped

    def revive(self) -> int:
        """Try these again now, from the first attempt."""
        fresh: dict[str, Any] = {"stamp": uuid.uuid4(), "attempts": 0, "not_before": timezone.now()}
        with self.locked():
            return self.update(**fresh, gave_up_at=None, reason="", detail="")


class Change(models.Model):
    """An object of ``resource`` whose local state must be pushed."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="changes", verbose_name=_("account"))
    resource = models.CharField(_("resource"), max_length=32)
    object_pk = models.BigIntegerField(_("object"))
    tombstone = models.JSONField(_("tombstone"), null=True, blank=True)
    stamp = models.UUIDField(_("stamp"), default=uuid.uuid4, editable=False)
    bulk = models.BooleanField(_("bulk"), default=False, help_text=_("Pushed after what people wait for."))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    gave_up_at = models.DateTimeField(_("gave up at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, blank=True, choices=Reason.choices)
    detail = models.TextField(_("detail"), blank=True)

    objects: ClassVar[models.Manager[Change]] = models.Manager.from_queryset(ChangeQuerySet)()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "resource", "object_pk"], name="getresponse_one_change"
            )
        ]
        indexes = [
            models.Index(fields=["account", "resource", "bulk", "not_before"], name="getresponse_change_due"),
            models.Index(
                fields=["account", "resource"],
                condition=Q(tombstone__isnull=False),
                name="getresponse_change_grave",
            ),
            models.Index(
                fields=["account"],
                condition=Q(gave_up_at__isnull=False),
                name="getresponse_change_gave_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.object_pk}"

    def settle(self) -> None:
        """The object is pushed. An edit made meanwhile keeps the row, due again."""
        settle([self])

    def retry_at(self, when: datetime, detail: str, *, costs_attempt: bool = True) -> None:
        """Free the change until ``when``; a mere wait does not count as an attempt."""
        retry([self], when, detail, costs_attempt=costs_attempt)

    def give_up(self, reason: Reason, detail: str) -> bool:
        """Keep the row for a person to see; Retry or a new edit revives it. Whether it was still held."""
        self.gave_up_at, self.reason, self.detail = timezone.now(), reason, detail
        if free([self], gave_up_at=self.gave_up_at, reason=reason, detail=detail):
            change_gave_up.send_robust(sender=type(self), change=self)
            return True
        return False


def settle(changes: Sequence[Change]) -> None:
    """Delete claimed changes that nobody recorded again meanwhile; free the others."""
    mine = still_held(changes)
    with mine.locked() if len(changes) > 1 else nullcontext():
        if mine.filter(stamp__in=stamps(changes)).delete()[0] < len(changes):
            mine.update(leased_until=None)


def retry(
    changes: Sequence[Change],
    when: datetime,
    detail: str,
    *,
    costs_attempt: bool,
    leased_until: datetime | None = None,
) -> None:
    """Free claimed changes until ``when``. To record one again makes it due at once, but not before
    ``leased_until``.
    """
    attempts = F("attempts") if costs_attempt else WITHOUT_THIS
    free(changes, leased_until, not_before=when, detail=detail, attempts=attempts)


def release(changes: Sequence[Change]) -> None:
    """Free claimed changes as if they had not been claimed."""
    free(changes, attempts=WITHOUT_THIS)


WITHOUT_THIS = Greatest(F("attempts") - 1, 0)
"""The attempts but the one that the claim has counted."""


def free(changes: Sequence[Change], leased_until: datetime | None = None, **values: Any) -> int:
    """End the leases of one claim; write ``values`` where the object was not recorded again meanwhile.

    Returns how many rows have them now.
    """
    mine = still_held(changes)
    with mine.locked() if len(changes) > 1 else nullcontext():
        written = mine.filter(stamp__in=stamps(changes)).update(leased_until=leased_until, **values)
        if written < len(changes):
            mine.update(leased_until=leased_until)
    return written


def still_held(changes: Sequence[Change]) -> ChangeQuerySet:
    """The rows of these changes whose lease was not taken over."""
    leases = {change.leased_until for change in changes}
    held: ChangeQuerySet = Change.objects.filter(
        pk__in=[change.pk for change in changes], leased_until__in=leases
    )
    return held


def stamps(changes: Sequence[Change]) -> list[uuid.UUID]:
    """The stamps of these changes; each is of one row and one recording only."""
    return [change.stamp for change in changes]


def announce(account_id: int) -> None:
    """Tell whoever listens that committed changes wait."""
    change_recorded.send_robust(sender=Change, account_id=account_id)


@holds("changes", erase=None)
def changes_of(person: Person) -> models.QuerySet[Change]:
    """What waits to be pushed. Kept until then: a removal needs the address where no remote id was learnt."""
    mine = Q(object_pk__in=person.contact_pks) | Q(tombstone__email__iexact=person.email)
    return Change.objects.filter(mine, resource="contact")
