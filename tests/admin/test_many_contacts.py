"""Thirty thousand contacts on PostgreSQL: no page asks more than with a thousand, none reads them all.

The planner is asked what it would do; it is not told to use indexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.admin import index_users, plan_of, scans
from benchmarks.admin_pages import INDEXED, list_of, lists_of_contacts, other_lists, pages, single_pages
from benchmarks.admin_rows import fill_account
from getresponse_django.admin.shared.paging import FAR_DOWN
from getresponse_django.models import ConsentRecord, Contact, Statistic, WebhookEvent
from getresponse_django.models.estimates import EXACT_BELOW
from getresponse_django.subscribers import Subscriber, registry

pytestmark = [pytest.mark.postgres, pytest.mark.django_db, pytest.mark.xdist_group("many contacts")]

FEW, MANY = 1000, 30_000

NEWEST_FIRST = 'ORDER BY "getresponse_django_contact"."id" DESC'


class Few(NamedTuple):
    """What pages do with few contacts: how often they ask, and how many rows the filtered lists show."""

    queries: dict[str, int]
    rows: dict[str, int]


@contextmanager
def account_of(contacts: int) -> Iterator[None]:
    """An account with so many contacts, while the block runs."""
    with transaction.atomic():
        index_users()  # before the first user: an index of rows that were updated just now is left alone
        fill_account(contacts, campaigns=10, newsletters=20, days=2)
        yield
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # by the size of its table the planner would go on to expect them


@pytest.fixture(scope="module")
def few(django_db_setup: None, django_db_blocker: Any) -> Few:
    """Looked at once, before there are many."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL as the database: python -m tests.on_database postgresql")
    with django_db_blocker.unblock(), account_of(FEW):
        assert set(INDEXED) < set(dict(pages()))  # each model has rows
        client = Client()
        client.force_login(User.objects.create_superuser("few"))
        queries = {what: len(asked) for what, asked in statements_of_all(client).items()}
        filtered = [*lists_of_contacts(), *other_lists()]
        rows = {what: len(client.get(url).context["cl"].result_list) for what, url in filtered}
    return Few(queries, rows)


@pytest.fixture(scope="module")
def many(few: Few, django_db_blocker: Any) -> Iterator[None]:
    """Filled once for the tests that follow; each undoes what it did itself."""
    with django_db_blocker.unblock(), account_of(MANY):
        yield


def statements_of(client: Client, url: str) -> list[str]:
    """What a page asks the database."""
    client.get(url)  # content types, sessions and the like are cached now
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in queries]


def statements_of_all(client: Client) -> dict[str, list[str]]:
    """Page -> what it asks. Every list and object page is in test_pages.py; these grow with the contacts."""
    return {what: statements_of(client, url) for what, url in [*lists_of_contacts(), *single_pages()]}


@pytest.mark.usefixtures("many")
def test_no_page_asks_more_or_reads_all_contacts(few: Few, admin_client: Client) -> None:
    many = statements_of_all(admin_client)
    assert {what: list(scans(asked)) for what, asked in many.items() if list(scans(asked))} == {}
    # A list without any row needs no tags, and one whose rows are few is counted instead of estimated.
    more = {
        what: len(asked) - few.queries[what]
        for what, asked in many.items()
        if len(asked) > few.queries[what] + 1
    }
    assert more == {}


def test_filters_show_as_many_rows_of_few_contacts(few: Few) -> None:
    # Of many there are as many, or about as many in the small list.
    expected = {"contacts: one address": 1, "contacts: refused of a small list": 14}
    assert {what: rows for what, rows in few.rows.items() if 0 < rows < 100} == expected


@pytest.mark.usefixtures("many")
def test_the_list_and_its_search_are_read_by_an_index(admin_client: Client) -> None:
    small = Contact.plain.order_by("pk")[0].account_id
    for query, index in {
        "": "getresponse_django_contact_pkey",
        "q=anna.nowak1": "getresponse_django_contact_email_lower",
        "q=Zofia Krawczykek": "getresponse_contact_name",
        "q=kowalskauk": "getresponse_contact_surname",
        f"account__id__exact={small}": "getresponse_contact_account",
    }.items():
        asked = statements_of(admin_client, f"{list_of(Contact)}?{query}")
        (listing,) = [each for each in asked if NEWEST_FIRST in each]
        assert index in plan_of(listing), plan_of(listing)


@pytest.mark.usefixtures("many")
def test_filters_that_find_none_among_many_are_read_by_an_index(admin_client: Client) -> None:
    for model, query, index in (
        (ConsentRecord, "source__exact=import", "getresponse_consent_kind"),
        (ConsentRecord, "q=Nobody@example.com", "getresponse_consent_record"),
        (Statistic, "granularity__exact=hour", "getresponse_statistic_kind"),
        (Statistic, "subject__exact=autoresponder", "getresponse_statistic_kind"),
        (WebhookEvent, "type=opened", "getresponse_event_kind"),
    ):
        asked = statements_of(admin_client, f"{list_of(model)}?{query}")
        counted = f'SELECT COUNT(*) AS "__count" FROM "{model._meta.db_table}" WHERE'
        (counting,) = [each for each in asked if each.startswith(counted)]
        assert index in plan_of(counting), plan_of(counting)


@pytest.mark.usefixtures("many", "no_rules")
def test_the_index_that_sites_may_add_finds_a_person(admin_client: Client) -> None:
    class Everybody(Subscriber):
        campaign = "customers"

    registry.append(Everybody(User))
    url = f"{reverse('admin:getresponse_django_contact_person')}?email=NOBODY@example.com"
    (asking,) = [each for each in statements_of(admin_client, url) if 'UPPER("auth_user"' in each]
    assert "Index Scan using user_email" in plan_of(asking), plan_of(asking)


@pytest.mark.usefixtures("many")
def test_far_pages_and_large_numbers_are_right(admin_client: Client) -> None:
    page = FAR_DOWN // 100 + 20
    cl = admin_client.get(list_of(Contact), {"p": page}).context["cl"]
    expected = Contact.plain.order_by("-pk")[(page - 1) * 100 : page * 100]
    assert [row.pk for row in cl.result_list] == [row.pk for row in expected]
    assert EXACT_BELOW < cl.result_count == pytest.approx(MANY, rel=0.05)
