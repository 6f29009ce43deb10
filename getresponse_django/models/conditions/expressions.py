"""Conditions joined with ``&`` and ``|``, and how they become the sections of a search.

A search has two levels: sections joined by one operator, and in each section conditions joined by one
(contract/behaviour-newsletters.md section 1.4). What needs a third is refused, not rewritten behind anybody's
back: it may become many more conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NoReturn

from .vocabulary import MOST_CONDITIONS, MOST_SECTIONS

Logic = Literal["and", "or"]


class Called(NamedTuple):
    """Something of the account that is called so; ``resource`` is a key of RESOURCES."""

    resource: str
    name: str


@dataclass(frozen=True)
class Late:
    """A value that only the row of something named can tell."""

    named: Called
    tell: Callable[[Any], str]


class Expression:
    """A condition, or several that are joined."""

    def __and__(self, other: Expression) -> Group:
        return joined("and", self, other)

    def __or__(self, other: Expression) -> Group:
        return joined("or", self, other)

    def __bool__(self) -> NoReturn:
        raise TypeError("Join conditions with & and |, in parentheses; “and” and “or” would drop some.")


@dataclass(frozen=True, eq=False)
class Condition(Expression):
    """One condition. Its members are as the API has them, but for those that are ``Late``."""

    members: Mapping[str, Any]

    def names(self) -> Iterator[Called]:
        """What it speaks of by name."""
        return (member.named for member in self.members.values() if isinstance(member, Late))

    def written(self, rows: Mapping[Called, Any]) -> dict[str, Any]:
        """The condition as JSON, with the rows of what it speaks of."""
        return {
            name: member.tell(rows[member.named]) if isinstance(member, Late) else member
            for name, member in self.members.items()
        }


@dataclass(frozen=True, eq=False)
class Group(Expression):
    """Two expressions or more, joined by one operator; none of them is a group of the same operator."""

    logic: Logic
    parts: Sequence[Expression]


class Section(NamedTuple):
    """Conditions joined by one operator."""

    logic: Logic
    conditions: Sequence[Condition]


def joined(logic: Logic, *expressions: Expression) -> Group:
    """All of these or any of them, flat where one is joined in the same way already."""
    parts: list[Expression] = []
    for one in expressions:
        if not isinstance(one, Expression):
            raise TypeError(f"Join conditions with conditions, not with {type(one).__name__}: see raw().")
        parts += one.parts if isinstance(one, Group) and one.logic == logic else [one]
    return Group(logic, parts)


def layout(search: Expression) -> tuple[Logic, list[Section]]:
    """The operator between the sections, and the sections. Raises ValueError for what no search can say."""
    whole = search if isinstance(search, Group) else Group("and", [search])
    single = [part for part in whole.parts if isinstance(part, Condition)]
    groups = [part for part in whole.parts if isinstance(part, Group)]
    sections = [
        Section(whole.logic, single[start : start + MOST_CONDITIONS])
        for start in range(0, len(single), MOST_CONDITIONS)
    ]
    sections += [section_of(group, within=whole.logic) for group in groups]
    if len(sections) > MOST_SECTIONS:
        raise ValueError(
            f"This search needs {len(sections)} sections, and GetResponse takes {MOST_SECTIONS} of "
            f"{MOST_CONDITIONS} conditions: make it several segments."
        )
    return whole.logic, sections


def section_of(group: Group, *, within: Logic) -> Section:
    """A group as one section."""
    conditions = [part for part in group.parts if isinstance(part, Condition)]
    if len(conditions) < len(group.parts):
        raise ValueError(
            f"GetResponse knows two levels of “and” and “or”, and this “{within}” holds an “{group.logic}” "
            f"that holds an “{within}”. Multiply it out: a & (b | (c & d)) is (a & b) | (a & c & d)."
        )
    if len(conditions) > MOST_CONDITIONS:
        raise ValueError(
            f"An “{group.logic}” inside an “{within}” takes {MOST_CONDITIONS} conditions, and this has "
            f"{len(conditions)}: make it several segments."
        )
    return Section(group.logic, conditions)
