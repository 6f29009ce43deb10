"""The form of a contact: what GetResponse would refuse, or this database, is said beside its field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Account, Campaign, Contact, CustomField
from ..models.field_values import as_values
from .typed import ModelForm


class ContactForm(ModelForm):
    """A contact belongs to the account of its list. Fields that are read-only are not among its data."""

    def clean_custom_fields(self) -> dict[str, list[str]] | None:
        """Any object of names with a value or a list of values; null while the details were not read."""
        given = self.cleaned_data["custom_fields"]
        if given is None:  # emptied here, or never read
            return None if self.instance.custom_fields is None else {}
        if not isinstance(given, dict):
            raise forms.ValidationError(_('Write an object, such as {"plan": ["pro"]}.'))
        return as_values(given)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        campaign = cleaned.get("campaign") or (self.instance.campaign if self.instance.pk else None)
        if campaign is not None:
            self._check_account(campaign)
            self._check_address(campaign, cleaned.get("email") or self.instance.email)
            self._check_custom_fields(campaign.account, cleaned.get("custom_fields") or {})
            self._check_tags(campaign.account, cleaned.get("tags") or ())
        return cleaned

    def _check_account(self, campaign: Campaign) -> None:
        if self.instance.pk is None:
            self.instance.account = campaign.account
        elif self.instance.account_id != campaign.account_id:
            self.add_error("campaign", _("A contact cannot move to a list of another account."))

    def _check_address(self, campaign: Campaign, email: str) -> None:
        others = Contact.plain.filter(campaign=campaign, email_lower=email.lower())
        if "email" in self.fields and email and others.exclude(pk=self.instance.pk).exists():
            text = _("This address is a contact of the list already. If it has left: use “Subscribe” there.")
            self.add_error("email", text)

    def _check_custom_fields(self, account: Account, given: dict[str, list[str]]) -> None:
        known = CustomField.plain.filter(account=account, name__in=list(given))
        kept = set(self.instance.custom_fields or {})
        unknown = set(given) - set(known.values_list("name", flat=True)) - kept
        if unknown:
            text = _("There is no such custom field: %(names)s.") % {"names": ", ".join(sorted(unknown))}
            self.add_error("custom_fields", text)

    def _check_tags(self, account: Account, tags: Any) -> None:
        if any(tag.account_id != account.pk for tag in tags):
            self.add_error("tags", _("A tag of another account cannot be used."))
