"""Forecasts: how many requests and how long, before somebody starts to wait."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from getresponse_django import forecast
from getresponse_django.admin.accounts.progress import progress_url
from getresponse_django.forecast import (
    Forecast,
    in_words,
    lasting,
    pull_ahead,
    pull_forecast,
    push_ahead,
    push_forecast,
)
from getresponse_django.models import Account, Campaign, Contact
from getresponse_django.sandbox import Sandbox
from tests.admin.conftest import stored


@pytest.mark.parametrize(
    ("requests", "seconds"),
    [(0, 0), (75, 1), (30_000, 400), (30_001, 600 + 1 / 75), (60_000, 1000), (75_000, 1400)],
)
def test_a_frame_of_ten_minutes_has_room_for_30000(requests: int, seconds: float) -> None:
    assert lasting(requests, 75, 30_000) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("creates", "others", "requests", "seconds"),
    [
        ([], 0, 0, 0),
        ([], 150, 150, 2),
        ([19], 0, 20, 20 / 75),  # one by one, and a scan
        ([20], 0, 2, 1.1 + 1 / 75),  # a batch, and a scan
        ([10_000, 500], 0, 22, 11 * 1.1 + 11 / 75),
        ([100_000], 0, 200, 600 + 20 * 1.1 + 100 / 75),  # 80 batches in ten minutes
    ],
)
def test_of_a_push(creates: list[int], others: int, requests: int, seconds: float) -> None:
    found = push_forecast(creates, others)
    assert found.requests == requests
    assert found.seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("contacts", "tags", "details", "requests"),
    [
        (0, [], False, 0),
        (1_000_000, [], False, 1000),
        (100_000, [10_000] * 10, False, 200),
        (100_000, [0, 1], False, 102),
        (100_000, [10_000] * 10, True, 100_100),
    ],
)
def test_of_a_full_pull(contacts: int, tags: list[int], details: bool, requests: int) -> None:
    assert pull_forecast(contacts, tags, details=details).requests == requests


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Forecast(20, 0.3), "about 20 requests, 1 s at the permitted rate"),
        (Forecast(1200, 119), "about 1,200 requests, 119 s at the permitted rate"),
        (Forecast(30_001, 601), "about 30,001 requests, 11 min at the permitted rate"),
    ],
)
def test_in_words(found: Forecast, words: str) -> None:
    assert in_words(found) == words


@pytest.mark.django_db
def test_from_what_is_here(django_assert_num_queries: Any) -> None:
    account = Account.objects.for_alias("default")
    stored(Campaign(account=account, campaign_id="V", name="customers"))
    for number in range(25):
        Contact.objects.subscribe(f"c{number}@example.com", campaign="customers")
    with django_assert_num_queries(2):
        assert push_ahead(account).requests == 2
    with django_assert_num_queries(2 if connection.vendor == "sqlite" else 3):  # PostgreSQL estimates first
        assert pull_ahead(account, 5000).requests == 5
    Contact.plain.update(state="active", contact_id=None)
    assert push_ahead(account).requests == 25
    assert pull_ahead(account, details=True).requests == 26


@pytest.mark.django_db
def test_commands_tell_before_they_begin(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.add_contact("ann@example.com", "customers")
    call_command("getresponse_pull", "--only", "contacts")
    assert "permitted rate" not in capsys.readouterr().out  # a moment is not worth a word
    monkeypatch.setattr(forecast, "LONG", 0)
    call_command("getresponse_pull", "--full", "--only", "campaigns,contacts")
    assert "default: contacts take about 1 requests, 1 s at the permitted rate" in capsys.readouterr().out
    Contact.objects.subscribe("bo@example.com", campaign="customers")
    call_command("getresponse_push")
    assert "default: what waits takes about 2 requests" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_page_of_the_progress_tells_it_too(admin_client: Client) -> None:
    account = Account.objects.for_alias("default")
    stored(Campaign(account=account, campaign_id="V", name="customers"))
    Contact.objects.subscribe("bo@example.com", campaign="customers")
    text = admin_client.get(progress_url(account.pk)).content.decode()
    assert "What waits takes about 2 requests" in text
    assert "(getresponse_pull --full) takes about 0 requests" in text
