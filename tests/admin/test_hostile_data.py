"""GetResponse is filled by strangers: pages show their names, subjects and tags as text."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from getresponse_django.models import Account, Campaign, Contact, CustomField, Newsletter, Tag
from getresponse_django.sandbox import Sandbox
from tests.admin.conftest import act, list_url, page_url
from tests.pulling import call, pulled

HARMFUL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
PIECES = ("<script>alert(1)", "<img src=x")


@pytest.fixture
def hostile(sandbox: Sandbox) -> Account:
    """A GetResponse full of HTML, pulled."""
    sandbox.add_campaign(HARMFUL)
    values = {"city": HARMFUL, HARMFUL: HARMFUL}
    sandbox.add_contact("ann@example.com", HARMFUL, name=HARMFUL, tags=[HARMFUL], custom_fields=values)
    (sender,), (*_lists, campaign) = call(sandbox, "GET", "/from-fields"), sandbox.campaigns()
    newsletter = {
        "name": HARMFUL,
        "subject": HARMFUL,
        "type": "draft",
        "fromField": {"fromFieldId": sender["fromFieldId"]},
        "campaign": {"campaignId": campaign["campaignId"]},
        "content": {"html": HARMFUL, "plain": HARMFUL},
        "sendSettings": {"selectedCampaigns": [campaign["campaignId"]]},
    }
    call(sandbox, "POST", "/newsletters", newsletter)
    pulled("campaigns", "fields", "tags", "contacts", "messages", details=True)
    return Account.objects.get()


def pages(account: Account) -> list[str]:
    """The pages that show what was pulled."""
    rows: list[Any] = [
        Contact.objects.get(),
        Campaign.objects.get(name=HARMFUL),
        CustomField.objects.get(name=HARMFUL),
        Tag.objects.get(name=HARMFUL),
        Newsletter.objects.get(subject=HARMFUL),
    ]
    lists = [list_url(type(row)) for row in rows]
    person = reverse("admin:getresponse_django_contact_person") + "?email=ann@example.com"
    return [*lists, *(page_url(row) for row in rows), person, page_url(account), page_url(rows[0], "delete")]


def test_no_page_lets_it_be_more_than_text(admin_client: Client, hostile: Account) -> None:
    urls = pages(hostile)
    shown = [admin_client.get(url).content.decode() for url in urls]
    for url, content in zip(urls, shown, strict=True):
        assert not any(piece in content for piece in PIECES), url
    assert sum("&lt;script&gt;alert(1)" in content for content in shown) >= len(urls) - 2


def test_no_question_and_no_message_lets_it_either(admin_client: Client, hostile: Account) -> None:
    contact, tag = Contact.objects.get(), Tag.objects.get(name=HARMFUL)
    asked = [
        act(admin_client, Contact, action, contact)
        for action in ("add_tag", "move", "unsubscribe", "discard", "delete_selected")
    ]
    done = act(admin_client, Contact, "remove_tag", contact, confirmed="1", chosen=tag.pk)
    for response in [*asked, done]:
        assert response.status_code == 200
        assert not any(piece in response.content.decode() for piece in PIECES)


def test_autocomplete_answers_json(admin_client: Client, hostile: Account) -> None:
    query = {"app_label": "getresponse_django", "model_name": "contact", "field_name": "tags", "term": "<"}
    response = admin_client.get(reverse(f"{admin.site.name}:autocomplete"), query)
    assert response["Content-Type"] == "application/json"
    assert [one["text"] for one in response.json()["results"]] == [HARMFUL]
