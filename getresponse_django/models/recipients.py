"""How many people an audience has, as far as that can be told: pure, over numbers that were counted before.

A newsletter goes to who is in every kind of selection made, of each kind in any (behaviour-newsletters.md
section 2: "several selections combine with AND"). Decided where the contract is open: an address on two lists
may get one message or two, so the sum of lists is an upper bound; and who is on an excluded list is only
taken off the count where that very list is selected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

Counts = Mapping[str, int | None]
"""Remote id -> how many contacts; None or missing where nobody counted."""


@dataclass(frozen=True)
class Audience:
    """Whom send settings name, by remote ids: the kinds of selection, and what else takes people off."""

    lists: tuple[str, ...]  # without those that are excluded as well
    segments: tuple[str, ...]
    contacts: tuple[str, ...]
    kinds: int  # how many of the three are selected
    is_narrowed: bool  # whether exclusions or suppressions may take off people that are counted

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """The audience of a newsletter's ``send_settings``."""
        selected, excluded = ids(settings, "selectedCampaigns"), ids(settings, "excludedCampaigns")
        segments, contacts = ids(settings, "selectedSegments"), ids(settings, "selectedContacts")
        others = [*ids(settings, "excludedSegments"), *ids(settings, "selectedSuppressions")]
        return cls(
            lists=tuple(each for each in selected if each not in excluded),
            segments=segments,
            contacts=contacts,
            kinds=sum(map(bool, (selected, segments, contacts))),
            is_narrowed=bool(others or set(excluded) - set(selected)),
        )

    @property
    def is_all_excluded(self) -> bool:
        """Whether lists are selected, each of them excluded as well."""
        return not self.lists and self.kinds > bool(self.segments) + bool(self.contacts)


SELECTIONS = (
    "selectedCampaigns",
    "selectedSegments",
    "selectedContacts",
    "selectedSuppressions",
    "excludedCampaigns",
    "excludedSegments",
)


def selections(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """What of send settings decides who gets the newsletter, in one way of writing it."""
    return {member: sorted(found) for member in SELECTIONS if (found := ids(settings, member))}


def ids(settings: Mapping[str, Any], member: str) -> tuple[str, ...]:
    """The ids in a member of send settings, each once; none of a member that is no list."""
    found = settings.get(member)
    return tuple(dict.fromkeys(map(str, found))) if isinstance(found, list) else ()


class Precision(Enum):
    """What a number of recipients is worth."""

    ABOUT = "about"  # one selection was counted, and nothing else matters
    AT_MOST = "at most"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Estimate:
    """How many people a newsletter goes to."""

    count: int
    precision: Precision


def estimate(audience: Audience, on_lists: int | None, segments: Counts) -> Estimate:
    """The smallest of the kinds of selection that were counted, all its lists together ``on_lists``; nobody
    where nothing is selected.
    """
    if not audience.kinds or audience.is_all_excluded:
        return Estimate(0, Precision.ABOUT)
    kinds = [on_lists if audience.lists else None, total(audience.segments, segments)]
    kinds.append(len(audience.contacts) or None)
    known = [count for count in kinds if count is not None]
    if not known:
        return Estimate(0, Precision.UNKNOWN)
    return Estimate(min(known), precision(audience))


def precision(audience: Audience) -> Precision:
    """Chosen contacts, one list or one segment are what they are; everything else may overlap."""
    chosen = len(audience.lists) + len(audience.segments) + bool(audience.contacts)
    sure = audience.kinds == 1 and chosen == 1 and not audience.is_narrowed
    return Precision.ABOUT if sure else Precision.AT_MOST


def total(chosen: Sequence[str], counts: Counts) -> int | None:
    """The sum over these; None when one was not counted, and for none."""
    found = [counts.get(each) for each in chosen]
    known = [count for count in found if count is not None]
    return sum(known) if found and len(known) == len(found) else None
