"""Conflict: a field that was changed here and in GetResponse, and who won."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .personal_data import Person, holds
from .recording import Mirrored


class Winner(models.TextChoices):
    """Whose value stands, as the setting CONFLICT says."""

    LOCAL = "local", _("this site")
    REMOTE = "remote", "GetResponse"


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def of(self, row: Mirrored) -> ConflictQuerySet:
        """The conflicts of one object, the latest first."""
        mine = self.filter(account=row.account_id, resource=row.RESOURCE, object_pk=row.pk)
        return mine.order_by("-on", "-pk")


class Conflict(models.Model):
    """Both sides changed ``field`` to different values, and CONFLICT decided."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="conflicts", verbose_name=_("account"))
    resource = models.CharField(_("resource"), max_length=32)
    object_pk = models.BigIntegerField(_("object"))
    field = models.CharField(
        _("field"), max_length=200, help_text=_("The column; of a custom field custom_fields.NAME.")
    )
    here = models.JSONField(_("here"), null=True)
    there = models.JSONField(_("in GetResponse"), null=True)
    won = models.CharField(_("won"), max_length=8, choices=Winner.choices)
    on = models.DateTimeField(_("on"), default=timezone.now, db_index=True)

    objects: ClassVar[models.Manager[Conflict]] = models.Manager.from_queryset(ConflictQuerySet)()

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        indexes = [models.Index(fields=["account", "resource", "object_pk"], name="getresponse_conflict_of")]

    def __str__(self) -> str:
        return f"{self.resource} {self.object_pk}: {self.field}"


def forget_conflicts(contacts: models.QuerySet[Any]) -> None:
    """Before contacts are deleted: nobody can look at their conflicts any more, nor tell whose they were."""
    Conflict.objects.filter(resource="contact", object_pk__in=contacts.values("pk")).delete()


@holds("conflicts", erase=models.QuerySet.delete)
def conflicts_of(person: Person) -> models.QuerySet[Conflict]:
    """What both sides said of the contacts of the person."""
    return Conflict.objects.filter(resource="contact", object_pk__in=person.contact_pks)
