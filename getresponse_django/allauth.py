"""For sites with django-allauth: a Subscriber that knows only addresses whose owner has confirmed them.

Import it from a ``getresponse.py``; nothing else here does.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from . import conf, subscribers

try:
    signals: Any = import_module("allauth.account.signals")
except ImportError:
    raise ImproperlyConfigured(
        "getresponse_django.allauth needs django-allauth: pip install 'getresponse-django[allauth]', or use "
        "getresponse_django.Subscriber."
    ) from None
if not apps.is_installed("allauth.account"):
    raise ImproperlyConfigured('getresponse_django.allauth needs "allauth.account" in INSTALLED_APPS.')


class VerifiedSubscriber(subscribers.Subscriber):
    """A rule for the users of allauth: on the list with their primary address once it is verified, until then
    with another one that is, else not at all. Override ``user_of`` where the rule is for another model.
    """

    watch: ClassVar[Any] = ("account.EmailAddress",)

    def user_of(self, obj: Any) -> Any:
        """The user whose addresses count."""
        return obj

    def address(self, obj: Any) -> str:
        """The verified address, empty when there is none."""
        addresses: Any = apps.get_app_config("account").get_model("EmailAddress")
        mine = addresses.objects.filter(verified=True, user=self.user_of(obj)).order_by("-primary", "pk")
        return str(mine.values_list("email", flat=True).first() or "")


def follow_user(sender: Any, user: Any = None, email_address: Any = None, **_kwargs: Any) -> None:
    """email_confirmed, email_changed and email_removed: look at the user again, whichever way allauth wrote
    the address.
    """
    user = user or email_address.user
    if conf.app_settings.ENABLED:
        for rule in subscribers.rules_for(type(user)):
            if isinstance(rule, VerifiedSubscriber):
                subscribers.safely(rule, user, rule.sync)


for signal in (signals.email_confirmed, signals.email_changed, signals.email_removed):
    signal.connect(follow_user, dispatch_uid="getresponse allauth")
