"""The conditions of a search: each type's check and its test of a contact (contract/behaviour-newsletters.md
1.5).

Types the sandbox does not evaluate are refused, never ignored. Texts are compared without regard to case; a
negative operator on a field with several values asks that none of them matches.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterator
from typing import Any

from .dates import parse
from .records import Contact
from .search_periods import date_problem, date_test
from .store import Store
from .validation import LARGEST, Path, Problem, boolean, integer, one_of, problem, shape, text

Condition = dict[str, Any]
Test = Callable[[Contact], bool]

STRINGS: dict[str, Callable[[str, str], bool]] = {
    "is": op.eq,
    "contains": op.contains,
    "starts": str.startswith,
    "ends": str.endswith,
}
NEGATED = {"is_not": "is", "not_contains": "contains", "not_starts": "starts", "not_ends": "ends"}
NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "numeric_lt": op.lt,
    "numeric_gt": op.gt,
    "numeric_eq": op.eq,
    "numeric_not_eq": op.ne,
    "numeric_lt_eq": op.le,
    "numeric_gt_eq": op.ge,
}
DATES = ("date_to", "date_from", "specific_date", "custom")
ASSIGNMENT = ("assigned", "not_assigned")
STRING_OPERATORS = (*STRINGS, *NEGATED)
NOT_EVALUATED = frozenset(
    [
        "last_send_date",
        "last_click_date",
        "last_open_date",
        "subscription_method",
        "opened",
        "sent",
        "not_sent",
        "not_opened",
        "clicked",
        "not_clicked",
        "phase",
        "webinar",
        "geo",
        "gdpr",
        "goal",
        "crm",
        "ecommerce_number_of_purchases",
        "ecommerce_total_spent",
        "ecommerce_product_purchased",
        "ecommerce_brand_purchased",
        "ecommerce_abandoned_cart",
        "sms_sent",
        "sms_link_clicked",
        "sms_link_not_clicked",
        "custom_event",
    ]
)
WHOLE = integer(-(2**31), 2**31 - 1)
VALUE = text(0, 1024)

CUSTOM_OPERATORS = {
    "string_operator": (*STRING_OPERATORS, *ASSIGNMENT),
    "string_operator_list": (*STRING_OPERATORS, *ASSIGNMENT),
    "numeric_operator": (*NUMBERS, *ASSIGNMENT),
    "date_operator": (*DATES, *ASSIGNMENT),
}
TEXT = shape(
    {"operatorType": one_of("string_operator"), "operator": one_of(*STRING_OPERATORS), "value": VALUE}
)
TAG = shape(
    {"operatorType": one_of("exists"), "operator": one_of("exists", "not_exists"), "value": text(1, 64)}
)
ENGAGEMENT = shape(
    {"operator": one_of(*NUMBERS), "value": WHOLE}, {"operatorType": one_of("numeric_operator")}
)


def check_score(value: Condition, path: Path) -> Iterator[Problem]:
    """Operator and value belong to a numeric operator only."""
    yield from shape({"operatorType": one_of("numeric_operator", "not_exists")})(value, path)
    if value.get("operatorType") == "numeric_operator":
        yield from shape({"operator": one_of(*NUMBERS), "value": WHOLE})(value, path)


def check_subscription_date(value: Condition, path: Path) -> Iterator[Problem]:
    """A date operator with a value of its kind."""
    yield from shape({"operatorType": one_of("date_operator"), "operator": one_of(*DATES)})(value, path)
    yield from check_date_value(value, path)


def check_date_value(value: Condition, path: Path) -> Iterator[Problem]:
    """The value of a date operator."""
    complaint = date_problem(str(value.get("operator")), value.get("value"))
    if complaint:
        yield problem((*path, "value"), value.get("value"), complaint)
    yield from shape({}, {"numberOfDays": integer(1, 3650), "includeCurrentPeriod": boolean})(value, path)
    if value.get("value") == "last_n_days" and "numberOfDays" not in value:
        yield problem((*path, "numberOfDays"), None, "Value is required with last_n_days")


def check_custom(value: Condition, path: Path) -> Iterator[Problem]:
    """The operator must be one of its type; ``assigned`` and ``not_assigned`` take no value."""
    kind, operator = value.get("operatorType"), value.get("operator")
    yield from shape({"scope": text(1, 64), "operatorType": one_of(*CUSTOM_OPERATORS)})(value, path)
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


def as_number(value: str) -> float | None:
    """A text as a finite number, or None."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def string_test(operator: str, wanted: str) -> Callable[[list[str]], bool]:
    """The test of a string operator on all values of something."""
    wanted = wanted.casefold()
    if operator in NEGATED:
        compare = STRINGS[NEGATED[operator]]
        return lambda values: not any(compare(value.casefold(), wanted) for value in values)
    compare = STRINGS[operator]
    return lambda values: any(compare(value.casefold(), wanted) for value in values)


def name_test(store: Store, condition: Condition) -> Test:
    """A contact without a name has an empty one."""
    test = string_test(condition["operator"], condition["value"])
    return lambda contact: test([contact.name or ""])


def email_test(store: Store, condition: Condition) -> Test:
    """By address."""
    test = string_test(condition["operator"], condition["value"])
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
            compare, wanted = NUMBERS[operator], float(condition["value"])
            return lambda contact: any(
                compare(number, wanted) for number in numbers(contact.values.get(field_id, []))
            )
        case _, "date_operator":
            inside = dated(store, condition)
            return lambda contact: any(inside(parse(value)) for value in contact.values.get(field_id, []))
        case _:
            test = string_test(operator, condition["value"])
            return lambda contact: test(contact.values.get(field_id, []))


def numbers(values: list[str]) -> Iterator[float]:
    """Those values that are numbers."""
    return (number for number in map(as_number, values) if number is not None)


def dated(store: Store, condition: Condition) -> Callable[[int | None], bool]:
    """The test of a condition's date operator."""
    days, include = condition.get("numberOfDays", 0), condition.get("includeCurrentPeriod", False)
    return date_test(condition["operator"], condition["value"], store.now(), days, include)


def subscription_date_test(store: Store, condition: Condition) -> Test:
    """By createdOn."""
    inside = dated(store, condition)
    return lambda contact: inside(contact.created_at)


def tag_test(store: Store, condition: Condition) -> Test:
    """Has, or has not, a tag."""
    tag_id, wanted = condition["value"], condition["operator"] == "exists"
    return lambda contact: (tag_id in contact.tags) is wanted


def score_test(store: Store, condition: Condition) -> Test:
    """By scoring; a contact without a score passes only ``not_exists``."""
    if condition["operatorType"] == "not_exists":
        return lambda contact: contact.scoring is None
    compare, wanted = NUMBERS[condition["operator"]], condition["value"]
    return lambda contact: contact.scoring is not None and compare(contact.scoring, wanted)


def engagement_test(store: Store, condition: Condition) -> Test:
    """By engagement score; a contact without one never passes."""
    compare, wanted = NUMBERS[condition["operator"]], condition["value"]
    return lambda contact: contact.engagement_score is not None and compare(contact.engagement_score, wanted)


CONDITIONS: dict[str, tuple[Callable[[Any, Path], Iterator[Problem]], Callable[[Store, Condition], Test]]] = {
    "name": (TEXT, name_test),
    "email": (TEXT, email_test),
    "custom": (check_custom, custom_test),
    "subscription_date": (check_subscription_date, subscription_date_test),
    "score": (check_score, score_test),
    "engagement_score": (ENGAGEMENT, engagement_test),
    "tag": (TAG, tag_test),
}
"""conditionType -> (its check, the maker of its test). To evaluate another type, add a pair and take it
off the list.
"""


def check_condition(value: Any, path: Path) -> Iterator[Problem]:
    """Every problem of a condition, of a type that is evaluated."""
    kind = value.get("conditionType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        yield from shape({"conditionType": text(1)})(value, path)
    elif kind in CONDITIONS:
        yield from CONDITIONS[kind][0](value, path)
    elif kind in NOT_EVALUATED:
        complaint = f"The sandbox does not evaluate conditions of the type {kind}"
        yield problem((*path, "conditionType"), kind, complaint)
    else:
        yield problem((*path, "conditionType"), kind, "Unknown condition type")


def condition_test(store: Store, condition: Condition) -> Test:
    """The test of a condition that has no problem."""
    return CONDITIONS[condition["conditionType"]][1](store, condition)
