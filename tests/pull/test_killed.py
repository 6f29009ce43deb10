"""A pull killed by SIGKILL and started again: it finishes, nobody is doubled, skipped or taken for gone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from getresponse_django.client import Client
from getresponse_django.models import Contact, PullRun
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, pulled

pytestmark = pytest.mark.django_db(transaction=True)

PULLER = """
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = {name!r}
settings.GETRESPONSE["ACCOUNTS"]["default"]["BASE_URL"] = {url!r}
from getresponse_django.client import Client
from getresponse_django.models import Account
from getresponse_django.pull import Options, pull
Client.pages.__kwdefaults__.update(per_page=5, at_once=1)
pull(Account.objects.get(), ["contacts"], Options(full={full!r}))
"""


@pytest.fixture
def people(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Forty contacts in GetResponse, one every ten minutes, and pages of five."""
    monkeypatch.setitem(Client.pages.__kwdefaults__, "per_page", 5)
    began = datetime.now(UTC) - timedelta(hours=8)
    made = []
    for number in range(40):
        sandbox.now = lambda number=number: began + timedelta(minutes=10 * number)  # type: ignore[misc]
        tags = ["site", "vip"] if number % 2 else ["site"]
        made.append(sandbox.add_contact(f"p{number}@example.com", "customers", tags=tags))
    sandbox.now = lambda: datetime.now(UTC)
    pulled("campaigns", "fields", "tags")
    yield made
    sandbox.latency = 0


def kill_after(sandbox: Sandbox, requests: int, *, full: bool = False) -> None:
    """Pull contacts in another process and kill it when so many requests have arrived."""
    seen = len(sandbox.requests)
    sandbox.latency = 0.05
    script = PULLER.format(name=str(connection.settings_dict["NAME"]), url=sandbox.url, full=full)
    puller = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 20
    while len(sandbox.requests) - seen < requests and time.monotonic() < deadline and puller.poll() is None:
        time.sleep(0.005)
    puller.kill()
    _out, errors = puller.communicate()
    assert puller.returncode == -9, errors.decode()
    sandbox.latency = 0
    PullRun.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def lists(sandbox: Sandbox, since: int) -> int:
    """How many pages of contacts were asked for."""
    return asked(sandbox, since).count("GET /contacts")


def test_a_first_load_finishes_and_goes_on_where_it_was(sandbox: Sandbox, people: list[Any]) -> None:
    kill_after(sandbox, 4)
    assert not Contact.objects.exists(), "killed while tags were searched for"
    kill_after(sandbox, 1 + 6 + 2 + 4)
    here = Contact.objects.count()
    assert 5 <= here < 40, "killed while contacts were listed"
    seen = len(sandbox.requests)

    pulled("contacts")

    assert sorted(Contact.objects.values_list("contact_id", flat=True)) == sorted(
        contact["contactId"] for contact in people
    )
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}
    assert Contact.objects.filter(tags__name="site").count() == 40
    assert Contact.objects.filter(tags__name="vip").count() == 20
    assert lists(sandbox, seen) < 2 + 8, "two counts and the rest of eight pages"
    told = PullRun.objects.filter(kind="contacts").order_by("pk").values_list("ok", "message")
    assert [ok for ok, _message in told] == [False, False, True]


def test_a_listing_that_is_killed_removes_nobody(sandbox: Sandbox, people: list[Any]) -> None:
    pulled("contacts")
    for contact in people[10:13]:
        sandbox.remove_contact(contact["contactId"])

    kill_after(sandbox, 5, full=True)
    assert not Contact.objects.filter(state="left").exists()
    pulled("contacts")

    left = Contact.objects.filter(state="left").values_list("contact_id", flat=True)
    assert set(left) == {contact["contactId"] for contact in people[10:13]}
