"""What usually makes GetResponse refuse an account, and what to do: by its settings and the answer. Pure."""

from __future__ import annotations

from .conf import PLATFORMS, AccountConfig
from .errors import AccountRefused

DOMAIN_NOT_FOUND = 1024
"""contract/behaviour-core.md section 6."""


def refusal_hint(config: AccountConfig, error: AccountRefused) -> str:
    """What to check. Names the settings, shows no secret."""
    if config.is_max:
        return max_hint(config, error)
    if config.domain:
        return (
            "GETRESPONSE_DOMAIN is set, which is for MAX accounts only, but GETRESPONSE_PLATFORM is retail: "
            "set it to max-us or max-pl, or leave the domain out."
        )
    return (
        f"{credentials_hint(config)} A GetResponse MAX account needs GETRESPONSE_PLATFORM=max-us or max-pl."
    )


def max_hint(config: AccountConfig, error: AccountRefused) -> str:
    """For MAX, whose hosts each know only the accounts of their own."""
    others = " or ".join(name for name in PLATFORMS if name.startswith("max-") and name != config.platform)
    other_host = f"the account is on the other host: set GETRESPONSE_PLATFORM={others}"
    retail = "a retail account has GETRESPONSE_PLATFORM=retail and no domain"
    if error.code == DOMAIN_NOT_FOUND:
        return (
            f"{config.url} does not know GETRESPONSE_DOMAIN={config.domain}. It has to be the domain of the "
            f"panel where people log in. If it is, {other_host}; {retail}."
        )
    if error.code is None:  # it answered with nothing, or sent us elsewhere
        return f"{config.url} is not the host of this account. Perhaps {other_host}; {retail}."
    return (
        f"{credentials_hint(config)} It has to be of the panel of GETRESPONSE_DOMAIN={config.domain}. "
        f"If it is, {other_host}; {retail}."
    )


def credentials_hint(config: AccountConfig) -> str:
    """About the key, the token or the OAuth client, whichever is used."""
    if config.uses_oauth:
        return (
            "Check GETRESPONSE_CLIENT_ID and GETRESPONSE_CLIENT_SECRET, then use “Connect to GetResponse” on "
            "the account's page in the admin. The client has to be made in an account of the same kind: "
            "retail, MAX US or MAX PL."
        )
    if config.access_token:
        return (
            "Check GETRESPONSE_ACCESS_TOKEN: a token lives for hours; CLIENT_ID and CLIENT_SECRET renew it."
        )
    return (
        "Check GETRESPONSE_API_KEY: keys expire after 90 days without use; make a new one in GetResponse "
        "under Integrations and API."
    )
