"""JSON to columns and back, for every resource, on what the sandbox answers and on what old answers looked
like.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from getresponse_django.resources import (
    RESOURCES,
    campaign_values,
    contact_base,
    contact_details,
    contact_fields,
    contact_values,
    custom_field_fields,
    flag,
    newsletter_fields,
    newsletter_values,
    number,
    refused_columns,
    timestamp,
)
from getresponse_django.sandbox import Sandbox


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2018-01-15T13:30:42+0000", datetime(2018, 1, 15, 13, 30, 42, tzinfo=UTC)),
        ("2018-01-15T13:30:42+0200", datetime(2018, 1, 15, 11, 30, 42, tzinfo=UTC)),
        ("2024-01-01T10:35:00", datetime(2024, 1, 1, 10, 35, tzinfo=UTC)),
        ("2024-01-01 10:35:00", datetime(2024, 1, 1, 10, 35, tzinfo=UTC)),
        ("2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_times_are_utc(text: str | None, moment: datetime | None) -> None:
    assert timestamp(text) == moment


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), (True, True), ("false", False), (None, False)]
)
def test_flags_are_strings_or_not(value: Any, expected: bool) -> None:
    assert flag(value) is expected


@pytest.mark.parametrize(("value", "expected"), [("12", 12), (12.0, 12), ("0", 0), ("", None), (None, None)])
def test_numbers_are_strings_or_not(value: Any, expected: int | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_an_absent_member_is_an_absent_column(name: str) -> None:
    resource = RESOURCES[name]
    fields = resource.fields({resource.id_key: "x"})
    assert fields.pop(resource.id_field) == "x"
    assert fields == {}


def row_of(fields: dict[str, Any], **defaults: Any) -> Any:
    return SimpleNamespace(**(defaults | fields))


def test_a_campaign_there_and_back(sandbox: Sandbox) -> None:
    there = sandbox.campaigns()[0]
    row = row_of(RESOURCES["campaign"].fields(there))
    values = campaign_values(row)
    assert values["name"] == there["name"]
    assert values["optinTypes"] == there["optinTypes"]
    assert values.get("isDefault") in (None, "true")


def test_a_language_is_sent_as_it_is_answered() -> None:
    row = row_of({}, name="n", language_code="de", optin_types={}, postal={}, profile={}, is_default=False)
    assert campaign_values(row) == {"name": "n", "languageCode": "DE"}


def test_a_custom_field_there_and_back(sandbox: Sandbox) -> None:
    for there in sandbox.custom_fields():
        row = row_of(custom_field_fields(there))
        assert (row.type, row.format) == (there["valueType"], there["fieldType"])
        values = RESOURCES["custom_field"].values(row)
        assert (values["hidden"], values["values"]) == (there["hidden"], there["values"])


@pytest.mark.parametrize(
    ("json", "type_", "format_"),
    [
        ({"type": "text"}, "text", "text"),
        (
            {"type": "single_select", "fieldType": "single_select", "valueType": "string"},
            "string",
            "single_select",
        ),
        ({"type": "string", "format": "text"}, "string", "text"),
    ],
)
def test_old_and_new_answers_about_a_field(json: dict[str, Any], type_: str, format_: str) -> None:
    fields = custom_field_fields(json)
    assert (fields["type"], fields["format"]) == (type_, format_)


def test_a_contact_there_and_back(sandbox: Sandbox) -> None:
    there = sandbox.add_contact(
        "a@example.com", "customers", name="A", tags=["vip"], custom_fields={"plan": "pro"}
    )
    fields = contact_fields(there)
    base = contact_base(fields, contact_details(there))
    campaign = SimpleNamespace(campaign_id=fields.pop("campaign"))
    row = row_of(fields, campaign=campaign, custom_fields={"plan": ["pro"]})
    assert contact_values(row, [there["tags"][0]["tagId"]]) == base


def test_a_list_item_tells_neither_tags_nor_fields(sandbox: Sandbox) -> None:
    there = sandbox.add_contact("a@example.com", "customers", tags=["vip"])
    item = {key: value for key, value in there.items() if key not in ("tags", "customFieldValues")}
    assert contact_details(item) == {}
    assert "tags" not in contact_base(contact_fields(item), {})


def test_fields_of_which_nothing_is_known_are_no_value() -> None:
    row = row_of({}, email="a", name="", note="", scoring=None, day_of_cycle=None, custom_fields=None)
    row.campaign = SimpleNamespace(campaign_id="C")
    assert "customFieldValues" not in contact_values(row, [])


def test_a_newsletter_there_and_back() -> None:
    there = {
        "newsletterId": "N",
        "type": "draft",
        "name": "March",
        "subject": "Hello",
        "campaign": {"campaignId": "C"},
        "fromField": {"fromFieldId": "F"},
        "content": {"html": "<p>x</p>", "plain": None},
        "sendSettings": {"timeTravel": "false", "selectedCampaigns": ["C"], "excludedCampaigns": []},
        "replyTo": {"fromFieldId": "F"},
        "flags": ["clicktrack"],
        "attachments": [],
    }
    fields = newsletter_fields(there)
    assert (fields["campaign"], fields["from_field"], fields["html"], fields["plain_text"]) == (
        "C",
        "F",
        "<p>x</p>",
        "",
    )
    row = row_of(fields | {"campaign": SimpleNamespace(campaign_id="C")})
    row.from_field = row.reply_to = SimpleNamespace(from_field_id="F")
    plain = {k: v for k, v in there.items() if k not in ("newsletterId", "replyTo", "attachments")}
    short = {"content": {"html": "<p>x</p>"}, "sendSettings": {"selectedCampaigns": ["C"]}}
    assert newsletter_values(row) == plain | short
    row.reply_to = SimpleNamespace(from_field_id="R")
    assert newsletter_values(row)["replyTo"] == {"fromFieldId": "R"}


@pytest.mark.parametrize("flags", ["clicktrack,google_analytics", ["clicktrack", "google_analytics"]])
def test_flags_of_lists_and_details_are_the_same(flags: Any) -> None:
    assert newsletter_fields({"flags": flags}) == {"flags": ["clicktrack", "google_analytics"]}


@pytest.mark.parametrize("content", [None, {}])
def test_a_newsletter_may_have_no_content(content: Any) -> None:
    assert newsletter_fields({"content": content}) == {"html": "", "plain_text": ""}


@pytest.mark.parametrize(
    ("resource", "code", "context", "columns"),
    [
        ("contact", 1000, [{"fieldName": ["email"], "errorDescription": "bad"}], {"email": "bad"}),
        ("contact", 1000, ["Custom field plan: no"], {"custom_fields": "Custom field plan: no"}),
        (
            "contact",
            1000,
            [{"fieldName": ["customFieldValues", "0", "value"], "errorDescription": "x"}],
            {"custom_fields": "x"},
        ),
        ("contact", 1001, {"fieldName": "tagId", "originalValue": "T"}, {"tags": "said"}),
        ("contact", 1008, {"value": "***"}, {"email": "said"}),
        ("segment", 1008, {"value": "buyers"}, {"name": "said"}),
        (
            "segment",
            1000,
            [{"fieldName": "section.0.conditions", "errorDescription": "x"}],
            {"definition": "x"},
        ),
        (
            "newsletter",
            1000,
            [{"fieldName": ["content", "plain"], "errorDescription": "x"}],
            {"plain_text": "x"},
        ),
        ("newsletter", 1001, {"fieldName": "searchContactId"}, {"send_settings": "said"}),
        ("tag", 1003, {"fieldName": "name", "regex": "..."}, {"name": "said"}),
        ("campaign", 1000, [{"fieldName": "name", "errorDescription": "a"}] * 2, {"name": "a"}),
        ("tag", 1000, [], {}),
        ("tag", 1000, {}, {}),
        ("tag", None, None, {}),
        ("tag", 1000, [17, {"fieldName": []}, "text"], {}),
    ],
)
def test_errors_are_told_by_column(resource: str, code: Any, context: Any, columns: dict[str, str]) -> None:
    assert refused_columns(resource, code, context, "said") == columns
