"""The settings of a list: opt-in, postal address, profile (getresponse-v3.yaml, NewCampaign).

Decided where the contract is open: a part of the postal address has at most 255 characters.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from .members import flag, members, one_of, text, that, url

OPTIN = one_of("single", "double")
OPTIN_TYPES = members({"email": OPTIN, "api": OPTIN, "import": one_of("single"), "webform": OPTIN})
"""Imports are always single opt-in (behaviour-contacts.md section 6)."""

LINE = text(0, 255)
POSTAL = members(
    {
        "addPostalToMessages": lambda value: iter(()) if value == "" else flag(value),  # "" is not sent
        **dict.fromkeys(("city", "companyName", "country", "design", "state", "street", "zipCode"), LINE),
    }
)
INDUSTRY = that(
    lambda value: isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10,
    lambda: _("Write a number as a text."),
)
PROFILE = members(
    {
        "description": text(2, 255),
        "industryTagId": INDUSTRY,
        "logo": url,
        "logoLinkUrl": url,
        "title": text(2, 64),
    }
)
