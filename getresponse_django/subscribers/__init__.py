"""The rules of the site: who is a contact, with what data, and the receivers that follow them."""

from .following import safely
from .many import reconcile, sync, unknown_campaigns, unknown_fields
from .registering import register
from .registry import registry, rules_for
from .rule import Subscriber

__all__ = [
    "Subscriber",
    "reconcile",
    "register",
    "registry",
    "rules_for",
    "safely",
    "sync",
    "unknown_campaigns",
    "unknown_fields",
]
