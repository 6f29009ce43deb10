"""Thirty thousand contacts on PostgreSQL: no page asks more than with a thousand, none reads them all.

The planner is asked what it would do; it is not told to use indexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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

pytestmark = pytest.mark.usefixtures("postgres")

FEW, MANY = 1000, 30_000

NEWEST_FIRST = 'ORDER BY "getresponse_django_contact"."id" DESC'


@contextmanager
def account_of(contacts: int) -> Iterator[None]:
    """An account with so many contacts, while the block runs."""
    with transaction.atomic():
        fill_account(contacts, campaigns=10, newsletters=20, days=2)
        yield
        transaction.set_rollback(True)


def statements_of(client: Client, url: str) -> list[str]:
    """What a page asks the database."""
    client.get(url)  # content types, sessions and the like are cached now
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in queries]


def statements_of_all(client: Client) -> dict[str, list[str]]:
    """Page -> what it asks. Every list and object page is in test_pages.py; these grow with the contacts."""
    return {what: statements_of(client, url) for what, url in [*lists_of_contacts(), *single_pages()]}


def test_no_page_asks_more_or_reads_all_contacts(admin_client: Client) -> None:
    with account_of(FEW):
        few = {what: len(asked) for what, asked in statements_of_all(admin_client).items()}
    with account_of(MANY):
        many = statements_of_all(admin_client)
        assert {what: list(scans(asked)) for what, asked in many.items() if list(scans(asked))} == {}
    # A list without any row needs no tags, and one whose rows are few is counted instead of estimated.
    more = {what: len(asked) - few[what] for what, asked in many.items() if len(asked) > few[what] + 1}
    assert more == {}


def test_filters_show_as_many_rows_of_few_contacts(admin_client: Client) -> None:
    with account_of(FEW):
        assert set(INDEXED) < set(dict(pages()))  # each model has rows
        filtered = [*lists_of_contacts(), *other_lists()]
        shown = {what: len(admin_client.get(url).context["cl"].result_list) for what, url in filtered}
    # Of many there are as many, or about as many in the small list.
    few = {"contacts: one address": 1, "contacts: refused of a small list": 14}
    assert {what: rows for what, rows in shown.items() if 0 < rows < 100} == few


def test_the_list_and_its_search_are_read_by_an_index(admin_client: Client) -> None:
    with account_of(MANY):
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


def test_filters_that_find_none_among_many_are_read_by_an_index(admin_client: Client) -> None:
    with account_of(MANY):
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


@pytest.fixture
def indexed_users(postgres: None) -> Iterator[None]:
    """Before the first user is written: an index of rows that were updated just now is left alone."""
    index_users()
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX user_email")


def test_the_index_that_sites_may_add_finds_a_person(
    indexed_users: None, admin_client: Client, no_rules: None
) -> None:
    class Everybody(Subscriber):
        campaign = "customers"

    registry.append(Everybody(User))
    with account_of(MANY):
        url = f"{reverse('admin:getresponse_django_contact_person')}?email=NOBODY@example.com"
        (asking,) = [each for each in statements_of(admin_client, url) if 'UPPER("auth_user"' in each]
        assert "Index Scan using user_email" in plan_of(asking), plan_of(asking)


def test_far_pages_and_large_numbers_are_right(admin_client: Client) -> None:
    with account_of(MANY):
        page = FAR_DOWN // 100 + 20
        cl = admin_client.get(list_of(Contact), {"p": page}).context["cl"]
        expected = Contact.plain.order_by("-pk")[(page - 1) * 100 : page * 100]
        assert [row.pk for row in cl.result_list] == [row.pk for row in expected]
        assert EXACT_BELOW < cl.result_count == pytest.approx(MANY, rel=0.05)
