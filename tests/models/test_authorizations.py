"""The row of an account's tokens: when they are renewed, and that one process at a time asks for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from getresponse_django.models import Account, Authorization
from getresponse_django.models.authorizations import Grant

from .test_outbox import in_threads

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def row() -> Authorization:
    account = Account.objects.for_alias("default")
    return Authorization.objects.create(account=account, access_token="a1", refresh_token="r1", code="c1")


def stored() -> Authorization:
    return Authorization.objects.get()


@pytest.mark.parametrize(("life", "before"), [(86400, 60), (3600, 60), (600, 60), (100, 10), (0, 0)])
def test_a_token_is_renewed_shortly_before_its_end(life: float, before: float) -> None:
    token = Authorization(renewed_at=NOW, expires_at=NOW + timedelta(seconds=life))
    assert token.renew_at == NOW + timedelta(seconds=life - before)


def test_without_a_token_nothing_is_renewed_and_without_a_code_none_ends() -> None:
    assert Authorization().renew_at is None
    assert Authorization(code_received_at=NOW).code_expires_at is None
    assert Authorization(code="c", code_received_at=NOW).code_expires_at == NOW + timedelta(minutes=10)


def test_a_lease_belongs_to_one_until_it_is_over(row: Authorization) -> None:
    other = stored()
    assert row.claim(60)
    assert not other.claim(60)
    Authorization.objects.update(leased_until=timezone.now())
    assert other.claim(60)


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_gets_it(row: Authorization) -> None:
    assert sorted(in_threads(6, lambda _number: stored().claim(60))) == [False] * 5 + [True]


@pytest.mark.parametrize("column", ["code", "access_token", "refresh_token"])
def test_what_was_read_before_somebody_replaced_it_claims_nothing(row: Authorization, column: str) -> None:
    Authorization.objects.update(**{column: "newer"})
    assert not row.claim(60)
    assert stored().leased_until is None


def test_only_its_owner_ends_a_lease(row: Authorization) -> None:
    assert row.claim(0)
    other = stored()
    assert other.claim(60)
    row.end_lease(cut_off=False)
    assert stored().leased_until == other.leased_until


@pytest.mark.parametrize("cut_off", [True, False])
def test_a_lost_answer_is_remembered_and_hinders_nobody(row: Authorization, cut_off: bool) -> None:
    row.claim(60)
    row.end_lease(cut_off=cut_off)
    assert stored().was_cut_off(timezone.now()) is cut_off
    assert stored().claim(60)


def test_tokens_are_kept_with_their_end_and_end_the_refusal(row: Authorization) -> None:
    row.refuse(Grant.REFRESH, "refused")
    assert row.keep(Grant.REFRESH, NOW, 60, access_token="a2", refresh_token="r2")
    kept = stored()
    assert (kept.access_token, kept.refresh_token, kept.code) == ("a2", "r2", "c1")
    assert (kept.renewed_at, kept.expires_at) == (NOW, NOW + timedelta(seconds=60))
    assert (kept.refused_at, kept.reason, kept.leased_until) == (None, "", None)
    assert kept.connected_at is None


@pytest.mark.parametrize(
    ("grant", "column", "counts"),
    [
        (Grant.REFRESH, "refresh_token", False),
        (Grant.REFRESH, "code", True),
        (Grant.CODE, "code", False),
        (Grant.CODE, "refresh_token", True),
        (Grant.CLIENT, "access_token", False),
    ],
)
def test_an_outcome_counts_while_its_secret_was_not_replaced(
    row: Authorization, grant: Grant, column: str, counts: bool
) -> None:
    Authorization.objects.update(**{column: "newer"})
    assert row.refuse(grant, "refused") is counts
    assert row.keep(grant, NOW, 60, access_token="late") is counts
    assert (stored().access_token == "late") is counts


def test_a_code_is_used_up_by_either_outcome(row: Authorization) -> None:
    row.refuse(Grant.CODE, "refused")
    assert stored().code == ""
    Authorization.objects.update(code="c2")
    again = stored()
    again.keep(Grant.CODE, NOW, 60, access_token="a2")
    assert (stored().code, stored().grant, stored().connected_at) == ("", "authorization_code", NOW)


def test_a_code_that_somebody_is_exchanging_is_not_dropped(row: Authorization) -> None:
    other = stored()
    row.claim(60)
    other.drop_code("expired")
    assert stored().code == "c1"
    Authorization.objects.update(leased_until=None)
    other.drop_code("expired")
    assert (stored().code, stored().reason, stored().access_token) == ("", "expired", "a1")


def test_no_secret_is_in_its_text(row: Authorization) -> None:
    assert not {"a1", "r1", "c1"} & set(f"{row} {row!r}".split())
