"""Who of the users is a contact: who is active."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User

from getresponse_django import Subscriber, register


@register(User)
class Customers(Subscriber):
    """They agreed when they registered."""

    campaign = "customers"
    email, name = "email", "get_full_name"
    tags = ("site",)

    def wants(self, obj: User) -> bool:
        return obj.is_active

    def consented_at(self, obj: User) -> datetime:
        return obj.date_joined
