"""What differs between a row and GetResponse: the part of a page that says what a push will change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ...resources import Json

BLANK: tuple[Any, ...] = (None, "", [], {})


class Difference(NamedTuple):
    """One member that differs, as texts."""

    member: str
    there: str
    here: str


Names = Mapping[str, Callable[[Any], Any]]
"""Member -> how its value is shown, for values that are ids."""


def differences(values: Json, base: Json, names: Names | None = None) -> list[Difference]:
    """The members of ``values`` that differ from ``base``, what GetResponse has; custom fields one by one."""
    show = names or {}
    return [
        Difference(member, as_text(there, show.get(member)), as_text(here, show.get(member)))
        for member, there, here in pairs(values, base)
        if there != here and not (there in BLANK and here in BLANK)
    ]


def pairs(values: Json, base: Json) -> Iterator[tuple[str, Any, Any]]:
    """(member, there, here), with every custom field as a member of its own."""
    for member, here in values.items():
        there = base.get(member)
        if member == "customFieldValues":
            fields_there, fields_here = there or {}, here or {}
            for name in sorted({*fields_there, *fields_here}):
                yield name, fields_there.get(name), fields_here.get(name)
        else:
            yield member, there, here


def as_text(value: Any, show: Callable[[Any], Any] | None = None) -> str:
    """A value for people: a list with commas, an object as its members, nothing as a dash."""
    if value in BLANK:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {as_text(item)}" for key, item in value.items() if item not in BLANK)
    items = value if isinstance(value, list) else [value]
    return ", ".join(str(show(item) if show else item) for item in items)
