"""ContactActivity: what was sent to a contact, opened and clicked, as far as somebody asked for it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .contacts import Contact

NATURAL_KEY = ("created_on", "activity", "resource_type", "resource_id", "click_track_id")
"""What tells the activities of a contact apart."""


class ContactActivity(models.Model):
    """One event. It has no id in GetResponse, so it is known by what it says: of two opens of a message by a
    contact in the same second one remains (contract: schema ContactActivity).
    """

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="activities", verbose_name=_("contact"), db_index=False
    )
    activity = models.CharField(_("activity"), max_length=32)  # send, open, click
    created_on = models.DateTimeField(_("created on"))
    subject = models.TextField(_("subject"), blank=True)
    resource_type = models.CharField(_("kind of message"), max_length=32, blank=True)
    resource_id = models.CharField(_("message id"), max_length=64, blank=True)
    preview_url = models.TextField(_("preview"), blank=True)
    click_track_id = models.CharField(_("link id"), max_length=64, blank=True)
    click_track_name = models.TextField(_("link"), blank=True)
    click_track_url = models.TextField(_("address of the link"), blank=True)

    class Meta:
        verbose_name = _("activity of a contact")
        verbose_name_plural = _("activities of contacts")
        ordering = ["-created_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["contact", *NATURAL_KEY], name="getresponse_one_activity")
        ]

    def __str__(self) -> str:
        return f"{self.activity} {self.created_on:%Y-%m-%d %H:%M}"
