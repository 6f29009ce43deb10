"""The envelope of a segment's definition (behaviour-newsletters.md section 1.4).

Conditions are only counted: GetResponse has more types of them than it publishes, so none is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from .members import Rule, day, identifier, list_of, members, one_of, that

PERIODS = (
    "all_time",
    "today",
    "yesterday",
    "last_7_days",
    "last_30_days",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "last_2_months",
    "custom",
)
OPERATOR = one_of("and", "or")
CYCLE = one_of("receiving_autoresponder", "not_receiving_autoresponder")
CONDITION = that(
    lambda value: isinstance(value, dict) and isinstance(value.get("conditionType"), str),
    lambda: _("Write a condition with its conditionType."),
)
REQUIRED = ("campaignIdsList", "logicOperator", "subscriberCycle", "subscriptionDate")
SECTION = members(
    {
        "campaignIdsList": list_of(identifier),
        "logicOperator": OPERATOR,
        "subscriberCycle": list_of(CYCLE, 1, 2),
        "subscriptionDate": one_of(*PERIODS),
        "customDate": members({"from": day, "to": day}, ("from", "to")),
        "conditions": list_of(CONDITION, 0, 8),
    },
    REQUIRED,
    others=True,
)


def section(value: Any) -> Iterator[str]:
    """A section: ``customDate`` belongs to the subscription date "custom", and to no other."""
    yield from SECTION(value)
    custom = isinstance(value, dict) and value.get("subscriptionDate") == "custom"
    if isinstance(value, dict) and custom != ("customDate" in value):
        yield "customDate: " + _("It is written with, and only with, the subscription date “custom”.")


DEFINITION: Rule = members(
    {
        "subscribersType": list_of(one_of("subscribed")),
        "sectionLogicOperator": OPERATOR,
        "section": list_of(section, 1, 8),
    },
    ("sectionLogicOperator", "section"),
)


def campaign_ids(definition: Any) -> set[str]:
    """The lists that a well-formed definition names."""
    return {campaign_id for part in definition["section"] for campaign_id in part["campaignIdsList"]}
