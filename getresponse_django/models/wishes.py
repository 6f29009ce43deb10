"""Wish: which objects of the site want a contact, so that several may share one and each may change its
address.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .contacts import Contact


class Wish(models.Model):
    """One object of the site wants this contact, by one of its rules. What it says of the contact is not kept
    here: it is read from the object when it is needed.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="wishes", verbose_name=_("contact"))
    rule = models.CharField(_("rule"), max_length=255)
    model = models.CharField(_("model"), max_length=128)
    object_pk = models.CharField(_("object"), max_length=64)

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = [
            models.UniqueConstraint(fields=["rule", "model", "object_pk"], name="getresponse_one_wish")
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.model} {self.object_pk}"
