"""The form of a new newsletter: what its creation needs, and a word before it is sent to many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .typed import ModelForm

MOST_LETTERS = 524_288
"""Of HTML and of text (behaviour-newsletters.md section 2)."""

AUDIENCE = ("selectedCampaigns", "selectedSegments", "selectedContacts")


class NewsletterForm(ModelForm):
    """GetResponse cannot change a newsletter later, so everything must be right at once."""

    type = forms.ChoiceField(
        label=_("Type"),
        initial="draft",
        choices=[("draft", _("draft")), ("broadcast", _("broadcast: sent at once"))],
        help_text=_(
            "Careful: a broadcast goes out to its whole audience as soon as it is pushed, and cannot be "
            "called back. A draft waits in GetResponse."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("campaign", "from_field"):
            if name in self.fields:
                self.fields[name].required = True
        for name in ("html", "plain_text"):
            if name in self.fields:
                self.fields[name].widget.attrs["maxlength"] = MOST_LETTERS

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (cleaned.get("html") or cleaned.get("plain_text")):
            self.add_error("html", _("Write HTML or text content."))
        audience = cleaned.get("send_settings") or {}
        if not isinstance(audience, dict):
            self.add_error("send_settings", _('Write an object, such as {"selectedCampaigns": ["V"]}.'))
        elif cleaned.get("type") == "broadcast" and not any(audience.get(name) for name in AUDIENCE):
            self.add_error("send_settings", _("A broadcast needs an audience: %s.") % ", ".join(AUDIENCE))
        self._check_account(cleaned)
        return cleaned

    def _check_account(self, cleaned: dict[str, Any]) -> None:
        if campaign := cleaned.get("campaign"):
            self.instance.account = campaign.account
            from_field = cleaned.get("from_field")
            if from_field and from_field.account_id != campaign.account_id:
                self.add_error("from_field", _("This belongs to another account than the campaign."))
