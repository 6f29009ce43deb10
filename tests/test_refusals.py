"""What is advised for a refusal depends on the kind of account and on the answer, and shows no secret."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.conf import AccountConfig
from getresponse_django.errors import AccountRefused
from getresponse_django.refusals import refusal_hint

MAX_US = {"platform": "max-us", "domain": "mail.example.com"}
MAX_PL = {"platform": "max-pl", "domain": "mail.example.com"}
KEY = {"api_key": "s3cret"}
CLIENT = {"client_id": "c", "client_secret": "s3cret"}


@pytest.mark.parametrize(
    ("account", "code", "says", "says_not"),
    [
        (KEY, 1014, "GETRESPONSE_API_KEY: keys expire after 90 days", "GETRESPONSE_DOMAIN"),
        (KEY, 1014, "needs GETRESPONSE_PLATFORM=max-us or max-pl", "CLIENT_ID"),
        (KEY | {"domain": "example.com"}, 1014, "GETRESPONSE_PLATFORM is retail", "API_KEY"),
        ({"access_token": "s3cret"}, 1014, "GETRESPONSE_ACCESS_TOKEN", "API_KEY"),
        (CLIENT, 1000, "GETRESPONSE_CLIENT_SECRET", "API_KEY"),
        (KEY | MAX_US, 1024, "https://api3.getresponse360.com/v3 does not know", "API_KEY"),
        (KEY | MAX_US, 1024, "set GETRESPONSE_PLATFORM=max-pl;", "=max-us"),
        (KEY | MAX_PL, 1024, "set GETRESPONSE_PLATFORM=max-us;", "=max-pl"),
        (KEY | MAX_PL, None, "https://api3.getresponse360.pl/v3 is not the host", "API_KEY"),
        (KEY | MAX_PL, 1014, "of the panel of GETRESPONSE_DOMAIN=mail.example.com", "CLIENT_ID"),
        (CLIENT | MAX_PL, 1014, "GETRESPONSE_CLIENT_ID", "API_KEY"),
    ],
)
def test_the_hint_names_what_to_check(
    account: dict[str, Any], code: int | None, says: str, says_not: str
) -> None:
    hint = refusal_hint(AccountConfig("default", **account), AccountRefused("No.", code=code))
    assert says in hint
    assert says_not not in hint
    assert "s3cret" not in hint
