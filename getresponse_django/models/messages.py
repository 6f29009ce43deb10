"""FromField, Newsletter, Autoresponder and RssNewsletter: what is sent to contacts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MinLengthValidator,
    ProhibitNullCharactersValidator,
)
from django.db import models, router, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .audience import Campaign, remote_id, unique_remotely
from .contacts import Contact
from .members import one_of
from .message_rules import AUDIENCE, FLAGS, MOST_LETTERS, SEND_SETTINGS, attachments, has_audience
from .recording import Mirrored, RecordingQuerySet
from .segments import Segment

SELECTIONS: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (Campaign, "campaign_id", ("selectedCampaigns", "excludedCampaigns")),
    (Segment, "search_contact_id", ("selectedSegments", "excludedSegments")),
    (Contact, "contact_id", ("selectedContacts",)),
)
"""What a newsletter's audience names by id, and where it is mirrored; suppressions are not."""


class FromField(Mirrored):
    """An address that messages are sent from. Read only here: a new one needs a confirmation by e-mail."""

    RESOURCE = "from_field"

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


AT_LEAST_TWO = MinLengthValidator(2)
NO_NULL = ProhibitNullCharactersValidator()
SHORT_ENOUGH = MaxLengthValidator(MOST_LETTERS)


class MessageFields(models.Model):
    """What newsletters and autoresponders have in common."""

    name = models.CharField(_("name"), max_length=128, blank=True, validators=[AT_LEAST_TWO, NO_NULL])
    subject = models.CharField(_("subject"), max_length=128, validators=[AT_LEAST_TWO, NO_NULL])
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name=_("campaign")
    )
    from_field = models.ForeignKey(
        FromField, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from field")
    )
    status = models.CharField(_("status"), max_length=32, blank=True, editable=False)
    editor = models.CharField(_("editor"), max_length=32, blank=True, editable=False)
    html = models.TextField(_("HTML content"), blank=True, validators=[SHORT_ENOUGH, NO_NULL])
    plain_text = models.TextField(_("text content"), blank=True, validators=[SHORT_ENOUGH, NO_NULL])
    send_settings = models.JSONField(_("send settings"), default=dict, blank=True)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or self.subject


class Sending(models.TextChoices):
    """What is to become of a newsletter, beyond being in GetResponse as it is here."""

    NOTHING = "", _("nothing")
    SEND = "send", _("to be sent")
    CANCEL = "cancel", _("to be cancelled")
    CANCELLED = "cancelled", _("cancelled")  # a draft again; nothing is to be done


class UnderWay(models.TextChoices):
    """The request that left and whose answer is not known: it is never sent a second time by itself."""

    NONE = "", _("none")
    CREATE = "create", _("creation")
    SEND = "send", _("sending")


class Newsletter(MessageFields, Mirrored):
    """A message to many. GetResponse has no update of one: an edited draft is made anew, and what went out
    stays as it is. What could send it twice is never sent again by itself.
    """

    RESOURCE = "newsletter"
    CONTENT = frozenset(
        {
            "name",
            "subject",
            "campaign",
            "from_field",
            "reply_to",
            "html",
            "plain_text",
            "send_settings",
            "flags",
            "attachments",
        }
    )
    PUSHED = CONTENT | {"type", "sending", "send_at"}

    newsletter_id = remote_id(_("newsletter id"))
    type = models.CharField(
        _("type"), max_length=32, default="draft", help_text=_("A broadcast is sent as soon as it is pushed.")
    )
    reply_to = models.ForeignKey(
        FromField, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reply to")
    )
    flags = models.JSONField(
        _("flags"), default=list, blank=True, help_text=_("clicktrack and google_analytics, or none.")
    )
    attachments = models.JSONField(_("attachments"), default=list, blank=True)
    sending = models.CharField(
        _("sending"), max_length=16, choices=Sending.choices, default="", blank=True, editable=False
    )
    send_at = models.DateTimeField(_("to be sent at"), null=True, blank=True, editable=False)
    send_on = models.DateTimeField(_("sent on"), null=True, blank=True, editable=False)
    send_metrics = models.JSONField(_("send metrics"), default=dict, blank=True, editable=False)
    under_way = models.CharField(
        _("request under way"),
        max_length=16,
        choices=UnderWay.choices,
        default="",
        blank=True,
        editable=False,
    )
    sent_on = models.DateTimeField(_("creation sent on"), null=True, blank=True, editable=False)
    send_asked_on = models.DateTimeField(_("sending asked for on"), null=True, blank=True, editable=False)
    replaced_id = remote_id(_("id of the draft replaced"))
    click_tracks = models.JSONField(_("links"), default=list, blank=True, editable=False)
    audience_count = models.PositiveIntegerField(
        _("recipients counted"), null=True, blank=True, editable=False
    )
    audience_counted_on = models.DateTimeField(_("counted on"), null=True, blank=True, editable=False)
    audience_counted = models.JSONField(_("audience counted"), default=dict, blank=True, editable=False)

    objects: ClassVar[models.Manager[Newsletter]] = models.Manager.from_queryset(
        RecordingQuerySet["Newsletter"]
    )()

    class Meta(Mirrored.Meta):
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        permissions = [("send_newsletter", "Can send newsletters")]
        constraints = [
            models.UniqueConstraint(fields=["account", "newsletter_id"], name="getresponse_newsletter_id")
        ]

    @property
    def is_draft(self) -> bool:
        """Whether it waits in GetResponse, or here, without being on its way to anybody."""
        return self.type == "draft" if self.newsletter_id else not self.under_way

    @property
    def is_at_rest(self) -> bool:
        """Whether it is a draft that nobody asked to send and that no request is under way of."""
        asked = self.sending not in (Sending.NOTHING, Sending.CANCELLED)
        return self.type == "draft" and not self.under_way and not asked

    def send(self, at: datetime | None = None) -> None:
        """Send it at this moment, or as soon as it is pushed. Saves; what GetResponse does not have yet is
        created first.

        Raises ValidationError for one that is on its way, without an audience, or ``at`` without time zone.
        """
        if at is not None and timezone.is_naive(at):
            raise ValidationError({"send_at": _("Say in which time zone: this moment has none.")})
        with self._as_it_is():
            if not self.is_draft:
                raise ValidationError(_("It is on its way already. Cancel it first."))
            if not has_audience(self.send_settings):
                raise ValidationError({"send_settings": _("Select an audience: %s.") % ", ".join(AUDIENCE)})
            self.sending, self.send_at, self.send_asked_on = Sending.SEND, at, timezone.now()
            self.save()

    def cancel(self) -> None:
        """Do not send it, or stop it: it is a draft again then. Saves; nothing happens to a mere draft.

        Raises ValidationError when it is known to have gone out.
        """
        with self._as_it_is():
            if not self.is_draft:
                if self.newsletter_id and self.send_metrics.get("status") == "finished":
                    raise ValidationError(_("It has gone out and cannot be called back."))
                self.sending, self.send_at = Sending.CANCEL, None
            elif self.under_way:
                self.sending, self.send_at = Sending.CANCEL, None
            elif self.sending == Sending.SEND or self.type == "broadcast":
                self.type, self.sending, self.send_at = "draft", Sending.CANCELLED, None
            self.save()

    @contextmanager
    def _as_it_is(self) -> Iterator[None]:
        """Locked, with what a push may have learnt since it was loaded."""
        with transaction.atomic(using=router.db_for_write(type(self), instance=self)):
            if self.pk:
                columns = ["newsletter_id", "type", "sending", "send_at", "send_metrics", "under_way"]
                unsaved = {name for name in columns if name in self.changed_fields()}
                rows = type(self).plain.select_for_update()
                self.refresh_from_db(fields=[c for c in columns if c not in unsaved], from_queryset=rows)
            yield

    def complaints(self) -> dict[str, list[Any]]:
        """Of one that is still to be made, or edited (behaviour-newsletters.md section 2)."""
        there = self.base.get("type", self.type) if self.newsletter_id else ""
        if there not in ("", "draft"):
            return {}
        found: dict[str, list[Any]] = {
            "flags": list(FLAGS(self.flags)),
            "attachments": list(attachments(self.attachments)),
            "send_settings": list(SEND_SETTINGS(self.send_settings)) or self._of_audience(),
            "campaign": [] if self.campaign else [_("A newsletter needs a list.")],
            "from_field": [] if self.from_field else [_("A newsletter needs a sender.")],
            "html": [] if self.html or self.plain_text or there else [_("Write HTML or text content.")],
            "type": list(one_of(there)(self.type) if there else one_of("draft", "broadcast")(self.type)),
        }
        for name in ("campaign", "from_field", "reply_to"):
            row = getattr(self, name)
            if row and row.account_id != self.account_id:
                found[name] = [_("This belongs to another account than the newsletter.")]
            elif isinstance(row, FromField) and row.from_field_id and not row.is_active:
                found[name] = [_("This sender is not active: confirm it in GetResponse first.")]
        return found

    def _of_audience(self) -> list[Any]:
        """Selections that the account does not have, and a broadcast to nobody."""
        if self.type == "broadcast" and not has_audience(self.send_settings):
            return [_("A broadcast needs an audience: %s.") % ", ".join(AUDIENCE)]
        complaints = []
        for model, column, parts in SELECTIONS:
            named = {remote for part in parts for remote in self.send_settings.get(part, [])}
            known = model.plain.filter(account=self.account_id, **{f"{column}__in": named}) if named else None
            unknown = named - set(known.values_list(column, flat=True)) if known is not None else set()
            if unknown:
                given = {"parts": ", ".join(parts), "ids": ", ".join(sorted(unknown))}
                complaints.append(_("%(parts)s: this account does not have %(ids)s.") % given)
        return complaints

    def tombstone(self) -> dict[str, Any] | None:
        if not self.newsletter_id:
            return None
        replaced = {"replaced_id": self.replaced_id} if self.replaced_id else {}
        return {"remote_id": self.newsletter_id} | replaced


class Autoresponder(MessageFields, Mirrored):
    """A message sent on a day of the contact's cycle. Read only so far."""

    RESOURCE = "autoresponder"

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


class RssNewsletter(MessageFields, Mirrored):
    """A message made of the articles of a feed, as often as its settings say. Read only. Its list is the
    first that is selected: only that one counts (behaviour-newsletters.md section 4).
    """

    RESOURCE = "rss_newsletter"

    rss_newsletter_id = remote_id(_("RSS newsletter id"))
    name = models.CharField(_("name"), max_length=255, blank=True)
    subject = models.CharField(_("subject"), max_length=255)
    rss_feed_url = models.TextField(_("address of the feed"), blank=True)
    reply_to = models.ForeignKey(
        FromField, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reply to")
    )
    flags = models.JSONField(_("flags"), default=list, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("RSS newsletter")
        verbose_name_plural = _("RSS newsletters")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "rss_newsletter_id"], name="getresponse_rss_newsletter_id"
            )
        ]
