"""The HTTP session that requests leave by: its connections serve all threads, and it remembers nothing."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from .limits import SLOTS


def new_session() -> requests.Session:
    """One session for all worker threads: a connection serves whichever thread is next.

    Its pool is thread-safe; what is not, its cookies, is switched off. So is .netrc, which would replace
    the key.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.auth = keep_headers
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=SLOTS))
    return session


def keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The authentication of a session whose headers already authenticate."""
    return request
