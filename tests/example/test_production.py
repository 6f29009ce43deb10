"""The settings of the example site in production: from the environment, and safe unless told otherwise."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from typing import Any

import pytest

from example_project.demo.world import CHECKOUT

PRODUCTION = {
    "SECRET_KEY": "a key of fifty characters, as long as Django wants it",
    "ALLOWED_HOSTS": "www.example.com",
    "GETRESPONSE_API_KEY": "k",
}
FOR_THE_WHOLE_DOMAIN = {
    "HSTS_SECONDS": "31536000",
    "HSTS_INCLUDE_SUBDOMAINS": "1",
    "HSTS_PRELOAD": "1",
}
"""What the site of a domain alone may say; each is a warning of the check until it is said."""

OF_THE_SITE = re.compile(
    "(GETRESPONSE|HSTS|COV)_.*|DEBUG|SECRET_KEY|ALLOWED_HOSTS|HTTPS|BEHIND_HTTPS_PROXY|DJANGO_SETTINGS_MODULE"
    "|DATABASE_URL|CELERY_BROKER_URL|CACHE_URL|EMAIL_URL"
)


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``manage.py`` in an environment that says this of the site and nothing else."""
    own = {name: value for name, value in os.environ.items() if not OF_THE_SITE.fullmatch(name)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=own | environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(autouse=True)
def no_file_of_the_developer() -> None:
    if (CHECKOUT / ".env").exists():
        pytest.skip("the .env of this checkout would decide")


def warnings(**environment: str) -> set[str]:
    """The ids of what ``check --deploy`` says."""
    said = manage("check", "--deploy", "--fail-level", "WARNING", **environment)
    found = set(re.findall(r"\((\w+\.[EW]\d+)\)", said.stderr))
    assert bool(found) == bool(said.returncode), said.stderr
    return found


def test_check_deploy_has_nothing_to_say() -> None:
    assert warnings(**PRODUCTION, **FOR_THE_WHOLE_DOMAIN) == set()


def test_unless_the_site_speaks_for_its_domain_only_that_is_missing() -> None:
    assert warnings(**PRODUCTION) == {"security.W005", "security.W021"}


def test_with_nothing_said_nothing_is_served_and_nothing_signed() -> None:
    assert warnings(GETRESPONSE_API_KEY="k") == {
        "security.W005",  # subdomains
        "security.W009",  # no SECRET_KEY
        "security.W020",  # no ALLOWED_HOSTS
        "security.W021",  # preload
    }
    refused = manage("shell", "-v0", "-c", "from django.core.signing import dumps; dumps(1)")
    assert refused.returncode and "The SECRET_KEY setting must not be empty" in refused.stderr


@pytest.mark.parametrize(
    ("environment", "https", "hsts", "proxy"),
    [
        ({}, True, 3600, None),
        ({"HTTPS": "0"}, False, 0, None),
        ({"DEBUG": "1"}, False, 0, None),
        ({"DEBUG": "1", "HTTPS": "1"}, True, 3600, None),
        ({"BEHIND_HTTPS_PROXY": "1"}, True, 3600, ("HTTP_X_FORWARDED_PROTO", "https")),
    ],
)
def test_https_is_on_unless_debugging(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    https: bool,
    hsts: int,
    proxy: tuple[str, str] | None,
) -> None:
    for name in filter(OF_THE_SITE.fullmatch, list(os.environ)):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found: dict[str, Any] = runpy.run_path(str(CHECKOUT / "example_project" / "settings.py"))
    for setting in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert found[setting] is https
    assert found["SECURE_HSTS_SECONDS"] == hsts
    assert found.get("SECURE_PROXY_SSL_HEADER") == proxy
