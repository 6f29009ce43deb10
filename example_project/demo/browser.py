"""A visitor of the site: gets a page, fills its form, posts it with token and cookies, over real HTTP."""

from __future__ import annotations

import re
import time

import requests

from .failure import DemoFailed

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ERRORS = re.compile(r'class="errorlist[^>]*>(.*?)</ul>', re.DOTALL)


class Browser:
    """One visitor with one session."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False  # a proxy of the environment is not for 127.0.0.1

    def read(self, page: str) -> str:
        """The HTML of a page. Raises DemoFailed when it is not there."""
        answer = self.session.get(f"{self.site}{page}", timeout=30)
        if answer.status_code != 200:
            raise DemoFailed(f"GET {page} answered {answer.status_code}.")
        return answer.text

    def submit(self, page: str, fields: dict[str, str], action: str = "") -> str:
        """Post the form on ``page`` (to ``action`` when it goes elsewhere) and return how the site answered.

        Raises DemoFailed when the answer is not a redirection, which is how the site says yes.
        """
        token = TOKEN.search(self.read(page))
        if token is None:
            raise DemoFailed(f"GET {page} answered 200, without a form.")
        started = time.monotonic()
        answer = self.session.post(
            f"{self.site}{action or page}",
            {"csrfmiddlewaretoken": token[1]} | fields,
            headers={"Referer": f"{self.site}{page}"},
            allow_redirects=False,
            timeout=30,
        )
        took = time.monotonic() - started
        if answer.status_code != 302:
            said = "; ".join(re.sub(r"<[^>]+>", " ", error).strip() for error in ERRORS.findall(answer.text))
            raise DemoFailed(f"POST {action or page} answered {answer.status_code}. {said}")
        return f"POST {self.site}{action or page} answered 302 after {took:.2f} s"
