"""When people agreed: asked before somebody is put on a list by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy


def moment_input() -> forms.DateTimeInput:
    """One labelled input for a date and a time, which needs no script."""
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"})


class ConsentForm(forms.Form):
    """When the people agreed to be on the list."""

    consented_at = forms.DateTimeField(
        label=gettext_lazy("They agreed on"),
        help_text=gettext_lazy(
            "Their consent must be newer than their leaving. It is stored with the contact."
        ),
        widget=moment_input(),
    )

    def clean_consented_at(self) -> Any:
        """A moment that is over."""
        moment = self.cleaned_data["consented_at"]
        if moment > timezone.now():
            raise forms.ValidationError(gettext_lazy("This lies in the future."))
        return moment
