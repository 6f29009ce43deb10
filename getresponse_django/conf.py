"""The GETRESPONSE setting: names, defaults and accounts. Read live, so override_settings works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

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
    "TOKEN_KEYS": (),  # Fernet keys for the tokens of OAuth: the first encrypts, all decrypt
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

SECRETS = ("API_KEY", "ACCESS_TOKEN", "CLIENT_ID", "CLIENT_SECRET")

NO_KEY_HINT = (
    "Set GETRESPONSE_API_KEY; make a key in GetResponse under Integrations and API. Or connect by OAuth: set "
    "GETRESPONSE_CLIENT_ID and GETRESPONSE_CLIENT_SECRET."
)

DOMAIN = re.compile(r"(?!www\.)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
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
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    platform: str = "retail"
    domain: str = ""
    base_url: str = ""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The base URL, ``BASE_URL`` before the platform's, without a trailing slash."""
        return (self.base_url or PLATFORMS[self.platform]).rstrip("/")

    @property
    def is_max(self) -> bool:
        """Whether it is an account of GetResponse MAX."""
        return self.platform.startswith("max-")

    @property
    def uses_oauth(self) -> bool:
        """Whether its access tokens come from the OAuth client and live in the database."""
        return bool(self.client_id) and not (self.api_key or self.access_token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request (contract/behaviour-core.md section 2)."""
        if self.access_token:
            return self.bearer(self.access_token)
        return {"X-Auth-Token": f"api-key {self.api_key}"} | self.domain_header

    @property
    def domain_header(self) -> dict[str, str]:
        """Only MAX wants it (contract/behaviour-core.md section 1)."""
        return {"X-Domain": self.domain} if self.is_max else {}

    def bearer(self, token: str) -> dict[str, str]:
        """The headers that authenticate a request with this access token."""
        return {"Authorization": f"Bearer {token}"} | self.domain_header


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
        client_id=raw.get("CLIENT_ID") or "",
        client_secret=raw.get("CLIENT_SECRET") or "",
        platform=raw.get("PLATFORM") or "retail",
        domain=raw.get("DOMAIN") or "",
        base_url=raw.get("BASE_URL") or "",
        webhook_secrets=(secrets,) if isinstance(secrets, str) else tuple(secrets),
    )


def account_problems(config: AccountConfig) -> list[tuple[str, str]]:
    """What is wrong with one account, as (problem, hint) pairs. No I/O."""
    return [*credential_problems(config), *address_problems(config)]


def credential_problems(config: AccountConfig) -> list[tuple[str, str]]:
    """What is wrong with the key, the token or the OAuth client; their values are never shown."""
    problems = []
    if not (config.api_key or config.access_token or config.client_id or config.client_secret):
        problems.append(("No API_KEY.", NO_KEY_HINT))
    if config.api_key.lower().startswith("api-key "):
        problems.append(
            ("API_KEY begins with 'api-key '.", "Give the key alone; the prefix is added for you.")
        )
    elif spaced := [name for name in SECRETS if has_space(getattr(config, name.lower()))]:
        hint = "Copy it again: no blanks, no line break at its end, no 'Bearer ' before it."
        problems.append((f"There is a space or line break in {' and '.join(spaced)}.", hint))
    if bool(config.client_id) != bool(config.client_secret):
        hint = "Set GETRESPONSE_CLIENT_ID and GETRESPONSE_CLIENT_SECRET, both as GetResponse shows them."
        problems.append(("CLIENT_ID and CLIENT_SECRET belong together; one is missing.", hint))
    return problems


def has_space(value: str) -> bool:
    """Whether there is white space anywhere, the ends included."""
    return any(map(str.isspace, value))


def address_problems(config: AccountConfig) -> list[tuple[str, str]]:
    """What is wrong with the platform, the domain or the base URL."""
    problems = []
    if config.platform not in PLATFORMS:
        problems.append((f"Unknown PLATFORM {config.platform!r}.", f"Use one of: {', '.join(PLATFORMS)}."))
    if config.is_max and not config.domain:
        problems.append(
            ("A MAX account needs DOMAIN.", "Set GETRESPONSE_DOMAIN to the bare domain of the account.")
        )
    if config.domain and not DOMAIN.fullmatch(config.domain):
        problems.append(
            (f"DOMAIN {config.domain!r} is not a bare domain.", "Write example.com: no https://, no www.")
        )
    if config.base_url and not is_http_address(config.base_url):
        problems.append(
            (
                "BASE_URL is not an HTTP address.",
                "Write the whole address, such as https://api.getresponse.com/v3.",
            )
        )
    return problems


def is_http_address(url: str) -> bool:
    """Whether requests can be sent there."""
    try:
        address = urlsplit(url)
    except ValueError:  # a broken IPv6 address
        return False
    return address.scheme in ("http", "https") and bool(address.hostname)


def from_env(env: Any = None) -> dict[str, dict[str, Any]]:
    """``GETRESPONSE["ACCOUNTS"]`` with one account, "default", from GETRESPONSE_* variables.

    ``env`` is a django-environ ``Env``, a fresh one when left out.
    """
    env = env or environ.Env()
    secrets = [secret.strip() for secret in env.list("GETRESPONSE_WEBHOOK_SECRET", default=[])]
    return {
        "default": {
            "API_KEY": env.str("GETRESPONSE_API_KEY", default=""),
            "ACCESS_TOKEN": env.str("GETRESPONSE_ACCESS_TOKEN", default=""),
            "CLIENT_ID": env.str("GETRESPONSE_CLIENT_ID", default=""),
            "CLIENT_SECRET": env.str("GETRESPONSE_CLIENT_SECRET", default=""),
            "PLATFORM": env.str("GETRESPONSE_PLATFORM", default="retail"),
            "DOMAIN": env.str("GETRESPONSE_DOMAIN", default=""),
            "BASE_URL": env.str("GETRESPONSE_BASE_URL", default=""),
            "WEBHOOK_SECRET": [secret for secret in secrets if secret],
        }
    }
