"""The overview on the page of the app: whether all goes well, and how lists and newsletters do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from getresponse_django.admin.accounts.growth import summed
from getresponse_django.models import Account, Campaign, Newsletter, PullRun, Statistic, WebhookEvent
from tests.admin.conftest import statistics, stored
from tests.admin.test_pages import HARMFUL, fifty_more, queries_of
from tests.wire import Wire

MOST_QUERIES = 22
"""With those of Django's own page: session, user, recent actions."""


def index_url() -> str:
    return reverse("admin:app_list", args=["getresponse_django"])


def shown(client: Client) -> str:
    return str(client.get(index_url()).content.decode())


def test_it_asks_getresponse_nothing_and_costs_the_same_queries_however_much_there_is(
    wire: Wire, admin_client: Client, one_of_each: dict[Any, Any]
) -> None:
    few = queries_of(admin_client, index_url())
    fifty_more(one_of_each)
    assert queries_of(admin_client, index_url()) == few <= MOST_QUERIES
    assert wire.requests == []


def test_it_tells_how_the_key_the_limits_and_the_webhooks_do(admin_client: Client, account: Account) -> None:
    account.write(sending_limits=[{"timeFrame": 2592000, "limit": 5000, "used": 1200}])
    account.write(plan={"paymentPlan": "Monthly", "listSize": "2500", "renewalDate": "2027-01-01"})
    WebhookEvent.objects.create(account=account, source="webhook", type="contact_added")
    WebhookEvent.objects.create(account=account, source="webhook", gave_up_at=timezone.now())
    text = shown(admin_client)
    assert '">works</span>' in text
    for name, value in ("Plan", "Monthly"), ("Contacts in the plan", "2,500"), ("Renewed on", "Jan. 1, 2027"):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in text
    assert "1,200 of 5,000 e-mails were sent within 30 days." in text
    assert "1 webhook event gave up." in text
    assert f"?account__id__exact={account.pk}&amp;state=gave-up" in text


@pytest.mark.parametrize("harmful", [HARMFUL, ["a"], 5])
def test_a_plan_of_an_unknown_shape_is_shown_as_it_was_told(
    admin_client: Client, account: Account, harmful: Any
) -> None:
    account.write(plan={"paymentPlan": harmful, "listSize": harmful, "renewalDate": harmful})
    text = shown(admin_client)
    assert f"<dt>Plan</dt><dd>{escape(str(harmful))}</dd>" in text
    assert HARMFUL not in text


def test_the_links_of_the_warnings_lead_to_what_they_speak_of(admin_client: Client, account: Account) -> None:
    run = PullRun.objects.begin(account, "tags")
    assert run is not None
    run.finish(ok=False, message="Away.")
    event = WebhookEvent.objects.create(account=account, source="webhook", gave_up_at=timezone.now())
    (overview,) = admin_client.get(index_url()).context["overviews"]
    pages = {warning.text: admin_client.get(warning.url) for warning in overview.warnings}
    assert all(page.status_code == 200 for page in pages.values())
    assert list(pages["1 webhook event gave up."].context["cl"].result_list) == [event]


def test_the_newsletters_have_their_numbers(admin_client: Client, newsletter: Newsletter) -> None:
    statistics(newsletter, days=1, sent=200, unique_human_opened=50, unique_opened=80, unsubscribed=2)
    (overview,) = admin_client.get(index_url()).context["overviews"]
    (line,) = overview.newsletters.lines
    assert line.sent == 200
    assert [(total.name, total.value, total.share) for total in line.totals] == [
        ("opened by people", 50, "25.0%"),
        ("clicked by people", 0, "0.0%"),
        ("unsubscribed", 2, "1.0%"),
        ("bounced", 0, "0.0%"),
    ]
    assert len(overview.charts) == 2


def test_where_getresponse_knows_no_robots_all_opens_count_and_are_called_so(
    admin_client: Client, newsletter: Newsletter
) -> None:
    statistics(newsletter, days=1, sent=200, unique_opened=80)
    (overview,) = admin_client.get(index_url()).context["overviews"]
    total = overview.newsletters.lines[0].totals[0]
    assert (total.name, total.value) == ("opened, with robots", 80)


D1, D2, D3 = (date(2026, 1, day) for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("sizes", "sums"),
    [
        ([], []),
        ([(D1, "V", 5), (D1, "W", 7)], [(D1, 12)]),
        ([(D1, "V", 5), (D1, "W", 7), (D2, "V", 6)], [(D1, 12), (D2, 13)]),
        ([(D1, "V", 5), (D3, "W", 7)], [(D1, 5), (D3, 12)]),
    ],
)
def test_a_list_that_was_not_read_on_a_day_counts_with_its_last_size(sizes: Any, sums: Any) -> None:
    assert summed(sizes) == sums


def test_the_growth_is_that_of_the_lists_of_the_account_and_of_the_last_months(
    admin_client: Client, campaign: Campaign
) -> None:
    statistics(campaign, total_subscribers=10)
    elsewhere = Account.objects.for_alias("elsewhere")
    statistics(stored(Campaign(account=elsewhere, campaign_id="W", name="w")), total_subscribers=700)
    (overview,) = admin_client.get(index_url()).context["overviews"]
    assert overview.charts[0].table.count("<td>10</td>") == 5
    Statistic.objects.update(starts_at=F("starts_at") - timedelta(days=400))
    (overview,) = admin_client.get(index_url()).context["overviews"]
    assert "No data yet." in overview.charts[0].drawing


def test_who_may_not_see_accounts_sees_none(client_with: Callable[..., Client], account: Account) -> None:
    assert "Plan and limits" in shown(client_with("view"))
    other = client_with()
    assert other.get(index_url()).status_code == 404
    assert "Plan and limits" not in other.get(reverse("admin:index")).content.decode()


def test_a_site_without_an_account_is_told_what_to_set(admin_client: Client, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {}}
    assert "Set GETRESPONSE_API_KEY" in shown(admin_client)
