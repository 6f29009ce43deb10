"""{% load getresponse %}: a signup form for any page."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.text import slugify

from ..forms import NewsletterForm
from ..signup import signup_path

register = template.Library()


@register.inclusion_tag("getresponse_django/signup_form.html")
def getresponse_signup(
    campaign: str, account: str = "default", text: str = "", version: str = "", gdpr_field: str = ""
) -> dict[str, Any]:
    """The form for a list. Give the consent a ``text`` and a ``version``, or a ``gdpr_field``."""
    offer = {
        "campaign": campaign,
        "account": account,
        "consent_text": text,
        "consent_version": version,
        "gdpr_field": gdpr_field,
    }
    form = NewsletterForm(auto_id=f"getresponse_{slugify(campaign)}_%s", **offer)
    return {"form": form, "action": signup_path(**offer)}
