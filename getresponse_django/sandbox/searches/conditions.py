"""The table of the conditions of a search: each type's check, and the maker of its test of a contact
(contract/behaviour-newsletters.md section 1.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import Check, Path, Problem, problem, shape, text
from ..state.store import Store
from .absent_conditions import ABSENT_CHECKS, ABSENT_TESTS
from .contact_conditions import CONTACT_CHECKS, CONTACT_TESTS
from .message_conditions import MESSAGE_CHECKS, MESSAGE_TESTS
from .operators import Condition, Test, TestMaker
from .origin_conditions import ORIGIN_CHECKS, ORIGIN_TESTS
from .purchases import PURCHASE_CHECKS, PURCHASE_TESTS

CHECKS: dict[str, Check] = CONTACT_CHECKS | ORIGIN_CHECKS | MESSAGE_CHECKS | PURCHASE_CHECKS | ABSENT_CHECKS
TESTS: dict[str, TestMaker] = CONTACT_TESTS | ORIGIN_TESTS | MESSAGE_TESTS | PURCHASE_TESTS | ABSENT_TESTS
"""By conditionType, both with the same keys."""


def check_condition(value: Any, path: Path) -> Iterator[Problem]:
    """Every problem of a condition."""
    kind = value.get("conditionType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        yield from shape({"conditionType": text(1)})(value, path)
    elif kind in CHECKS:
        yield from CHECKS[kind](value, path)
    else:
        yield problem((*path, "conditionType"), kind, "Unknown condition type")


def condition_test(store: Store, condition: Condition) -> Test:
    """The test of a condition that has no problem."""
    return TESTS[condition["conditionType"]](store, condition)
