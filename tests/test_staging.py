"""A copy of a production database sends nothing: which site is which, and what a copy still does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from getresponse_django import staging, tasks
from getresponse_django.conf import account_config
from getresponse_django.doctor import sending
from getresponse_django.errors import ConfigurationError
from getresponse_django.models import Account, Change, Contact
from getresponse_django.oauth.bearer import access_token
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from getresponse_django.staging import (
    Site,
    bound_anew,
    database_name,
    domains,
    is_for_tests,
    is_same,
    site_of,
)
from tests.connecting import connect, expire, use_oauth
from tests.pulling import asked, pulled, the_account

POSTGRES = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"
SHOP: Site = {"database": "db/shop", "hosts": ["shop.example.com"]}
STAGING: Site = {"database": "db/shop", "hosts": ["staging.example.com"]}


# --- which site is which ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("database", "name"),
    [
        (
            {"ENGINE": POSTGRES, "NAME": "shop", "HOST": "DB.example.com", "PORT": "6432"},
            "db.example.com/shop",
        ),
        ({"ENGINE": POSTGRES, "NAME": "shop", "HOST": ""}, "localhost/shop"),
        ({"ENGINE": POSTGRES, "NAME": "shop"}, "localhost/shop"),
        ({"ENGINE": POSTGRES, "NAME": "shop", "HOST": "127.0.0.1"}, "localhost/shop"),
        ({"ENGINE": POSTGRES, "NAME": "shop", "HOST": "/var/run/postgresql"}, "localhost/shop"),
        ({"ENGINE": SQLITE, "NAME": "/srv/old/db.sqlite3"}, "db.sqlite3"),
        ({"ENGINE": SQLITE, "NAME": "/srv/new/db.sqlite3"}, "db.sqlite3"),
    ],
)
def test_a_database_is_known_by_host_and_name_wherever_the_project_lies(
    database: dict[str, str], name: str
) -> None:
    assert database_name(database) == name


@pytest.mark.parametrize(
    ("hosts", "kept"),
    [
        ([], set()),
        (["*", "localhost", ".localhost", "127.0.0.1", "[::1]", "10.0.3.17", "testserver", "web"], set()),
        (
            ["Shop.example.com", ".example.org", "example.net."],
            {"shop.example.com", "example.org", "example.net"},
        ),
    ],
)
def test_only_domains_tell_sites_apart(hosts: list[str], kept: set[str]) -> None:
    assert domains(hosts) == kept


@pytest.mark.parametrize(
    ("database", "answer"),
    [
        ({"NAME": "shop"}, False),
        ({"NAME": "/srv/latest_shop.sqlite3"}, False),
        ({"NAME": "shop", "TEST": {"NAME": None}}, False),
        ({"NAME": "shop", "TEST": {"NAME": "checks"}}, False),
        ({"NAME": "test_shop"}, True),
        ({"NAME": "test_shop_2"}, True),
        ({"NAME": ":memory:"}, True),
        ({"NAME": "file:memorydb_default?mode=memory&cache=shared"}, True),
        ({"NAME": "checks", "TEST": {"NAME": "checks"}}, True),
        ({"NAME": "checks_1", "TEST": {"NAME": "checks"}}, True),
        ({"NAME": "/tmp/x/checks_1.sqlite3", "TEST": {"NAME": "/tmp/x/checks.sqlite3"}}, True),
    ],
)
def test_the_databases_of_test_runners_are_no_site(database: dict[str, Any], answer: bool) -> None:
    assert is_for_tests(database) is answer
    assert (site_of({"ENGINE": SQLITE, **database}, ["shop.example.com"]) == {}) is answer


def site(database: str, *hosts: str) -> Site:
    return {"database": database, "hosts": list(hosts)}


@pytest.mark.parametrize(
    ("bound", "here", "same"),
    [
        ({}, SHOP, True),
        ({}, {}, True),
        (SHOP, SHOP, True),
        (SHOP, STAGING, False),
        (SHOP, {}, False),
        (SHOP, site("localhost/shop", "shop.example.com"), False),
        (SHOP, site("db/shop"), False),
        (SHOP, site("db/shop", "shop.example.com", "www.example.com"), True),
        (site("db/shop", "a.example", "b.example"), site("db/shop", "b.example", "c.example"), True),
        (site("db/shop"), SHOP, True),
        (site("db/shop"), site("other/shop"), False),
    ],
)
def test_a_site_is_the_same_with_its_database_and_one_of_its_hosts(
    bound: Site, here: Site, same: bool
) -> None:
    assert is_same(bound, here) is same


@pytest.mark.parametrize(
    ("bound", "here", "then"),
    [
        ({}, SHOP, SHOP),
        ({}, {}, {}),
        (SHOP, SHOP, SHOP),
        (
            SHOP,
            site("db/shop", "new.example", "shop.example.com"),
            site("db/shop", "new.example", "shop.example.com"),
        ),
        (
            site("db/shop", "a.example", "b.example"),
            site("db/shop", "a.example"),
            site("db/shop", "a.example", "b.example"),
        ),
        (site("db/shop"), SHOP, site("db/shop")),
    ],
)
def test_a_site_may_get_hosts_and_loses_none(bound: Site, here: Site, then: Site) -> None:
    assert bound_anew(bound, here) == then


# --- what a copy does ---------------------------------------------------------------------------------


@pytest.fixture
def stand_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Site], None]:
    """The tests' own database is no site; so this says which one it is."""

    def stand(here: Site) -> None:
        monkeypatch.setattr(staging, "this_site", lambda _using: here)

    staging.warn_once.cache_clear()
    return stand


pushing = pytest.mark.django_db(transaction=True)


@pushing
def test_a_database_of_tests_is_never_bound(sandbox: Sandbox) -> None:
    pulled("campaigns")
    Contact.objects.subscribe("anna@example.com", campaign="customers")
    drain(the_account())
    assert sandbox.contacts("customers")
    assert the_account().bound_to == {}


@pushing
def test_the_first_push_binds_and_a_copy_only_records(
    sandbox: Sandbox, stand_at: Callable[[Site], None], caplog: pytest.LogCaptureFixture
) -> None:
    stand_at(SHOP)
    pulled("campaigns")
    drain(the_account())
    assert the_account().bound_to == {}, "nothing was pushed yet"
    Contact.objects.subscribe("anna@example.com", campaign="customers")
    drain(the_account())
    assert the_account().bound_to == SHOP

    stand_at(STAGING)
    Contact.objects.subscribe("bert@example.com", campaign="customers")
    before = len(sandbox.requests)
    for _ in range(2):
        result = drain(the_account())
        tasks.push_changes()
        tasks.ping()
    assert "belongs to shop.example.com with the database db/shop" in result.silent
    assert "this is staging.example.com" in result.silent
    assert asked(sandbox, before) == []
    assert Contact.objects.get(email="bert@example.com").state == "new"
    assert Change.objects.waiting().exists()
    assert caplog.text.count("getresponse.account.copied") == 1
    assert "bert@" not in caplog.text

    pulled("contacts")
    assert "GET /contacts" in asked(sandbox, before), "a copy may read"

    the_account().adopt()
    drain(the_account())
    assert {contact["email"] for contact in sandbox.contacts("customers")} == {
        "anna@example.com",
        "bert@example.com",
    }


@pushing
def test_a_copy_does_not_renew_the_tokens_of_its_original(
    sandbox: Sandbox, settings: Any, stand_at: Callable[[Site], None]
) -> None:
    use_oauth(settings, sandbox.url)
    connect(sandbox)
    expire()
    the_account().write(bound_to=SHOP)
    stand_at(STAGING)
    before = len(sandbox.requests)
    with pytest.raises(ConfigurationError, match="not renewed"):
        access_token(account_config("default"))
    assert asked(sandbox, before) == []


@pytest.mark.django_db
def test_doctor_and_admin_say_it(
    sandbox: Sandbox, admin_client: Any, stand_at: Callable[[Site], None]
) -> None:
    account = the_account()
    account.write(bound_to=SHOP)
    stand_at(STAGING)
    finding = next(iter(sending(Account.objects.get())))
    assert not finding.ok
    assert "getresponse_account adopt" in finding.hint
    page = admin_client.get(reverse("admin:getresponse_django_account_change", args=[account.pk]))
    assert "This database is a copy: it belongs to shop.example.com" in page.content.decode()
    assert "a copy: sends nothing" in page.content.decode()
