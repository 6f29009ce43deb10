"""Several accounts: one that fails stops no other, and the end names each that did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from getresponse_django.errors import AccountRefused, RateLimited
from getresponse_django.management.accounts import failure_of
from getresponse_django.models import Account, Contact
from getresponse_django.pull import AlreadyRunning, TooManyRemovals
from getresponse_django.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three(sandbox: Sandbox, settings: Any) -> Iterator[Sandbox]:
    """The accounts "first" and "last" of the sandbox, which work, between them two that do not."""
    honest = {"API_KEY": sandbox.key, "BASE_URL": sandbox.url}
    accounts = {
        "first": honest,
        "refused": honest | {"API_KEY": "wrong"},
        "wrong": {"BASE_URL": sandbox.url},
        "last": honest,
    }
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts}
    sandbox.add_contact("anna@example.com", "customers")
    yield sandbox


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        ("getresponse_pull", ["--only=campaigns,contacts"], "contacts: 1 read, 1 written"),
        ("getresponse_reconcile", ["--dry-run"], "customers: 1 missing here"),
        ("getresponse_reconcile", [], r"\d+ read, \d+ written"),
        ("getresponse_push", [], "0 pushed, 0 waiting, 0 gave up"),
    ],
)
def test_the_others_are_done_and_the_failed_ones_named(
    three: Sandbox, command: str, arguments: list[str], says: str
) -> None:
    if command == "getresponse_push":
        Account.objects.for_alias("refused").write(paused=True)
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(command, *arguments, stdout=out, no_color=True)
    assert raised.value.returncode == 1
    assert [line.partition(":")[0] for line in str(raised.value).splitlines()] == ["refused", "wrong"]
    done = [alias for alias in ("first", "last") if re.search(f"^{alias}: {says}", out.getvalue(), re.M)]
    assert done == ["first", "last"]


@pytest.mark.parametrize("command", ["getresponse_pull", "getresponse_push", "getresponse_reconcile"])
def test_one_account_can_be_chosen(three: Sandbox, command: str) -> None:
    call_command(command, "--account", "last", stdout=StringIO())
    assert set(Contact.objects.values_list("account__alias", flat=True)) <= {"last"}
    with pytest.raises(CommandError, match='There is no account "shop"'):
        call_command(command, "--account", "shop")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (AccountRefused("no", status=401), "default: no (HTTP 401) Check GETRESPONSE_API_KEY"),
        (RateLimited("later"), "default: later"),
        (AlreadyRunning("It runs."), "default: It runs."),
        (TooManyRemovals("Too many."), "default: Too many."),
        (CommandError("1 gave up"), "default: 1 gave up"),
    ],
)
def test_what_ends_the_work_of_an_account_is_told_with_what_to_do(error: Exception, says: str) -> None:
    def work(_account: Account) -> None:
        raise error

    assert failure_of("default", work).startswith(says)


def test_a_mistake_of_the_program_is_not_hidden() -> None:
    def work(_account: Account) -> None:
        raise KeyError("tags")

    with pytest.raises(KeyError):
        failure_of("default", work)
