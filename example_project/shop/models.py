"""What the shop knows about a customer beyond Django's user."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Profile(models.Model):
    """A customer's city, plan and wish for the newsletter."""

    class Plan(models.TextChoices):
        FREE = "free", _("Free")
        PRO = "pro", _("Pro")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    city = models.CharField(_("city"), max_length=100, blank=True)
    plan = models.CharField(_("plan"), max_length=10, choices=Plan, default=Plan.FREE)
    newsletter = models.BooleanField(_("newsletter"), default=False)
    newsletter_since = models.DateTimeField(_("newsletter since"), null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return str(self.user)

    def want_newsletter(self, wanted: bool) -> None:
        """Note what the customer asked for, and when they agreed. Does not save."""
        if wanted and not self.newsletter:
            self.newsletter_since = timezone.now()
        self.newsletter = wanted
