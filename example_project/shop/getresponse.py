"""Who of this site is a contact in GetResponse. The module is found by its name, as Django finds admin.py."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User

from getresponse_django import Subscriber, register


@register(User)
class CustomerSubscriber(Subscriber):
    campaign = "customers"
    email, name = "email", "get_full_name"
    custom_fields = {"plan": "profile.plan", "city": "profile.city"}
    tags = ["site"]

    def wants(self, user: User) -> bool:
        return user.is_active and user.profile.newsletter

    def consented_at(self, user: User) -> datetime | None:
        return user.profile.newsletter_since
