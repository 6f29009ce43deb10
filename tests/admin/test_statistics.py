"""Single numbers in the admin: filtered and searched."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django.models import Account, Statistic
from tests.admin.conftest import list_url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def values() -> None:
    account = Account.objects.for_alias("default")
    for subject, remote_id, granularity, value in (
        ("campaign", "C1", "day", 1),
        ("newsletter", "N1", "day", 2),
        ("newsletter", "N1", "hour", 3),
        ("newsletter", "N12", "hour", 4),
    ):
        Statistic.objects.create(
            account=account,
            subject=subject,
            remote_id=remote_id,
            granularity=granularity,
            metric="sent",
            starts_at=timezone.now(),
            value=value,
        )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {1, 2, 3, 4}),
        ({"subject__exact": "newsletter"}, {2, 3, 4}),
        ({"subject__exact": "newsletter", "granularity__exact": "hour"}, {3, 4}),
        ({"granularity__exact": "day"}, {1, 2}),
        ({"subject__exact": "autoresponder"}, set()),
        ({"q": "N1"}, {2, 3}),
        ({"q": " N1 ", "granularity__exact": "hour"}, {3}),
    ],
)
def test_searched_and_filtered(admin_client: Client, query: dict[str, Any], found: set[int]) -> None:
    rows = admin_client.get(list_url(Statistic), query).context["cl"].result_list
    assert {row.value for row in rows} == found
