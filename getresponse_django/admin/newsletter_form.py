"""The form of a new newsletter: what its creation needs, and a word before it is sent to many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models.message_rules import MOST_LETTERS
from .typed import ModelForm


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
        if campaign := cleaned.get("campaign"):
            self.instance.account = campaign.account
        return cleaned
