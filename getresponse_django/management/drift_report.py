"""Differences as people read them: counted by list in lines, and one by one as CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from getresponse_django.pull.drift import Drift, Kind

COLUMNS = ("account", *Drift._fields)

Counts = Counter[tuple[str, Kind, str]]
"""How many differences there are, by (list, kind, field)."""


class Writable(Protocol):
    """A text file, or the output of a command."""

    def write(self, text: str, /) -> object:
        """Write it."""


class CsvReport:
    """Writes differences into ``file`` as they come; the first row names the columns."""

    def __init__(self, file: Writable) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, alias: str, drift: Drift) -> None:
        """One row."""
        self._writer.writerow([harmless(value) for value in (alias, *drift)])


def harmless(value: str) -> str:
    """A text that no spreadsheet takes for a formula: people choose their own names."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else str(value)


def lines(counts: Counts) -> Iterator[str]:
    """A line for each list in which something differs, or one that says that nothing does."""
    for campaign in sorted({campaign for campaign, _kind, _field in counts}):
        told = [said for kind in Kind if (said := phrase(counts, campaign, kind))]
        yield f"{campaign}: {', '.join(told)}"
    if not counts:
        yield "nothing differs"


def phrase(counts: Counts, campaign: str, kind: Kind) -> str:
    """How many of a kind a list has, with the fields concerned; empty when it has none."""
    fields = {field: n for (of, what, field), n in counts.items() if (of, what) == (campaign, kind)}
    total = sum(fields.values())
    word = kind if total == 1 or kind in (Kind.MISSING_HERE, Kind.MISSING_THERE) else f"{kind}s"
    names = ", ".join(f"{field} {n}" for field, n in sorted(fields.items()) if field)
    return (f"{total} {word} ({names})" if names else f"{total} {word}") if total else ""
