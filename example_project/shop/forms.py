"""The forms of the shop. Each saves the user after the profile: saving the user is what syncs the contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from .models import Profile


class CustomerForm(forms.Form):
    """What a customer tells at registration and may change later."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=128, widget=forms.EmailInput(attrs={"autocomplete": "email username"})
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


class RegistrationForm(CustomerForm):
    """A new customer."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters."),
    )
    newsletter = forms.BooleanField(label=_("Send me the newsletter"), label_suffix="", required=False)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password

    @transaction.atomic
    def save(self) -> User:
        """Make the user and the profile, or neither."""
        user = self.write_user()
        user.set_password(self.cleaned_data["password"])
        user.save()
        profile = Profile(user=user, city=self.cleaned_data["city"])
        profile.want_newsletter(self.cleaned_data["newsletter"])
        profile.save()
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
