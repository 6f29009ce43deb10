"""Transactional e-mails, their templates and their statistics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .account_bodies import transactional_email
from .conftest import Api, assert_envelope, made, problem_fields

EMAILS, TEMPLATES = "/transactional-emails", "/transactional-emails/templates"


def test_an_email_is_sent_at_once_and_only_its_id_is_answered(api: Api, sandbox: Sandbox) -> None:
    sandbox.now = lambda: datetime(2027, 3, 1, 12, tzinfo=UTC)
    sandbox.block("b@example.com")
    answer = api.post(EMAILS, transactional_email(api)).json()
    assert set(answer) == {"transactionalEmailId"}
    detail = api.get(f"{EMAILS}/{answer['transactionalEmailId']}").json()
    to, (copy,) = detail["recipients"]["to"], detail["recipients"]["cc"]
    assert (to["email"], to["name"], to["status"]) == ("a@example.com", "Anna", "sent")
    assert to["statuses"]["sentOn"] == "2027-03-01T12:00:00+0000"
    assert (copy["status"], copy["statuses"]["sentOn"]) == ("rejected", None)
    assert (detail["subject"], detail["tag"], detail["recipients"]["bcc"]) == (
        "Order 7",
        {"tagId": api.tag_id()},
        [],
    )
    (listed,) = api.get(EMAILS, params={"query[sentOn][from]": "2027-03-01"}).json()
    assert listed["recipients"]["to"]["statuses"] == {"sentOn": "2027-03-01T12:00:00+0000"}


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def test_a_template_lends_its_subject(api: Api) -> None:
    template_id = made(api, TEMPLATES, {"subject": "Your order"}, "templateId")
    body = {
        key: value for key, value in transactional_email(api).items() if key not in ("content", "subject")
    }
    body |= {"contentType": "template", "template": {"templateId": template_id, "lexpad": {"a": "b"}}}
    email_id = made(api, EMAILS, body, "transactionalEmailId")
    assert api.delete(f"{TEMPLATES}/{template_id}").status_code == 204
    assert api.get(f"{EMAILS}/{email_id}").json()["subject"] == "Your order"
    assert_envelope(api.post(EMAILS, body), 400, 1001)


def test_without_a_subject_or_tag_there_is_none(api: Api) -> None:
    body = without(transactional_email(api), "tag", "subject")
    detail = api.get(f"{EMAILS}/{made(api, EMAILS, body, 'transactionalEmailId')}").json()
    assert detail["subject"] == "(no subject)" and "tag" not in detail


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"contentType": None}, {"contentType"}),
        ({"contentType": "template"}, {"template"}),
        ({"content": {}}, {"content"}),
        ({"content": {"html": 1}}, {"content.html"}),
        ({"content": {"html": "x" * (16 * 1024 * 1024), "plain": "y"}}, {"content"}),
        ({"recipients": {"to": [{"email": "a@example.com"}]}}, {"recipients.to"}),
        (
            {"recipients": {"to": {"email": "a", "validSince": "soon"}, "cc": [{}]}},
            {"recipients.to.email", "recipients.to.validSince", "recipients.cc.0.email"},
        ),
        (
            {"recipients": {"to": {"email": "a@example.com"}, "bcc": [{"email": "b@example.com"}] * 8}},
            {"recipients"},
        ),
        (
            {"subject": "", "attachments": [{"fileName": "a", "mimeType": "text/plain"}]},
            {"subject", "attachments.0.fileName", "attachments.0.content"},
        ),
    ],
)
def test_bodies_of_emails(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    refused = assert_envelope(api.post(EMAILS, transactional_email(api) | change), 400, 1000)
    assert problem_fields(refused) == fields


@pytest.mark.parametrize(
    "change",
    [
        {"fromField": {"fromFieldId": "nope"}},
        {"replyTo": {"fromFieldId": "nope"}},
        {"tag": {"tagId": "nope"}},
    ],
)
def test_an_unknown_reference_of_an_email_is_1001(api: Api, change: dict[str, Any]) -> None:
    assert_envelope(api.post(EMAILS, transactional_email(api) | change), 400, 1001)


def test_emails_are_found_by_tag(seeded: Api) -> None:
    every = seeded.get(EMAILS, perPage=1000).json()
    for params, wanted in (
        ({"query[tagged]": "true"}, [item for item in every if "tag" in item]),
        ({"query[tagged]": "false"}, [item for item in every if "tag" not in item]),
        ({"query[tagId]": seeded.tag_id("customer")}, [item for item in every if "tag" in item]),
        ({"query[tagId]": seeded.tag_id("vip")}, []),
    ):
        assert seeded.get(EMAILS, params={"perPage": "1000", **params}).json() == wanted


def test_templates_are_made_changed_and_deleted(api: Api, sandbox: Sandbox) -> None:
    created = api.post(
        TEMPLATES, {"subject": "Hello", "content": {"html": "<p>Hi</p>", "plain": "Hi"}}
    ).json()
    path = f"{TEMPLATES}/{created['templateId']}"
    later = datetime(2030, 1, 1, tzinfo=UTC)
    sandbox.now = lambda: later
    updated = api.post(path, {"content": {"plain": "Hey"}}).json()
    assert updated == {**created, "content": {"plain": "Hey"}, "updatedOn": "2030-01-01T00:00:00+0000"}
    assert api.get(path).json() == updated
    found = api.get(TEMPLATES, params={"query[subject]": "hell"}).json()
    assert [item["templateId"] for item in found] == [created["templateId"]] and "content" not in found[0]
    assert problem_fields(assert_envelope(api.post(path, {"content": {}, "subject": ""}), 400, 1000)) == {
        "content",
        "subject",
    }
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


def test_statistics_count_what_the_details_tell(seeded: Api) -> None:
    path = f"{EMAILS}/statistics"
    (whole,) = seeded.get(path, params={"query[groupBy]": "total"}).json()
    days = seeded.get(path, params={"query[groupBy]": "day"}).json()
    assert all(sum(day[name] for day in days) == whole[name] for name in whole if name != "timeFrame")
    details = [
        seeded.get(f"{EMAILS}/{item['transactionalEmailId']}").json()["recipients"]["to"]
        for item in seeded.get(EMAILS, perPage=1000).json()
    ]
    moments = {"sent": "sentOn", "opened": "openedOn", "bounced": "bouncedOn", "complaint": "complainedOn"}
    for name, moment in moments.items():
        assert whole[name] == sum(to["statuses"][moment] is not None for to in details)
    assert whole["clicks"] == sum(len(to["clickedLinks"]) for to in details) > 0
    parts = [
        seeded.get(path, params={"query[groupBy]": "total", "query[tagged]": tagged}).json()[0]["sent"]
        for tagged in ("true", "false")
    ]
    assert sum(parts) == whole["sent"] and all(parts)
    day = days[3]["timeFrame"][:10]
    window = {"query[groupBy]": "day", "query[timeFrame][from]": day, "query[timeFrame][to]": day}
    assert seeded.get(path, params=window).json() == [days[3]]


@pytest.mark.parametrize(
    "params",
    [{}, {"query[groupBy]": "hour"}, {"query[groupBy]": "day", "query[tagged]": "perhaps"}],
)
def test_statistics_need_a_group_they_know(api: Api, params: dict[str, str]) -> None:
    assert_envelope(api.get(f"{EMAILS}/statistics", params=params), 400, 1000)
