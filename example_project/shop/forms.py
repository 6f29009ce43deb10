"""The forms of the shop. Each saves the user after the profile: saving the user is what syncs the contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from getresponse_django.forms import SignupMixin

from .getresponse import CustomerSubscriber
from .models import Profile


class CustomerForm(forms.Form):
    """What a customer tells at registration and may change later."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=128, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    name = forms.CharField(
        label=_("Name"), max_length=128, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    city = forms.CharField(label=_("City"), max_length=100, required=False)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        self.user = user or User()
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        """The address in lower case; it is the user name too, so it must be free."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(username=email).exclude(pk=self.user.pk).exists():
            raise forms.ValidationError(_("Somebody has registered with this address already."))
        return email

    def write_user(self) -> User:
        """The user with the form's values; not saved."""
        user, data = self.user, self.cleaned_data
        user.username = user.email = data["email"]
        user.first_name, _space, user.last_name = data["name"].partition(" ")
        return user


class RegistrationForm(SignupMixin, CustomerForm):
    """A new customer, with the box that the mixin adds: what it says is what the ledger of consents keeps."""

    campaign = CustomerSubscriber.campaign
    consent_text = "Send me the newsletter for customers. I can unsubscribe at any time."
    consent_version = "1"

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters."),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password

    @transaction.atomic
    def save(self) -> User:
        """Make the user, the contact of whoever ticked the box, and the profile; or nothing."""
        user = self.write_user()
        user.set_password(self.cleaned_data["password"])
        user.save()
        contact = self.subscribe(user=user)
        Profile.objects.create(
            user=user,
            city=self.cleaned_data["city"],
            newsletter=contact is not None,
            newsletter_since=contact.consented_at if contact else None,
        )
        user.save()
        return user


class ProfileForm(CustomerForm):
    """What a customer may change."""

    plan = forms.ChoiceField(label=_("Plan"), choices=Profile.Plan.choices)

    @transaction.atomic
    def save(self, profile: Profile) -> User:
        """Write profile and user, or neither."""
        profile.city, profile.plan = self.cleaned_data["city"], self.cleaned_data["plan"]
        profile.save()
        user = self.write_user()
        user.save()
        return user


class NewsletterForm(forms.Form):
    """The one button that subscribes or unsubscribes."""

    wanted = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda answer: answer == "yes"
    )

    @transaction.atomic
    def save(self, profile: Profile) -> None:
        """Note the wish on the profile and let the contact follow."""
        profile.want_newsletter(self.cleaned_data["wanted"])
        profile.save()
        profile.user.save()
