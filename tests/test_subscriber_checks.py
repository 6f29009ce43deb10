"""What is wrong with a Subscriber is said by ``manage.py check``, before anything is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks

from getresponse_django import Subscriber, register
from getresponse_django.allauth import VerifiedSubscriber
from getresponse_django.checks import check_subscribers
from getresponse_django.errors import ConfigurationError
from getresponse_django.subscribers.rule import OWN


@pytest.fixture(autouse=True)
def without_rules(no_rules: None) -> None:
    """In every test here."""


def found(**attributes: Any) -> list[str]:
    """The ids of what is wrong with a rule of these attributes."""
    register(User)(type("Rule", (Subscriber,), {"campaign": "customers"} | attributes))
    messages = check_subscribers()
    assert all(message.hint and f"{__name__}.Rule" in message.msg for message in messages)
    return [str(message.id).removeprefix("getresponse_django.") for message in messages]


def test_no_rule_is_no_problem() -> None:
    assert check_subscribers() == []


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"email": "email", "name": "get_full_name", "custom_fields": {"plan": "groups.count"}},
        {"custom_fields": {"joined_2": "date_joined.year", "count": lambda user: 1}, "tags": ("site", "A_1")},
        {"email": lambda self, user: user.email, "tags": []},
    ],
)
def test_good_rules_pass(attributes: dict[str, Any]) -> None:
    assert found(**attributes) == []


@pytest.mark.parametrize(
    ("attributes", "ids"),
    [
        ({"campaign": ""}, ["E101"]),
        ({"campaign": None}, ["E101"]),
        ({"account": "shop"}, ["E102"]),
        ({"custom_fields": ["plan"]}, ["E103"]),
        ({"custom_fields": None}, ["E103"]),
        ({"custom_fields": {"Plan": "email"}}, ["E104"]),
        ({"custom_fields": {"my plan": "email", "plan-b": "email"}}, ["E104", "E104"]),
        ({"custom_fields": {"email": "email"}}, ["E104"]),
        ({"custom_fields": {7: "email"}}, ["E104"]),
        ({"tags": "site"}, ["E105"]),
        ({"tags": None}, ["E105"]),
        ({"tags": ["x"]}, ["E105"]),
        ({"tags": ["żółty", "with space"]}, ["E105", "E105"]),
        ({"email": "mail"}, ["E106"]),
        ({"email": ""}, ["E106"]),
        ({"name": "profile.name"}, ["E106"]),
        ({"custom_fields": {"plan": "profile.plan"}}, ["E106"]),
        ({"custom_fields": {"plan": 7}}, ["E106"]),
        ({"campaign": "", "account": "shop", "tags": "x", "email": "mail"}, ["E101", "E102", "E105", "E106"]),
    ],
)
def test_each_mistake_has_its_id(attributes: dict[str, Any], ids: list[str]) -> None:
    assert found(**attributes) == ids


def test_a_site_without_any_account_can_still_be_migrated(settings: Any) -> None:
    settings.GETRESPONSE = {"ACCOUNTS": {}}
    assert found() == []


def test_manage_check_runs_it() -> None:
    found(campaign="")
    assert "getresponse_django.E101" in {message.id for message in run_checks()}


# --- names of Subscriber itself ---------------------------------------------------------------------------

FOR_RULES = {"wants", "consented_at", "objects_for"}


def test_every_method_that_is_not_for_rules_is_known_as_taken() -> None:
    public = {name for name in vars(Subscriber) if not name.startswith("_")}
    assert set(OWN) == (public - set(Subscriber.__annotations__) - FOR_RULES) | {"model"}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("base", [Subscriber, VerifiedSubscriber])
def test_a_rule_that_hides_a_method_of_subscriber_is_refused_with_a_word(base: type, name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Rule: '{name}' is a name that Subscriber uses itself"):
        type("Rule", (base,), {"campaign": "customers", name: "profile.street"})


def test_a_mixin_that_hides_one_is_refused_as_well() -> None:
    mixin = type("Mixin", (), {"said": lambda self, obj: "yes"})
    with pytest.raises(ConfigurationError, match="'said'"):
        type("Rule", (mixin, Subscriber), {"campaign": "customers"})
