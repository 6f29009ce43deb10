"""The form of a contact: what GetResponse would refuse, or this database, is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from ...models import Account, Campaign, Contact, CustomField
from ...models.field_values import as_values, value_list, value_problems
from ..shared.texts import leave_untouched
from ..shared.typed import ModelForm
from .value_fields import form_field

PREFIX = "custom_"
"""What the names of the fields for custom fields begin with; then comes the key of the definition."""


class ContactForm(ModelForm):
    """A contact belongs to the account of its list. Fields that are read-only are not among its data."""

    definitions: ClassVar[Sequence[CustomField]] = ()
    """The custom fields that have a field in this form."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        campaign = cleaned.get("campaign") or (self.instance.campaign if self.instance.pk else None)
        if campaign is not None:
            self._check_account(campaign)
            self._check_address(campaign, cleaned.get("email") or self.instance.email)
            self._check_tags(campaign.account, cleaned.get("tags") or ())
        self._take_custom_fields(cleaned)
        leave_untouched(self, cleaned)
        return cleaned

    def _take_custom_fields(self, cleaned: dict[str, Any]) -> None:
        """Only what was touched changes: all else stays, also null while the details were not read."""
        touched: dict[str, list[str]] = {}
        for definition in self.definitions:
            name = field_name(definition)
            if name in self.changed_data and name in cleaned:
                touched[definition.name] = value_list(cleaned[name])
                for complaint in value_problems(definition, touched[definition.name]):
                    self.add_error(name, complaint)
        if touched:
            known = {**(self.instance.custom_fields or {}), **touched}
            self.instance.custom_fields = {
                name: values for name, values in known.items() if values or name not in touched
            }

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

    def _check_tags(self, account: Account, tags: Any) -> None:
        if any(tag.account_id != account.pk for tag in tags):
            self.add_error("tags", _("A tag of another account cannot be used."))


def field_name(definition: CustomField) -> str:
    """The name of the field of the form for a custom field."""
    return f"{PREFIX}{definition.pk}"


def form_with(definitions: Sequence[CustomField], contact: Contact | None) -> type[ContactForm]:
    """The form of a contact (None: of a new one) with a field for each of these custom fields."""
    values = as_values((contact and contact.custom_fields) or {})
    fields = {field_name(each): form_field(each, values.get(each.name, [])) for each in definitions}
    return type("ContactForm", (ContactForm,), {**fields, "definitions": definitions})


def places(form: Any, column: str, text: str) -> list[str | None]:
    """The fields beside which a refusal of a column is said; None is above them all.

    GetResponse names a custom field at most in its sentence.
    """
    if column != "custom_fields":
        return [column] if column in form.fields else []
    if not form.definitions:
        return []
    said = set(re.findall(r"\w+", text))
    return [field_name(each) for each in form.definitions if each.name in said] or [None]
