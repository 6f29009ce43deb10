"""Where GetResponse has to call this site, and whose address it calls already. Pure but for the URLconf."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from django.urls import reverse

from ..conf import account_config
from ..errors import ConfigurationError

LOCAL = ("localhost", "127.0.0.1", "::1")

Kind = Literal["webhooks", "callbacks"]


def path_of(kind: Kind, alias: str) -> str:
    """The path of this account, with its first secret. Raises ConfigurationError without one, NoReverseMatch
    where the site does not include the URLs.
    """
    secrets = account_config(alias).webhook_secrets
    if not secrets:
        raise ConfigurationError(f'GETRESPONSE["ACCOUNTS"]["{alias}"] has no WEBHOOK_SECRET.')
    return reverse(f"getresponse_django:{kind}", args=[alias, secrets[0]])


def site_problem(site: str) -> str:
    """What is wrong with the address of the site; empty when nothing is."""
    address = urlsplit(site)
    if address.scheme not in ("http", "https") or not address.hostname:
        return "Give the address of the site, such as https://www.example.com."
    if address.scheme == "http" and address.hostname not in LOCAL:
        return "Give an https:// address: the secret is a part of the URL."
    if address.path.strip("/") or address.query or address.fragment:
        return "Give scheme and host only; the path comes from the site's URLconf."
    return ""


def is_ours(url: str, alias: str) -> bool:
    """Whether a callback URL ends as one of this site and account does, with whichever secret."""
    path = urlsplit(url).path.rstrip("/")
    ours = path_of("callbacks", alias).rstrip("/")
    return path.rpartition("/")[0] == ours.rpartition("/")[0]


def shown(url: str) -> str:
    """A URL without what may be secret in it."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}/..."
