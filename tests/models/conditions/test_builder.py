"""Conditions written in Python: what each becomes, and how they are joined."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from getresponse_django.models import Autoresponder, Newsletter
from getresponse_django.models.conditions import (
    LastDays,
    Message,
    Since,
    clicked,
    consent_given,
    consent_not_given,
    date_field,
    day_of_cycle,
    email,
    engagement_score,
    field,
    geo,
    has_no_tag,
    has_tag,
    last_clicked,
    last_opened,
    last_sent,
    name,
    not_clicked,
    not_opened,
    not_sent,
    number_field,
    opened,
    raw,
    score,
    sent,
    subscribed,
    subscribed_by,
    subscribed_by_form,
)
from getresponse_django.models.conditions.expressions import Called, Condition, Expression, layout
from getresponse_django.models.conditions.grammar import condition
from tests.models.conditions.examples import by, consent, dated, message, number, silence, tag, text

DAY, LATER = date(2026, 4, 1), date(2026, 4, 10)
ROWS: dict[Called, Any] = {
    Called("custom_field", "city"): SimpleNamespace(custom_field_id="F", format="text"),
    Called("custom_field", "plan"): SimpleNamespace(custom_field_id="P", format="single_select"),
    Called("tag", "vip"): SimpleNamespace(tag_id="T"),
}
NEWS = Newsletter(newsletter_id="N")
WELCOME = Autoresponder(autoresponder_id="A")
TEST = Message("splittest", "S")


@pytest.mark.parametrize(
    ("written", "json"),
    [
        (email().equals("a@example.com"), text("email", "is", "a@example.com")),
        (email().not_equals("x"), text("email", "is_not", "x")),
        (email().ends_with("@example.com"), text("email", "ends", "@example.com")),
        (email().not_ends_with("x"), text("email", "not_ends", "x")),
        (name().contains("nn"), text("name", "contains", "nn")),
        (name().not_contains("nn"), text("name", "not_contains", "nn")),
        (name().starts_with("A"), text("name", "starts", "A")),
        (name().not_starts_with("A"), text("name", "not_starts", "A")),
        (field("city").equals("Gdańsk"), text("custom", "is", "Gdańsk", scope="F")),
        (
            field("plan").equals("pro"),
            text("custom", "is", "pro", scope="P") | {"operatorType": "string_operator_list"},
        ),
        (
            field("city").is_assigned(),
            {"conditionType": "custom", "operatorType": "string_operator", "operator": "assigned"}
            | {"scope": "F"},
        ),
        (number_field("city").equals(5), number("custom", "numeric_eq", value="5", scope="F")),
        (number_field("city").less_than(1e-7), number("custom", "numeric_lt", value="0.0000001", scope="F")),
        (number_field("city").is_not_assigned(), number("custom", "not_assigned", scope="F")),
        (date_field("city").since(DAY), dated("custom", "date_from", "2026-04-01", scope="F")),
        (date_field("city").during("today"), dated("custom", "specific_date", "today", scope="F")),
        (
            date_field("city").during(LastDays(30, including_today=True)),
            dated("custom", "specific_date", "last_n_days", scope="F")
            | {"numberOfDays": 30, "includeCurrentPeriod": True},
        ),
        (
            date_field("city").until(datetime(2026, 4, 1, 12, tzinfo=timezone(timedelta(hours=2)))),
            dated("custom", "date_to", "2026-04-01T10:00:00+0000", scope="F"),
        ),
        (
            subscribed().between(DAY, LATER),
            dated("subscription_date", "custom", "2026-04-01/2026-04-10"),
        ),
        (
            subscribed().since(datetime(2026, 4, 1, tzinfo=UTC)),
            dated("subscription_date", "date_from", "2026-04-01T00:00:00+0000"),
        ),
        (
            last_opened().during("last_30_days"),
            dated("last_open_date", "specific_date", "last_30_days"),
        ),
        (last_sent().until(DAY), dated("last_send_date", "date_to", "2026-04-01")),
        (last_clicked().since(DAY), dated("last_click_date", "date_from", "2026-04-01")),
        (subscribed_by("api"), by("api")),
        (subscribed_by("import", "all"), by("import", value="all")),
        (subscribed_by_form(), by("webform", webformType="all")),
        (subscribed_by_form("popups"), by("webform", webformType="popups", value="all")),
        (subscribed_by_form("webformsv2", "f"), by("webform", webformType="webformsv2", value="f")),
        (opened(NEWS), message("opened", "newsletter", value="N")),
        (sent(WELCOME), message("sent", "autoresponder", value="A")),
        (not_sent(TEST), message("not_sent", "splittest", value="S")),
        (clicked(NEWS), message("clicked", "newsletter", scope="N", clickTrackId="all")),
        (clicked(NEWS, "k"), message("clicked", "newsletter", scope="N", clickTrackId="k")),
        (not_opened(), silence("not_opened", "all", "never")),
        (not_opened(NEWS, "this_week"), silence("not_opened", "newsletter", "this_week", scope="N")),
        (
            not_opened(when=Since(DAY)),
            silence("not_opened", "all", "date_from", value="2026-04-01"),
        ),
        (
            not_opened(when=LastDays(90)),
            silence("not_opened", "all", "last_n_days", value=90, includeCurrentPeriod=False),
        ),
        (not_clicked(), silence("not_clicked", "all", "never")),
        (
            not_clicked(WELCOME, link="k"),
            silence("not_clicked", "autoresponder", "never", scope="A", clickTrackId="k"),
        ),
        (day_of_cycle().at_least(3), number("phase", "numeric_gt_eq", value=3)),
        (day_of_cycle().is_assigned(), number("phase", "assigned")),
        (score().more_than(10), number("score", "numeric_gt", value=10)),
        (score().is_not_assigned(), {"conditionType": "score", "operatorType": "not_exists"}),
        (engagement_score().at_most(2), number("engagement_score", "numeric_lt_eq", value=2)),
        (engagement_score().not_equals(2), number("engagement_score", "numeric_not_eq", value=2)),
        (geo("country").equals("Poland"), text("geo", "is", "Poland", scope="country")),
        (has_tag("vip"), tag("exists")),
        (has_no_tag("vip"), tag("not_exists")),
        (consent_given("g"), consent("given")),
        (consent_given("g", since=DAY), consent("given", operator="date_from", date="2026-04-01")),
        (consent_not_given("g", until=DAY), consent("not_given", operator="date_to", date="2026-04-01")),
        (raw({"conditionType": "of the panel"}), {"conditionType": "of the panel"}),
    ],
)
def test_a_condition_is_written_as_the_api_takes_it(written: Condition, json: dict[str, Any]) -> None:
    assert written.written(ROWS) == json
    assert list(condition(json)) == []


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: opened(Newsletter()), "push it first"),
        (lambda: last_opened().since(datetime(2026, 4, 1)), "a time zone"),
        (lambda: consent_given("g", since=DAY, until=LATER), "join two conditions"),
    ],
)
def test_what_cannot_be_written_says_what_to_do(make: Any, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        make()


def letters(text: str) -> dict[str, Condition]:
    """A condition for each letter."""
    return {letter: raw({"conditionType": letter}) for letter in text}


def drawn(search: Expression) -> str:
    """A layout in letters: ``and(ab) or (c)``."""
    between, sections = layout(search)
    parts = [
        f"{section.logic}({''.join(one.members['conditionType'] for one in section.conditions)})"
        for section in sections
    ]
    return f" {between} ".join(parts)


ABCD = letters("abcd")
A, B, C, D = ABCD.values()


@pytest.mark.parametrize(
    ("search", "sections"),
    [
        (A, "and(a)"),
        (A & B, "and(ab)"),
        (A | B | C, "or(abc)"),
        (A & (B | C), "and(a) and or(bc)"),
        ((A | B) & C & D, "and(cd) and or(ab)"),
        ((A & B) | (C & D), "and(ab) or and(cd)"),
        ((A & B) & (C & D), "and(abcd)"),
        (A | (B & C) | D, "or(ad) or and(bc)"),
    ],
)
def test_two_levels_become_sections(search: Expression, sections: str) -> None:
    assert drawn(search) == sections


def joined_by(operator: str, conditions: list[Any]) -> Any:
    found = conditions[0]
    for one in conditions[1:]:
        found = found & one if operator == "&" else found | one
    return found


def test_more_than_eight_conditions_become_more_sections() -> None:
    many = joined_by("|", list(letters("abcdefghijklmnopq").values()))
    assert drawn(many) == "or(abcdefgh) or or(ijklmnop) or or(q)"


def test_a_third_level_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(ValueError, match=r"Multiply it out: a & \(b \| \(c & d\)\)"):
        layout(A & (B | (C & D)))


def test_too_many_are_refused() -> None:
    many = [raw({"conditionType": str(number)}) for number in range(66)]
    with pytest.raises(ValueError, match="needs 9 sections, and GetResponse takes 8 of 8"):
        layout(joined_by("&", many[:65]))
    with pytest.raises(ValueError, match="“or” inside an “and” takes 8 conditions, and this has 9"):
        layout(A & joined_by("|", many[:9]))
    assert len(layout(joined_by("&", many[:64]))[1]) == 8


def test_words_of_python_are_refused_instead_of_dropping_a_condition() -> None:
    with pytest.raises(TypeError, match=r"Join conditions with & and \|"):
        bool(A and B)
    with pytest.raises(TypeError, match=r"raw\(\)"):
        A & {"conditionType": "b"}  # type: ignore[operator]
