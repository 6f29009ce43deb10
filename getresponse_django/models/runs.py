"""PullRun: what a pull did, how far it is, and that no second one runs beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..conf import app_settings
from .accounts import Account

SIGN_OF_LIFE = 0.5
"""So many seconds pass between two signs of life: an UPDATE for each object that was read would be felt."""


class Cancelled(Exception):
    """Somebody asked in the admin to end this pull. What it has read stays; the next one goes on there."""


class PullRunQuerySet(models.QuerySet["PullRun"]):
    def begin(self, account: Account, kind: str) -> PullRun | None:
        """Start a run, or return None while another one of this kind is alive.

        A run is alive while it renews its lease; a killed one ends LEASE_SECONDS after its last sign of life.
        """
        now = timezone.now()
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            running = self.filter(account=account, kind=kind, finished_at=None)
            if running.alive().exists():
                return None
            running.update(finished_at=now, ok=False, message=_("It ended without a word: killed?"))
            return self.create(account=account, kind=kind, leased_until=next_lease())

    def alive(self) -> PullRunQuerySet:
        """The runs that are under way now."""
        return self.filter(finished_at=None, leased_until__gte=timezone.now())

    def cancel(self) -> int:
        """Ask these to end at their next sign of life; returns how many were asked."""
        return self.filter(finished_at=None).update(cancel_requested=True)


def next_lease() -> Any:
    """The end of a lease taken now."""
    return timezone.now() + timedelta(seconds=app_settings.LEASE_SECONDS)


class PullRun(models.Model):
    """One run of one kind of pull."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="pull_runs", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=32)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    leased_until = models.DateTimeField(_("leased until"))
    ok = models.BooleanField(
        _("succeeded"), null=True, help_text=_("Unknown while it runs and if cancelled.")
    )
    cancel_requested = models.BooleanField(_("to be cancelled"), default=False)
    message = models.TextField(_("message"), blank=True)
    total = models.PositiveIntegerField(_("expected"), default=0)
    done = models.PositiveIntegerField(_("read"), default=0)
    written = models.PositiveIntegerField(_("written"), default=0)

    objects: ClassVar[models.Manager[PullRun]] = models.Manager.from_queryset(PullRunQuerySet)()

    watch: Callable[[PullRun], object] | None = None
    """Is called at each progress of this very instance."""

    next_sign = 0.0
    """By the monotonic clock: the first progress is told at once."""

    class Meta:
        verbose_name = _("pull")
        verbose_name_plural = _("pulls")
        indexes = [models.Index(fields=["account", "kind", "-started_at"], name="getresponse_last_run")]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"

    def advance(self, *, done: int = 0, written: int = 0, expected: int = 0) -> None:
        """Count progress and stay alive. It is written when ``SIGN_OF_LIFE`` seconds have passed since the
        last time, and at the end.

        Raises Cancelled when somebody has asked for that.
        """
        self.done, self.written, self.total = self.done + done, self.written + written, self.total + expected
        if time.monotonic() >= self.next_sign:
            self.tell()
            self.next_sign = time.monotonic() + SIGN_OF_LIFE
        if self.watch:
            self.watch(self)

    def tell(self) -> None:
        """Write down the progress and renew the lease. Raises Cancelled as ``advance`` does."""
        wanted = type(self).objects.filter(pk=self.pk, cancel_requested=False)
        progress = {"done": self.done, "written": self.written, "total": self.total}
        if not wanted.update(**progress, leased_until=next_lease()):
            raise Cancelled(
                _("Cancelled in the admin. What was read stays; the next pull goes on from there.")
            )

    @property
    def cancelled(self) -> bool:
        """Whether it ended because somebody asked for that."""
        return self.finished_at is not None and self.ok is None

    def finish(self, *, ok: bool | None, message: str = "") -> None:
        """End the run with its result; ``ok`` None: it was cancelled."""
        self.finished_at, self.ok, self.message = timezone.now(), ok, message
        self.save(update_fields=["finished_at", "ok", "message", "done", "written", "total"])
