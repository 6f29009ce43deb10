"""A segment out of the filters of the contact list: the same people, or a word on why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from getresponse_django.models import Account, Campaign, Change, Segment, Tag
from getresponse_django.pull import members
from getresponse_django.sandbox import Sandbox
from getresponse_django.testing.pushing import push_all
from tests.admin.conftest import list_url, page_url, said
from tests.pulling import pulled

URL = "admin:getresponse_django_contact_segment"


def asked(client: Client, **params: Any) -> Any:
    return client.get(reverse(URL), params)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({}, "on the list customers"),
        ({"state__exact": "active", "o": "1", "p": "2"}, "on the list customers"),
        ({"created_on__gte": "2026-01-02"}, "2026-01-02"),
        ({"created_on__gte": "2026-01-02", "created_on__lt": "2026-02-01 00:00:00+00:00"}, "2026-01-31"),
        ({"q": "ann@"}, "the e-mail address begins with ann@"),
    ],
)
def test_it_says_whom_the_segment_finds(
    admin_client: Client, campaign: Campaign, params: dict[str, str], says: str
) -> None:
    assert says in asked(admin_client, **params).context["finds"]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"state__exact": "left"}, "filter by the state “active”"),
        ({"q": "ann"}, "A search needs an address"),
        ({"user__isnull": "True"}, "the filter “user__isnull”"),
        ({"campaign__id__exact": "77"}, "not there any more"),
        ({"campaign__id__exact": "x"}, "not there any more"),
        ({"created_on__gte": "yesterday"}, "“yesterday” is no date"),
    ],
)
def test_it_says_what_getresponse_cannot_search_for(
    admin_client: Client, campaign: Campaign, params: dict[str, str], reason: str
) -> None:
    page = asked(admin_client, **params)
    assert reason in page.context["refused"]
    query = "&".join(f"{name}={value}" for name, value in params.items())
    admin_client.post(f"{reverse(URL)}?{query}", {"name": "People"})
    assert not Segment.objects.exists()


def test_of_several_accounts_one_has_to_be_chosen(admin_client: Client, campaign: Campaign) -> None:
    Account.objects.for_alias("other")
    assert "filter by account or by list" in asked(admin_client).context["refused"]
    page = asked(admin_client, account__id__exact=campaign.account_id)
    assert page.context["finds"] == "everybody, on the list customers"


@pytest.mark.django_db(transaction=True)
def test_the_segment_finds_in_getresponse_whom_the_list_showed(
    admin_client: Client, sandbox: Sandbox
) -> None:
    for address, name in (("ann@example.com", "customers"), ("bo@example.com", "partners")):
        sandbox.add_contact(address, name)
    pulled("campaigns", "tags", "contacts", details=True)
    campaign = Campaign.objects.get(name="customers")
    query = f"?campaign__id__exact={campaign.pk}&state__exact=active"
    listed = admin_client.get(list_url(campaign.contacts.model) + query)
    assert f'{reverse(URL)}{query.replace("&", "&amp;")}"' in listed.content.decode()
    made = admin_client.post(reverse(URL) + query, {"name": "Ours"}, follow=True)
    assert "recorded" in said(made)
    segment = Segment.objects.get()
    assert made.redirect_chain[-1][0] == page_url(segment)
    push_all(sandbox, campaign.account)
    segment.refresh_from_db()
    members(segment)
    assert set(segment.members.values_list("email", flat=True)) == set(
        listed.context["cl"].queryset.values_list("email", flat=True)
    )
    assert not Change.objects.exists()


def test_a_tag_is_named(admin_client: Client, campaign: Campaign, tag: Tag) -> None:
    assert "has the tag vip" in asked(admin_client, tags__id__exact=tag.pk).context["finds"]


def test_only_who_may_add_segments_is_offered_it(
    client_with: Callable[..., Client], campaign: Campaign
) -> None:
    reader, maker = client_with("view"), client_with("view", "add")
    assert reverse(URL) not in reader.get(list_url(campaign.contacts.model)).content.decode()
    assert asked(reader).status_code == 403
    assert reverse(URL) in maker.get(list_url(campaign.contacts.model)).content.decode()
    assert asked(maker).status_code == 200
