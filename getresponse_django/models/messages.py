"""FromField, Newsletter and Autoresponder: what is sent to contacts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MinLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .audience import Campaign, remote_id, unique_remotely
from .recording import Mirrored, RecordingQuerySet


class FromField(Mirrored):
    """An address that messages are sent from. Read only here: a new one needs a confirmation by e-mail."""

    RESOURCE = "from_field"
    PUSHED: ClassVar[frozenset[str]] = frozenset()

    from_field_id = remote_id(_("from field id"))
    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=64, blank=True)
    is_active = models.BooleanField(_("active"), default=False)
    is_default = models.BooleanField(_("default"), default=False)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("from field")
        verbose_name_plural = _("from fields")
        constraints = unique_remotely("from_field", "from_field_id", "email")

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email

    def tombstone(self) -> None:
        """Nothing: from fields are only read."""
        return None


class MessageFields(models.Model):
    """What newsletters and autoresponders have in common."""

    name = models.CharField(_("name"), max_length=128, blank=True)
    subject = models.CharField(_("subject"), max_length=128, validators=[MinLengthValidator(2)])
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name=_("campaign")
    )
    from_field = models.ForeignKey(
        FromField, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from field")
    )
    status = models.CharField(_("status"), max_length=32, blank=True, editable=False)
    editor = models.CharField(_("editor"), max_length=32, blank=True, editable=False)
    html = models.TextField(_("HTML content"), blank=True)
    plain_text = models.TextField(_("text content"), blank=True)
    send_settings = models.JSONField(_("send settings"), default=dict, blank=True)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or self.subject


class Newsletter(MessageFields, Mirrored):
    """A message to many. GetResponse has no update of a newsletter, and a create is never sent twice."""

    RESOURCE = "newsletter"
    PUSHED = frozenset(
        {"name", "subject", "type", "campaign", "from_field", "html", "plain_text", "send_settings"}
    )

    newsletter_id = remote_id(_("newsletter id"))
    type = models.CharField(
        _("type"), max_length=32, default="draft", help_text=_("A broadcast is sent as soon as it is pushed.")
    )
    send_on = models.DateTimeField(_("sent on"), null=True, blank=True, editable=False)
    send_metrics = models.JSONField(_("send metrics"), default=dict, blank=True, editable=False)
    sent_on = models.DateTimeField(_("creation sent on"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager[Newsletter]] = models.Manager.from_queryset(
        RecordingQuerySet["Newsletter"]
    )()

    class Meta(Mirrored.Meta):
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        constraints = [
            models.UniqueConstraint(fields=["account", "newsletter_id"], name="getresponse_newsletter_id")
        ]

    def tombstone(self) -> dict[str, Any] | None:
        return {"remote_id": self.newsletter_id} if self.newsletter_id else None


class Autoresponder(MessageFields, Mirrored):
    """A message sent on a day of the contact's cycle. Read only so far."""

    RESOURCE = "autoresponder"
    PUSHED: ClassVar[frozenset[str]] = frozenset()

    autoresponder_id = remote_id(_("autoresponder id"))
    trigger_settings = models.JSONField(_("trigger"), default=dict, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("autoresponder")
        verbose_name_plural = _("autoresponders")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "autoresponder_id"], name="getresponse_autoresponder_id"
            )
        ]

    def tombstone(self) -> None:
        """Nothing: autoresponders are only read so far."""
        return None
