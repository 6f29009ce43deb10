"""The GETRESPONSE setting: names, defaults and accounts. Read live, so override_settings works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import environ
from django.conf import settings

from .errors import ConfigurationError

PLATFORMS = {
    "retail": "https://api.getresponse.com/v3",
    "max-us": "https://api3.getresponse360.com/v3",
    "max-pl": "https://api3.getresponse360.pl/v3",
}
"""Platform name -> base URL (contract/behaviour-core.md section 1)."""

DEFAULTS: dict[str, Any] = {
    "ACCOUNTS": {},
    "TIMEOUT": (5, 30),  # seconds to connect, seconds to wait for the answer
    "CONFLICT": "local",  # who wins when a field changed on both sides: "local" or "remote"
    "MAX_ATTEMPTS": 20,
    "SETTLE_SECONDS": 900,  # how long an accepted create may take to appear
    "LEASE_SECONDS": 120,  # how long a claimed change belongs to one worker
    "BACKOFF": (60, 300, 900, 3600),  # seconds before the next attempt; the last one repeats
    "STATISTICS_DAYS": 30,  # how many days every pull of statistics reads again
    "SAFE_REMOVAL_PERCENT": 30,
    "RETENTION_DAYS": 90,
    "ENABLED": True,
}

DOMAIN = re.compile(r"^(?!www\.)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$", re.IGNORECASE)
"""A bare domain: no scheme, no ``www.`` (contract/behaviour-core.md section 1)."""


class AppSettings:
    """``app_settings.NAME`` is the site's value or the default, looked up at every use."""

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            raise AttributeError(f"GETRESPONSE has no setting {name!r}")
        return getattr(settings, "GETRESPONSE", {}).get(name, DEFAULTS[name])


app_settings = AppSettings()


@dataclass(frozen=True)
class AccountConfig:
    """How one account is reached. Secrets are left out of ``repr``."""

    alias: str
    api_key: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    platform: str = "retail"
    domain: str = ""
    base_url: str = ""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The base URL, ``BASE_URL`` before the platform's, without a trailing slash."""
        return (self.base_url or PLATFORMS[self.platform]).rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request (contract/behaviour-core.md section 2)."""
        if self.access_token:
            auth = {"Authorization": f"Bearer {self.access_token}"}
        else:
            auth = {"X-Auth-Token": f"api-key {self.api_key}"}
        return auth | ({"X-Domain": self.domain} if self.domain else {})


def account_config(alias: str) -> AccountConfig:
    """One account of ``GETRESPONSE["ACCOUNTS"]``. Raises ConfigurationError with what to write where."""
    accounts = app_settings.ACCOUNTS
    if alias not in accounts:
        known = ", ".join(sorted(accounts)) or "none"
        raise ConfigurationError(
            f'There is no account "{alias}" in GETRESPONSE["ACCOUNTS"] (there: {known}). '
            "Add it to your settings."
        )
    config = parse_account(alias, accounts[alias])
    problems = [f"{problem} {hint}" for problem, hint in account_problems(config)]
    if problems:
        raise ConfigurationError(f'GETRESPONSE["ACCOUNTS"]["{alias}"]: {" ".join(problems)}')
    return config


def aliases() -> list[str]:
    """The names of all configured accounts, in the order of the settings."""
    return list(app_settings.ACCOUNTS)


def parse_account(alias: str, raw: Mapping[str, Any]) -> AccountConfig:
    """One entry of ACCOUNTS as an AccountConfig; nothing is validated here."""
    secrets = raw.get("WEBHOOK_SECRET") or ()
    return AccountConfig(
        alias=alias,
        api_key=raw.get("API_KEY") or "",
        access_token=raw.get("ACCESS_TOKEN") or "",
        platform=raw.get("PLATFORM") or "retail",
        domain=raw.get("DOMAIN") or "",
        base_url=raw.get("BASE_URL") or "",
        webhook_secrets=(secrets,) if isinstance(secrets, str) else tuple(secrets),
    )


def account_problems(config: AccountConfig) -> list[tuple[str, str]]:
    """What is wrong with one account, as (problem, hint) pairs. No I/O."""
    problems = []
    if not (config.api_key or config.access_token):
        problems.append(
            ("No API_KEY.", "Set GETRESPONSE_API_KEY; make a key in GetResponse under Integrations and API.")
        )
    if config.api_key.startswith("api-key "):
        problems.append(
            ("API_KEY begins with 'api-key '.", "Give the key alone; the prefix is added for you.")
        )
    if config.platform not in PLATFORMS:
        problems.append((f"Unknown PLATFORM {config.platform!r}.", f"Use one of: {', '.join(PLATFORMS)}."))
    if config.platform.startswith("max-") and not config.domain:
        problems.append(
            ("A MAX account needs DOMAIN.", "Set GETRESPONSE_DOMAIN to the bare domain of the account.")
        )
    if config.domain and not DOMAIN.match(config.domain):
        problems.append(
            (f"DOMAIN {config.domain!r} is not a bare domain.", "Write example.com: no https://, no www.")
        )
    if config.base_url and not config.base_url.startswith(("http://", "https://")):
        problems.append(
            (
                "BASE_URL is not an HTTP address.",
                "Write the whole address, such as https://api.getresponse.com/v3.",
            )
        )
    return problems


def from_env(env: Any = None) -> dict[str, dict[str, Any]]:
    """``GETRESPONSE["ACCOUNTS"]`` with one account, "default", from GETRESPONSE_* variables.

    ``env`` is a django-environ ``Env``, a fresh one when left out.
    """
    env = env or environ.Env()
    return {
        "default": {
            "API_KEY": env.str("GETRESPONSE_API_KEY", default=""),
            "ACCESS_TOKEN": env.str("GETRESPONSE_ACCESS_TOKEN", default=""),
            "PLATFORM": env.str("GETRESPONSE_PLATFORM", default="retail"),
            "DOMAIN": env.str("GETRESPONSE_DOMAIN", default=""),
            "BASE_URL": env.str("GETRESPONSE_BASE_URL", default=""),
            "WEBHOOK_SECRET": env.list("GETRESPONSE_WEBHOOK_SECRET", default=[]),
        }
    }
