"""Very many remote ids in eight bytes each: what a pull keeps of a whole account in memory.

An id is its 64-bit hash. Among a million contacts, an id that is not there is taken for one that is with a
probability of 1 in 10^13.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import repeat
from typing import NamedTuple

from ..resources import Json


def fingerprints(groups: Iterable[Iterable[str]]) -> array[int]:
    """The ids of all groups, sorted. Groups are merged and not sorted as a whole: that would need a list."""
    return array("q", merge(*map(sorted_hashes, groups)))


def sorted_hashes(remote_ids: Iterable[str]) -> array[int]:
    """The ids of one group."""
    return array("q", sorted(map(hash, remote_ids)))


def place_of(known: array[int], remote_id: str) -> int | None:
    """Where the id is among the sorted ones; None when it is not there."""
    place = bisect_left(known, hash(remote_id))
    return place if place < len(known) and known[place] == hash(remote_id) else None


class Carriers(NamedTuple):
    """Who carries which tags, in twelve bytes for each contact and tag."""

    hashes: array[int]
    numbers: array[int]
    tags: list[Json]

    def tags_of(self, contact_id: str) -> Iterator[Json]:
        """The tags of a contact."""
        place = place_of(self.hashes, contact_id)
        while place is not None and place < len(self.hashes) and self.hashes[place] == hash(contact_id):
            yield self.tags[self.numbers[place]]
            place += 1


def carriers(found: Iterable[tuple[int, Iterable[str]]], tags: list[Json]) -> Carriers:
    """From pairs of the number of a tag in ``tags`` and the ids of some contacts that carry it."""
    hashes, numbers = array("q"), array("I")
    groups = [zip(sorted_hashes(ids), repeat(number)) for number, ids in found]
    for fingerprint, number in merge(*groups):
        hashes.append(fingerprint)
        numbers.append(number)
    return Carriers(hashes, numbers, tags)
