"""Segments written in Python, refused where GetResponse would, and said in words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    Contact,
    CustomField,
    Newsletter,
    Segment,
    Tag,
)
from getresponse_django.models import conditions as c
from getresponse_django.models.conditions.vocabulary import PERIODS, PLACES, PLAIN_METHODS, SILENCES
from getresponse_django.models.definitions import DEFINITION
from getresponse_django.models.searching import sentences
from getresponse_django.sandbox import Sandbox
from tests.pulling import call

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[2] / "docs" / "howto" / "segments.md"


def stored(row: Any) -> Any:
    """Write a row as a pull does."""
    type(row).plain.bulk_create([row])
    return row


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


@pytest.fixture
def newsletter(account: Account) -> Newsletter:
    """One row of everything that a definition can mention by name."""
    stored(Campaign(account=account, campaign_id="V", name="customers"))
    stored(Campaign(account=account, campaign_id="W", name="partners"))
    stored(Campaign(account=account, name="waiting"))
    stored(CustomField(account=account, custom_field_id="F", name="city"))
    stored(CustomField(account=account, custom_field_id="P", name="plan", format="radio", values=["a", "b"]))
    stored(CustomField(account=account, name="waiting"))
    stored(Tag(account=account, tag_id="T", name="vip"))
    return stored(Newsletter(account=account, newsletter_id="N", subject="Autumn"))  # type: ignore[no-any-return]


def test_names_become_ids(account: Account, newsletter: Newsletter) -> None:
    definition = Segment.where(
        c.field("city").equals("Gdańsk"),
        c.has_tag("vip") | c.opened(newsletter) | c.field("plan").equals("a"),
        campaigns=["customers"],
        subscribed="last_30_days",
        receiving_autoresponder=True,
    )
    scope = {
        "campaignIdsList": ["V"],
        "subscriberCycle": ["receiving_autoresponder"],
        "subscriptionDate": "last_30_days",
    }
    first, second = definition["section"]
    assert definition["sectionLogicOperator"] == "and"
    assert first | scope == first and second | scope == second
    assert (first["logicOperator"], second["logicOperator"]) == ("and", "or")
    assert [one.get("scope", one["value"]) for one in first["conditions"] + second["conditions"]] == [
        "F",
        "T",
        "N",
        "P",
    ]
    assert second["conditions"][2]["operatorType"] == "string_operator_list"


def test_a_segment_is_made_and_edited_from_python(account: Account, newsletter: Newsletter) -> None:
    definition = Segment.where(c.opened(newsletter), campaigns=["customers"])
    segment = Segment(account=account, name="Loyal", definition=definition)
    segment.full_clean()
    segment.save()
    segment.definition = Segment.where(c.has_tag("vip"), campaigns=Campaign.objects.filter(campaign_id="W"))
    segment.full_clean()
    segment.save()
    assert segment.in_words() == "has the tag vip, on the list partners"
    assert Change.objects.get().object_pk == segment.pk


def test_the_docs_say_what_happens(account: Account, newsletter: Newsletter) -> None:
    text = DOCS.read_text()
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    words = re.search(r"^> (.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    assert block and words
    exec(block[1], {})
    assert Segment.objects.get(name="Loyal").in_words() == words[1].replace("\n> ", " ")


def test_without_lists_all_that_getresponse_has_are_searched(newsletter: Newsletter) -> None:
    assert Segment.where()["section"] == [
        {
            "campaignIdsList": ["V", "W"],
            "logicOperator": "and",
            "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
            "subscriptionDate": "all_time",
            "conditions": [],
        }
    ]


def test_rows_may_stand_for_their_names(newsletter: Newsletter) -> None:
    by_rows = Segment.where(
        c.field(CustomField.objects.get(name="city")).equals("x"), c.has_tag(Tag.objects.get())
    )
    assert by_rows == Segment.where(c.field("city").equals("x"), c.has_tag("vip"))


def test_two_days_limit_the_subscription(newsletter: Newsletter) -> None:
    definition = Segment.where(subscribed=(date(2026, 4, 1), date(2026, 4, 10)))
    (section,) = definition["section"]
    assert section["subscriptionDate"] == "custom"
    assert section["customDate"] == {"from": "2026-04-01", "to": "2026-04-10"}


def test_one_argument_may_be_any_two_levels(newsletter: Newsletter) -> None:
    one, other = c.has_tag("vip"), c.score().at_least(5)
    definition = Segment.where((one & other) | (other & c.email().contains("x")))
    assert [part["logicOperator"] for part in definition["section"]] == ["and", "and"]
    assert definition["sectionLogicOperator"] == "or"


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: Segment.where(c.field("town").equals("x")), "no custom field “town”.*Mend the name"),
        (lambda: Segment.where(c.field("waiting").equals("x")), "no custom field “waiting”"),
        (lambda: Segment.where(c.has_tag("other")), "no tag “other”"),
        (lambda: Segment.where(campaigns=["nobody"]), "no list “nobody”"),
        (lambda: Segment.where(campaigns=Campaign.objects.filter(name="waiting")), "“waiting” is not in"),
        (lambda: Segment.where(campaigns=[]), "needs a list"),
        (lambda: Segment.where(account="other"), "needs a list"),
        (lambda: Segment.where(c.raw({"conditionType": "crm"})), "conditions: 1: pipelineScope: This is"),
        (lambda: Segment.where({"conditionType": "email"}), "section: 1: conditions: 1: operatorType"),
        (lambda: Segment.where(c.not_opened(when=c.LastDays(0))), "value: Write a whole number"),
        (
            lambda: Segment.where(c.last_opened().since(datetime(2026, 4, 1, tzinfo=UTC))),
            "value: Write a date as yyyy-mm-dd",
        ),
        (lambda: Segment.where(subscribed="ever"), "subscriptionDate: Choose from"),  # type: ignore[arg-type]
    ],
)
def test_what_getresponse_cannot_search_for_says_what_to_do(
    newsletter: Newsletter, make: Any, advice: str
) -> None:
    with pytest.raises(ValueError, match=advice):
        make()


def test_names_cost_one_query_for_each_kind(
    account: Account, newsletter: Newsletter, django_assert_num_queries: Any
) -> None:
    many = [c.field("city").equals(str(number)) | c.has_tag("vip") for number in range(8)]
    with django_assert_num_queries(3):
        Segment.where(*many, campaigns=["customers", "partners"], account=account)


def test_names_of_many_segments_cost_one_query_for_each_kind(
    account: Account, newsletter: Newsletter, django_assert_num_queries: Any
) -> None:
    definition = Segment.where(c.opened(newsletter), c.field("city").equals("x"), campaigns=["customers"])
    rows = [Segment(account=account, name=str(number), definition=definition) for number in range(20)]
    with django_assert_num_queries(3):
        words = {said for _row, said in sentences(rows)}
    assert words == {"opened Autumn (newsletter) and city is x, on the list customers"}


def test_accounts_do_not_share_names(account: Account, newsletter: Newsletter) -> None:
    definition = Segment.where(c.has_tag("vip"), campaigns=["customers"])
    other = Account.objects.for_alias("other")
    rows = [Segment(account=owner, definition=definition) for owner in (account, other)]
    assert [said for _row, said in sentences(rows)] == [
        "has the tag vip, on the list customers",
        "has the tag T, on the list V",
    ]


# What GetResponse gave


def complaints(segment: Segment) -> list[str]:
    try:
        segment.full_clean()
    except ValidationError as error:
        return error.message_dict["definition"]
    return []


def test_a_condition_that_getresponse_gave_may_be_whatever_it_is(
    account: Account, newsletter: Newsletter
) -> None:
    definition = Segment.where(c.has_tag("vip"), campaigns=["customers"])
    odd = {"conditionType": "email", "operatorType": "of the panel"}
    given = {**definition, "section": [{**definition["section"][0], "conditions": [odd]}]}
    edited = {**definition, "section": [{**definition["section"][0], "conditions": [odd, {**odd, "x": 1}]}]}
    row = Segment(account=account, name="x", search_contact_id="S", base={"name": "x", **given})
    row.definition = given
    assert complaints(row) == []
    row.definition = {**given, "sectionLogicOperator": "or"}
    assert complaints(row) == []
    row.definition = edited
    assert {text.split(": ")[3] for text in complaints(row)} == {"2"}
    row.search_contact_id = None
    assert {text.split(": ")[3] for text in complaints(row)} == {"1", "2"}


def test_a_member_of_a_section_that_nobody_published_is_kept_and_never_sent_by_us_first(
    account: Account, newsletter: Newsletter
) -> None:
    plain = Segment.where(c.name().equals("Ann"))
    odd = {**plain, "section": [{**plain["section"][0], "panelOnly": 1}]}
    with pytest.raises(ValidationError, match="section: 1: panelOnly: Choose from"):
        Segment(account=account, name="x", definition=odd).full_clean()
    row = Segment(account=account, name="x", search_contact_id="S", base={"name": "x", **odd})
    row.definition = {**odd, "sectionLogicOperator": "or"}
    row.full_clean()


# Membership


def test_members_are_there_both_ways_and_go_with_contact_and_segment(
    account: Account, newsletter: Newsletter
) -> None:
    campaign = Campaign.objects.get(name="customers")
    contact = stored(Contact(account=account, campaign=campaign, email="a@example.com", contact_id="c"))
    segments = [stored(Segment(account=account, name=name, search_contact_id=name)) for name in "xy"]
    for segment in segments:
        segment.members.add(contact, through_defaults={"found_on": timezone.now()})
    assert set(contact.segments.all()) == set(segments)
    assert list(Contact.objects.filter(segments=segments[0])) == [contact]
    assert not Change.objects.exists()
    segments[0].delete()
    assert Segment.members.through.objects.count() == 1
    contact.delete()
    assert not Segment.members.through.objects.exists()


# Whatever the builder makes

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
WHOLE = st.integers(-1000, 1000)
DATES = st.dates(date(2000, 1, 1), date(2040, 1, 1))
IDS = st.text("abcXYZ123", min_size=1, max_size=8)
MESSAGES = st.builds(
    c.Message, st.sampled_from(["newsletter", "autoresponder", "splittest", "automation"]), IDS
)
LAST = st.builds(c.LastDays, st.integers(1, 3650), st.booleans())
WHEN = st.sampled_from(SILENCES) | st.builds(c.Since, DATES) | LAST


def texts(subject: Any) -> st.SearchStrategy[Any]:
    names = ["equals", "not_equals", "contains", "not_contains", "starts_with", "not_ends_with"]
    return st.builds(lambda method, value: getattr(subject, method)(value), st.sampled_from(names), TEXTS)


def numbers(subject: Any, values: st.SearchStrategy[Any] = WHOLE) -> st.SearchStrategy[Any]:
    names = ["equals", "not_equals", "less_than", "at_most", "more_than", "at_least"]
    return st.builds(lambda method, value: getattr(subject, method)(value), st.sampled_from(names), values)


def days(subject: Any) -> st.SearchStrategy[Any]:
    two = st.tuples(DATES, DATES).map(sorted)
    return st.one_of(
        st.builds(subject.since, DATES),
        st.builds(subject.until, DATES),
        two.map(lambda ends: subject.between(*ends)),
        st.sampled_from(PERIODS).map(subject.during),
    )


CONDITIONS = st.one_of(
    texts(c.email()),
    texts(c.name()),
    texts(c.field("plan")),
    st.sampled_from(PLACES).flatmap(lambda place: texts(c.geo(place))),
    numbers(c.number_field("age"), st.floats(-1e6, 1e6) | WHOLE),
    numbers(c.score()),
    numbers(c.engagement_score()),
    numbers(c.day_of_cycle()),
    days(c.date_field("birthday")),
    days(c.subscribed()),
    days(c.last_sent()),
    days(c.last_opened()),
    days(c.last_clicked()),
    LAST.map(c.date_field("birthday").during),
    st.sampled_from(
        [
            c.has_tag("vip"),
            c.has_no_tag("vip"),
            c.score().is_not_assigned(),
            c.day_of_cycle().is_assigned(),
            c.field("plan").is_not_assigned(),
            c.subscribed_by_form(),
        ]
    ),
    st.sampled_from(PLAIN_METHODS).map(c.subscribed_by),
    st.builds(c.subscribed_by, st.just("import"), IDS | st.just("all")),
    MESSAGES.map(c.sent) | MESSAGES.map(c.not_sent) | MESSAGES.map(c.opened),
    st.builds(c.clicked, MESSAGES, IDS | st.just("all")),
    st.builds(c.not_opened, MESSAGES | st.none(), WHEN),
    st.builds(c.not_clicked, MESSAGES | st.none(), WHEN, IDS | st.just("all")),
    st.builds(lambda field, day: c.consent_given(field, since=day), IDS, DATES | st.none()),
    st.builds(lambda field, day: c.consent_not_given(field, until=day), IDS, DATES | st.none()),
)


GROUPS = st.lists(st.lists(CONDITIONS, min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    groups=st.lists(st.lists(CONDITIONS, min_size=1, max_size=4), min_size=1, max_size=4),
    any_of=st.booleans(),
)
def test_whatever_is_built_is_taken_here_and_there(
    sandbox: Sandbox, account: Account, groups: list[list[Any]], any_of: bool
) -> None:
    learn_names(sandbox, account)
    search = None
    for group in groups:
        inner = group[0]
        for one in group[1:]:
            inner = inner & one if any_of else inner | one
        search = inner if search is None else search | inner if any_of else search & inner
    definition = Segment.where(search, account=account)  # type: ignore[arg-type]
    assert list(DEFINITION(definition)) == []
    assert Segment(account=account, definition=definition).in_words()
    made = call(sandbox, "POST", "/search-contacts", {"name": f"{len(sandbox.requests)}", **definition})
    assert made["section"] == definition["section"]


def learn_names(sandbox: Sandbox, account: Account) -> None:
    """Mirror what the conditions call by name."""
    if not Campaign.plain.filter(account=account).exists():
        known = {row["name"]: row for row in sandbox.custom_fields()}
        for campaign in sandbox.campaigns():
            stored(Campaign(account=account, campaign_id=campaign["campaignId"], name=campaign["name"]))
        for name in ("plan", "age", "birthday"):
            row = known.get(name) or sandbox.add_custom_field(name)
            stored(CustomField(account=account, custom_field_id=row["customFieldId"], name=name))
        vip = next(tag for tag in sandbox.tags() if tag["name"] == "vip")
        stored(Tag(account=account, tag_id=vip["tagId"], name="vip"))
