"""Custom fields as fields of a form, each as its definition says. What is there is always shown, and kept
when nobody touches it, also where the definition would not take it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...models import CustomField
from ...models.field_values import CHOICES, GENDERS, SEVERAL, TESTS
from ..shared.texts import ExactTextField, LinesField

MOST_BOXES = 12
"""More values to tick than these are a list instead."""

INPUTS: dict[str, dict[str, str]] = {
    "number": {"inputmode": "decimal"},
    "date": {"type": "date"},
    "datetime": {"placeholder": "2030-01-31 12:00:00"},
    "phone": {"type": "tel"},
    "url": {"type": "url"},
    "currency": {"maxlength": "3", "size": "4", "placeholder": "EUR"},
}
"""Type -> the attributes of its input, where its value is one that such an input can show."""


def form_field(definition: CustomField, values: Sequence[str]) -> forms.Field:
    """The form's field for a custom field that has these values."""
    options: dict[str, Any] = {"label": definition.name, "required": False}
    several = definition.format in SEVERAL or len(values) > 1
    choices = choices_of(definition, values)
    if several and not choices:
        return LinesField(**options, initial=list(values), help_text=_("One value per line."))
    if several:
        boxes = forms.CheckboxSelectMultiple if len(choices) <= MOST_BOXES else forms.SelectMultiple
        pairs = [(value, value) for value in choices]
        return forms.MultipleChoiceField(**options, initial=list(values), choices=pairs, widget=boxes)
    value = next(iter(values), "")
    if choices:
        pairs = [("", "-"), *((value, value) for value in choices)]
        select = forms.RadioSelect if definition.format == "radio" else forms.Select
        return forms.ChoiceField(**options, initial=value, choices=pairs, widget=select)
    return ExactTextField(**options, initial=value, widget=text_widget(definition, value))


def choices_of(definition: CustomField, values: Sequence[str]) -> list[str]:
    """The values to choose from, with those that are there; none for a field that takes any."""
    offered = list(definition.values) if definition.format in (*CHOICES, "checkbox") else []
    if not offered and definition.type == "gender":
        offered = list(GENDERS)
    return list(dict.fromkeys([*offered, *values])) if offered else []


def text_widget(definition: CustomField, value: str) -> forms.Widget:
    """An input of the type, or a plain one for a value that a browser would drop or not let pass."""
    if definition.format == "textarea" or "\n" in value:
        return forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    test, _takes = TESTS.get(definition.type, (None, None))
    attrs = {} if value and test and not test(value) else INPUTS.get(definition.type, {})
    return forms.TextInput(attrs={"class": "vTextField"} | attrs)
