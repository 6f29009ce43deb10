"""Form fields for texts that are kept as they are, and for a list of texts as lines."""

from __future__ import annotations

from typing import Any

from django import forms


class ExactTextField(forms.CharField):
    """A text that is left as it is: no blanks cut off, and the line ends of a browser are ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)  # a length here would overrule that of the input

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


def leave_untouched(form: Any, cleaned: dict[str, Any]) -> None:
    """Put the texts back that nobody touched: a browser sends other line ends than GetResponse may have."""
    for name, field in form.fields.items():
        if isinstance(field, ExactTextField) and name in form.initial and name not in form.changed_data:
            cleaned[name] = form.initial[name]


class LinesField(forms.CharField):
    """A list of texts, one per line."""

    widget = forms.Textarea(attrs={"rows": 6})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != self.to_python(self.prepare_value(initial)))
