"""The definition of a segment: its envelope (behaviour-newsletters.md section 1.4) around conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from .conditions.grammar import condition
from .conditions.vocabulary import MOST_CONDITIONS, MOST_SECTIONS, PERIODS
from .members import Rule, anything, day, identifier, list_of, members, one_of

OPERATOR = one_of("and", "or")
CYCLE = one_of("receiving_autoresponder", "not_receiving_autoresponder")
REQUIRED = ("campaignIdsList", "logicOperator", "subscriberCycle", "subscriptionDate")
ENVELOPE: dict[str, Rule] = {
    "campaignIdsList": list_of(identifier),
    "logicOperator": OPERATOR,
    "subscriberCycle": list_of(CYCLE, 1, 2),
    "subscriptionDate": one_of("all_time", *PERIODS, "custom"),
    "customDate": members({"from": day, "to": day}, ("from", "to")),
}


def section(each: Rule, kept: Iterable[str]) -> Rule:
    """A section whose conditions are as ``each`` says, and which may have the members ``kept`` as well.
    ``customDate`` belongs to the subscription date "custom", and to no other.
    """
    conditions = {"conditions": list_of(each, 0, MOST_CONDITIONS)}
    parts = members(dict.fromkeys(kept, anything) | ENVELOPE | conditions, REQUIRED)

    def check(value: Any) -> Iterator[str]:
        yield from parts(value)
        custom = isinstance(value, dict) and value.get("subscriptionDate") == "custom"
        if isinstance(value, dict) and custom != ("customDate" in value):
            yield "customDate: " + _("It is written with, and only with, the subscription date “custom”.")

    return check


def definition(base: Any = None) -> Rule:
    """A definition. What GetResponse gave itself in ``base`` may be whatever it is: the panel makes
    conditions that are not published, and may do so with members of a section.
    """
    given = list(conditions_of(base))
    kept = {name for part in sections_of(base) if isinstance(part, dict) for name in part}

    def each(value: Any) -> Iterator[str]:
        if value not in given:
            yield from condition(value)

    return members(
        {
            "subscribersType": list_of(one_of("subscribed")),
            "sectionLogicOperator": OPERATOR,
            "section": list_of(section(each, kept), 1, MOST_SECTIONS),
        },
        ("sectionLogicOperator", "section"),
    )


def campaign_ids(definition: Any) -> set[str]:
    """The lists that a well-formed definition names."""
    return {campaign_id for part in definition["section"] for campaign_id in part["campaignIdsList"]}


def sections_of(definition: Any) -> list[Any]:
    """The sections of any definition."""
    found = definition.get("section") if isinstance(definition, dict) else None
    return found if isinstance(found, list) else []


def conditions_of(definition: Any) -> Iterator[Any]:
    """Every condition of any definition, whatever it holds."""
    for part in sections_of(definition):
        found = part.get("conditions") if isinstance(part, dict) else None
        yield from found if isinstance(found, list) else ()


DEFINITION = definition()
