"""ErasedAddress: who asked to be forgotten, as a keyed hash, so that nothing brings them back by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

SALT = "getresponse_django.erased"

C = TypeVar("C", bound=models.Model)


def digests(email: str) -> list[str]:
    """HMAC-SHA256 of an address with SECRET_KEY, then with each of SECRET_KEY_FALLBACKS."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    text = email.strip().lower()
    return [salted_hmac(SALT, text, secret=secret, algorithm="sha256").hexdigest() for secret in secrets]


CLOCKS_DIFFER = timedelta(minutes=5)
"""What a server says of a moment may be so far ahead of what another one says."""


def is_newer(consent: datetime | None, end: datetime) -> bool:
    """Whether somebody agreed after ``end``. A consent that lies in the future proves nothing (yet): it would
    be newer than every leaving to come.
    """
    return consent is not None and end < consent <= timezone.now() + CLOCKS_DIFFER


class ErasedAddressQuerySet(models.QuerySet["ErasedAddress"]):
    def remember(self, email: str) -> None:
        """This address is erased now."""
        self.update_or_create(digest=digests(email)[0], defaults={"erased_at": timezone.now()})

    def since(self, emails: Iterable[str]) -> dict[str, datetime]:
        """Which of these addresses are erased, in lower case, and since when (UTC)."""
        if not self.exists():
            return {}
        known = {digest: email.lower() for email in emails for digest in digests(email)}
        rows = self.filter(digest__in=list(known)).order_by("erased_at")
        return {known[digest]: erased_at for digest, erased_at in rows.values_list("digest", "erased_at")}

    def barred(self, email: str, consent: datetime | None) -> bool:
        """Whether this address is erased, and the person has not agreed (UTC) since."""
        erased_at = self.since([email]).get(email.lower())
        return erased_at is not None and not is_newer(consent, erased_at)

    def lift(self, email: str, consent: datetime | None) -> bool:
        """Whether this address may be subscribed; a consent newer than the erasure ends it."""
        if not self.exists():
            return True
        if self.barred(email, consent):
            return False
        self.filter(digest__in=digests(email)).delete()
        return True


class ErasedAddress(models.Model):
    """An address that nobody can read any more."""

    digest = models.CharField(_("keyed hash"), max_length=64, unique=True)
    erased_at = models.DateTimeField(_("erased at"))

    objects: ClassVar[models.Manager[ErasedAddress]] = models.Manager.from_queryset(ErasedAddressQuerySet)()

    class Meta:
        verbose_name = _("erased address")
        verbose_name_plural = _("erased addresses")

    def __str__(self) -> str:
        return self.digest[:8]


WHY_BARRED = _("This person was erased. It takes a consent newer than that to subscribe them again.")


def stand_in(contact: C) -> C:
    """For a contact that may not be made: it is not saved, and says why."""
    vars(contact).update(state="left", last_error=str(WHY_BARRED))
    return contact
