"""Account: the state of one GetResponse account on this site. Its key stays in the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.core.mail import mail_admins
from django.db import models, router, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import events, staging
from ..conf import app_settings
from ..signals import account_refused, account_restored

T = TypeVar("T")

LONGEST_OUTAGE_PAUSE = 300
"""Seconds: an unreachable GetResponse is tried again at least this often."""


class AccountQuerySet(models.QuerySet["Account"]):
    def for_alias(self, alias: str) -> Account:
        """The row of ``GETRESPONSE["ACCOUNTS"][alias]``, made when it is missing."""
        return self.get_or_create(alias=alias)[0]


class Account(models.Model):
    """What must outlive a process: the limits used up, cursors of pulls, pauses. Never a key."""

    alias = models.CharField(_("alias"), max_length=100, unique=True)
    account_id = models.CharField(_("account id"), max_length=64, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    limits = models.JSONField(_("limits used"), default=dict, blank=True, editable=False)
    plan = models.JSONField(_("plan"), default=dict, blank=True, editable=False)
    sending_limits = models.JSONField(_("sending limits"), default=list, blank=True, editable=False)
    sending_limits_on = models.DateTimeField(_("sending limits as of"), null=True, blank=True, editable=False)
    cursors = models.JSONField(_("cursors"), default=dict, blank=True, editable=False)
    paused = models.BooleanField(
        _("paused"), default=False, help_text=_("While paused, changes are recorded and shown but not sent.")
    )
    resume_at = models.DateTimeField(_("waits until"), null=True, blank=True, editable=False)
    outages = models.PositiveIntegerField(_("failed connections in a row"), default=0, editable=False)
    circuit_opened_at = models.DateTimeField(_("refused since"), null=True, blank=True, editable=False)
    circuit_reason = models.TextField(_("refused because"), blank=True, editable=False)
    last_used_at = models.DateTimeField(_("key last worked"), null=True, blank=True, editable=False)
    next_drain_at = models.DateTimeField(_("next push planned at"), null=True, blank=True, editable=False)
    worker_seen_at = models.DateTimeField(_("worker last seen"), null=True, blank=True, editable=False)
    beat_seen_at = models.DateTimeField(_("beat last seen"), null=True, blank=True, editable=False)

    bound_to = models.JSONField(_("belongs to"), default=dict, blank=True, editable=False)
    """The site that sends for this account (``staging.Site``); empty before its first push."""

    objects: ClassVar[models.Manager[Account]] = models.Manager.from_queryset(AccountQuerySet)()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.alias

    def write(self, **values: Any) -> None:
        """Write just ``values``: other processes write other columns of this row at the same time."""
        type(self).objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)

    def transact_limits(self, reserve: Callable[[dict[str, Any]], T]) -> T:
        """Run ``reserve(limits)`` alone over all processes, and keep what it changed in the dict."""
        using = router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            row = type(self).objects.using(using).select_for_update().only("limits").get(pk=self.pk)
            result = reserve(row.limits)
            row.save(update_fields=["limits"])
        return result

    def move_cursor(self, name: str, value: Any) -> None:
        """Remember how far the pull ``name`` has read."""
        with transaction.atomic():
            row = type(self).objects.select_for_update().only("cursors").get(pk=self.pk)
            row.cursors[name] = value
            row.save(update_fields=["cursors"])
        self.cursors = row.cursors

    def why_silent(self, now: datetime) -> str:
        """Why nothing may be sent now, in words; empty when sending is fine."""
        if self.is_copy:
            return self.why_copy()
        if self.paused:
            return str(_("The account is paused in the admin."))
        if self.circuit_opened_at:
            return self.circuit_reason
        if self.resume_at and self.resume_at > now:
            return str(_("GetResponse asked to wait or could not be reached."))
        return ""

    @property
    def is_copy(self) -> bool:
        """Whether this database is a copy of the one that sends for this account."""
        return not staging.is_same(self.bound_to, self.this_site())

    def why_copy(self) -> str:
        """Why a copy sends nothing, in words."""
        text = _("This database is a copy: it belongs to %(bound)s, and this is %(here)s. Nothing is sent.")
        sites = {"bound": staging.in_words(self.bound_to), "here": staging.in_words(self.this_site())}
        return str(text) % sites

    def bind(self) -> None:
        """The first push binds the account to this site; later ones note the hosts that it got."""
        site = staging.bound_anew(self.bound_to, self.this_site())
        if site != self.bound_to:
            self.write(bound_to=site)

    def adopt(self) -> None:
        """Bind the account to this site, whatever it was bound to."""
        self.write(bound_to=self.this_site())

    def this_site(self) -> staging.Site:
        """The site that runs this, by its settings; empty in the database of tests."""
        return staging.this_site(router.db_for_write(type(self), instance=self))

    def open_circuit(self, why: object) -> None:
        """Stop all sending, because GetResponse refuses the account, and tell so once: ADMINS by e-mail, code
        by the signal ``account_refused``. ``why`` is the error, or the reason in words.

        ``ping`` closes the circuit when the key works again.
        """
        reason, closed = str(why), type(self).objects.filter(pk=self.pk, circuit_opened_at=None)
        opened = closed.update(circuit_opened_at=timezone.now(), circuit_reason=reason)
        self.refresh_from_db(fields=["circuit_opened_at", "circuit_reason"])
        if opened:
            events.ACCOUNT_REFUSED.log(account=self.alias, **events.facts_of(why))
            self.tell_admins(_("GetResponse refuses the account “%(alias)s”") % {"alias": self.alias}, reason)
            account_refused.send_robust(sender=type(self), account=self, reason=reason)

    def tell_admins(self, subject: str, text: str) -> None:
        """Mail to ADMINS. Raises nothing: a mail server that is down must not keep the work from going on."""
        try:
            mail_admins(subject, text)
        except Exception as error:
            events.ADMINS_NOT_TOLD.log(account=self.alias, error_type=type(error).__name__)

    def mark_used(self) -> None:
        """The key worked just now: that ends an outage and closes the circuit, which ``account_restored``
        tells once.
        """
        row = type(self).objects.filter(pk=self.pk)
        reasons = row.filter(circuit_opened_at__isnull=False).values_list("circuit_reason", flat=True)
        reason = reasons.first()
        restored = reasons.update(circuit_opened_at=None, circuit_reason="")
        self.write(
            last_used_at=timezone.now(), circuit_opened_at=None, circuit_reason="", outages=0, resume_at=None
        )
        if restored:
            events.ACCOUNT_RESTORED.log(account=self.alias)
            account_restored.send_robust(sender=type(self), account=self, reason=reason or "")

    def plan_drain(self, when: datetime) -> bool:
        """Whether a push at ``when`` has to be scheduled: no earlier one is planned already."""
        planned = models.Q(next_drain_at__gt=timezone.now(), next_drain_at__lte=when)
        return bool(type(self).objects.filter(pk=self.pk).exclude(planned).update(next_drain_at=when))

    def wait(self, seconds: float) -> None:
        """Send nothing for ``seconds``."""
        self.write(resume_at=timezone.now() + timedelta(seconds=seconds))

    def wait_out_outage(self, why: object = None) -> None:
        """GetResponse cannot be reached: wait a quarter of the first BACKOFF (15 s), then twice as long, and
        so on up to 5 minutes. ``why`` is the error.
        """
        first: float = app_settings.BACKOFF[0] / 4
        seconds = min(first * 2 ** min(self.outages, 10), LONGEST_OUTAGE_PAUSE)
        self.wait(seconds)
        self.write(outages=self.outages + 1)
        events.ACCOUNT_UNREACHABLE.log(
            account=self.alias, outages=self.outages, wait_seconds=seconds, **events.facts_of(why)
        )
