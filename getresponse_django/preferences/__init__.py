"""Preferences: pages on which people see and leave their lists, without a login, by a link they got."""

from .links import preference_link, unsubscribe_link

__all__ = ["preference_link", "unsubscribe_link"]
