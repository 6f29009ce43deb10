"""Campaign, CustomField, Tag and Segment: what contacts are sorted by."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .recording import Mirrored, RecordingQuerySet

RESERVED_FIELD_NAMES = frozenset(
    [
        "name",
        "email",
        "twitter",
        "facebook",
        "buzz",
        "myspace",
        "linkedin",
        "digg",
        "googleplus",
        "pinterest",
        "responder",
        "campaign",
        "change",
    ]
)
"""Names GetResponse keeps for itself (getresponse-v3.yaml, NewCustomField)."""


def remote_id(verbose_name: Any) -> models.CharField[str | None, str | None]:
    """The id GetResponse gave, null until known. Ids differ by letter case only (behaviour-contacts.md
    section 1).
    """
    return models.CharField(verbose_name, max_length=64, null=True, blank=True, editable=False)


def unique_remotely(model: str, id_field: str, name_field: str = "name") -> list[models.BaseConstraint]:
    """One row per remote id; a name is unique here only while no id tells its owner.

    Names may be swapped remotely between two pulls, so linked rows may share one for a moment.
    """
    return [
        models.UniqueConstraint(fields=["account", id_field], name=f"getresponse_{model}_id"),
        models.UniqueConstraint(
            fields=["account", name_field], condition=Q(**{id_field: None}), name=f"getresponse_{model}_new"
        ),
    ]


def validate_field_name(value: str) -> None:
    """Refuse the names that GetResponse reserves."""
    if value in RESERVED_FIELD_NAMES:
        raise ValidationError(_("“%(name)s” is reserved by GetResponse."), params={"name": value})


class CampaignQuerySet(RecordingQuerySet["Campaign"]):
    def named(self, account: Account, name: str) -> Campaign:
        """The campaign called ``name``, linked before unlinked.

        A name that is not known yet gets a row that waits for the list to appear in GetResponse: it is never
        created there by a mere mention, and contacts that name it wait with it.
        """
        known = self.filter(account=account, name=name).order_by(
            models.F("campaign_id").desc(nulls_last=True)
        )[:1]
        return known.first() or self._expect(account, name, known)

    def _expect(self, account: Account, name: str, known: models.QuerySet[Campaign]) -> Campaign:
        # bulk_create of ``plain`` sends no signals, so nothing is recorded and nothing is pushed.
        Campaign.plain.bulk_create([Campaign(account=account, name=name)], ignore_conflicts=True)
        return known.get()


class Campaign(Mirrored):
    """A contact list. The API cannot delete one."""

    RESOURCE = "campaign"
    PUSHED = frozenset({"name", "language_code", "is_default", "optin_types", "postal", "profile"})

    campaign_id = remote_id(_("campaign id"))
    name = models.CharField(
        _("name"),
        max_length=64,
        validators=[
            MinLengthValidator(3),
            RegexValidator(r"^[^/\\@\[\]]*$", _("A list name must not contain / \\ @ [ or ].")),
            RegexValidator(r"^[^\U00010000-\U0010ffff]*$", _("A list name must not contain emoji.")),
        ],
    )
    description = models.CharField(_("description"), max_length=255, blank=True, editable=False)
    language_code = models.CharField(_("language"), max_length=2, blank=True)
    is_default = models.BooleanField(_("default list"), default=False)
    optin_types = models.JSONField(_("opt-in"), default=dict, blank=True)
    postal = models.JSONField(_("postal address"), default=dict, blank=True)
    profile = models.JSONField(_("profile"), default=dict, blank=True)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager[Campaign]] = models.Manager.from_queryset(CampaignQuerySet)()

    class Meta(Mirrored.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = unique_remotely("campaign", "campaign_id")

    def __str__(self) -> str:
        return self.name

    def tombstone(self) -> None:
        """Nothing: the API has no deletion of campaigns."""
        return None

    @property
    def double_optin(self) -> bool:
        """Whether a contact added by the API must confirm first (behaviour-contacts.md section 4)."""
        return bool(self.optin_types.get("api") == "double")


class CustomField(Mirrored):
    """The definition of a custom field. After its creation only ``hidden`` and ``values`` can change."""

    RESOURCE = "custom_field"
    PUSHED = frozenset({"name", "type", "format", "hidden", "values"})

    custom_field_id = remote_id(_("custom field id"))
    name = models.CharField(
        _("name"),
        max_length=128,
        validators=[
            RegexValidator(r"^[a-z0-9_]+$", _("Use lower-case letters, digits and underscores.")),
            validate_field_name,
        ],
    )
    type = models.CharField(_("type"), max_length=32, default="string")
    value_type = models.CharField(_("value type"), max_length=32, blank=True, editable=False)
    format = models.CharField(_("format"), max_length=32, default="text")
    hidden = models.BooleanField(_("hidden"), default=False)
    values = models.JSONField(_("values"), default=list, blank=True)

    objects: ClassVar[models.Manager[CustomField]] = models.Manager.from_queryset(
        RecordingQuerySet["CustomField"]
    )()

    class Meta(Mirrored.Meta):
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = unique_remotely("custom_field", "custom_field_id")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.format in {"radio", "single_select", "multi_select"} and len(self.values) < 2:
            raise ValidationError({"values": _("A field to choose from needs at least two values.")})

    def tombstone(self) -> dict[str, Any] | None:
        return {"remote_id": self.custom_field_id} if self.custom_field_id else None


class Tag(Mirrored):
    """A tag. GetResponse cannot rename one: the call answers 200 and changes nothing."""

    RESOURCE = "tag"
    PUSHED = frozenset({"name"})

    tag_id = remote_id(_("tag id"))
    name = models.CharField(
        _("name"),
        max_length=64,
        validators=[
            MinLengthValidator(2),
            RegexValidator(r"^[_a-zA-Z0-9]+$", _("Use letters without accents, digits and underscores.")),
        ],
    )
    created_at = models.DateTimeField(_("created at"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager[Tag]] = models.Manager.from_queryset(RecordingQuerySet["Tag"])()

    class Meta(Mirrored.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = unique_remotely("tag", "tag_id")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.tag_id and self.name != self.base.get("name", self.name):
            raise ValidationError({"name": _("GetResponse cannot rename a tag: make a new one.")})

    def tombstone(self) -> dict[str, Any] | None:
        return {"remote_id": self.tag_id} if self.tag_id else None


class Segment(Mirrored):
    """A saved search for contacts. Its definition is kept as GetResponse gave it, whatever types it holds."""

    RESOURCE = "segment"
    PUSHED: ClassVar[frozenset[str]] = frozenset()

    search_contact_id = remote_id(_("search contact id"))
    name = models.CharField(_("name"), max_length=255)
    definition = models.JSONField(_("definition"), default=dict, blank=True, editable=False)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = unique_remotely("segment", "search_contact_id")

    def __str__(self) -> str:
        return self.name

    def tombstone(self) -> None:
        """Nothing: segments are only read so far."""
        return None
