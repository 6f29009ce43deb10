"""The operators conditions are made of: which there are, which values they take, and what they compare
(contract/behaviour-newsletters.md section 1.5).

Decided where the contract is open: texts are compared without regard to case; a negative operator on
something with several values asks that none of them matches, any other that one of them does; ``last_n_days``
needs ``numberOfDays`` everywhere, also where no such property is published: it means nothing without.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterator
from typing import Any

from ..http.validation import LARGEST, Path, Problem, absent, boolean, integer, one_of, problem, shape, text
from ..state.dates import is_date, parse
from ..state.records import Contact
from ..state.store import Store
from .search_periods import LAST_N_DAYS, MomentTest, date_problem, date_test

Condition = dict[str, Any]
Test = Callable[[Contact], bool]
TestMaker = Callable[[Store, Condition], Test]

STRINGS: dict[str, Callable[[str, str], bool]] = {
    "is": op.eq,
    "contains": op.contains,
    "starts": str.startswith,
    "ends": str.endswith,
}
NEGATED = {"is_not": "is", "not_contains": "contains", "not_starts": "starts", "not_ends": "ends"}
STRING_OPERATORS = (*STRINGS, *NEGATED)
NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "numeric_lt": op.lt,
    "numeric_gt": op.gt,
    "numeric_eq": op.eq,
    "numeric_not_eq": op.ne,
    "numeric_lt_eq": op.le,
    "numeric_gt_eq": op.ge,
}
DATES = ("date_to", "date_from", "specific_date", "custom")
DAYWISE = ("date_to", "date_from")
ASSIGNMENT = ("assigned", "not_assigned")
WHOLE = integer(-(2**31), 2**31 - 1)
DAYS = integer(1, 3650)
VALUE = text(0, 1024)

TEXT = shape(
    {"operatorType": one_of("string_operator"), "operator": one_of(*STRING_OPERATORS), "value": VALUE}
)
ASSIGNED_NUMBER = shape(
    {"operatorType": one_of("numeric_operator"), "operator": one_of(*NUMBERS, *ASSIGNMENT)}
)
DATE_OPERATOR = shape({"operatorType": one_of("date_operator"), "operator": one_of(*DATES)})


def check_assigned_number(value: Condition, path: Path) -> Iterator[Problem]:
    """A number is compared with an integer; ``assigned`` and ``not_assigned`` take no value."""
    yield from ASSIGNED_NUMBER(value, path)
    assignment = value.get("operator") in ASSIGNMENT
    yield from (shape({}, {"value": absent}) if assignment else shape({"value": WHOLE}))(value, path)


def check_moment(value: Condition, path: Path) -> Iterator[Problem]:
    """A date operator with a date, a date-time, a period or an interval."""
    yield from DATE_OPERATOR(value, path)
    yield from check_date_value(value, path)


def check_day(value: Condition, path: Path) -> Iterator[Problem]:
    """As ``check_moment``, without date-times."""
    yield from check_moment(value, path)
    given = value.get("value")
    if value.get("operator") in DAYWISE and isinstance(given, str) and parse(given) and not is_date(given):
        yield problem((*path, "value"), given, "Value must be a date, yyyy-mm-dd")


def check_date_value(value: Condition, path: Path) -> Iterator[Problem]:
    """The value of a date operator."""
    complaint = date_problem(str(value.get("operator")), value.get("value"))
    if complaint:
        yield problem((*path, "value"), value.get("value"), complaint)
    yield from shape({}, {"numberOfDays": DAYS, "includeCurrentPeriod": boolean})(value, path)
    if value.get("value") == LAST_N_DAYS and "numberOfDays" not in value:
        yield problem((*path, "numberOfDays"), None, "Value is required with last_n_days")


def as_number(value: str) -> float | None:
    """A text as a finite number, or None."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def string_test(condition: Condition) -> Callable[[list[str]], bool]:
    """The test of a string operator on all values of something."""
    operator, wanted = condition["operator"], condition["value"].casefold()
    if operator in NEGATED:
        compare = STRINGS[NEGATED[operator]]
        return lambda values: not any(compare(value.casefold(), wanted) for value in values)
    compare = STRINGS[operator]
    return lambda values: any(compare(value.casefold(), wanted) for value in values)


def number_test(condition: Condition) -> Callable[[float | None], bool]:
    """The test of a numeric operator, or of ``assigned`` and ``not_assigned``; no number passes only the
    last.
    """
    operator = condition["operator"]
    if operator in ASSIGNMENT:
        return lambda number: (number is not None) == (operator == "assigned")
    compare, wanted = NUMBERS[operator], float(condition["value"])
    return lambda number: number is not None and compare(number, wanted)


def dated(store: Store, condition: Condition) -> MomentTest:
    """The test of a condition's date operator."""
    days = condition.get("numberOfDays", 0)
    return date_test(
        condition["operator"], condition["value"], store.now(), days, condition.get("includeCurrentPeriod")
    )
