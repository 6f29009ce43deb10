"""getresponse_callbacks: what it sets, what it does not overwrite, and what it prints."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from django.test import override_settings

from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call

pytestmark = pytest.mark.django_db

SITE = "https://www.example.com"
SECRET = "the-secret-of-the-tests"
URL = f"{SITE}/getresponse/callbacks/default/{SECRET}/"


@pytest.fixture(autouse=True)
def secret(sandbox: Sandbox, settings: Any) -> None:
    account = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"WEBHOOK_SECRET": [SECRET, "the-one-before-it"]}
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("getresponse_callbacks", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def there(sandbox: Sandbox) -> Any:
    headers = {"X-Auth-Token": f"api-key {sandbox.key}"}
    answer = requests.get(f"{sandbox.url}/accounts/callbacks", headers=headers, timeout=5)
    return answer.json() if answer.ok else None


ON = {"subscribe": True, "unsubscribe": True, "open": False, "click": False, "survey": False}


def test_enable_sets_the_address_and_all_five_actions(sandbox: Sandbox) -> None:
    run("enable", "--url", SITE)
    assert there(sandbox) == {"url": URL, "actions": ON}


def test_enable_with_other_actions(sandbox: Sandbox) -> None:
    run("enable", "--url", f"{SITE}/", "--actions", "unsubscribe,click")
    assert there(sandbox)["actions"] == ON | {"subscribe": False, "click": True}


def test_the_secret_is_printed_only_when_asked_for(sandbox: Sandbox) -> None:
    printed = run("enable", "--url", SITE)
    assert f"{SITE}/getresponse/webhooks/default/***/" in printed and SECRET not in printed
    assert "panel" in printed
    assert f"{SITE}/getresponse/webhooks/default/{SECRET}/" in run("enable", "--url", SITE, "--show-secret")


def test_a_rotated_secret_replaces_our_own_address(sandbox: Sandbox) -> None:
    old = URL.replace(SECRET, "the-one-before-it")
    call(sandbox, "POST", "/accounts/callbacks", {"url": old, "actions": ON})
    run("enable", "--url", SITE)
    assert there(sandbox)["url"] == URL


@pytest.mark.parametrize("action", ["enable", "disable"])
def test_the_address_of_another_system_is_left_alone(sandbox: Sandbox, action: str) -> None:
    other = "https://shop.example.org/hook/secret-of-the-shop"
    call(sandbox, "POST", "/accounts/callbacks", {"url": other, "actions": ON})
    with pytest.raises(CommandError, match=r"https://shop.example.org/\.\.\.") as raised:
        run(action, "--url", SITE)
    assert "secret-of-the-shop" not in str(raised.value)
    assert there(sandbox)["url"] == other
    run(action, "--url", SITE, "--replace")
    assert (there(sandbox) or {}).get("url") == (URL if action == "enable" else None)


def test_disable_switches_off_and_twice_is_no_mistake(sandbox: Sandbox) -> None:
    run("enable", "--url", SITE)
    assert "callbacks are off." in run("disable")
    assert there(sandbox) is None
    assert "off already" in run("disable")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Give the address of the site"),
        (("--url", "www.example.com"), "Give the address of the site"),
        (("--url", "http://www.example.com"), "https://"),
        (("--url", f"{SITE}/shop/"), "scheme and host only"),
        (("--url", SITE, "--actions", "explode"), "Unknown action explode"),
        (("--url", SITE, "--account", "shop"), 'There is no account "shop"'),
    ],
)
def test_bad_input_is_explained_and_nothing_sent(
    sandbox: Sandbox, arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        run("enable", *arguments)
    assert asked(sandbox) == []


def test_a_site_on_this_machine_may_do_without_https(sandbox: Sandbox) -> None:
    run("enable", "--url", "http://127.0.0.1:8000")
    assert there(sandbox)["url"].startswith("http://127.0.0.1:8000/getresponse/callbacks/default/")


def test_without_a_secret_it_says_what_is_missing(sandbox: Sandbox, settings: Any) -> None:
    settings.GETRESPONSE["ACCOUNTS"]["default"]["WEBHOOK_SECRET"] = ""
    with pytest.raises(CommandError, match="has no WEBHOOK_SECRET"):
        run("enable", "--url", SITE)


@override_settings(ROOT_URLCONF="django.contrib.auth.urls")
def test_without_the_urls_it_says_what_to_add(sandbox: Sandbox) -> None:
    with pytest.raises(CommandError, match="include"):
        run("enable", "--url", SITE)


def test_a_refused_key_is_explained(sandbox: Sandbox) -> None:
    sandbox.fail(401, count=None)
    with pytest.raises(CommandError, match="default: "):
        run("enable", "--url", SITE)
