"""Contacts out of a CSV file: looked at, agreed to, subscribed; what is wrong is told line by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from getresponse_django.admin.contacts import importing
from getresponse_django.admin.contacts.csv_lines import Line, lines_of
from getresponse_django.models import Account, Campaign, Change, Contact, CustomField
from tests.admin.conftest import said, stored
from tests.wire import Wire

URL = "admin:getresponse_django_contact_import"
FILE = 'email,name,tags,plan\nann@example.com,Ann,"vip, site",pro\nbo@example.com,,,\n'


@pytest.fixture
def plan(account: Account) -> CustomField:
    choices = {"format": "single_select", "values": ["free", "pro"]}
    return stored(CustomField(account=account, custom_field_id="F", name="plan", **choices))  # type: ignore[no-any-return]


def sent(client: Client, campaign: Campaign, content: str | bytes = "", **more: Any) -> Any:
    data = {"campaign": campaign.pk, "consented_at": timezone.now().isoformat()} | more
    if content:
        raw = content.encode() if isinstance(content, str) else content
        data["file"] = SimpleUploadedFile("people.csv", raw)
    return client.post(reverse(URL), data, follow=True)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("email\n", []),
        ("Email , Name\n ann@example.com,Ann \n\n", [Line(2, "ann@example.com", "Ann", [], {})]),
        ("\ufeffemail;plan\na@example.com;pro\n", [Line(2, "a@example.com", "", [], {"plan": "pro"})]),
        ('email,tags\na@example.com,"x, y"\n', [Line(2, "a@example.com", "", ["x", "y"], {})]),
    ],
)
def test_what_the_lines_say(text: str, lines: list[Line]) -> None:
    assert lines_of(text, {"plan"}) == lines


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "one of them has to be “email”"),
        ("name\nAnn", "one of them has to be “email”"),
        ("email,email\n", "named twice"),
        ("email,size\n", "no custom fields of the account: size"),
        ('email\n"a\n', "is no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        lines_of(text, {"plan"})


def test_a_file_is_shown_first_and_written_when_it_is_confirmed(
    wire: Wire, admin_client: Client, campaign: Campaign, plan: CustomField
) -> None:
    page = sent(admin_client, campaign, FILE)
    assert "2 contacts will be put on the list." in page.content.decode()
    assert not Contact.objects.exists()
    agreed = timezone.now() - timedelta(days=1)
    form = {"text": page.context["text"], "confirmed": "yes", "consented_at": agreed.isoformat()}
    assert "2 contacts are on the list." in said(sent(admin_client, campaign, **form))
    ann = Contact.objects.get(email="ann@example.com")
    assert (ann.name, ann.custom_fields, ann.consented_at) == ("Ann", {"plan": ["pro"]}, agreed)
    assert set(ann.tags.values_list("name", flat=True)) == {"vip", "site"}
    changes = Change.objects.filter(resource="contact")
    assert [change.bulk for change in changes] == [True, True]
    assert wire.requests == []


def test_what_is_wrong_is_told_line_by_line_and_left_out(
    admin_client: Client, campaign: Campaign, plan: CustomField
) -> None:
    people = [
        "ann,",
        "ann@example.com,pro",
        "ANN@example.com,",
        "bo@example.com,gold",
        "cy@example.com,pro,x",
    ]
    text = "\n".join(["email,plan", *people])
    page = sent(admin_client, campaign, text)
    assert (page.context["good"], page.context["bad_count"]) == (1, 4)
    problems = {line.number: line.problem for line in page.context["bad"]}
    assert sorted(problems) == [2, 4, 5, 6]
    assert problems[4] == "The address is in the file already."
    assert "gold" in problems[5] and "more cells" in problems[6]
    sent(admin_client, campaign, text=text, confirmed="yes")
    assert [contact.email for contact in Contact.objects.all()] == ["ann@example.com"]


def test_who_left_after_the_consent_stays_away(
    admin_client: Client, campaign: Campaign, make_contact: Callable[..., Contact]
) -> None:
    make_contact(state="left", left_on=timezone.now())
    old = (timezone.now() - timedelta(days=9)).isoformat()
    form = {"text": "email\nann@example.com\n", "confirmed": "yes", "consented_at": old}
    assert "1 contact stays away" in said(sent(admin_client, campaign, **form))
    assert Contact.objects.get().state == "left"


@pytest.mark.parametrize(
    ("content", "more", "reason"),
    [
        ("", {}, "Choose a file."),
        (FILE, {"consented_at": ""}, "This field is required."),
        (FILE, {"consented_at": "2999-01-01T00:00"}, "This lies in the future."),
        (FILE, {"text": "name\nAnn"}, "one of them has to be"),
        ("email\n\xff".encode("latin-1"), {}, "not in UTF-8"),
        ("email\na@example.com\nb@example.com\nc@example.com\n", {}, "split the file, or let a program"),
    ],
)
def test_nothing_is_written_without_a_file_a_list_and_a_consent(
    admin_client: Client,
    campaign: Campaign,
    plan: CustomField,
    monkeypatch: pytest.MonkeyPatch,
    content: str | bytes,
    more: dict[str, str],
    reason: str,
) -> None:
    monkeypatch.setattr(importing, "MOST_LINES", 2)
    page = sent(admin_client, campaign, content, confirmed="yes", **more)
    assert reason in page.content.decode()
    assert not Contact.objects.exists()


def test_only_who_may_add_contacts_may_import(client_with: Callable[..., Client], campaign: Campaign) -> None:
    assert client_with("view").get(reverse(URL)).status_code == 403
    assert client_with("view", "add").get(reverse(URL)).status_code == 200
