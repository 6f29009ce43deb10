"""Evaluates a search definition: which contacts it finds (contract/behaviour-newsletters.md section 1.4).

Decided where the contract is open: ``undelivered`` are those removed by a bounce, ``removed`` all others that
left; an empty campaignIdsList finds nobody; results come in the order of subscription.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from operator import attrgetter
from typing import Any

from ..http.validation import Path, Problem, absent, date, identifier, list_of, one_of, shape
from ..state.contact_index import ContactIndex
from ..state.records import Contact
from ..state.store import Store
from .conditions import check_condition, condition_test
from .search_periods import SECTION_PERIODS, interval_span, span, within

STATUSES = ("subscribed", "undelivered", "removed", "unconfirmed")
Definition = dict[str, Any]
Section = dict[str, Any]

SECTION = shape(
    {
        "campaignIdsList": list_of(identifier),
        "logicOperator": one_of("and", "or"),
        "subscriberCycle": list_of(one_of("receiving_autoresponder", "not_receiving_autoresponder"), 1, 2),
        "subscriptionDate": one_of(*SECTION_PERIODS, "custom"),
    },
    {"conditions": list_of(check_condition, 0, 8)},
)

CUSTOM_DATE = shape({"customDate": shape({"from": date, "to": date})})
NO_CUSTOM_DATE = shape({}, {"customDate": absent})


def check_section(value: Any, path: Path) -> Iterator[Problem]:
    """A section; ``customDate`` is required with ``custom``, and not allowed with any other date."""
    yield from SECTION(value, path)
    if isinstance(value, dict):
        custom = value.get("subscriptionDate") == "custom"
        yield from (CUSTOM_DATE if custom else NO_CUSTOM_DATE)(value, path)


SECTIONS = {"sectionLogicOperator": one_of("and", "or"), "section": list_of(check_section, 1, 8)}


def campaign_ids(definition: Definition) -> Iterator[str]:
    """All campaigns a definition names."""
    for section in definition["section"]:
        yield from section["campaignIdsList"]


def members(store: Store, definition: Definition, status: str = "subscribed") -> list[Contact]:
    """The contacts of a status that a definition finds now."""
    index = {"subscribed": store.active, "unconfirmed": store.unconfirmed}.get(status, store.removed)
    found = [section_members(store, index, section) for section in definition["section"]]
    merged: dict[str, Contact] = {}
    if definition["sectionLogicOperator"] == "and":
        merged = {
            key: contact for key, contact in found[0].items() if all(key in other for other in found[1:])
        }
    else:
        for part in found:
            merged |= part
    chosen = [contact for contact in merged.values() if has_status(contact, status)]
    return sorted(chosen, key=attrgetter("created_at"))


def has_status(contact: Contact, status: str) -> bool:
    """Tells the undelivered among the removed."""
    return status not in ("removed", "undelivered") or (contact.reason == "bounce") == (
        status == "undelivered"
    )


def section_members(store: Store, index: ContactIndex, section: Section) -> dict[str, Contact]:
    """The contacts a section finds."""
    campaigns, cycle = set(section["campaignIdsList"]), set(section["subscriberCycle"])
    inside = within(section_span(store, section))
    tests = [condition_test(store, condition) for condition in section.get("conditions", [])]
    every = all if section["logicOperator"] == "and" or not tests else any
    return {
        contact.contact_id: contact
        for contact in candidates(index, section)
        if contact.campaign_id in campaigns
        and (len(cycle) == 2 or (contact.day_of_cycle is not None) == ("receiving_autoresponder" in cycle))
        and inside(contact.created_at)
        and every(test(contact) for test in tests)
    }


def section_span(store: Store, section: Section) -> tuple[int, int]:
    """When the members of a section subscribed."""
    if section["subscriptionDate"] == "custom":
        dates = section["customDate"]
        return interval_span(f"{dates['from']}/{dates['to']}") or (0, 0)
    return span(section["subscriptionDate"], store.now())


def candidates(index: ContactIndex, section: Section) -> Iterator[Contact]:
    """Few contacts among which all that a section finds are, by an index where its conditions allow one."""
    looked_up = [indexed(index, condition) for condition in section.get("conditions", [])]
    if looked_up and section["logicOperator"] == "or" and all(found is not None for found in looked_up):
        for found in looked_up:
            yield from found or ()
        return
    known = [found for found in looked_up if found is not None]
    if known and section["logicOperator"] == "and":
        yield from min(known, key=len)
        return
    for campaign_id in dict.fromkeys(section["campaignIdsList"]):
        yield from index.of_campaign(campaign_id)


def indexed(index: ContactIndex, condition: dict[str, Any]) -> Collection[Contact] | None:
    """The contacts of a condition that an index answers; None for any other."""
    match condition["conditionType"], condition.get("operator"):
        case "email", "is":
            return index.with_email(condition["value"].casefold())
        case "tag", "exists":
            return index.with_tag(condition["value"])
        case _:
            return None
