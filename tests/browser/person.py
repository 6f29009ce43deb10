"""What a person does in a browser, in the person's words: open, read, fill in, press."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.urls import reverse

AXE = Path(__file__).parent / "axe" / "axe.min.js"
"""axe-core 4.14.1, only for these tests; its licence lies beside it."""

SERIOUS = ("serious", "critical")

JUDGE = """
const done = arguments[0];
const ours = {include: [["#content"]], exclude: [["#changelist-search"], [".select2-container"]]};
axe.run(ours, {resultTypes: ["violations"]}).then(
  found => done(found.violations.map(
    one => [one.impact, one.id + ": " + one.nodes.map(node => node.html.slice(0, 160)).join(" | ")])));
"""


class Person:
    """A logged-in person before a browser. Waiting is bounded; what does not come fails the test."""

    def __init__(self, driver: Any, site: str) -> None:
        self.driver, self.site = driver, site

    def enter(self, session: str) -> None:
        """Log in by the cookie of a session."""
        self.driver.get(f"{self.site}/static/getresponse_django/admin.css")  # a small page of the site
        self.driver.add_cookie({"name": "sessionid", "value": session, "path": "/"})

    def open(self, page: str, *args: Any, query: str = "") -> None:
        """Open a page of this app in the admin, such as "contact_change"."""
        self.driver.get(f"{self.site}{reverse(f'admin:getresponse_django_{page}', args=args)}{query}")

    def open_app(self) -> None:
        """Open the admin's page of this app."""
        self.driver.get(f"{self.site}{reverse('admin:app_list', args=['getresponse_django'])}")

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        text: str = self.find("body").text
        return text

    def find(self, selector: str) -> Any:
        """The element of this CSS selector."""
        return self.driver.find_element("css selector", selector)

    def field(self, label: str) -> Any:
        """The input with this label."""
        for each in self.driver.find_elements("css selector", "label[for]"):
            if each.text.strip().rstrip(":") == label:
                return self.driver.find_element("id", each.get_attribute("for"))
        for each in self.driver.find_elements("css selector", "label:not([for])"):
            if each.text.strip().startswith(label):  # it is around its input
                return each.find_element("css selector", "input, select, textarea")
        raise AssertionError(f"no field {label!r} in: {self.text}")

    def fill(self, label: str, value: str) -> None:
        """Write into the input with this label, instead of what is there."""
        field = self.field(label)
        field.clear()
        field.send_keys(value)

    def choose(self, label: str, option: str) -> None:
        """Choose from the select with this label by what its option says."""
        from selenium.webdriver.support.select import Select

        Select(self.field(label)).select_by_visible_text(option)

    def problems_of(self, label: str) -> str:
        """What is said to be wrong with the input with this label."""
        row = self.field(label).find_element("xpath", "ancestor::div[contains(@class, 'form-row')]")
        said: str = row.find_element("css selector", ".errorlist").text
        return said

    def reload(self) -> None:
        """Load the page anew."""
        self.driver.get(self.driver.current_url)

    def press(self, word: str) -> None:
        """Press the button or follow the link that says so, and wait for the next page."""
        self.driver.execute_script("document.wasPressed = true")  # the next page is another document
        quoted = f'"{word}"'
        self.driver.find_element(
            "xpath",
            f"//a[normalize-space()={quoted}] | //button[normalize-space()={quoted}]"
            f" | //input[@type='submit' and @value={quoted}]",
        ).click()
        self.until(lambda: self.driver.execute_script("return !document.wasPressed"))

    def until(self, happens: Any, seconds: float = 5) -> None:
        """Wait until ``happens()`` is true."""
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(self.driver, seconds, 0.05, ignored_exceptions=[StaleElementReferenceException])
        wait.until(lambda _driver: happens())

    def barriers(self) -> list[str]:
        """What axe finds serious or critical for people who use the page in other ways. The frame of the
        page, the search and the choosers are Django's own and not judged.
        """
        self.driver.execute_script(AXE.read_text())
        found = self.driver.execute_async_script(JUDGE)
        return [text for impact, text in found if impact in SERIOUS]
