"""The conditions on what a contact is and carries: texts, values, tags, scores, days
(contract/behaviour-newsletters.md section 1.5).

Decided where the contract is open: a contact without a name has an empty one; one without a value, score or
day passes no comparison except a negative one of texts; ``phase`` is the day of the cycle, and ``assigned``
is to be in the cycle at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..http.validation import Check, Path, Problem, absent, identifier, one_of, problem, shape
from ..state.dates import parse
from ..state.store import Store
from .operators import (
    ASSIGNMENT,
    DATES,
    NUMBERS,
    STRING_OPERATORS,
    TEXT,
    VALUE,
    WHOLE,
    Condition,
    Test,
    TestMaker,
    as_number,
    check_assigned_number,
    check_date_value,
    check_moment,
    dated,
    number_test,
    string_test,
)

CUSTOM_OPERATORS = {
    "string_operator": (*STRING_OPERATORS, *ASSIGNMENT),
    "string_operator_list": (*STRING_OPERATORS, *ASSIGNMENT),
    "numeric_operator": (*NUMBERS, *ASSIGNMENT),
    "date_operator": (*DATES, *ASSIGNMENT),
}
TAG = shape(
    {"operatorType": one_of("exists"), "operator": one_of("exists", "not_exists"), "value": identifier}
)
ENGAGEMENT = shape(
    {"operator": one_of(*NUMBERS), "value": WHOLE}, {"operatorType": one_of("numeric_operator")}
)


def check_custom(value: Condition, path: Path) -> Iterator[Problem]:
    """The operator must be one of its type; ``assigned`` and ``not_assigned`` need no value."""
    kind, operator = value.get("operatorType"), value.get("operator")
    yield from shape({"scope": identifier, "operatorType": one_of(*CUSTOM_OPERATORS)})(value, path)
    if isinstance(kind, str) and kind in CUSTOM_OPERATORS:
        yield from shape({"operator": one_of(*CUSTOM_OPERATORS[kind])})(value, path)
    if operator in ASSIGNMENT:
        return
    if kind == "date_operator":
        yield from check_date_value(value, path)
        return
    yield from shape({"value": VALUE})(value, path)
    if kind == "numeric_operator" and as_number(str(value.get("value"))) is None:
        yield problem((*path, "value"), value.get("value"), "Value must be a number in a string")


def check_score(value: Condition, path: Path) -> Iterator[Problem]:
    """Operator and value belong to a numeric operator only."""
    yield from shape({"operatorType": one_of("numeric_operator", "not_exists")})(value, path)
    if value.get("operatorType") == "numeric_operator":
        yield from shape({"operator": one_of(*NUMBERS), "value": WHOLE})(value, path)
    else:
        yield from shape({}, {"operator": one_of(*NUMBERS), "value": absent})(value, path)


def name_test(store: Store, condition: Condition) -> Test:
    """By name."""
    test = string_test(condition)
    return lambda contact: test([contact.name or ""])


def email_test(store: Store, condition: Condition) -> Test:
    """By address."""
    test = string_test(condition)
    return lambda contact: test([contact.email])


def custom_test(store: Store, condition: Condition) -> Test:
    """By the values of a custom field."""
    field_id, operator = condition["scope"], condition["operator"]
    match operator, condition["operatorType"]:
        case "assigned", _:
            return lambda contact: bool(contact.values.get(field_id))
        case "not_assigned", _:
            return lambda contact: not contact.values.get(field_id)
        case _, "numeric_operator":
            passes = number_test(condition)
            return lambda contact: any(map(passes, map(as_number, contact.values.get(field_id, []))))
        case _, "date_operator":
            inside = dated(store, condition)
            return lambda contact: any(map(inside, map(parse, contact.values.get(field_id, []))))
        case _:
            test = string_test(condition)
            return lambda contact: test(contact.values.get(field_id, []))


def subscription_date_test(store: Store, condition: Condition) -> Test:
    """By createdOn."""
    inside = dated(store, condition)
    return lambda contact: inside(contact.created_at)


def phase_test(store: Store, condition: Condition) -> Test:
    """By the day of the cycle."""
    passes = number_test(condition)
    return lambda contact: passes(None if contact.day_of_cycle is None else int(contact.day_of_cycle))


def tag_test(store: Store, condition: Condition) -> Test:
    """Has, or has not, a tag."""
    tag_id, wanted = condition["value"], condition["operator"] == "exists"
    return lambda contact: (tag_id in contact.tags) is wanted


def score_test(store: Store, condition: Condition) -> Test:
    """By scoring; a contact without a score passes only ``not_exists``."""
    if condition["operatorType"] == "not_exists":
        return lambda contact: contact.scoring is None
    passes = number_test(condition)
    return lambda contact: passes(contact.scoring)


def engagement_test(store: Store, condition: Condition) -> Test:
    """By engagement score; a contact without one never passes."""
    passes = number_test(condition)
    return lambda contact: passes(contact.engagement_score)


CONTACT_CHECKS: dict[str, Check] = {
    "name": TEXT,
    "email": TEXT,
    "custom": check_custom,
    "subscription_date": check_moment,
    "phase": check_assigned_number,
    "tag": TAG,
    "score": check_score,
    "engagement_score": ENGAGEMENT,
}
CONTACT_TESTS: dict[str, TestMaker] = {
    "name": name_test,
    "email": email_test,
    "custom": custom_test,
    "subscription_date": subscription_date_test,
    "phase": phase_test,
    "tag": tag_test,
    "score": score_test,
    "engagement_score": engagement_test,
}
