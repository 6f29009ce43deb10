"""What GetResponse refuses in a single value, as Django validators: a mistake shows before it is pushed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator, validate_ipv46_address
from django.utils.translation import gettext_lazy as _

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

PLAIN_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:[a-z]{2,}|xn--[a-z0-9-]*[a-z0-9])\Z",
    re.IGNORECASE | re.ASCII,
)

LONGEST_NAME = 128
"""Characters of a contact's name (contract: schema NewContact)."""

LARGEST_SCORE = 1e300

no_slashes = RegexValidator(r"\A[^/\\@\[\]]*\Z", _("A list name must not contain / \\ @ [ or ]."))
"""behaviour-contacts.md section 7."""

no_emoji = RegexValidator(r"\A[^\U00010000-\U0010ffff\ufe0f]*\Z", _("A list name must not contain emoji."))
"""behaviour-contacts.md section 7. U+FE0F turns the character before it into an emoji."""

language_code = RegexValidator(r"\A[A-Za-z]{2}\Z", _("Write the language as two letters, such as EN."))
"""getresponse-v3.yaml, NewCampaign."""

field_name = RegexValidator(r"\A[a-z0-9_]+\Z", _("Use lower-case letters, digits and underscores."))
"""behaviour-contacts.md section 9."""

tag_name = RegexValidator(r"\A[_a-zA-Z0-9]+\Z", _("Use letters without accents, digits and underscores."))
"""behaviour-contacts.md section 9."""


def validate_as(field: str, validate: Callable[[Any], object], value: Any) -> None:
    """``validate(value)``, whose complaint is about ``field``."""
    try:
        validate(value)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from None


def validate_field_name(value: str) -> None:
    """Refuse the names that GetResponse reserves."""
    if value in RESERVED_FIELD_NAMES:
        raise ValidationError(_("“%(name)s” is reserved by GetResponse."), params={"name": value})


def validate_plain_address(value: str) -> None:
    """Refuse what Django takes for an address and GetResponse does not (getresponse-v3.yaml, NewContact:
    format email, which has no letters beyond ASCII); what is no address at all Django refuses itself.
    """
    try:
        EmailValidator()(value)
    except ValidationError:
        return
    if not PLAIN_ADDRESS.match(value):
        text = _(
            "GetResponse takes only plain addresses: without accents, quotes and brackets, an international "
            "domain as xn--…"
        )
        raise ValidationError(text)


def validate_address(value: str) -> None:
    """Refuse what GetResponse does not take for an address."""
    EmailValidator()(value)
    validate_plain_address(value)


def validate_score(value: float) -> None:
    """A score is a JSON number, which cannot be infinite (getresponse-v3.yaml, NewContact)."""
    if not math.isfinite(value) or abs(value) > LARGEST_SCORE:
        raise ValidationError(_("Write a number that is not infinite."))


def validate_ip_address(value: str) -> None:
    """Refuse what is no IPv4 or IPv6 address; a zone (``%eth0``) means something on one machine only."""
    validate_ipv46_address(value.replace("%", "!"))
