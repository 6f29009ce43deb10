"""Words for the parts of a condition: comparisons, times, messages. Each phrase is a whole that can be
translated; what is put into one stands in the nominative, or is an adverb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .vocabulary import LAST_N_DAYS

Json = Mapping[str, Any]
Names = Mapping[tuple[str, str], str]
"""(resource, remote id) -> what it is called here."""

PLAIN = re.compile(r"[\w@.+-]+\Z")

COMPARISONS = {
    "is": _("%(what)s is %(value)s"),
    "is_not": _("%(what)s is not %(value)s"),
    "contains": _("%(what)s contains %(value)s"),
    "not_contains": _("%(what)s does not contain %(value)s"),
    "starts": _("%(what)s begins with %(value)s"),
    "not_starts": _("%(what)s does not begin with %(value)s"),
    "ends": _("%(what)s ends with %(value)s"),
    "not_ends": _("%(what)s does not end with %(value)s"),
    "numeric_lt": _("%(what)s is less than %(value)s"),
    "numeric_gt": _("%(what)s is more than %(value)s"),
    "numeric_eq": _("%(what)s is %(value)s"),
    "numeric_not_eq": _("%(what)s is not %(value)s"),
    "numeric_lt_eq": _("%(what)s is at most %(value)s"),
    "numeric_gt_eq": _("%(what)s is at least %(value)s"),
    "assigned": _("%(what)s has a value"),
    "not_assigned": _("%(what)s has no value"),
    "date_from": _("%(what)s is %(value)s or later"),
    "date_to": _("%(what)s is %(value)s or earlier"),
}

PERIOD_WORDS = {
    "today": _("today"),
    "yesterday": _("yesterday"),
    "last_7_days": _("in the last 7 days"),
    "last_30_days": _("in the last 30 days"),
    "this_week": _("this week"),
    "last_week": _("last week"),
    "this_month": _("this month"),
    "last_month": _("last month"),
    "last_2_months": _("in the last 2 months"),
}
UNTIL_NOW = {"today", "last_7_days", "last_30_days", LAST_N_DAYS, "this_week", "this_month"}
"""Periods that are not over: whoever did something in one did it last in it."""

TIMELESS = {"anytime", "all_time", "never"}

MESSAGES = {
    "newsletter": _("%(name)s (newsletter)"),
    "autoresponder": _("%(name)s (autoresponder)"),
    "splittest": _("%(name)s (A/B test)"),
    "automation": _("%(name)s (automation)"),
}


def quoted(value: Any) -> str:
    """A value as it is; in quotation marks where its end could not be told."""
    text = str(value)
    return text if PLAIN.match(text) else gettext("“%(text)s”") % {"text": text}


def compared(operator: str, what: object, value: Any = "") -> str:
    """A comparison in words."""
    return COMPARISONS[operator] % {"what": what, "value": quoted(value)}


def at(period: str, value: Any = None, *, days: Any = None, including_today: Any = False) -> str:
    """When: a period, or an operator of dates and its value. "" for any time."""
    if period in TIMELESS:
        return ""
    if period == "date_from":
        return gettext("since %(day)s") % {"day": value}
    if period == "date_to":
        return gettext("until %(day)s") % {"day": value}
    if period == "custom":
        first, _slash, last = value.partition("/")
        return gettext("from %(first)s to %(last)s") % {"first": first, "last": last}
    if period == LAST_N_DAYS:
        return in_last(days, including_today)
    return str(PERIOD_WORDS[period])


def in_last(days: int | None, including_today: bool) -> str:
    """So many days, or an unknown number of them."""
    if days is None:
        return gettext("in the last days")
    if including_today:
        text = ngettext("in the last %(days)d day and today", "in the last %(days)d days and today", days)
    else:
        text = ngettext("in the last %(days)d day", "in the last %(days)d days", days)
    return text % {"days": days}


def date_of(condition: Json) -> str:
    """When, of a condition with an operator of dates."""
    operator, value = condition["operator"], condition["value"]
    if operator != "specific_date":
        return at(operator, value)
    days, including_today = condition.get("numberOfDays"), condition.get("includeCurrentPeriod")
    return at(value, days=days, including_today=including_today)


def message_of(kind: str, message_id: str | None, names: Names) -> str:
    """A message by its name, or its id; without one, any of its kind."""
    known = names.get((kind, message_id or ""), message_id)
    return MESSAGES[kind] % {"name": quoted(known) if known else gettext("any message")}


def detailed(clause: str, details: Iterable[str]) -> str:
    """A clause, and in parentheses what limits it."""
    said = ", ".join(filter(None, details))
    return f"{clause} ({said})" if said else clause
