"""Visitors without a login. Only a real browser sends the headers that the CSRF protection looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from getresponse_django.models import Account, Contact
from getresponse_django.preferences import preference_link, unsubscribe_link
from getresponse_django.signup import signup_path
from tests.browser.person import Person

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def visitor(driver: Any, live_server: Any, account: Account) -> Iterator[Person]:
    """Somebody whom the site does not know. Nothing may be wrong in the console in the end."""
    cache.clear()
    driver.get(live_server.url + "/getresponse/signup/thanks/")
    driver.delete_all_cookies()
    driver.get_log("browser")
    yield Person(driver, live_server.url)
    wrong = [each["message"] for each in driver.get_log("browser") if each["level"] == "SEVERE"]
    driver.get("about:blank")
    assert [message for message in wrong if "favicon.ico" not in message] == []


def test_a_visitor_signs_up(visitor: Person) -> None:
    visitor.driver.get(visitor.site + signup_path(campaign="customers"))
    visitor.fill("E-mail", "eva@example.com")
    visitor.find("[name=consent]").click()
    visitor.press("Sign up")
    assert "Thank you" in visitor.text
    assert Contact.objects.get(email="eva@example.com").state == "new"


def test_the_holder_of_a_link_sees_and_leaves_the_list(visitor: Person) -> None:
    ann = Contact.objects.get()
    visitor.driver.get(preference_link(ann, visitor.site))
    visitor.fill("Your name", "Ann Miller")
    visitor.find("[name=leave]").click()
    visitor.press("Save")
    assert "Your changes are saved." in visitor.text and "You are on none of our lists." in visitor.text
    ann.refresh_from_db()
    assert ann.state == "leaving"


def test_the_next_page_does_not_learn_the_link(visitor: Person) -> None:
    ann = Contact.objects.get()
    visitor.driver.get(preference_link(ann, visitor.site))
    visitor.driver.execute_script("location.href = '/getresponse/signup/thanks/'")
    visitor.until(lambda: "Thank you" in visitor.text)
    assert visitor.driver.execute_script("return document.referrer") == f"{visitor.site}/"


def test_the_holder_of_a_link_is_asked_before_leaving(visitor: Person) -> None:
    ann = Contact.objects.get()
    visitor.driver.get(unsubscribe_link(ann, visitor.site))
    assert Contact.objects.get().state == "active"
    visitor.press("Unsubscribe")
    assert "You are unsubscribed" in visitor.text
    assert Contact.objects.get().state == "leaving"
