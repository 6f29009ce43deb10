"""Sites with django-allauth: only a verified address is subscribed, and every change of it is followed."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, modify_settings

from getresponse_django import register, subscribers
from getresponse_django.models import Contact

pytest.importorskip("allauth.account", reason="django-allauth is not installed")

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.backends.cache import SessionStore

from getresponse_django.allauth import VerifiedSubscriber

pytestmark = pytest.mark.django_db

ANNA, NEW = "anna@example.com", "anna.k@example.com"


class Members(VerifiedSubscriber):
    campaign = "customers"


@pytest.fixture(autouse=True)
def rule() -> None:
    register(User)(Members)


@pytest.fixture
def user() -> User:
    user = User.objects.create(username="anna", email=ANNA)
    EmailAddress.objects.create(user=user, email=ANNA, primary=True)
    return user


class Silent(BaseStorage):
    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []


def request(user: User) -> Any:
    """A request of that user, as the views of allauth get it."""
    made: Any = RequestFactory().get("/")
    made.user, made.session = user, SessionStore()
    made._messages = Silent(made)
    return made


def confirm(address: EmailAddress) -> None:
    """The person follows the link in the mail."""
    flow = import_module("allauth.account.internal.flows.email_verification")
    assert flow.verify_email(request(address.user), address)


def on_the_list() -> list[str]:
    return list(Contact.objects.exclude(state="left").values_list("email", flat=True))


def test_an_address_is_subscribed_when_it_is_confirmed_and_not_before(user: User) -> None:
    assert on_the_list() == []
    confirm(EmailAddress.objects.get())
    assert on_the_list() == [ANNA]
    assert Contact.objects.get().user == user


def test_a_new_address_is_followed_once_it_is_confirmed(user: User) -> None:
    confirm(EmailAddress.objects.get())
    new = EmailAddress.objects.create(user=user, email=NEW)
    user.email = NEW
    user.save()
    assert on_the_list() == [ANNA], "not verified yet"
    confirm(new)
    new.set_as_primary()
    assert on_the_list() == [NEW]
    assert Contact.objects.count() == 1, "renamed in place"


def test_an_address_removed_leaves_with_the_next_best(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    first = EmailAddress.objects.get()
    confirm(first)
    EmailAddress.objects.create(user=user, email=NEW, verified=True)
    with django_capture_on_commit_callbacks(execute=True):
        first.remove()
    assert on_the_list() == [NEW]
    with django_capture_on_commit_callbacks(execute=True):
        EmailAddress.objects.get().remove()
    assert on_the_list() == []


@pytest.mark.parametrize("signal", [email_confirmed, email_changed])
def test_the_signals_of_allauth_are_enough(user: User, signal: Any) -> None:
    EmailAddress.objects.update(verified=True)  # sends no signal of Django
    address = EmailAddress.objects.get()
    said = {email_confirmed: {"email_address": address}, email_changed: {"user": user}}[signal]
    signal.send(sender=EmailAddress, request=None, **said)
    assert on_the_list() == [ANNA]


def test_other_rules_are_left_alone_by_them(user: User) -> None:
    subscribers.registry.clear()
    confirm(EmailAddress.objects.get())
    assert on_the_list() == []


def test_reconcile_subscribes_only_who_is_verified(user: User) -> None:
    EmailAddress.objects.update(verified=True)
    User.objects.create(username="bert", email="bert@example.com")
    assert list(subscribers.reconcile().values()) == [{"subscribed": 1}]


def test_without_allauth_the_module_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "getresponse_django.allauth")
    not_installed = modify_settings(INSTALLED_APPS={"remove": "allauth.account"})
    with not_installed, pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS"):
        import_module("getresponse_django.allauth")
    monkeypatch.setitem(sys.modules, "allauth.account.signals", None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'getresponse-django\[allauth\]'"):
        import_module("getresponse_django.allauth")
