"""The definition of a segment as a sentence: pure, and never an error, whatever GetResponse gave.

What the grammar does not know, or what breaks it, is said to be there and no more: GetResponse has more types
of conditions than it publishes (contract/behaviour-newsletters.md section 1.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

from django.utils.translation import gettext, ngettext

from ..definitions import conditions_of, section, sections_of
from ..members import anything
from .clauses import CLAUSES, unknown
from .grammar import CONDITIONS, condition
from .phrases import Names, at, quoted
from .vocabulary import MESSAGE_KINDS

LISTS_NAMED = 5


def sentence(definition: Any, names: Names) -> str:
    """Whom a definition finds; "" when it has no section. ``names`` are those of what it mentions."""
    sections = sections_of(definition)
    scopes = [scope(part, names) for part in sections]
    shared = scopes[0] if scopes and all(one == scopes[0] for one in scopes) else []
    parts = [
        ", ".join([asked(part, names), *(own if own != shared else [])])
        for part, own in zip(sections, scopes, strict=True)
    ]
    if len(parts) > 1:
        parts = [f"({part})" for part in parts]
    operator = definition.get("sectionLogicOperator") if isinstance(definition, dict) else None
    return ", ".join([joined(operator, parts), *shared]) if parts else ""


def joined(operator: Any, parts: list[str]) -> str:
    """Clauses, all of which or any of which must be true."""
    text = gettext("%(first)s or %(second)s") if operator == "or" else gettext("%(first)s and %(second)s")
    return reduce(lambda first, second: text % {"first": first, "second": second}, parts)


def malformed(part: Any) -> bool:
    """Whether the envelope of a section is not as the API writes it; further members do no harm."""
    return any(section(anything, part if isinstance(part, dict) else ())(part))


def asked(part: Any, names: Names) -> str:
    """The conditions of a section."""
    if malformed(part):
        return gettext("a section that cannot be read here")
    clauses = [clause(one, names) for one in part.get("conditions", ())]
    return joined(part["logicOperator"], clauses) if clauses else gettext("everybody")


def clause(one: Any, names: Names) -> str:
    """One condition."""
    if any(condition(one)) or one["conditionType"] not in CLAUSES:
        return unknown(one)
    return CLAUSES[one["conditionType"]](one, names)


def scope(part: Any, names: Names) -> list[str]:
    """On which lists, subscribed when, in a cycle or not: what restricts a section beside its conditions."""
    if malformed(part):
        return []
    return list(filter(None, [on_lists(part, names), subscribed(part), in_cycle(part)]))


def on_lists(part: Any, names: Names) -> str:
    """The lists of a section, or how many there are."""
    found = [quoted(names.get(("campaign", one), one)) for one in part["campaignIdsList"]]
    if not found:
        return gettext("on no list")
    if len(found) > LISTS_NAMED:
        text = ngettext("on %(count)d list", "on %(count)d lists", len(found))
        return text % {"count": len(found)}
    text = ngettext("on the list %(names)s", "on the lists %(names)s", len(found))
    return text % {"names": ", ".join(found)}


def subscribed(part: Any) -> str:
    """When the contacts of a section subscribed; "" for any time."""
    period, dates = part["subscriptionDate"], part.get("customDate", {})
    when = at(period, f"{dates.get('from')}/{dates.get('to')}")
    return gettext("subscribed %(when)s") % {"when": when} if when else ""


def in_cycle(part: Any) -> str:
    """Whether the contacts of a section get autoresponders; "" for both."""
    cycle = set(part["subscriberCycle"])
    if len(cycle) > 1:
        return ""
    if cycle == {"receiving_autoresponder"}:
        return gettext("receiving autoresponders")
    return gettext("receiving no autoresponders")


def mentioned(definition: Any) -> set[tuple[str, str]]:
    """(resource, remote id) of what a definition mentions, for the names of a sentence."""
    found = {
        ("campaign", campaign_id)
        for part in sections_of(definition)
        if not malformed(part)
        for campaign_id in part["campaignIdsList"]
    }
    return found.union(*(mentions(one) for one in conditions_of(definition) if not any(condition(one))))


def mentions(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Of a condition that the grammar takes."""
    kind = one["conditionType"]
    if kind == "custom":
        yield "custom_field", one["scope"]
    elif kind == "tag":
        yield "tag", one["value"]
    elif kind in CONDITIONS and one.get("operator") in MESSAGE_KINDS:
        message_id = one.get("scope", one.get("value"))
        if isinstance(message_id, str):
            yield one["operator"], message_id
