"""What a contact bought or left in a cart, in words."""

from __future__ import annotations

from django.utils.translation import gettext

from .phrases import Json, Names, at, compared, detailed, quoted


def shop(scope: str) -> str:
    """In which shop; "" for any."""
    return "" if scope == "all" else gettext("in the shop %(shop)s") % {"shop": scope}


def time_of_purchase(date: Json) -> str:
    """When, of ``{operator, range, numberOfDays, includeCurrentPeriod}``."""
    return at(
        date["operator"],
        date.get("range"),
        days=date.get("numberOfDays"),
        including_today=date.get("includeCurrentPeriod"),
    )


def number_of_purchases(condition: Json, names: Names) -> str:
    """How often it bought."""
    clause = compared(condition["operator"], gettext("the number of purchases"), condition["value"])
    return detailed(clause, [shop(condition["scope"]), time_of_purchase(condition["date"])])


def total_spent(condition: Json, names: Names) -> str:
    """How much it spent."""
    clause = compared(condition["operator"], gettext("the sum of purchases"), condition["value"])
    details = [condition["currency"], shop(condition["scope"]), time_of_purchase(condition["date"])]
    return detailed(clause, details)


def product(condition: Json, names: Names) -> str:
    """Bought, or did not buy, a product."""
    bought, scope = condition["operator"] == "is", condition["productScope"]
    if scope == "all":
        clause = gettext("bought something") if bought else gettext("bought nothing")
    else:
        phrase = (
            gettext("bought the product %(product)s")
            if bought
            else gettext("did not buy the product %(product)s")
        )
        clause = phrase % {"product": scope}
    category = condition["categoryScope"]
    of_category = "" if category == "all" else gettext("in the category %(name)s") % {"name": category}
    when = at(
        condition["dateOperator"],
        condition.get("value"),
        days=condition.get("numberOfDays"),
        including_today=condition.get("includeCurrentPeriod"),
    )
    return detailed(clause, [of_category, shop(condition["shopScope"]), when])


def brand(condition: Json, names: Names) -> str:
    """Bought, or did not buy, something of a brand."""
    if condition["operator"] == "is":
        phrase = gettext("bought something of the brand %(brand)s")
    else:
        phrase = gettext("bought nothing of the brand %(brand)s")
    return detailed(phrase % {"brand": quoted(condition["value"])}, [shop(condition["scope"])])


def abandoned_cart(condition: Json, names: Names) -> str:
    """Left a cart, or never did."""
    never = condition["dateOperator"] == "never"
    clause = gettext("never left a cart") if never else gettext("left a cart")
    worth = condition["cartValue"]
    value = compared(worth["operator"], gettext("the value"), worth["value"])
    given = condition.get("range", condition.get("value"))
    when = at(
        condition["dateOperator"],
        given,
        days=condition.get("value"),
        including_today=condition.get("includeCurrentPeriod"),
    )
    return detailed(clause, [f"{value} {worth['currency']}", shop(condition["shopScope"]), when])
