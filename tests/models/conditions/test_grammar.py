"""The grammar of conditions: what GetResponse takes is taken, what it refuses is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.models.conditions.clauses import CLAUSES
from getresponse_django.models.conditions.grammar import CONDITIONS, condition
from getresponse_django.sandbox import Sandbox
from tests.contract.document import complaints, contract
from tests.models.conditions.examples import (
    DAYS,
    EVER,
    EXAMPLES,
    NUMBER_OF,
    by,
    cart,
    consent,
    dated,
    message,
    number,
    product,
    purchases,
    silence,
    sms,
    tag,
    text,
)
from tests.pulling import call

TAKEN = [example for example, _words in EXAMPLES]


def schemas() -> dict[str, Any]:
    """conditionType -> its published schema."""
    return {
        schema["properties"]["conditionType"]["enum"][0]: schema
        for name, schema in contract()["components"]["schemas"].items()
        if name.endswith("Condition")
    }


def test_every_published_type_is_known_and_has_words_and_an_example() -> None:
    assert set(CONDITIONS) == set(schemas()) == set(CLAUSES) == {one["conditionType"] for one in TAKEN}


@pytest.mark.parametrize("example", TAKEN, ids=lambda one: one["conditionType"])
def test_what_the_contract_allows_is_taken(example: dict[str, Any]) -> None:
    assert list(condition(example)) == []
    assert complaints(schemas()[example["conditionType"]], example) == []


@pytest.mark.parametrize("start", range(0, len(TAKEN), 64))
def test_the_sandbox_takes_the_same(sandbox: Sandbox, start: int) -> None:
    unknown_days = {"last_n_days"}  # the sandbox wants to know how many days they are
    some = [one for one in TAKEN[start : start + 64] if one.get("dateOperator") not in unknown_days]
    section = {
        "campaignIdsList": [sandbox.campaigns()[0]["campaignId"]],
        "logicOperator": "and",
        "subscriberCycle": ["receiving_autoresponder"],
        "subscriptionDate": "all_time",
    }
    sections = [section | {"conditions": some[at : at + 8]} for at in range(0, len(some), 8)]
    body = {"name": f"examples {start}", "sectionLogicOperator": "or", "section": sections}
    assert call(sandbox, "POST", "/search-contacts", body)["searchContactId"]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("x", "Write a condition"),
        ({"conditionType": 5}, "Write a condition"),
        ({"conditionType": "email"}, "operatorType: This is missing"),
        (text("email", "starts_with", "x"), "operator: Choose from: is, is_not"),
        (text("email", "is", "x") | {"value": 5}, "value: Write a text"),
        (text("email", "is", "x") | {"valeu": "y"}, "valeu: Choose from: operatorType"),
        (text("custom", "is", "x"), "scope: This is missing"),
        (text("custom", "numeric_lt", "x", scope="F"), "operator: Choose from: is"),
        (text("custom", "assigned", "x", scope="F"), "value: Choose from"),
        (number("custom", "numeric_eq", value=5, scope="F"), "value: Write a number as a text"),
        (number("custom", "numeric_eq", value="five", scope="F"), "value: Write a number as a text"),
        (dated("custom", "date_from", "1 May", scope="F"), "value: Write a date"),
        (dated("custom", "specific_date", "last_n_days", scope="F"), "numberOfDays: This is missing"),
        (dated("custom", "specific_date", "last_year", scope="F"), "value: Choose from: today"),
        (dated("custom", "custom", "2026-04-10/2026-04-01", scope="F"), "value: Write two dates"),
        (dated("last_open_date", "date_from", "2026-04-01T10:00:00+0000"), "value: Write a date as"),
        (dated("subscription_date", "date_from", "2026-02-30"), "value: Write a date"),
        (by("phone"), "method: Choose from: api"),
        (by("api", value="x"), "value: Choose from: method"),
        (by("import"), "value: This is missing"),
        (by("webform"), "webformType: This is missing"),
        (by("webform", webformType="popups"), "value: This is missing"),
        (message("opened", "all", value="N"), "operator: Choose from: autoresponder"),
        (message("opened", "newsletter", scope="N"), "value: This is missing"),
        (message("clicked", "newsletter", scope="N"), "clickTrackId: This is missing"),
        (message("not_opened", "newsletter", value="N"), "dateOperator: This is missing"),
        (silence("not_opened", "all", "never", scope="N"), "scope: Choose from"),
        (silence("not_opened", "newsletter", "never"), "scope: This is missing"),
        (silence("not_opened", "all", "last_month"), "dateOperator: Choose from: never"),
        (silence("not_opened", "all", "last_n_days", value="5"), "value: Write a whole number"),
        (silence("not_clicked", "all", "date_from"), "value: This is missing"),
        (number("phase", "numeric_eq", value=True), "value: Write a whole number"),
        (number("phase", "numeric_eq", value=2**31), "value: Write a whole number"),
        (number("phase", "assigned", value=1), "value: Choose from"),
        (consent("given", operator="date_from"), "consentDate: date: This is missing"),
        (consent("given", operator="anytime", date="2026-04-01"), "consentDate: date: Choose from: operator"),
        ({"conditionType": "score", "operatorType": "not_exists", "value": 1}, "value: Choose from"),
        (tag("is"), "operator: Choose from: exists"),
        (number("goal", "assigned"), "scope: This is missing"),
        (purchases(NUMBER_OF, "numeric_eq", 0.5, EVER), "value: Write a whole number"),
        (purchases(NUMBER_OF, "numeric_eq", 1, {"operator": "custom"}), "date: range: This is missing"),
        (
            purchases("ecommerce_total_spent", "numeric_eq", float("nan"), EVER, currency="€"),
            "value: Write a number",
        ),
        (
            purchases("ecommerce_total_spent", "numeric_eq", 1, EVER, currency="€"),
            "currency: Write a currency",
        ),
        (product("not_is", "all_time"), "operator: Choose from: is, is_not"),
        (product("is", "all_time", value=DAYS), "value: Choose from"),
        (cart("anytime") | {"cartValue": {}}, "cartValue: currency: This is missing"),
        (sms("sms_sent", deliveryStatus="lost"), "deliveryStatus: Choose from: delivered"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_at_its_place(wrong: Any, place: str) -> None:
    found = list(condition(wrong))
    assert [complaint for complaint in found if complaint.startswith(place)], found


def test_a_type_that_is_not_published_is_taken_as_it_is() -> None:
    assert list(condition({"conditionType": "of the panel", "anything": [1]})) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=30)
@given(data=st.data())
def test_whatever_stands_for_a_member_is_taken_or_refused_in_words(data: st.DataObject) -> None:
    spoiled = dict(data.draw(st.sampled_from(TAKEN)))
    spoiled[data.draw(st.sampled_from(sorted(spoiled)))] = data.draw(JSON)
    assert all(isinstance(complaint, str) for complaint in condition(spoiled))
