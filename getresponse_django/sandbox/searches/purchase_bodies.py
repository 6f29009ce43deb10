"""The bodies of the conditions of a search that look at carts and orders (contract/behaviour-newsletters.md
section 1.5).

Which further properties a date takes depends on its operator; one that it does not take is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import (
    Check,
    Path,
    Problem,
    absent,
    boolean,
    currency,
    date,
    identifier,
    integer,
    number,
    one_of,
    shape,
    text,
    that,
)
from .operators import NUMBERS
from .search_periods import interval_span

CALENDAR = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month")
DAYS = integer(1, 3650)
CURRENT = {"includeCurrentPeriod": boolean}
LAST_DAYS = {"numberOfDays": DAYS, **CURRENT}
"""Required with last_n_days; elsewhere without effect."""
INTERVAL = that(lambda value: interval_span(value) is not None, "Value must be an interval, start/end")


def dated(name: str, shapes: dict[str, Check]) -> Check:
    """The check of a date operator, the property of that name; each operator has a shape of its own."""
    operators = shape({name: one_of(*shapes)})

    def check(value: Any, path: Path) -> Iterator[Problem]:
        yield from operators(value, path)
        given = value.get(name) if isinstance(value, dict) else None
        if isinstance(given, str) and given in shapes:
            yield from shapes[given](value, path)

    return check


def periods(*names: str, without: str) -> dict[str, Check]:
    """Named periods, which take no further value."""
    return dict.fromkeys((*names, *CALENDAR), shape({}, {**LAST_DAYS, without: absent}))


RANGE = dated(
    "operator",
    {
        **periods("anytime", "last_2_months", without="range"),
        "last_n_days": shape(LAST_DAYS, {"range": absent}),
        "custom": shape({"range": INTERVAL}, LAST_DAYS),
    },
)
PRODUCT_DATE = dated(
    "dateOperator",
    {
        **periods("all_time", "last_7_days", "last_30_days", "last_2_months", without="value"),
        "last_n_days": shape(LAST_DAYS, {"value": absent}),
        "date_to": shape({"value": date}, LAST_DAYS),
        "date_from": shape({"value": date}, LAST_DAYS),
        "custom": shape({"value": INTERVAL}, LAST_DAYS),
    },
)
CART_DATE = dated(
    "dateOperator",
    {
        **periods("anytime", "never", without="range"),
        "date_from": shape({"value": date}, {**CURRENT, "range": absent}),
        "last_n_days": shape({"value": DAYS}, {**CURRENT, "range": absent}),
        "custom": shape({"range": INTERVAL}, LAST_DAYS),
    },
)
COUNTED = {
    "operatorType": one_of("numeric_operator"),
    "operator": one_of(*NUMBERS),
    "scope": identifier,
    "date": RANGE,
}
NUMBER_OF_PURCHASES = shape({**COUNTED, "value": integer(-(2**31), 2**31 - 1)})
TOTAL_SPENT = shape({**COUNTED, "value": number, "currency": currency})
PRODUCT = shape(
    {
        "operatorType": one_of("equal_operator"),
        "operator": one_of("is", "is_not"),
        "shopScope": identifier,
        "categoryScope": identifier,
        "productScope": identifier,
    }
)
BRAND = shape(
    {
        "operatorType": one_of("equal_operator"),
        "operator": one_of("is", "not_is"),
        "scope": identifier,
        "value": text(1, 1024),
    }
)
CART = shape(
    {
        "shopScope": identifier,
        "cartValue": shape({"currency": currency, "value": number, "operator": one_of(*NUMBERS)}),
    }
)


def check_product(value: Any, path: Path) -> Iterator[Problem]:
    """What was bought, and when."""
    yield from PRODUCT(value, path)
    yield from PRODUCT_DATE(value, path)


def check_cart(value: Any, path: Path) -> Iterator[Problem]:
    """What a cart was worth, and when it was left."""
    yield from CART(value, path)
    yield from CART_DATE(value, path)
