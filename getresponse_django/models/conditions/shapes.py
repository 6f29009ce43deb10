"""Objects whose members depend on one another: the value of one decides which others there must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..members import Rule, members, one_of


@dataclass(frozen=True)
class Shape:
    """A rule (see members.py) for an object.

    ``choices`` are members that are required too; each value that one may have adds what its own shape says.
    """

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, Shape]] = field(default_factory=dict)

    def __call__(self, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _("Write an object of names and values.")
            return
        parts = list(self.applying(value))
        rules: dict[str, Rule] = {}
        required: list[str] = []
        decided = True
        for part in parts:
            rules |= {**part.required, **part.optional}
            rules |= {name: one_of(*shapes) for name, shapes in part.choices.items()}
            required += [*part.choices, *part.required]
            decided = decided and all(chosen(value, name, part) for name in part.choices)
        # Until it is decided, nobody knows which other members there may be.
        yield from members(rules, required, others=not decided)(value)

    def applying(self, value: Mapping[str, Any]) -> Iterator[Shape]:
        """This shape, and those that the members of ``value`` choose."""
        yield self
        for name in self.choices:
            if shape := chosen(value, name, self):
                yield from shape.applying(value)


def chosen(value: Mapping[str, Any], name: str, shape: Shape) -> Shape | None:
    """The shape that a member chooses; None when it is missing or wrong."""
    word = value.get(name)
    return shape.choices[name].get(word) if isinstance(word, str) else None
