"""Every member with a confirmed address is on two lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from getresponse_django import register
from getresponse_django.allauth import VerifiedSubscriber
from tests.journey.members.models import Member


@register(Member)
class Customers(VerifiedSubscriber):
    """They agreed when they registered."""

    campaign = "customers"
    tags = ["site"]
    erase_on_delete = settings.ERASE_ON_DELETE

    def consented_at(self, obj: Any) -> datetime:
        joined: datetime = obj.date_joined
        return joined


@register(Member)
class Newsletter(Customers):
    """The same on another list."""

    campaign = "newsletter"
