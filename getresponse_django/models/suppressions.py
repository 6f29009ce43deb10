"""Suppression and Blocklist: masks of addresses that get no newsletter, or cannot be added at all."""

from __future__ import annotations

import re
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .audience import Campaign, remote_id, unique_remotely
from .personal_data import Person, holds, naming
from .recording import Mirrored


def covers(mask: str, email: str) -> bool:
    """Whether a mask concerns an address. A whole address concerns itself only; ``*`` stands for anything;
    any other mask concerns every address with it, as ``@example.com`` (getresponse-v3.yaml, Blocklist).
    """
    mask, email = mask.strip().lower(), email.lower()
    if "*" in mask:
        return re.fullmatch(".*".join(map(re.escape, re.split(r"\*+", mask))), email) is not None
    is_address = "@" in mask[1:-1]
    return mask == email if is_address else bool(mask) and mask in email


class Suppression(Mirrored):
    """A list of masks that a newsletter can leave out (behaviour-contacts.md section 10)."""

    RESOURCE = "suppression"

    suppression_id = remote_id(_("suppression id"))
    name = models.CharField(_("name"), max_length=255)
    masks = models.JSONField(_("masks"), default=list, blank=True)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("suppression list")
        verbose_name_plural = _("suppression lists")
        constraints = unique_remotely("suppression", "suppression_id")

    def __str__(self) -> str:
        return self.name


def suppressed_since(account_id: int, email: str) -> datetime | None:
    """When the latest suppression list that covers the address was made (UTC); None when none does. The API
    gives no date of a single mask (getresponse-v3.yaml, Suppression).
    """
    lists = Suppression.plain.filter(account=account_id, created_on__isnull=False).order_by("-created_on")
    found = (row for row in lists.iterator() if any(covers(mask, email) for mask in row.masks))
    return next((row.created_on for row in found), None)


class BlocklistQuerySet(models.QuerySet["Blocklist"]):
    def mask_against(self, account_id: int, campaign_id: int, email: str) -> str:
        """The first mask of the account or of this list that covers the address; empty when none does."""
        lists = self.filter(Q(campaign=None) | Q(campaign=campaign_id), account=account_id).order_by("pk")
        masks = (mask for masks in lists.values_list("masks", flat=True) for mask in masks)
        return next((mask for mask in masks if covers(mask, email)), "")


class Blocklist(models.Model):
    """The masks of addresses that the account refuses, or one of its lists (behaviour-contacts.md section
    7).
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    campaign = models.ForeignKey(
        Campaign,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="blocklists",
        verbose_name=_("campaign"),
        help_text=_("Without one it is that of the whole account."),
    )
    masks = models.JSONField(_("masks"), default=list, blank=True)

    objects: ClassVar[models.Manager[Blocklist]] = models.Manager.from_queryset(BlocklistQuerySet)()

    class Meta:
        verbose_name = _("blocklist")
        verbose_name_plural = _("blocklists")
        constraints = [
            models.UniqueConstraint(fields=["campaign"], name="getresponse_campaign_blocklist"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(campaign=None), name="getresponse_account_blocklist"
            ),
        ]

    def __str__(self) -> str:
        return str(self.campaign or self.account)


@holds("blocklists", erase=None)
def blocklists_of(person: Person) -> models.QuerySet[Blocklist]:
    """Kept: an address is on a blocklist so that it gets no mail."""
    return naming(Blocklist.objects.all(), "masks", person.email)


@holds("suppressions", erase=None)
def suppressions_of(person: Person) -> models.QuerySet[Suppression]:
    """Kept, as those of blocklists."""
    return naming(Suppression.plain.all(), "masks", person.email)
