"""What the assertions of the plugin say, when the test pushes itself: within the transaction of a test."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from getresponse_django import Subscriber, conf, register
from getresponse_django.models import Account, Change, Contact
from getresponse_django.sandbox import Sandbox
from getresponse_django.signals import change_recorded
from getresponse_django.tasks import nudge
from getresponse_django.testing.assertions import GetResponse
from getresponse_django.testing.pointing import pointed_at

ANN = "ann@example.com"


def subscribed(email: str = ANN, campaign: str = "customers", **said: Any) -> Contact:
    return Contact.objects.subscribe(email, campaign=campaign, **said)


def failure(assertion: Any, *arguments: Any, **options: Any) -> str:
    """What a failing assertion says."""
    with pytest.raises(AssertionError) as failed:
        assertion(*arguments, **options)
    return str(failed.value)


# --- what holds -----------------------------------------------------------------------------------


def test_a_signup_inside_the_transaction_of_the_test_is_on_the_list(getresponse: GetResponse) -> None:
    assert connection.in_atomic_block
    subscribed(name="Ann", tags=["vip", "fresh"], custom_fields={"city": "Sopot"})
    contact = getresponse.assert_subscribed(
        "ANN@example.com", "customers", name="Ann", tags=["fresh"], custom_fields={"city": "Sopot"}
    )
    assert contact["email"] == ANN
    assert Contact.objects.get().state == "active"
    assert not Change.objects.exists()


def test_a_rule_brings_its_list_and_its_fields_with_it(getresponse: GetResponse) -> None:
    @register(User)
    class Buyers(Subscriber):
        campaign = "shop buyers"
        name = "get_full_name"
        custom_fields = {"shoe_size": "last_name"}
        tags = ["site"]

        def wants(self, obj: User) -> bool:
            return obj.is_active

    user = User.objects.create(username="ann", email=ANN, first_name="Ann", last_name="39")
    getresponse.assert_subscribed(ANN, "shop buyers", tags=["site"], custom_fields={"shoe_size": 39})
    user.last_name = ""
    user.save()
    getresponse.assert_subscribed(ANN, "shop buyers", name="Ann", custom_fields={"shoe_size": None})
    user.is_active = False
    user.save()
    getresponse.assert_not_subscribed(ANN, "shop buyers")
    getresponse.assert_not_subscribed(ANN)


def test_a_field_may_hold_several_values(getresponse: GetResponse) -> None:
    getresponse.sandbox.add_custom_field("colours", "multi_select")
    getresponse.push()
    subscribed(custom_fields={"colours": ["red", "blue"]})
    getresponse.assert_subscribed(ANN, "customers", custom_fields={"colours": ["blue", "red"]})


def test_nothing_sent_is_nothing_written(getresponse: GetResponse) -> None:
    call_command("getresponse_pull", verbosity=0)
    getresponse.assert_nothing_sent()
    subscribed()
    assert f"POST /contacts {{'email': '{ANN}'" in failure(getresponse.assert_nothing_sent)


def test_nothing_sent_is_no_matter_of_a_worker_that_had_no_turn(getresponse: GetResponse) -> None:
    getresponse.wait_for_worker(0.1)  # there is none
    subscribed()
    said = failure(getresponse.assert_nothing_sent)
    assert (
        said
        == "Nothing was sent, but changes wait to be pushed (after 0.1 seconds of waiting for the worker)"
    )


def test_no_name_is_an_empty_one(getresponse: GetResponse) -> None:
    subscribed()
    getresponse.assert_subscribed(ANN, "customers", name="")
    assert "its name is None, not 'Ann'" in failure(
        getresponse.assert_subscribed, ANN, "customers", name="Ann"
    )


def test_a_search_writes_nothing(getresponse: GetResponse) -> None:
    getresponse.sandbox.add_contact(ANN, "customers")
    subscribed()
    getresponse.assert_subscribed(ANN, "customers")
    assert "search-contacts" not in failure(getresponse.assert_nothing_sent)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 500, "when": "after"},
        {"kind": "reset"},
        {"kind": "reset", "when": "after"},
        {"status": 429, "headers": {"Retry-After": "100"}},
        {"status": 429, "headers": {"Retry-After": "100"}, "count": 3},
        {"kind": "html", "count": 2},
    ],
)
def test_failures_are_outlived_without_waiting(getresponse: GetResponse, fault: dict[str, Any]) -> None:
    getresponse.sandbox.fail(**fault, method="POST", path="^/contacts$")
    subscribed()
    getresponse.assert_subscribed(ANN, "customers")
    assert len(getresponse.sandbox.contacts()) == 1


def test_who_has_not_confirmed_is_not_subscribed(getresponse: GetResponse) -> None:
    subscribed(campaign="partners")
    getresponse.assert_not_subscribed(ANN)
    assert 'unconfirmed on "partners"' in failure(getresponse.assert_subscribed, ANN, "partners")
    getresponse.sandbox.confirm(ANN, "partners")
    getresponse.assert_subscribed(ANN, "partners")


def test_what_is_pushed_can_be_looked_at_in_the_sandbox(getresponse: GetResponse, sandbox: Sandbox) -> None:
    subscribed()
    assert sandbox.contacts() == []
    getresponse.push()
    assert [contact["email"] for contact in sandbox.contacts("customers")] == [ANN]


def test_a_drain_inside_a_transaction_of_the_site_is_refused(getresponse: GetResponse) -> None:
    subscribed()
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        getresponse.push()


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_a_commit_sends_nothing_by_itself(
    getresponse: GetResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr("getresponse_django.tasks.publish", lambda *message: sent.append(message))
    monkeypatch.setattr("getresponse_django.tasks.nudger._publish", lambda *message: sent.append(message))
    subscribed()
    assert sent == []
    getresponse.assert_subscribed(ANN, "customers")


def test_afterwards_a_commit_nudges_again() -> None:
    assert change_recorded.disconnect(nudge)
    change_recorded.connect(nudge)


# --- what does not hold, and what is said ---------------------------------------------------------


def test_nobody_wanted_the_address(getresponse: GetResponse) -> None:
    said = failure(getresponse.assert_subscribed, ANN, "customers")
    assert said.startswith(f'{ANN} is not subscribed to "customers" in GetResponse.\n')
    assert "nothing of this address; no request failed" in said
    assert "no rule wanted it, or nothing was saved" in said
    assert "The outbox:\n  nothing of this address" in said


def test_the_wrong_list_is_named_and_the_right_one_shown(getresponse: GetResponse) -> None:
    subscribed(campaign="newsletter", tags=["vip"], custom_fields={"city": "Sopot"}, name="Ann")
    said = failure(getresponse.assert_subscribed, ANN, "customers")
    assert 'active on "newsletter"' in said
    assert "on \"newsletter\": name 'Ann', tags vip, custom fields city=Sopot" in said
    assert 'a contact on "newsletter", active' in said


def test_every_difference_is_told(getresponse: GetResponse) -> None:
    subscribed(name="Ann", tags=["vip"], custom_fields={"city": "Sopot"})
    said = failure(
        getresponse.assert_subscribed,
        ANN,
        "customers",
        name="Anna",
        tags=["gold"],
        custom_fields={"city": "Hel", "plan": "pro"},
    )
    assert "its name is 'Ann', not 'Anna'" in said
    assert "it has no tag 'gold' (its tags: vip)" in said
    assert "its custom field 'city' is Sopot, not Hel" in said
    assert "its custom field 'plan' is none, not pro" in said


def test_an_unknown_list_says_how_to_make_it(getresponse: GetResponse) -> None:
    subscribed(campaign="vip club")
    said = failure(getresponse.assert_subscribed, ANN, "vip club")
    assert 'There is no list "vip club" in the sandbox (there: customers, newsletter, partners).' in said
    assert 'sandbox.add_campaign("vip club")' in said
    assert "waits after 0 attempts: Waiting: there is no list “vip club” in GetResponse." in said
    getresponse.sandbox.add_campaign("vip club")
    getresponse.assert_subscribed(ANN, "vip club")


def test_what_gave_up_says_why(getresponse: GetResponse) -> None:
    getresponse.sandbox.block(ANN)
    subscribed()
    said = failure(getresponse.assert_subscribed, ANN, "customers")
    assert "gave up (GetResponse refused it): " in said
    assert "blacklisted" in said
    assert "POST /contacts was answered 400" in said
    assert 'a contact on "customers", rejected' in said


def test_an_account_that_is_refused_says_so(getresponse: GetResponse) -> None:
    getresponse.sandbox.fail(401)
    subscribed()
    said = failure(getresponse.assert_subscribed, ANN, "customers")
    assert 'the account "default" sends nothing: POST /contacts' in said


def test_a_failure_that_does_not_end_is_told(getresponse: GetResponse) -> None:
    getresponse.sandbox.fail(kind="reset", method="POST", path="^/contacts$", count=None)
    subscribed()
    assert "POST /contacts was answered not at all" in failure(
        getresponse.assert_subscribed, ANN, "customers"
    )


def test_somebody_who_left_is_told_with_the_reason(getresponse: GetResponse) -> None:
    contact = getresponse.sandbox.add_contact(ANN, "customers")
    getresponse.sandbox.remove_contact(contact["contactId"], "complaint")
    said = failure(getresponse.assert_subscribed, ANN, "customers")
    assert 'complaint on "customers"' in said


def test_still_subscribed(getresponse: GetResponse) -> None:
    subscribed()
    subscribed(campaign="newsletter")
    said = failure(getresponse.assert_not_subscribed, ANN)
    assert said.startswith(f'{ANN} is subscribed to "customers", "newsletter" in GetResponse.\n')
    getresponse.assert_not_subscribed("other@example.com")
    Contact.objects.unsubscribe(ANN, campaign="customers")
    getresponse.assert_not_subscribed(ANN, "customers")
    failure(getresponse.assert_not_subscribed, ANN, "newsletter")


def test_what_waits_for_others_is_told_too(getresponse: GetResponse) -> None:
    subscribed("bob@example.com", campaign="nowhere")
    said = failure(getresponse.assert_subscribed, ANN, "customers")
    assert "contact " in said.partition("The outbox:")[2]


# --- the settings ---------------------------------------------------------------------------------


def test_every_account_is_pointed_at_the_sandbox_and_the_rest_stays() -> None:
    ours = {
        "ACCOUNTS": {
            "default": {"ACCESS_TOKEN": "real", "WEBHOOK_SECRET": "s"},
            "max": {"API_KEY": "real", "PLATFORM": "max-us", "DOMAIN": "example.com"},
        },
        "CONFLICT": "remote",
        "ENABLED": False,
    }
    with Sandbox() as there, override_settings(GETRESPONSE=pointed_at(there, ours)):
        configs = [conf.account_config(alias) for alias in conf.aliases()]
        assert [config.alias for config in configs] == ["default", "max"]
        assert {config.url for config in configs} == {there.url}
        assert {tuple(config.headers.items()) for config in configs} == {
            (("X-Auth-Token", f"api-key {there.key}"),)
        }
        assert configs[0].webhook_secrets == ("s",)
        assert (conf.app_settings.CONFLICT, conf.app_settings.ENABLED) == ("remote", True)
    assert ours["ENABLED"] is False


@pytest.mark.parametrize("ours", [{}, {"ACCOUNTS": {}}])
def test_a_site_without_an_account_gets_one(ours: dict[str, Any], sandbox: Sandbox) -> None:
    assert list(pointed_at(sandbox, ours)["ACCOUNTS"]) == ["default"]


def test_several_accounts_are_pushed(getresponse: GetResponse, settings: Any) -> None:
    accounts = settings.GETRESPONSE["ACCOUNTS"]
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts | {"other": accounts["default"]}}
    subscribed(account="other")
    getresponse.assert_subscribed(ANN, "customers")
    assert Account.objects.filter(alias="other").exists()


def test_the_settings_and_the_sandbox_are_fresh_in_every_test(sandbox: Sandbox) -> None:
    assert (sandbox.contacts(), sandbox.requests, sandbox.limits_on) == ([], [], False)
    assert len(sandbox.campaigns()) == 3
