"""The forms of a site for its visitors: a signup of its own, and a consent for any other form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.utils.translation import gettext_lazy as _

from .errors import ConfigurationError
from .models import Account, Contact
from .models.contact_states import GONE
from .models.validators import LONGEST_NAME, validate_address, validate_plain_address
from .subscribers.following import is_user
from .wording import wording

OFFER = ("campaign", "account", "consent_text", "consent_version", "gdpr_field")
"""What a form asks consent for: attributes of its class, and keyword arguments of its constructor."""

UNSEEN = re.compile(r"[\u202a-\u202e\u2066-\u2069\u2028\u2029]")
"""Marks that turn the direction of a text, and separators of lines."""

LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)


def validate_spoken_name(value: str) -> None:
    """Refuse what no name has, and what would be abuse in a mail that greets by name: line breaks and other
    control characters, marks of direction, links.
    """
    if UNSEEN.search(value) or any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise ValidationError(_("A name is written in one line, without control characters."))
    if LINK.search(value):
        raise ValidationError(_("A name has no links."))


def validate_contact_name(value: str) -> None:
    """Refuse what no contact can be called."""
    validate_spoken_name(value)
    Contact._meta.get_field("name").run_validators(value)


class ShownVersion(forms.CharField):
    """The version of the text that the page shows, whatever was sent before."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class ConsentMixin(forms.BaseForm):
    """A form with a box to tick under the wording of a consent, which puts the person on ``campaign``.

    The wording is ``consent_text`` with ``consent_version``, or the latest of ``gdpr_field`` (name or id).
    What was shown is what is written down: who sends another version is shown the new one first.
    """

    campaign: str = ""
    account: str = "default"
    consent_text: str = ""
    consent_version: str = ""
    gdpr_field: str = ""
    consent_required: ClassVar[bool] = True
    email_field: ClassVar[str] = "email"
    name_field: ClassVar[str] = "name"

    def __init__(self, *args: Any, ip_address: str = "", **kwargs: Any) -> None:
        for name in OFFER:
            if name in kwargs:
                setattr(self, name, kwargs.pop(name))
        if not self.campaign:
            raise ConfigurationError(f'{type(self).__name__} needs the name of a list: campaign = "…".')
        self.ip_address = ip_address
        self.wording = wording(
            self.consent_text, self.consent_version, gdpr_field=self.gdpr_field, account=self.account
        )
        super().__init__(*args, **kwargs)
        self.fields["consent"] = forms.BooleanField(
            label=self.wording.text,
            label_suffix="",
            required=self.consent_required,
            error_messages={"required": _("Tick this box if you agree. Without it we may not write to you.")},
        )
        self.fields["consent_wording"] = ShownVersion(
            required=False, widget=forms.HiddenInput, initial=self.wording.version
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a consent to another wording, and an address or a name that GetResponse would refuse."""
        cleaned = super().clean()
        data: dict[str, Any] = self.cleaned_data if cleaned is None else cleaned
        if data.get("consent"):
            self._check_wording(data.get("consent_wording") or self.wording.version)
            self._check(self.email_field, validate_address, data.get(self.email_field) or "")
            self._check(self.name_field, validate_contact_name, data.get(self.name_field) or "")
        return data

    def _check_wording(self, shown: str) -> None:
        if shown == self.wording.version:
            return
        sent: dict[str, Any] = self.data.copy()  # type: ignore[attr-defined]
        sent.pop(self.add_prefix("consent"), None)
        self.data = sent
        self.add_error("consent", _("This text has changed. Please read it again."))

    def _check(self, field: str, validate: Callable[[str], object], value: str) -> None:
        if field in self.errors:
            return
        try:
            validate(value)
        except ValidationError as error:
            self.add_error(field if field in self.fields else None, error)

    def subscribe(self, **links: Any) -> Contact | None:
        """Put the person on the list, which is recorded and pushed later; None without a consent.

        ``links`` are columns of the contact, such as its ``user``. A stranger who types somebody's address
        neither renames that person nor takes over their contact.
        """
        data = self.cleaned_data
        if not data.get("consent"):
            return None
        email, name = data[self.email_field], data.get(self.name_field) or ""
        mine = Contact.objects.at(Account.objects.for_alias(self.account), email)
        there = mine.filter(campaign__name=self.campaign).exclude(state__in=GONE).first()
        if there is not None:
            name = "" if there.name else name
            links = {column: value for column, value in links.items() if not getattr(there, column)}
        return Contact.objects.subscribe(
            email,
            campaign=self.campaign,
            account=self.account,
            name=name,
            consent=self.wording.agreed_now(ip_address=self.ip_address),
            **links,
        )


class NewsletterForm(ConsentMixin, forms.Form):
    """A signup for one list: ``NewsletterForm(request.POST, campaign="customers")``, or a subclass that says
    ``campaign = "customers"``.
    """

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        validators=[validate_plain_address],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("Name (you may leave this empty)"),
        max_length=LONGEST_NAME,
        required=False,
        validators=[validate_spoken_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    @property
    def is_trapped(self) -> bool:
        """Whether a field was filled that people do not see."""
        return bool(self.data.get(self.add_prefix("website")))

    def clean_name(self) -> str:
        """The name, each letter in its usual form (NFC)."""
        return unicodedata.normalize("NFC", self.cleaned_data["name"])

    def save(self) -> Contact | None:
        """Put the person on the list."""
        return self.subscribe()


class SignupMixin(ConsentMixin):
    """For any form that has an e-mail address and a ``save``, before its other bases: a box that may be
    ticked, and whoever ticks it is on the list when the form is saved.

    After ``save(commit=False)`` call ``subscribe()`` when the object is saved. ``wording`` has the ``text``
    and the ``version`` that the page shows.
    """

    consent_required = False

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Both are saved, or neither. A user that is saved becomes the user of the contact."""
        with transaction.atomic(using=router.db_for_write(Contact)):
            saved = super().save(*args, **kwargs)  # type: ignore[misc]
            if args[0] if args else kwargs.get("commit", True):
                self.subscribe(**({"user": saved} if is_user(saved) else {}))
        return saved
