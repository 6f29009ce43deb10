"""Values of custom fields: how they are written, and which a field takes (behaviour-contacts.md sections 4
and 9).

Decided where the contract is open: numbers, dates, times and addresses are taken as ISO and the web write
them; only ``multi_select`` and ``checkbox`` take several values; a value has at most 2,048 characters, one of
a definition 255. Countries and phone numbers are taken as they come.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterator, KeysView, Mapping, ValuesView
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .members import is_day, is_url

TYPES = ("string", "number", "date", "datetime", "country", "currency", "phone", "gender", "ip", "url")
FORMATS = ("text", "textarea", "radio", "checkbox", "single_select", "multi_select")
CHOICES = ("radio", "single_select", "multi_select")
"""Formats that need two values or more to choose from."""
SEVERAL = ("multi_select", "checkbox")
GENDERS = ("Male", "Female", "Prefer not to say")
LONGEST, LONGEST_CHOICE = 2048, 255

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?\Z"
)
CURRENCY = re.compile(r"[A-Z]{3}\Z")

UNKNOWN_FIELD = SimpleNamespace(type="string", format="multi_select", values=())
"""Stands for a custom field that GetResponse does not have (yet): it takes whatever a field may take."""


def is_number(value: str) -> bool:
    """Whether a text is a finite number."""
    return bool(NUMBER.match(value)) and math.isfinite(float(value))


def is_moment(value: str) -> bool:
    """Whether a text is a date or a date and time."""
    try:
        return bool(MOMENT.match(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def is_ip(value: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address, without a zone such as ``%eth0``."""
    try:
        return bool(ipaddress.ip_address(value)) and "%" not in value
    except ValueError:
        return False


TESTS: dict[str, tuple[Callable[[str], bool], Callable[[], str]]] = {
    "number": (is_number, lambda: _("a number, such as 12.5")),
    "date": (is_day, lambda: _("a date as yyyy-mm-dd")),
    "datetime": (is_moment, lambda: _("a date and time as yyyy-mm-dd hh:mm:ss")),
    "gender": (lambda value: value in GENDERS, lambda: ", ".join(GENDERS)),
    "currency": (lambda value: bool(CURRENCY.match(value)), lambda: _("a currency code, such as EUR")),
    "ip": (is_ip, lambda: _("an IP address")),
    "url": (is_url, lambda: _("an address that begins with http:// or https://")),
}
"""Type -> its test, and what it takes in words; other types take any text."""


def type_problems(type_: str, value: str) -> Iterator[str]:
    """Why a field of this type does not take a value."""
    test, takes = TESTS.get(type_, (None, None))
    if test and takes and not test(value):
        yield _("“%(value)s” is not taken: write %(takes)s.") % {"value": value, "takes": takes()}


def shape_problems(values: Any, longest: int = LONGEST) -> Iterator[str]:
    """Why these are not values at all: they are lists of texts, as requests carry them."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        yield _("Write a list of texts.")
    elif any(not 1 <= len(value) <= longest or "\x00" in value for value in values):
        yield _("Each value must have %(from)d to %(to)d characters.") % {"from": 1, "to": longest}


def value_problems(field: Any, values: Any) -> Iterator[str]:
    """Why the custom field ``field`` does not take ``values``; none is always taken: it empties the field."""
    if found := list(shape_problems(values)):
        yield from found
        return
    if len(values) > 1 and field.format not in SEVERAL:
        yield _("Only one value is taken.")
    for value in values:
        yield from type_problems(field.type, value)
    wrong = [value for value in values if value not in field.values]
    if field.values and wrong and field.format in (*CHOICES, "checkbox"):
        known = ", ".join(field.values)
        yield _("“%(value)s” is not taken: choose from %(takes)s.") % {"value": wrong[0], "takes": known}


def definition_problems(field: Any) -> Iterator[str]:
    """Why a definition cannot have its values."""
    if found := list(shape_problems(field.values, LONGEST_CHOICE)):
        yield from found
        return
    if field.format in CHOICES and len(field.values) < 2:
        yield _("A field to choose from needs at least two values.")
    for value in field.values:
        yield from type_problems(field.type, value)


SEQUENCES = (list, tuple, Iterator, KeysView, ValuesView, QuerySet)
"""What is several values. Not all that can be gone through: a file of a model is, and means its name."""


def as_values(custom_fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Custom field values as the API has them, lists of strings (behaviour-contacts.md section 4)."""
    return {name: value_list(value) for name, value in custom_fields.items()}


def value_list(value: Any) -> list[str]:
    """One value or several as strings; None and "" are no value. Dates are written YYYY-MM-DD."""
    if isinstance(value, (set, frozenset)):
        return sorted(
            text for item in value for text in value_list(item)
        )  # else it seems to change all the time
    if isinstance(value, SEQUENCES):
        return [text for item in value for text in value_list(item)]
    if isinstance(value, datetime):
        return [value.strftime("%Y-%m-%d %H:%M:%S")]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [] if value is None or value == "" else [str(value)]
