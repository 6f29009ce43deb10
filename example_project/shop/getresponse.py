"""Who of this site is a contact in GetResponse. The module is found by its name, as Django finds admin.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.dispatch import receiver

from getresponse_django import Subscriber, register
from getresponse_django.models import Contact
from getresponse_django.signals import contact_left

from .models import Profile


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


@receiver(contact_left)
def note_leaving(contact: Contact, **_kwargs: Any) -> None:
    """Who left, by the link in a message or on the preference page, has not asked for it here any more."""
    if contact.campaign.name == CustomerSubscriber.campaign:
        Profile.objects.filter(user=contact.user).update(newsletter=False)
