"""Contact: one address on one campaign, and how it comes and goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, ProhibitNullCharactersValidator
from django.db import IntegrityError, models, router, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .audience import Campaign, CustomField, Tag, remote_id
from .conflicts import forget_conflicts
from .consent_records import Consent, ConsentRecord, as_consent, forget_former_addresses
from .contact_states import GONE, LONG_AGO, NOT_AGAIN, ContactState
from .erasures import WHY_BARRED, ErasedAddress, is_newer, stand_in
from .field_values import UNKNOWN_FIELD, as_values, value_problems
from .findable import BEGINNINGS, Findable
from .recording import Mirrored, RecordingQuerySet
from .suppressions import Blocklist, suppressed_since
from .validators import (
    LONGEST_NAME,
    validate_address,
    validate_as,
    validate_ip_address,
    validate_plain_address,
    validate_score,
)


def validate_tag(name: str) -> None:
    """Refuse what cannot be the name of a tag."""
    Tag._meta.get_field("name").clean(name, None)


class ContactQuerySet(RecordingQuerySet["Contact"]):
    def at(self, account: Account, email: str) -> ContactQuerySet:
        """The memberships of one address; addresses differing in case are the same."""
        return self.filter(account=account, email_lower=email.lower())

    def subscribe(
        self,
        email: str,
        *,
        campaign: Campaign | str,
        account: Account | str = "default",
        name: str = "",
        custom_fields: Mapping[str, Any] | None = None,
        tags: Iterable[str] = (),
        consent: datetime | Consent | None = None,
        **links: Any,
    ) -> Contact:
        """Put ``email`` on ``campaign`` (a name or an instance) and return the contact. Idempotent.

        ``custom_fields`` and ``tags`` are added to what the contact has. Someone who left, or whom
        GetResponse refused, is only put back with a ``consent`` (a UTC datetime or a Consent) newer than
        that; else the contact is returned as it is, its ``last_error`` saying so.

        Raises ValidationError, by field, for what GetResponse would refuse. Custom fields that it does not
        have (yet) are none of that: the contact waits for them.
        """
        tags = list(tags)
        for tag in tags:
            validate_as("tags", validate_tag, tag)
        given = {"name": name, "custom_fields": custom_fields, "consent": consent, **links}
        return self._subscribe_once(email, campaign, account, tags, given, strict=True)

    def enroll(
        self,
        email: str,
        *,
        campaign: Campaign | str,
        account: Account | str = "default",
        tags: Iterable[str] = (),
        **said: Any,
    ) -> Contact:
        """``subscribe`` for a caller who cannot mend a value: only the address is looked at, and what
        GetResponse refuses of the rest is shown on the contact.
        """
        return self._subscribe_once(email, campaign, account, tags, said, strict=False)

    def _subscribe_once(
        self,
        email: str,
        campaign: Campaign | str,
        account: Account | str,
        tags: Iterable[str],
        said: dict[str, Any],
        *,
        strict: bool,
    ) -> Contact:
        validate_as("email", validate_address, email)
        owner = account if isinstance(account, Account) else Account.objects.for_alias(account)
        said = {"name": "", **said, "custom_fields": said.get("custom_fields") or {}}
        said["consent"] = as_consent(said.get("consent"))
        try:
            return self._subscribe(owner, email, campaign, tags, said, strict)
        except IntegrityError:
            # The same signup came twice at the same moment: now there is the contact that the other one made.
            return self._subscribe(owner, email, campaign, tags, said, strict)

    def _subscribe(
        self,
        owner: Account,
        email: str,
        campaign: Campaign | str,
        tags: Iterable[str],
        said: dict[str, Any],
        strict: bool,
    ) -> Contact:
        with transaction.atomic(using=router.db_for_write(self.model)):
            target = campaign if isinstance(campaign, Campaign) else Campaign.objects.named(owner, campaign)
            contact, consent = self._membership(owner, email, target), said["consent"]
            if not ErasedAddress.objects.lift(email, consent.on if consent else None):
                return stand_in(contact)
            if not contact.may_return(consent):
                return contact.stay_away()
            if strict:
                contact.check_said(said["name"], said["custom_fields"])
            is_news = consent is not None and consent.on != contact.consented_at
            contact.take(**said)
            contact.save()
            if is_news:
                ConsentRecord.objects.note_given(contact, consent)
            contact.add_tags(tags)
            if strict:
                contact.warn_if_blocked()
        return contact

    def _membership(self, owner: Account, email: str, campaign: Campaign) -> Contact:
        """The contact of an address: one that is there, else the last that left, else a new one."""
        found = self.at(owner, email).filter(campaign=campaign).select_for_update().order_by("pk")
        rows = sorted(found, key=lambda row: (row.gone, -row.gone_since.timestamp()))
        if not rows:
            return self.model(account=owner, campaign=campaign, email=email)
        # Where several left, one may have no id: no other may lose its own then, to be a new contact.
        last, unlinked = rows[0], next((row for row in rows if row.contact_id is None), rows[0])
        if not last.gone or unlinked is last:
            return last
        unlinked.left_on = last.gone_since
        return unlinked

    def unsubscribe(
        self, email: str, *, campaign: Campaign | str | None = None, account: Account | str = "default"
    ) -> list[Contact]:
        """Take ``email`` off ``campaign``, or off every campaign. Idempotent. Returns the contacts
        concerned.
        """
        owner = account if isinstance(account, Account) else Account.objects.for_alias(account)
        with transaction.atomic(using=router.db_for_write(self.model)):
            found = self.at(owner, email).select_for_update()
            if campaign is not None:
                by = (
                    {"campaign": campaign} if isinstance(campaign, Campaign) else {"campaign__name": campaign}
                )
                found = found.filter(**by)
            contacts = list(found)
            for contact in contacts:
                contact.leave()
        return contacts


class Contact(Findable, Mirrored):
    """The membership of one address in one campaign: the same address on two lists is two contacts."""

    RESOURCE = "contact"
    PUSHED = frozenset(
        {"email", "name", "campaign", "custom_fields", "note", "scoring", "day_of_cycle", "state"}
    )

    BURIED_WITH = ("campaign",)

    State = ContactState

    contact_id = remote_id(_("contact id"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name=_("account"), db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="contacts", verbose_name=_("campaign"), db_index=False
    )
    email = models.EmailField(_("e-mail"), max_length=254, validators=[validate_plain_address])
    name = models.CharField(
        _("name"), max_length=LONGEST_NAME, blank=True, validators=[ProhibitNullCharactersValidator()]
    )
    state = models.CharField(
        _("state"), max_length=16, choices=ContactState.choices, default=ContactState.NEW
    )
    tags = models.ManyToManyField(Tag, related_name="contacts", blank=True, verbose_name=_("tags"))
    custom_fields = models.JSONField(
        _("custom fields"),
        null=True,
        blank=True,
        help_text=_("Field name to list of values. Empty until the details were read."),
    )
    note = models.CharField(
        _("note"), max_length=255, blank=True, validators=[ProhibitNullCharactersValidator()]
    )
    scoring = models.FloatField(_("scoring"), null=True, blank=True, validators=[validate_score])
    engagement_score = models.PositiveSmallIntegerField(
        _("engagement score"), null=True, blank=True, editable=False
    )
    day_of_cycle = models.PositiveIntegerField(
        _("day of cycle"), null=True, blank=True, validators=[MaxValueValidator(9999)]
    )
    origin = models.CharField(_("origin"), max_length=64, blank=True, editable=False)
    ip_address = models.CharField(
        _("IP address"), max_length=45, blank=True, validators=[validate_ip_address]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, editable=False)
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)
    changed_on = models.DateTimeField(_("changed on"), null=True, blank=True, editable=False)
    details_on = models.DateTimeField(_("details as of"), null=True, blank=True, editable=False)
    sent_on = models.DateTimeField(_("sent on"), null=True, blank=True, editable=False)
    in_doubt = models.JSONField(_("in doubt"), default=dict, blank=True, editable=False)
    """What a request carried whose end is not written down yet (``contact_requests.difference``)."""
    left_on = models.DateTimeField(_("left on"), null=True, blank=True, editable=False)
    left_reason = models.CharField(_("left because"), max_length=64, blank=True, editable=False)
    consented_at = models.DateTimeField(_("consented at"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="getresponse_contacts",
        verbose_name=_("user"),
    )

    objects: ClassVar[models.Manager[Contact]] = models.Manager.from_queryset(ContactQuerySet)()

    class Meta(Mirrored.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [("erase_contact", _("Can export and erase all about a person"))]
        constraints = [
            models.UniqueConstraint(fields=["account", "contact_id"], name="getresponse_contact_id"),
            models.UniqueConstraint(
                "campaign", Lower("email"), condition=Q(contact_id=None), name="getresponse_contact_new"
            ),
        ]
        indexes = [  # Read backwards for the latest; ascending, they take 40 % less room.
            models.Index(fields=["state", "id"], name="getresponse_contact_state"),
            models.Index(fields=["campaign", "id"], name="getresponse_contact_campaign"),
            models.Index(fields=["account", "id"], name="getresponse_contact_account"),
            models.Index(fields=["contact_id"], name="getresponse_contact_remote"),
            *BEGINNINGS,
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def gone(self) -> bool:
        """Whether the person is not on the list any more, or never came on it."""
        return self.state in GONE

    @property
    def gone_since(self) -> datetime:
        """When the person left or was refused; long ago when that is not known."""
        return self.left_on or self.sent_on or LONG_AGO

    @property
    def blocked_by(self) -> str:
        """The mask of a blocklist, as it was pulled last, that covers the address; empty when none does."""
        return Blocklist.objects.mask_against(self.account_id, self.campaign_id, self.email)

    def may_return(self, consent: Consent | None) -> bool:
        """Whether the person may be subscribed: who left or took a consent back, only with a newer one."""
        suppressed_on = suppressed_since(self.account_id, self.email) if self.gone else None
        ends = [self.gone_since, suppressed_on or LONG_AGO] if self.gone else []
        if self.gone or self.state == ContactState.LEAVING or not self.pk:
            ends += filter(None, [ConsentRecord.objects.withdrawn_on(self)])
        return not ends or is_newer(consent.on if consent else None, max(ends))

    def stay_away(self) -> Contact:
        """Say on the contact why it was not subscribed again; returns it. A deleted one stays deleted."""
        self.last_error = self.last_error or str(NOT_AGAIN)
        if self.pk:
            self.save()
        else:
            self.state = ContactState.LEFT
        return self

    def warn_if_blocked(self) -> None:
        """Say on a contact that was never sent that GetResponse will probably refuse its address (code 1002,
        behaviour-contacts.md section 4). It is sent nevertheless: the blocklist may have changed.
        """
        if self.state == ContactState.NEW and (mask := self.blocked_by):
            text = _("GetResponse has “%(mask)s” on its blocklist, and may refuse this address.")
            self.last_error = str(text) % {"mask": mask}
            self.save()

    def take(
        self, *, name: str, custom_fields: Mapping[str, Any], consent: Consent | None, **links: Any
    ) -> None:
        """Take over what a signup says; what it does not say stays."""
        if self.gone:
            self.restart()
        elif self.state == ContactState.LEAVING:
            # Not "accepted": whether the create ever arrived may be unknown, and then it must be sent again.
            self.state = ContactState.ACTIVE if self.contact_id else ContactState.SENT
        self.name = name or self.name
        self.consented_at = consent.on if consent else self.consented_at
        if custom_fields:
            self.custom_fields = {**(self.custom_fields or {}), **as_values(custom_fields)}
        for field, value in links.items():
            setattr(self, field, value)

    def check_said(self, name: str, custom_fields: Mapping[str, Any]) -> None:
        """Raise ValidationError for what GetResponse would refuse of a signup, whatever was here before."""
        given = {"account": self.account, "name": name, "custom_fields": as_values(custom_fields)}
        probe = type(self)(base=self.base, **given)
        probe.clean_fields(exclude={field.name for field in self._meta.fields} - {"name", "custom_fields"})

    def restart(self) -> None:
        """Be a new contact again: what GetResponse had of this person is gone with the old id."""
        self.state = ContactState.NEW
        self.contact_id = self.created_on = self.changed_on = self.details_on = None
        self.sent_on = self.left_on = None
        self.left_reason = self.last_error = ""
        self.base, self.in_doubt = {}, {}

    def add_tags(self, names: Iterable[str]) -> None:
        """Add tags by name, making those that do not exist yet."""
        wanted = set(names)
        if not wanted:
            return
        known = {tag.name: tag for tag in Tag.objects.filter(account=self.account, name__in=wanted)}
        for name in sorted(wanted - known.keys()):
            known[name] = Tag.objects.get_or_create(account=self.account, name=name)[0]
        self.tags.add(*known.values())

    def leave(self) -> None:
        """Ask for removal from the list; a contact that was never sent is gone at once."""
        with transaction.atomic(using=router.db_for_write(type(self), instance=self)):
            # As it is now: a worker may have sent a contact that was new when this was loaded.
            self.refresh_from_db(fields=["state"], from_queryset=type(self).plain.select_for_update())
            if self.gone or self.state == ContactState.LEAVING:
                return
            if self.state == ContactState.NEW:
                self.state, self.left_on, self.left_reason = ContactState.LEFT, timezone.now(), "api"
            else:
                self.state = ContactState.LEAVING
            self.save()

    def complaints(self) -> dict[str, list[Any]]:
        """Of values that differ from those GetResponse has (behaviour-contacts.md section 4)."""
        foreign = self.campaign_id and self.campaign.account_id != self.account_id
        loaded = getattr(self, "_loaded", {}).get("ip_address", self.ip_address)
        moved = self.contact_id and loaded != self.ip_address
        barred = not self.contact_id and ErasedAddress.objects.barred(self.email, self.consented_at)
        return {
            "email": [WHY_BARRED] if barred else [],
            "campaign": [_("This list belongs to another account.")] if foreign else [],
            "ip_address": [_("GetResponse takes the IP address only of a new contact.")] if moved else [],
            "custom_fields": list(self._wrong_values()),
        }

    def _wrong_values(self) -> Iterator[Any]:
        given, known = self.custom_fields or {}, self.base.get("customFieldValues", {})
        if not isinstance(given, dict):
            yield _("Write an object of names and lists of texts.")
            return
        changed = {name: values for name, values in given.items() if values != known.get(name)}
        found = CustomField.plain.filter(account=self.account_id, name__in=changed) if changed else ()
        definitions = {field.name: field for field in found}
        for name, values in changed.items():
            complaints = value_problems(definitions.get(name, UNKNOWN_FIELD), values)
            yield from (f"{name}: {complaint}" for complaint in complaints)

    @classmethod
    def forget_along_with(cls, rows: models.QuerySet[Any]) -> None:
        forget_former_addresses(rows)
        forget_conflicts(rows)

    def tombstone(self) -> dict[str, Any] | None:
        if self.state == ContactState.NEW or self.gone:
            return None
        return {
            "remote_id": self.contact_id,
            "email": self.base.get("email") or self.email,
            "campaign_id": self.base.get("campaign") or self.campaign.campaign_id,
            "sent_on": self.sent_on.isoformat() if self.sent_on else None,
        }
