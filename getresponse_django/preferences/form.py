"""The form of the preference page: a name, and lists to leave. Only what is ticked is left, so a list joined
meanwhile is not lost.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import router, transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..forms import validate_contact_name
from ..models import Contact
from ..models.validators import LONGEST_NAME
from .lists import in_words, leave_list, memberships, rename


class PreferencesForm(forms.Form):
    """What a person may change. An empty name changes nothing: GetResponse cannot be sent one."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        required=False,
        validators=[validate_contact_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    leave = forms.MultipleChoiceField(
        label=_("Lists to leave"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, contact: Contact, data: QueryDict | None = None) -> None:
        self.contact = contact
        self.memberships = list(memberships(contact))
        name = next((one.name for one in self.memberships if one.name), "")
        super().__init__(data, initial={"name": name})
        leave: Any = self.fields["leave"]
        # Who sends the form twice has left the list the second time, which is no mistake.
        leave.choices = [(one.pk, one.pk) for one in Contact.objects.at(contact.account, contact.email)]
        leave.widget.choices = [(one.pk, in_words(one)) for one in self.memberships]

    def save(self, *, ip_address: str = "") -> None:
        """Change the name and leave the lists that are ticked, or all when that button was pressed."""
        name, ticked = self.cleaned_data.get("name"), self.cleaned_data.get("leave", ())
        with transaction.atomic(using=router.db_for_write(Contact)):
            for membership in self.memberships:
                if self.leaves_all or str(membership.pk) in ticked:
                    leave_list(membership, ip_address=ip_address)
            if name and "name" in self.changed_data:
                rename(self.contact, name)

    @property
    def leaves_all(self) -> bool:
        """Whether the button "leave all" was pressed."""
        return "leave_all" in self.data
