"""Campaigns, custom fields and tags: what GetResponse cannot change is fixed, lists have statistics."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from getresponse_django.models import Account, Campaign, Change, Contact, CustomField, Tag
from tests.admin.conftest import act, add_url, form_data, list_url, page_url, said, statistics, stored
from tests.admin.test_pages import MOST_LIST_QUERIES, queries_of


@pytest.fixture
def linked(account: Account) -> CustomField:
    values = {"name": "plan", "type": "string", "format": "text", "hidden": "false", "values": ["free"]}
    row = CustomField(account=account, custom_field_id="F", name="plan", values=["free"], base=values)
    return stored(row)  # type: ignore[no-any-return]


def fields(client: Client, row: Any) -> set[str]:
    """The fields of a page that can be edited."""
    return set(client.get(page_url(row)).context["adminform"].form.fields)


def test_a_linked_list_cannot_be_deleted_but_one_that_never_got_there_can(
    admin_client: Client, campaign: Campaign, account: Account
) -> None:
    waiting = stored(Campaign(account=account, name="not there"))
    assert admin_client.post(page_url(campaign, "delete"), {"post": "yes"}).status_code == 403
    admin_client.post(page_url(waiting, "delete"), {"post": "yes"})
    assert list(Campaign.objects.all()) == [campaign]
    act(admin_client, Campaign, "delete_selected", campaign, post="yes")
    assert Campaign.objects.filter(pk=campaign.pk).exists()


def test_the_default_list_stays_the_default(
    admin_client: Client, campaign: Campaign, account: Account
) -> None:
    other = stored(Campaign(account=account, campaign_id="W", name="partners"))
    assert "is_default" not in fields(admin_client, campaign)
    assert "is_default" in fields(admin_client, other)


def test_a_custom_field_keeps_name_type_and_format_once_linked(
    admin_client: Client, linked: CustomField, account: Account
) -> None:
    assert fields(admin_client, linked) == {"hidden", "values"}
    new = stored(CustomField(account=account, name="size"))
    assert fields(admin_client, new) == {"name", "type", "format", "hidden", "values"}


def test_values_of_a_custom_field_are_lines(admin_client: Client, linked: CustomField) -> None:
    page = admin_client.get(page_url(linked))
    data = form_data(page, values="free\n pro \r\n\nteam")
    assert "It will be sent" in said(admin_client.post(page_url(linked), data, follow=True))
    assert CustomField.objects.get().values == ["free", "pro", "team"]


def test_saving_values_as_they_are_sends_nothing(admin_client: Client, linked: CustomField) -> None:
    page = admin_client.get(page_url(linked))
    admin_client.post(page_url(linked), form_data(page, values="free"))
    assert not Change.objects.exists()


def test_a_choice_without_values_is_refused(admin_client: Client, account: Account) -> None:
    data = {"account": account.pk, "name": "size", "type": "string", "format": "radio", "values": "S"}
    form = admin_client.post(add_url(CustomField), data).context["adminform"].form
    assert "at least two" in str(form.errors["values"])


def test_a_tag_is_not_renamed_once_linked(admin_client: Client, tag: Tag, account: Account) -> None:
    assert fields(admin_client, tag) == set()
    assert fields(admin_client, stored(Tag(account=account, name="new"))) == {"name"}


def test_the_first_account_is_proposed_for_something_new(admin_client: Client, account: Account) -> None:
    form = admin_client.get(add_url(Tag)).context["adminform"].form
    assert form.initial["account"] == account.pk


def test_deleting_a_tag_counts_the_contacts_that_lose_it(
    admin_client: Client, tag: Tag, contact: Contact, django_assert_max_num_queries: Any
) -> None:
    contact.tags.through.objects.create(contact=contact, tag=tag)
    content = admin_client.get(page_url(tag, "delete")).content.decode()
    assert "Taken off contacts: 1" in content and "every contact" in content


# Statistics


def charts(client: Client, row: Any, **query: Any) -> list[ElementTree.Element]:
    figures = client.get(page_url(row), query).context["figures"]
    return [ElementTree.fromstring(chart.drawing) for chart in figures.charts]


def test_a_list_shows_its_last_size(admin_client: Client, campaign: Campaign) -> None:
    statistics(campaign, total_subscribers=1234)
    assert admin_client.get(list_url(Campaign)).context["cl"].result_list[0].size == 1234


def test_a_list_draws_its_size_and_its_moves(admin_client: Client, campaign: Campaign) -> None:
    statistics(campaign, total_subscribers=1234, added_subscribers=3, removed_subscribers=1)
    size, moves = charts(admin_client, campaign)
    assert "Size of the list" in (size.findtext("title") or "")
    assert [text.text for text in moves.iter("text")][1:3] == ["subscribed", "removed"]
    assert any("3" in (title.text or "") for title in moves.iter("title"))


def test_the_numbers_are_there_as_a_table_with_what_left_as_a_positive_number(
    admin_client: Client, campaign: Campaign
) -> None:
    statistics(campaign, days=1, added_subscribers=3, removed_subscribers=2)
    table = admin_client.get(page_url(campaign)).context["figures"].charts[1].table
    assert "<td>3</td><td>2</td>" in table


def test_sources_and_reasons_are_summed_without_the_sum_of_the_sources(
    admin_client: Client, campaign: Campaign
) -> None:
    metrics = {"subscriptions.landing_page": 1, "subscriptions.www": 2, "subscriptions.summary": 3}
    statistics(campaign, **metrics, **{"removals.user": 4})
    totals = admin_client.get(page_url(campaign)).context["figures"].totals
    assert [(total.name, total.value) for total in totals["Subscribed by"]] == [
        ("www", 10),
        ("landing page", 5),
    ]
    assert [(total.name, total.value) for total in totals["Left by"]] == [("user", 20)]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_totals_are_those_of_the_days_that_are_drawn_wherever_the_site_is(
    admin_client: Client, campaign: Campaign, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    statistics(campaign, days=32, removed_subscribers=4, **{"removals.user": 4})
    figures = admin_client.get(page_url(campaign), {"days": "30"}).context["figures"]
    assert figures.charts[1].table.count("<td>4</td>") == 30
    assert [(total.name, total.value) for total in figures.totals["Left by"]] == [("user", 120)]


@pytest.mark.parametrize(("asked", "days"), [(None, 90), ("30", 30), ("365", 365), ("7", 90), ("x", 90)])
def test_the_period_is_chosen_by_a_link(
    admin_client: Client, campaign: Campaign, asked: str | None, days: int
) -> None:
    statistics(campaign, days=400, total_subscribers=5)
    page = admin_client.get(page_url(campaign), {"days": asked} if asked else {})
    period = page.context["figures"].period
    assert (period.until - period.since).days + 1 == days
    assert f'<a href="?days={days}#getresponse-figures" aria-current="true">' in page.content.decode()


def test_without_statistics_the_page_says_so(admin_client: Client, campaign: Campaign) -> None:
    assert "No data yet." in admin_client.get(page_url(campaign)).content.decode()


def test_a_list_that_is_not_there_yet_has_no_statistics(admin_client: Client, account: Account) -> None:
    waiting = stored(Campaign(account=account, name="not there"))
    page = admin_client.get(page_url(waiting))
    assert "figures" not in page.context
    assert page.context["push"].headline == "Not in GetResponse"


def test_the_list_of_lists_draws_the_size_of_each_and_costs_the_same_for_fifty(
    admin_client: Client, campaign: Campaign
) -> None:
    statistics(campaign, total_subscribers=41)
    few = queries_of(admin_client, list_url(Campaign))
    for number in range(50):
        name = f"more{number}"
        more = stored(Campaign(account=campaign.account, campaign_id=name, name=name))
        statistics(more, total_subscribers=number)
    assert queries_of(admin_client, list_url(Campaign)) == few <= MOST_LIST_QUERIES
    content = admin_client.get(list_url(Campaign)).content.decode()
    assert content.count("getresponse-sparkline") == 51
    assert "Contacts per day, the last: 41" in content and "Contacts per day, the last: 49" in content
