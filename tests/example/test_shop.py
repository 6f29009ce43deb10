"""The pages of the shop, as a browser sees them. No sandbox and no worker runs: none of them may need one."""

from __future__ import annotations

import secrets

import pytest
import requests

from example_project.demo.browser import Browser
from example_project.demo.failure import DemoFailed
from tests.example.conftest import Site

PASSWORD = "a long pass phrase"


@pytest.fixture
def visitor(site: Site) -> Browser:
    return site.visitor()


@pytest.fixture
def email() -> str:
    return f"eva.{secrets.token_hex(4)}@example.com"


def register(visitor: Browser, email: str, **fields: str) -> str:
    form = {"email": email, "name": "Eva Lis", "city": "Sopot", "password": PASSWORD, "consent": "on"}
    return visitor.submit("/register/", form | fields)


def page(visitor: Browser, path: str) -> requests.Response:
    return visitor.session.get(f"{visitor.site}{path}", allow_redirects=False, timeout=30)


@pytest.mark.parametrize("path", ["/", "/register/", "/login/", "/admin/login/"])
def test_everybody_may_see(visitor: Browser, path: str) -> None:
    answer = page(visitor, path)
    assert answer.status_code == 200
    assert "<h1" in answer.text or "<form" in answer.text


@pytest.mark.parametrize("path", ["/profile/", "/admin/"])
def test_only_who_has_logged_in_may_see(visitor: Browser, path: str) -> None:
    answer = page(visitor, path)
    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]


def test_whoever_registers_is_logged_in_and_subscribed(visitor: Browser, email: str) -> None:
    register(visitor, email)
    profile = page(visitor, "/profile/").text
    assert f'value="{email}"' in profile
    assert 'value="Eva Lis"' in profile
    assert "Unsubscribe" in profile


def test_without_the_tick_there_is_no_newsletter(visitor: Browser, email: str) -> None:
    register(visitor, email, consent="")
    assert "You do not get it." in page(visitor, "/profile/").text


def test_an_address_registers_once_whatever_its_case(site: Site, email: str) -> None:
    register(site.visitor(), email)
    with pytest.raises(DemoFailed, match="registered with this address already"):
        register(site.visitor(), email.upper())


@pytest.mark.parametrize("fields", [{"email": "no address"}, {"name": ""}, {"password": "short"}])
def test_a_form_with_a_mistake_is_shown_again(visitor: Browser, email: str, fields: dict[str, str]) -> None:
    with pytest.raises(DemoFailed, match="answered 200"):
        register(visitor, **{"email": email} | fields)
    assert page(visitor, "/profile/").status_code == 302


def test_a_post_without_a_token_is_refused(visitor: Browser, email: str) -> None:
    answer = visitor.session.post(f"{visitor.site}/register/", {"email": email}, timeout=30)
    assert answer.status_code == 403


def test_the_profile_can_be_changed(visitor: Browser, email: str) -> None:
    register(visitor, email)
    changes = {"email": f"new.{email}", "name": "Eva Maria Lis", "city": "Hel", "plan": "pro"}
    visitor.submit("/profile/", changes)
    profile = page(visitor, "/profile/").text
    assert f'value="new.{email}"' in profile
    assert 'value="Eva Maria Lis"' in profile
    assert '<option value="pro" selected' in profile


def test_the_newsletter_can_be_left_and_asked_for_again(visitor: Browser, email: str) -> None:
    register(visitor, email)
    visitor.submit("/profile/", {"wanted": "no"}, action="/profile/newsletter/")
    assert "You do not get it." in page(visitor, "/profile/").text
    visitor.submit("/profile/", {"wanted": "yes"}, action="/profile/newsletter/")
    assert "Unsubscribe" in page(visitor, "/profile/").text


def test_a_wish_that_is_none_is_refused(visitor: Browser, email: str) -> None:
    register(visitor, email)
    with pytest.raises(DemoFailed, match="answered 400"):
        visitor.submit("/profile/", {"wanted": "perhaps"}, action="/profile/newsletter/")


def test_who_has_registered_can_log_in(site: Site, email: str) -> None:
    register(site.visitor(), email)
    visitor = site.visitor()
    visitor.submit("/login/", {"username": email, "password": PASSWORD})
    assert page(visitor, "/profile/").status_code == 200
