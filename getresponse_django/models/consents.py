"""GdprField and ContactConsent: what people are asked to agree to, and who did. GetResponse only shows them
(behaviour-contacts.md sections 4 and 10).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .audience import remote_id, unique_remotely
from .contacts import Contact
from .recording import Mirrored


class GdprField(Mirrored):
    """A consent that forms ask for, with the text of its latest version."""

    RESOURCE = "gdpr_field"

    gdpr_field_id = remote_id(_("GDPR field id"))
    name = models.CharField(_("name"), max_length=255)
    content = models.TextField(_("text"), blank=True)
    version_id = models.CharField(_("version id"), max_length=64, blank=True)
    version_on = models.DateTimeField(_("text since"), null=True, blank=True)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("GDPR field")
        verbose_name_plural = _("GDPR fields")
        constraints = unique_remotely("gdpr_field", "gdpr_field_id")

    def __str__(self) -> str:
        return self.name


class ContactConsent(models.Model):
    """What a contact said to one consent, as GetResponse had it at ``read_at``. No row is no consent."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", verbose_name=_("contact"))
    consent_id = models.CharField(_("consent id"), max_length=64)
    name = models.CharField(_("name"), max_length=255, blank=True)
    content = models.TextField(_("text"), blank=True)
    is_granted = models.BooleanField(_("granted"))
    history = models.JSONField(_("history"), default=list, blank=True)
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["contact", "consent_id"], name="getresponse_contact_consent")
        ]

    def __str__(self) -> str:
        return self.name
