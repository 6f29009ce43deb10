"""The ledger of consents in the admin: found by the beginnings of addresses, filtered by where."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django.models import Account, ConsentRecord
from tests.admin.conftest import list_url

pytestmark = pytest.mark.django_db

SAID = {
    ("anna@example.com", "form", True),
    ("annabel@example.com", "import", True),
    ("zoe-anna@example.com", "import", False),
}


@pytest.fixture(autouse=True)
def records() -> None:
    account = Account.objects.for_alias("default")
    for email, source, given in SAID:
        ConsentRecord.objects.create(
            account=account, email=email, source=source, given=given, on=timezone.now()
        )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"anna", "annabel", "zoe-anna"}),
        ({"q": " Anna"}, {"anna", "annabel"}),
        ({"q": "ANNA@example.com"}, {"anna"}),
        ({"q": "%"}, set()),
        ({"source__exact": "import"}, {"annabel", "zoe-anna"}),
        ({"source__exact": "import", "given__exact": "0"}, {"zoe-anna"}),
        ({"source__exact": "import", "q": "anna"}, {"annabel"}),
        ({"source__exact": "admin"}, set()),
    ],
)
def test_searched_and_filtered(admin_client: Client, query: dict[str, Any], found: set[str]) -> None:
    rows = admin_client.get(list_url(ConsentRecord), query).context["cl"].result_list
    assert {row.email.partition("@")[0] for row in rows} == found
