"""The overviews of the accounts for the admin's page of this app, which Django gives no other way in."""

from __future__ import annotations

from django import template

from getresponse_django.admin.accounts.overview import Overview, overviews

register = template.Library()


@register.simple_tag
def account_overviews() -> list[Overview]:
    """One for each account of the settings."""
    return overviews()
