"""What ``full_clean`` accepts, GetResponse accepts: no such row is ever answered with a 400."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from getresponse_django.models import Campaign, Change, Contact, CustomField, Mirrored, Segment, Tag

from .conftest import World

few = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

ANY_TEXT = st.text(max_size=140)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def objects(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these members."""
    return st.fixed_dictionaries({}, optional=members)


def is_accepted(row: Mirrored) -> bool:
    """Whether the row is valid; then it is saved."""
    try:
        row.full_clean()
    except ValidationError:
        return False
    row.save()
    return True


def push_and_forget(world: World, *models: type[Mirrored]) -> None:
    """Push everything, and let the next example begin with an empty outbox and without these rows."""
    world.push_all(3)
    refused = [(r.path, r.body, r.status) for r in world.sandbox.requests if r.status == 400]
    gave_up = list(Change.objects.gave_up().values_list("reason", "detail"))
    Change.objects.all().delete()
    for model in models:
        model.plain.exclude(name__in=KEPT)._raw_delete("default")
    world.sandbox._application.log.clear()
    assert (refused, gave_up) == ([], [])


KEPT = ("customers", "newsletter", "plan", "vip")
"""Names of the sandbox's own, which the rows of the examples do not have."""


NAMES = ANY_TEXT | st.text("abc_019 é\n", max_size=8)


@few
@example(name="ab\n")
@given(name=NAMES.filter(lambda name: name not in KEPT))
def test_any_tag(world: World, name: str) -> None:
    if is_accepted(Tag(account=world.account, name=name)):
        push_and_forget(world, Tag)


SETTINGS_TEXT = (
    st.sampled_from(["", "a", "Acme", "http://a.example/x", "ftp://b", "7", "true", "single"]) | ANY_TEXT
)
SETTINGS_VALUE = SETTINGS_TEXT | st.none() | st.integers()


@few
@example(name="abc", language="pl", optin={"api": "double"}, postal={}, profile={"description": ""})
@example(name="abc", language="", optin={}, postal={"planet": ""}, profile={})
@example(name="abc", language="", optin={}, postal={"city": "", "addPostalToMessages": ""}, profile={})
@example(name="abc", language="", optin={}, postal={}, profile={"logo": "http://[", "title": "x"})
@given(
    name=ANY_TEXT.filter(lambda name: name not in KEPT),
    language=st.sampled_from(["", "pl", "EN", "p1", "żó"]),
    optin=objects(api=st.sampled_from(["single", "double"]), webform=SETTINGS_VALUE) | JSON,
    postal=objects(city=SETTINGS_VALUE, addPostalToMessages=SETTINGS_VALUE) | JSON,
    profile=objects(
        title=SETTINGS_VALUE, logo=SETTINGS_VALUE, industryTagId=SETTINGS_VALUE, description=SETTINGS_VALUE
    )
    | JSON,
)
def test_any_list(world: World, name: str, language: str, optin: Any, postal: Any, profile: Any) -> None:
    row = Campaign(
        account=world.account,
        name=name,
        language_code=language,
        optin_types=optin,
        postal=postal,
        profile=profile,
    )
    if is_accepted(row):
        push_and_forget(world, Campaign)


VALUES = st.lists(
    st.sampled_from(
        ["1", "2.5", "2026-01-31", "2026-02-31", "Male", "EUR", "10.0.0.1", "http://a.b", "", "free"]
    )
    | ANY_TEXT,
    max_size=3,
)
KINDS = st.sampled_from(["string", "number", "date", "datetime", "currency", "gender", "ip", "url", "colour"])
FORMATS = st.sampled_from(
    ["text", "textarea", "radio", "checkbox", "single_select", "multi_select", "slider"]
)


@few
@example(name="f", type_="number", format_="radio", values=["1", "one"])
@given(
    name=ANY_TEXT.filter(lambda name: name not in KEPT) | st.from_regex(r"\A[a-z0-9_]{1,5}\Z"),
    type_=KINDS,
    format_=FORMATS,
    values=VALUES | JSON,
)
def test_any_custom_field(world: World, name: str, type_: str, format_: str, values: Any) -> None:
    row = CustomField(account=world.account, name=name, type=type_, format=format_, values=values)
    if is_accepted(row):
        push_and_forget(world)
        forget_field(world, row)


EMAILS = (
    st.emails()
    | st.builds("{}@example.com".format, st.text(max_size=70))
    | st.builds("a@{}".format, st.text("aé-.1", max_size=12))
    | st.sampled_from(
        ['"quoted"@example.com', "a@[10.0.0.1]", "a@localhost", "ą@example.com", "a@xn--p1ai.xn--p1ai"]
    )
)


@few
@example(
    email="a@b.pl", name="\x00", note="", scoring=1.0, day=0, ip="", type_="date", format_="text", values=[]
)
@given(
    email=EMAILS,
    name=ANY_TEXT,
    note=st.text(max_size=260),
    scoring=st.none() | st.floats(),
    day=st.none() | st.integers(-1, 10_001),
    ip=st.sampled_from(["", "10.0.0.1", "::1", "fe80::1%eth0", "10.0.0", "01.2.3.4"]),
    type_=KINDS,
    format_=FORMATS,
    values=VALUES | JSON,
)
def test_any_contact(
    world: World,
    email: str,
    name: str,
    note: str,
    scoring: Any,
    day: Any,
    ip: str,
    type_: str,
    format_: str,
    values: Any,
) -> None:
    field = CustomField(account=world.account, name="f", type=type_, format=format_)
    if format_ in ("radio", "single_select", "multi_select"):
        field.values = {"gender": ["Male", "Female"], "number": ["1", "2.5"]}.get(type_, ["free", "Male"])
    has_field = is_accepted(field)
    contact = Contact(
        account=world.account,
        campaign=world.campaign,
        email=email,
        name=name,
        note=note,
        scoring=scoring,
        day_of_cycle=day,
        ip_address=ip,
        custom_fields={"f": values} if has_field else {},
    )
    if is_accepted(contact):
        push_and_forget(world)
        assert Contact.objects.get(pk=contact.pk).state == "active"
    for there in world.sandbox.contacts("customers"):
        world.as_others("DELETE", f"/contacts/{there['contactId']}")
    Contact.plain.all()._raw_delete("default")
    forget_field(world, field)


def forget_field(world: World, field: CustomField) -> None:
    """Both sides as before the example."""
    if field.pk and (remote_id := CustomField.objects.get(pk=field.pk).custom_field_id):
        world.as_others("DELETE", f"/custom-fields/{remote_id}")
    CustomField.plain.filter(pk=field.pk)._raw_delete("default")
    Change.objects.all().delete()


VALID = {
    "logicOperator": "and",
    "subscriberCycle": ["receiving_autoresponder"],
    "subscriptionDate": "all_time",
}
CONDITION = {"conditionType": "name", "operatorType": "string_operator", "operator": "is", "value": "a"}
CHANGED = objects(
    logicOperator=st.sampled_from(["and", "or", "xor", None]),
    subscriberCycle=st.lists(st.sampled_from([*VALID["subscriberCycle"], "x"]), max_size=3),
    subscriptionDate=st.sampled_from(["all_time", "custom", "last_2_months", "ever"]),
    customDate=objects(**{"from": st.sampled_from(["2026-01-01", "x"]), "to": st.just("2026-02-01")}),
    conditions=st.lists(st.just(CONDITION), max_size=9),
    campaignIdsList=st.sampled_from([[], ["nowhere"], "x"]),
)


@few
@given(
    name=ANY_TEXT,
    operator=st.sampled_from(["and", "or", "nor"]),
    sections=st.lists(CHANGED, max_size=9) | JSON,
    others=objects(subscribersType=st.sampled_from([["subscribed"], [], ["removed"]])),
)
def test_any_envelope_of_a_segment(
    world: World, name: str, operator: str, sections: Any, others: dict[str, Any]
) -> None:
    valid = VALID | {"campaignIdsList": [world.campaign.campaign_id]}
    if isinstance(sections, list):
        sections = [valid | each if isinstance(each, dict) else each for each in sections]
    definition = {"sectionLogicOperator": operator, "section": sections} | others
    if is_accepted(Segment(account=world.account, name=name, definition=definition)):
        push_and_forget(world, Segment)
