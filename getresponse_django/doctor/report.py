"""The report of ``getresponse_doctor --json``, for monitoring.

One object: ``version`` (1), ``checked_at`` (ISO 8601, UTC), ``level`` (the worst of all: ``ok``, ``warning``
or ``error``), ``asked_getresponse``, ``findings`` that concern no account, and ``accounts``: alias ->
``level``, ``numbers`` (see numbers.py) and ``findings``. A finding has ``id`` and ``level`` (see
findings.py), ``what``, ``what_to_do`` and ``values``.

The keys, the ids, their levels and the names of numbers and values stay as long as the version does; new ones
may come and the words may change. docs/howto/monitor.md has an example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils import timezone

from .findings import Finding, worst
from .numbers import UNKNOWN, Numbers

VERSION = 1


class Diagnosis(NamedTuple):
    """What was found of one account."""

    findings: list[Finding]
    numbers: Numbers = UNKNOWN


def report_of(diagnoses: Mapping[str, Diagnosis], general: list[Finding], *, asked: bool) -> dict[str, Any]:
    """All of it, ready for JSON; ``general`` are the findings that concern no account."""
    everything = [*general, *(finding for found in diagnoses.values() for finding in found.findings)]
    return {
        "version": VERSION,
        "checked_at": timezone.now().isoformat(timespec="seconds"),
        "level": worst(everything),
        "asked_getresponse": asked,
        "findings": [finding.as_dict() for finding in general],
        "accounts": {alias: account_of(found) for alias, found in diagnoses.items()},
    }


def account_of(found: Diagnosis) -> dict[str, Any]:
    """One account of the report."""
    findings = [finding.as_dict() for finding in found.findings]
    return {"level": worst(found.findings), "numbers": dict(found.numbers), "findings": findings}
