"""Wording: the text of a consent as a visitor is shown it, the site's own or that of a GDPR field."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .errors import ConfigurationError
from .models import Consent, GdprField
from .models.consent_records import Source

USUAL_TEXT = _("Yes, send me the newsletter by e-mail. I can unsubscribe at any time.")
USUAL_VERSION = "1"


@dataclass(frozen=True)
class Wording:
    """A text, its version, and the remote id of the GDPR field it is of, if of one."""

    text: str
    version: str
    gdpr_field: str = ""

    def agreed_now(self, *, ip_address: str = "") -> Consent:
        """The consent of a visitor who ticked the box under this text just now."""
        return Consent(timezone.now(), self.text, self.version, Source.FORM, ip_address, self.gdpr_field)


def wording(text: str = "", version: str = "", *, gdpr_field: str = "", account: str = "default") -> Wording:
    """The site's own text, or the latest of the GDPR field with this name or id; without both, the usual one.

    Raises ConfigurationError for half a wording, and for a GDPR field that is not here.
    """
    if gdpr_field and (text or version):
        raise ConfigurationError("A consent has a text of its own or a GDPR field, not both. Leave one out.")
    if gdpr_field:
        return wording_of(gdpr_field, account)
    if bool(text) != bool(version):
        raise ConfigurationError("A consent text and its version go together. Give both, or neither.")
    return Wording(str(text or USUAL_TEXT), str(version or USUAL_VERSION))


def wording_of(name: str, account: str) -> Wording:
    """The latest text of a GDPR field, as it was pulled last. Raises ConfigurationError."""
    fields = GdprField.plain.filter(account__alias=account).exclude(content="")
    found = fields.filter(Q(name=name) | Q(gdpr_field_id=name)).order_by("pk").first()
    if found is None:
        raise ConfigurationError(
            f'There is no GDPR field "{name}" with a text here. Run "manage.py getresponse_pull", or give '
            "the consent a text and a version."
        )
    return Wording(found.content, found.version_id, found.gdpr_field_id or "")
