"""AbTest and Splittest: which variant of a newsletter people liked better. Both are only read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .audience import Campaign, remote_id
from .messages import FromField
from .recording import Mirrored


class Experiment(models.Model):
    """What the new and the old kind of test have in common."""

    name = models.CharField(_("name"), max_length=255, blank=True)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name=_("campaign")
    )
    status = models.CharField(_("status"), max_length=32, blank=True)
    stage = models.CharField(_("stage"), max_length=32, blank=True)
    send_settings = models.JSONField(_("send settings"), default=dict, blank=True)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class AbTest(Experiment, Mirrored):
    """A test of two to five subjects (``/ab-tests/subject``; behaviour-newsletters.md section 5)."""

    RESOURCE = "ab_test"

    ab_test_id = remote_id(_("A/B test id"))
    from_field = models.ForeignKey(
        FromField, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from field")
    )
    reply_to = models.ForeignKey(
        FromField, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reply to")
    )
    editor = models.CharField(_("editor"), max_length=32, blank=True)
    html = models.TextField(_("HTML content"), blank=True)
    plain_text = models.TextField(_("text content"), blank=True)
    flags = models.JSONField(_("flags"), default=list, blank=True)
    delivery_settings = models.JSONField(_("delivery settings"), default=dict, blank=True)
    variants = models.JSONField(_("variants"), default=list, blank=True)
    statistics = models.JSONField(_("statistics"), default=dict, blank=True)
    winner_sending_start = models.DateTimeField(_("winner sent on"), null=True, blank=True)
    updated_on = models.DateTimeField(_("updated on"), null=True, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("A/B test")
        verbose_name_plural = _("A/B tests")
        constraints = [
            models.UniqueConstraint(fields=["account", "ab_test_id"], name="getresponse_ab_test_id")
        ]


class Splittest(Experiment, Mirrored):
    """A test of the old kind (``/splittests``): whole newsletters, of which the better one was sent on."""

    RESOURCE = "splittest"

    splittest_id = remote_id(_("split test id"))
    type = models.CharField(_("type"), max_length=32, blank=True)
    winning_criteria = models.CharField(_("winning criteria"), max_length=32, blank=True)
    choose_winning = models.CharField(_("how the winner is chosen"), max_length=32, blank=True)
    sampling_percentage = models.PositiveIntegerField(_("sample in percent"), null=True, blank=True)
    sampling_time = models.PositiveIntegerField(_("seconds of sampling"), null=True, blank=True)
    winning_target = models.PositiveIntegerField(_("recipients of the winner"), null=True, blank=True)
    winning_delivered = models.PositiveIntegerField(_("winner delivered"), null=True, blank=True)
    winning_score_opens = models.PositiveIntegerField(_("opens of the winner"), null=True, blank=True)
    winning_score_clicks = models.PositiveIntegerField(_("clicks of the winner"), null=True, blank=True)
    winning_schedule_on = models.DateTimeField(_("winner scheduled on"), null=True, blank=True)
    canceled_on = models.DateTimeField(_("cancelled on"), null=True, blank=True)
    newsletters = models.JSONField(_("newsletters"), default=list, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("split test")
        verbose_name_plural = _("split tests")
        constraints = [
            models.UniqueConstraint(fields=["account", "splittest_id"], name="getresponse_splittest_id")
        ]
