"""GetResponse counts the recipients of a newsletter, and tells how many e-mails the account may send."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from getresponse_django import tasks
from getresponse_django.models import Account, Campaign, Newsletter, Segment
from getresponse_django.models import conditions as c
from getresponse_django.models.recipients import Estimate, Precision, selections
from getresponse_django.pull.recipients import count_recipients
from getresponse_django.sandbox import Sandbox
from tests.pulling import call, pulled, the_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    sandbox.add_campaign("second")
    for number, name in enumerate(("customers", "customers", "second")):
        sandbox.add_contact(f"reader{number}@example.com", name)
    pulled("campaigns")
    everybody = Segment.where(c.email().contains("reader"), campaigns=["customers"])
    call(sandbox, "POST", "/search-contacts", {"name": "readers", **everybody})
    pulled("segments")
    return the_account()


def newsletter(account: Account, **settings: Any) -> Newsletter:
    row = Newsletter(account=account, subject="What is new", send_settings=settings)
    return Newsletter.plain.bulk_create([row])[0]


def test_lists_are_counted_by_one_search(sandbox: Sandbox, account: Account) -> None:
    lists = list(Campaign.objects.filter(name__in=["customers", "second"]))
    row = newsletter(account, selectedCampaigns=[each.campaign_id for each in lists])
    asked = len(sandbox.requests)
    assert count_recipients(row) == Estimate(3, Precision.AT_MOST)
    assert [r.path for r in sandbox.requests[asked:]] == [
        "/search-contacts/contacts",
        "/accounts/sending-limits",
    ]
    row.refresh_from_db()
    assert (row.audience_count, row.audience_counted) == (3, selections(row.send_settings))
    assert row.audience_counted_on is not None


def test_segments_are_counted_anew_and_keep_their_count(sandbox: Sandbox, account: Account) -> None:
    segment = Segment.objects.get()
    Segment.plain.update(count=None, counted_on=None)
    row = newsletter(account, selectedSegments=[segment.search_contact_id])
    assert count_recipients(row) == Estimate(2, Precision.ABOUT)
    segment.refresh_from_db()
    assert segment.count == 2


def test_what_cannot_be_counted_leaves_no_count(account: Account) -> None:
    row = newsletter(account, selectedSegments=["gone"])
    assert count_recipients(row).precision == Precision.UNKNOWN
    row.refresh_from_db()
    assert row.audience_counted_on is None


def test_the_task_survives_a_getresponse_that_fails_and_a_newsletter_that_is_gone(
    sandbox: Sandbox, account: Account
) -> None:
    row = newsletter(account, selectedCampaigns=[Campaign.objects.exclude(campaign_id=None)[0].campaign_id])
    sandbox.fail(status=400, code=1000, method="POST")
    tasks.count_recipients(row.pk)
    tasks.count_recipients(row.pk + 1)
    row.refresh_from_db()
    assert row.audience_count is None
    tasks.count_recipients(row.pk)
    row.refresh_from_db()
    assert row.audience_count is not None


def test_the_pull_of_campaigns_learns_the_sending_limits(sandbox: Sandbox, account: Account) -> None:
    (limit,) = account.sending_limits
    assert {"timeFrame", "limit", "used"} <= limit.keys()
    assert account.sending_limits_on is not None


def test_an_account_that_is_not_told_its_limits_is_pulled_all_the_same(sandbox: Sandbox) -> None:
    sandbox.fail(status=404, code=1013, method="GET", path="/accounts/sending-limits")
    assert pulled("campaigns")[0].ok
    assert (the_account().sending_limits, the_account().sending_limits_on) == ([], None)


def test_the_pull_of_campaigns_learns_the_plan_and_nothing_of_how_it_is_paid(
    sandbox: Sandbox, account: Account
) -> None:
    assert (account.plan["paymentPlan"], account.plan["listSize"]) == ("Monthly", "2500")
    assert date.fromisoformat(account.plan["renewalDate"]) > date.today()
    (query,) = [each.query for each in sandbox.requests if each.path == "/accounts/billing"]
    assert set(query["fields"].split(",")) == set(account.plan)


def test_an_account_that_is_not_told_its_plan_is_pulled_all_the_same(sandbox: Sandbox) -> None:
    sandbox.fail(status=403, code=1023, method="GET", path="/accounts/billing")
    assert pulled("campaigns")[0].ok
    assert the_account().plan == {}
