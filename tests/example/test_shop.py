"""The pages of the shop, as a browser sees them. No sandbox and no worker runs: none of them may need one."""

from __future__ import annotations

import re
import secrets
from email.message import EmailMessage

import pytest
import requests

from example_project.demo.browser import Browser
from example_project.demo.failure import DemoFailed
from example_project.demo.mailbox import mail_to, path_in
from tests.running import Site

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


# --- what getresponse_django brings -----------------------------------------------------------------------


def signup_action(visitor: Browser) -> str:
    found = re.search(r'action="(/getresponse/signup/[^"]+)"', visitor.read("/"))
    assert found
    return found[1]


def welcome(site: Site, email: str) -> EmailMessage:
    mail = mail_to(email, site.world.mails)
    assert mail
    return mail


def test_the_form_on_the_home_page_thanks_in_the_looks_of_the_shop(visitor: Browser, email: str) -> None:
    fields = {"email": email, "consent": "on", "consent_wording": "1"}
    visitor.submit("/", fields, action=signup_action(visitor))
    thanks = visitor.read("/getresponse/signup/thanks/")
    assert "Thank you" in thanks and "The Example Shop" in thanks


def test_a_signup_with_a_mistake_is_shown_again_in_the_looks_of_the_shop(visitor: Browser) -> None:
    with pytest.raises(DemoFailed, match=r"answered 200.*Tick this box"):
        visitor.submit("/", {"email": "eva@example.com"}, action=signup_action(visitor))
    assert "site.css" in visitor.read(signup_action(visitor))


def test_who_registers_without_the_tick_gets_no_mail_and_no_link(
    site: Site, visitor: Browser, email: str
) -> None:
    register(visitor, email, consent="")
    assert mail_to(email, site.world.mails) is None
    assert "All your newsletters" not in visitor.read("/profile/")


def test_the_profile_links_to_all_newsletters(visitor: Browser, email: str) -> None:
    register(visitor, email)
    link = re.search(r'<a href="(/getresponse/preferences/[^"]+)">', visitor.read("/profile/"))
    assert link and "customers" in visitor.read(link[1])


def test_the_link_in_the_mail_leaves_the_list_without_a_login(site: Site, email: str) -> None:
    register(site.visitor(), email)
    page = path_in(welcome(site, email).get_content())
    stranger = site.visitor()
    stranger.submit(page, {"name": "Eva Lis", "leave_all": "1"})
    assert "You are on none of our lists." in stranger.read(page)


def test_a_mail_program_leaves_the_list_with_one_click(site: Site, email: str) -> None:
    register(site.visitor(), email)
    mail = welcome(site, email)
    name, value = str(mail["List-Unsubscribe-Post"]).split("=")
    address = f"{site.world.site}{path_in(str(mail['List-Unsubscribe']))}"
    answer = requests.post(address, {name: value}, timeout=30)
    assert answer.status_code == 200 and "You are unsubscribed" in answer.text
    assert "You are on none of our lists." in site.visitor().read(path_in(mail.get_content()))
