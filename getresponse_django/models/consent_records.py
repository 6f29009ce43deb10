"""ConsentRecord: the site's own ledger of who agreed to what, when and where, and who took it back. Rows are
only added; what GetResponse knows of consents is in ``consents``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .audience import Campaign
from .erasures import CLOCKS_DIFFER, digests
from .findable import BEGINS
from .personal_data import Person, holds

if TYPE_CHECKING:
    from .contacts import Contact

SALT = "getresponse_django.consent"
FINAL = (
    "The ledger of consents is only added to: a ConsentRecord cannot be changed or deleted. "
    "Write another one, as ConsentRecord.objects.note_withdrawn does."
)


class Source(models.TextChoices):
    """Where somebody agreed, or took it back."""

    FORM = "form", _("form of the site")
    IMPORT = "import", _("import")
    ADMIN = "admin", _("admin")
    API = "api", _("code of the site")
    USER = "user", _("user of the site")


@dataclass(frozen=True)
class Consent:
    """What somebody agreed to: when (UTC), the wording as it was shown, its version, and where.

    ``gdpr_field`` is the remote id of the GDPR field that the wording is of. The IP address is never stored,
    only its keyed hash. Raises ValueError for a source that is none of ``Source``.
    """

    on: datetime
    text: str
    version: str
    source: str
    ip_address: str = field(default="", repr=False)
    gdpr_field: str = ""

    def __post_init__(self) -> None:
        if self.source not in Source.values:
            raise ValueError(f"source is one of {', '.join(Source.values)}, not {self.source!r}.")
        if timezone.is_naive(self.on):  # as Django takes it: in the time zone of the site
            object.__setattr__(self, "on", timezone.make_aware(self.on))


def as_consent(said: datetime | Consent | None, source: str = Source.API) -> Consent | None:
    """A moment alone is a consent whose wording is not known."""
    return Consent(on=said, text="", version="", source=source) if isinstance(said, datetime) else said


def hashed_address(text: str) -> str:
    """The keyed hash of an IP address (HMAC-SHA256 with SECRET_KEY), the same however it is written; empty
    for none.
    """
    if not text:
        return ""
    try:
        address = ip_address(text)
    except ValueError:
        return salted_hmac(SALT, text, algorithm="sha256").hexdigest()
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return salted_hmac(SALT, str(address), algorithm="sha256").hexdigest()


class ConsentRecordQuerySet(models.QuerySet["ConsentRecord"]):
    def of(self, contact: Contact) -> ConsentRecordQuerySet:
        """What the person of a contact said about its list, whatever became of the contact; newest first."""
        mine = self.filter(account=contact.account_id, email=contact.email.lower())
        return mine.filter(campaign=contact.campaign_id).order_by("-on", "-pk")

    def withdrawn_on(self, contact: Contact) -> datetime | None:
        """When the person took the consent back (UTC); None when that is not the last word."""
        said = self.of(contact).filter(on__lte=timezone.now() + CLOCKS_DIFFER)  # as in is_newer
        last = said.first()
        return last.on if last and not last.given else None

    def note_given(self, contact: Contact, consent: Consent) -> None:
        """Write down a consent; one of the same moment is written once."""
        if not self.of(contact).filter(on=consent.on, given=True).exists():
            record_of_consent(contact, consent).save()

    def note_withdrawn(self, contact: Contact, *, source: str, ip_address: str = "") -> ConsentRecord:
        """Write down that the consent that was given last is taken back now."""
        given = self.of(contact).filter(given=True).first() or ConsentRecord()
        return self.create(
            **whose(contact),
            given=False,
            on=timezone.now(),
            text=given.text,
            version=given.version,
            gdpr_field=given.gdpr_field,
            source=source,
            ip_hash=hashed_address(ip_address),
        )

    def update(self, **_values: Any) -> NoReturn:
        raise ValueError(FINAL)

    def delete(self) -> NoReturn:
        raise ValueError(FINAL)

    delete.queryset_only = True  # type: ignore[attr-defined]  # as Django's own

    def bulk_create(self, objs: Iterable[ConsentRecord], *args: Any, **options: Any) -> list[ConsentRecord]:
        """Django's, without ``update_conflicts``."""
        if options.get("update_conflicts"):
            raise ValueError(FINAL)
        rows = list(objs)
        for row in rows:
            row.email = row.email.lower()
        return super().bulk_create(rows, *args, **options)


def whose(contact: Contact) -> dict[str, Any]:
    """The columns that say who, and about which list."""
    return {
        "account_id": contact.account_id,
        "email": contact.email,
        "contact": contact,
        "campaign_id": contact.campaign_id,
    }


class ConsentRecord(models.Model):
    """One person agreed, or took it back. It outlives the contact, and is never changed."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("account"))
    email = models.CharField(_("e-mail"), max_length=254, help_text=_("In lower case."))
    contact = models.ForeignKey(
        "getresponse_django.Contact",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="consent_records",
        verbose_name=_("contact"),
    )
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )
    given = models.BooleanField(_("given"), help_text=_("Else it was taken back."))
    on = models.DateTimeField(_("on"))
    text = models.TextField(_("text"), blank=True)
    version = models.CharField(_("version"), max_length=64, blank=True)
    gdpr_field = models.CharField(_("GDPR field id"), max_length=64, blank=True)
    source = models.CharField(_("where"), max_length=16, choices=Source.choices)
    ip_hash = models.CharField(
        _("hash of the IP address"),
        max_length=64,
        blank=True,
        help_text=_("Keyed with SECRET_KEY; the address itself is not stored."),
    )

    objects: ClassVar[models.Manager[ConsentRecord]] = models.Manager.from_queryset(ConsentRecordQuerySet)()

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        indexes = [
            models.Index(
                fields=["account", "email", "-on"],
                opclasses=["int8_ops", *BEGINS, "timestamptz_ops"],
                name="getresponse_consent_record",
            ),
            # For filters of the admin that find few or none among very many.
            models.Index(fields=["given", "source"], name="getresponse_consent_kind"),
        ]

    def __str__(self) -> str:
        return self.email

    def save(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Add this row. Raises ValueError for one that is there already."""
        if not self._state.adding or force_update or update_fields is not None:
            raise ValueError(FINAL)
        self.email = self.email.lower()
        super().save(force_insert=True, using=using)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> NoReturn:
        raise ValueError(FINAL)


def record_of_consent(contact: Contact, consent: Consent) -> ConsentRecord:
    """The row of a consent, not saved yet."""
    return ConsentRecord(
        **whose(contact),
        given=True,
        on=consent.on,
        text=consent.text,
        version=consent.version,
        gdpr_field=consent.gdpr_field,
        source=consent.source,
        ip_hash=hashed_address(consent.ip_address),
    )


def pseudonymise(rows: ConsentRecordQuerySet) -> None:
    """That somebody agreed stays, as a proof; who it was is a keyed hash."""
    for email in set(rows.values_list("email", flat=True)):
        mine = rows.filter(email=email)
        models.QuerySet.update(mine, email=digests(email)[0], contact=None, ip_hash="")


def forget_former_addresses(contacts: models.QuerySet[Any]) -> None:
    """Before contacts are deleted: what was agreed to under an earlier address is pseudonymised. Only the
    contact tells whose address that was: whoever is erased later would not be found under it.
    """
    theirs = ConsentRecord.objects.filter(contact__in=contacts)
    pseudonymise(theirs.exclude(email=F("contact__email_lower")))


@holds("consent_records", erase=pseudonymise)
def records_of(person: Person) -> ConsentRecordQuerySet:
    """What the person agreed to and took back, under an earlier address too."""
    return ConsentRecord.objects.filter(Q(email=person.email) | Q(contact__in=person.contact_pks))
