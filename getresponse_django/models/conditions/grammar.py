"""The conditions of a search, one row of a table per type (contract/behaviour-newsletters.md section 1.5).

The builder writes by this table, the validation refuses by it, and the sentence trusts it. GetResponse has
more types than it publishes (section 1.1): those are taken as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ..members import Rule, day, identifier, is_day, one_of, that
from .shapes import Shape
from .vocabulary import (
    ASSIGNMENT,
    FORM_KINDS,
    LAST_N_DAYS,
    MESSAGE_KINDS,
    NUMBER_OPERATORS,
    PERIODS,
    PLACES,
    PLAIN_METHODS,
    SILENCES,
    SOURCED_METHODS,
    TEXT_OPERATORS,
)

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)\Z", re.ASCII)
NUMERAL = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)
LARGEST = 2**31 - 1
"""Of int32, the published format of whole numbers."""


def is_moment(value: Any) -> bool:
    """Whether a text is a date, or a date and time such as 2018-04-01T00:00:00+0000."""
    try:
        return is_day(value) or bool(MOMENT.match(value) and datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def is_interval(value: Any) -> bool:
    """Whether a text is ``start/end``, such as 2018-04-01/2018-04-10."""
    ends = value.split("/") if isinstance(value, str) else []
    return len(ends) == 2 and all(map(is_moment, ends)) and ends[0][:10] <= ends[1][:10]


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, and not ``true``."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a number that JSON can write."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(least: int, most: int) -> Rule:
    """A whole number."""
    return that(
        lambda value: is_whole(value) and least <= value <= most,
        lambda: _("Write a whole number from %(least)d to %(most)d.") % {"least": least, "most": most},
    )


words = that(lambda value: isinstance(value, str) and "\0" not in value, lambda: _("Write a text."))
integer = whole(-LARGEST - 1, LARGEST)
days = whole(1, 3650)
number = that(is_number, lambda: _("Write a number."))
numeral = that(
    lambda value: isinstance(value, str) and bool(NUMERAL.match(value)),
    lambda: _("Write a number as a text."),
)
flag = that(lambda value: isinstance(value, bool), lambda: _("Write true or false."))
moment = that(is_moment, lambda: _("Write a date as yyyy-mm-dd, or with a time as 2026-04-01T00:00:00+0000."))
interval = that(is_interval, lambda: _("Write two dates as 2026-04-01/2026-04-10."))
currency = that(
    lambda value: isinstance(value, str) and bool(re.fullmatch("[A-Z]{3}", value)),
    lambda: _("Write a currency as three letters, such as EUR."),
)

BARE = Shape()
CURRENT = {"includeCurrentPeriod": flag}
COUNTED_DAYS = {"numberOfDays": days, **CURRENT}
RELATION = {"operatorType": one_of("numeric_operator"), "operator": one_of(*NUMBER_OPERATORS)}
TEXT = {"operatorType": one_of("string_operator"), "operator": one_of(*TEXT_OPERATORS), "value": words}
MESSAGE = {"operatorType": one_of("message_operator"), "operator": one_of(*MESSAGE_KINDS)}


def each(names: tuple[str, ...], shape: Shape) -> dict[str, Shape]:
    """The same shape for each of these words."""
    return dict.fromkeys(names, shape)


def compared(operators: tuple[str, ...], value: Rule) -> dict[str, Shape]:
    """Operators that take a value, and ``assigned`` and ``not_assigned``, which take none."""
    return each(operators, Shape({"value": value})) | each(ASSIGNMENT, BARE)


def dated(point: Rule, last_n_days: Shape) -> dict[str, Shape]:
    """The operators of dates."""
    periods = each(PERIODS, BARE) | {LAST_N_DAYS: last_n_days}
    return {
        "date_to": Shape({"value": point}),
        "date_from": Shape({"value": point}),
        "custom": Shape({"value": interval}),
        "specific_date": Shape(choices={"value": periods}),
    }


def last_date(point: Rule) -> Shape:
    """A date of the contact itself. How many days last_n_days are is not published for it."""
    kind = {"operatorType": one_of("date_operator")}
    return Shape(kind, choices={"operator": dated(point, Shape(optional=COUNTED_DAYS))})


def silence(scope: Shape, **more: Rule) -> Shape:
    """No reaction to a message, or with ``all`` to any, for some time."""
    times = each(SILENCES, BARE) | each(("last_7_days", "last_30_days"), Shape(optional=CURRENT))
    times |= {"date_from": Shape({"value": day}), LAST_N_DAYS: Shape({"value": days}, CURRENT)}
    return Shape(
        {"operatorType": one_of("complex_message_operator")},
        more,
        {"operator": {"all": BARE, **each(MESSAGE_KINDS, scope)}, "dateOperator": times},
    )


def numbered(**more: Rule) -> Shape:
    """A number to compare with, or whether there is one at all."""
    operators = compared(NUMBER_OPERATORS, integer)
    return Shape({"operatorType": one_of("numeric_operator"), **more}, choices={"operator": operators})


CONSENT_DATE = Shape(
    choices={"operator": {"anytime": BARE, **each(("date_from", "date_to"), Shape({"date": day}))}}
)
CALENDAR = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month")
PURCHASE_DATE = Shape(
    choices={
        "operator": {
            **each(("anytime", *CALENDAR, "last_2_months"), BARE),
            LAST_N_DAYS: Shape(COUNTED_DAYS),
            "custom": Shape({"range": interval}),
        }
    }
)
PRODUCT_DATES = {
    **each(("all_time", *PERIODS), BARE),
    LAST_N_DAYS: Shape(COUNTED_DAYS),
    **each(("date_to", "date_from"), Shape({"value": day})),
    "custom": Shape({"value": interval}),
}
CART_DATES = {
    **each(("never", "anytime", *CALENDAR), BARE),
    "date_from": Shape({"value": day}),
    LAST_N_DAYS: Shape({"value": days}, CURRENT),
    "custom": Shape({"range": interval}),
}
EVENT_DATES = {
    **each(("anytime", *PERIODS, LAST_N_DAYS), BARE),
    **each(("date_to", "date_from"), Shape({"date": moment})),
    "custom": Shape({"date": interval}),
}

CONDITIONS: dict[str, Shape] = {
    "name": Shape(TEXT),
    "email": Shape(TEXT),
    "custom": Shape(
        {"scope": identifier},
        choices={
            "operatorType": {
                "string_operator": Shape(choices={"operator": compared(TEXT_OPERATORS, words)}),
                "string_operator_list": Shape(choices={"operator": compared(TEXT_OPERATORS, words)}),
                "numeric_operator": Shape(choices={"operator": compared(NUMBER_OPERATORS, numeral)}),
                "date_operator": Shape(
                    choices={
                        "operator": dated(moment, Shape({"numberOfDays": days}, CURRENT))
                        | each(ASSIGNMENT, BARE)
                    }
                ),
            }
        },
    ),
    "subscription_date": last_date(moment),
    "last_send_date": last_date(day),
    "last_click_date": last_date(day),
    "last_open_date": last_date(day),
    "subscription_method": Shape(
        choices={
            "method": {
                **each(PLAIN_METHODS, BARE),
                **each(SOURCED_METHODS, Shape({"value": identifier})),
                "webform": Shape(
                    choices={
                        "webformType": {
                            "all": Shape(optional={"value": identifier}),
                            **each(FORM_KINDS, Shape({"value": identifier})),
                        }
                    }
                ),
            }
        }
    ),
    "opened": Shape(MESSAGE | {"value": identifier}),
    "sent": Shape(MESSAGE | {"value": identifier}),
    "not_sent": Shape(MESSAGE | {"value": identifier}),
    "clicked": Shape(MESSAGE | {"scope": identifier, "clickTrackId": identifier}),
    "not_opened": silence(Shape({"scope": identifier})),
    "not_clicked": silence(Shape(optional={"scope": identifier}), clickTrackId=identifier),
    "phase": numbered(),
    "webinar": Shape(
        {
            "scope": identifier,
            "webinarCondition": one_of("participated", "not_participated"),
            "contactType": one_of("host", "listener", "presenter", "registrant", "all"),
        }
    ),
    "geo": Shape({"scope": one_of(*PLACES), **TEXT}),
    "gdpr": Shape(
        {"gdprFieldId": identifier, "consentStatus": one_of("given", "not_given")},
        {"consentDate": CONSENT_DATE},
    ),
    "score": Shape(
        choices={
            "operatorType": {
                "numeric_operator": Shape({"operator": one_of(*NUMBER_OPERATORS), "value": integer}),
                "not_exists": BARE,
            }
        }
    ),
    "engagement_score": Shape(
        {"operator": one_of(*NUMBER_OPERATORS), "value": integer},
        {"operatorType": one_of("numeric_operator")},
    ),
    "tag": Shape(
        {
            "operatorType": one_of("exists"),
            "operator": one_of("exists", "not_exists"),
            "value": identifier,
        }
    ),
    "goal": numbered(scope=identifier),
    "crm": Shape({"pipelineScope": identifier, "stageScope": identifier}),
    "ecommerce_number_of_purchases": Shape(
        RELATION | {"scope": identifier, "value": integer, "date": PURCHASE_DATE}
    ),
    "ecommerce_total_spent": Shape(
        RELATION | {"scope": identifier, "value": number, "currency": currency, "date": PURCHASE_DATE}
    ),
    "ecommerce_product_purchased": Shape(
        {
            "operatorType": one_of("equal_operator"),
            "operator": one_of("is", "is_not"),
            "shopScope": identifier,
            "categoryScope": identifier,
            "productScope": identifier,
        },
        choices={"dateOperator": PRODUCT_DATES},
    ),
    "ecommerce_brand_purchased": Shape(
        {
            "operatorType": one_of("equal_operator"),
            "operator": one_of("is", "not_is"),
            "scope": identifier,
            "value": words,
        }
    ),
    "ecommerce_abandoned_cart": Shape(
        {
            "shopScope": identifier,
            "cartValue": Shape(
                {"currency": currency, "value": number, "operator": one_of(*NUMBER_OPERATORS)}
            ),
        },
        choices={"dateOperator": CART_DATES},
    ),
    "sms_sent": Shape({"smsId": identifier}, {"deliveryStatus": one_of("delivered", "undelivered", "any")}),
    "sms_link_clicked": Shape({"smsId": identifier, "clickTrackId": identifier}),
    "sms_link_not_clicked": Shape({"smsId": identifier, "clickTrackId": identifier}),
    "custom_event": Shape(
        {"customEventId": identifier, "occurrence": one_of("occurred", "not_occurred")},
        choices={"dateOperator": EVENT_DATES},
    ),
}
"""conditionType -> what else such a condition has."""


def condition(value: Any) -> Iterator[str]:
    """The rule of one condition; of a type that is not published only that it is named."""
    kind = value.get("conditionType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        yield _("Write a condition with its conditionType.")
    elif shape := CONDITIONS.get(kind):
        yield from shape({name: member for name, member in value.items() if name != "conditionType"})
