"""ContactReading: what somebody asked to be read of one contact, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .contacts import Contact

PATIENCE = timedelta(minutes=5)
"""So long a person waits for a worker; then nobody has taken the task, or whoever took it was killed."""


class ReadingKind(models.TextChoices):
    """What is read of a contact when somebody asks for it."""

    ACTIVITIES = "activities", _("activities")
    CONSENTS = "consents", _("consents")


class ContactReadingQuerySet(models.QuerySet["ContactReading"]):
    def ask(self, contact: Contact, kind: str) -> None:
        """Note that somebody waits for this."""
        asked = {"asked_at": timezone.now(), "ended_at": None, "problem": ""}
        self.update_or_create(contact=contact, kind=kind, defaults=asked)

    def end(self, contact: Contact, kind: str, *, problem: str = "") -> None:
        """Note that it was read just now, or the problem that kept it from being read."""
        now = timezone.now()
        ended = {"ended_at": now, "problem": problem, **({} if problem else {"read_at": now})}
        self.update_or_create(contact=contact, kind=kind, defaults=ended)


class ContactReading(models.Model):
    """The last reading of one kind. No row: nobody ever asked."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="readings", verbose_name=_("contact"))
    kind = models.CharField(_("kind"), max_length=16, choices=ReadingKind.choices)
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)

    objects: ClassVar[models.Manager[ContactReading]] = models.Manager.from_queryset(ContactReadingQuerySet)()

    class Meta:
        verbose_name = _("reading of a contact")
        verbose_name_plural = _("readings of contacts")
        constraints = [models.UniqueConstraint(fields=["contact", "kind"], name="getresponse_one_reading")]

    def __str__(self) -> str:
        return f"{self.kind} {self.read_at:%Y-%m-%d %H:%M}" if self.read_at else str(self.kind)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody asked and nothing has come of it."""
        return self.asked_at is not None and self.ended_at is None

    @property
    def under_way(self) -> bool:
        """Whether a worker is to be expected to answer."""
        return self.is_awaited and self.asked_at is not None and timezone.now() - self.asked_at < PATIENCE
