"""Connecting an account: the page that asks a person, the code that comes back, and the first tokens."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import AccountConfig, account_config
from ..errors import ConfigurationError, Unavailable
from ..models import Account, Authorization
from ..models.authorizations import Grant
from .bearer import access_token
from .encryption import seal, unseal
from .grants import AGAIN, ask

RETAIL_PAGE = "https://app.getresponse.com"
PAGE = "/oauth2_authorize.html"

EXPIRED = f"The code expired before a worker exchanged it; it lives for 10 minutes. {AGAIN}"


def oauth_config(alias: str) -> AccountConfig:
    """An account that uses OAuth. Raises ConfigurationError."""
    config = account_config(alias)
    if not config.uses_oauth:
        problem = f'GETRESPONSE["ACCOUNTS"]["{alias}"] has a key or token, which goes before OAuth.'
        raise ConfigurationError(f"{problem} Give CLIENT_ID and CLIENT_SECRET only.")
    return config


def authorization_url(alias: str, state: str) -> str:
    """The page where a person lets this site in. Raises ConfigurationError.

    It is GetResponse's own, of MAX on the panel's domain; the host of BASE_URL where that is set, for a
    sandbox. The address to come back to is the one registered with the client (contract/behaviour-core.md
    section 2).
    """
    config = oauth_config(alias)
    if config.base_url:
        host = urlsplit(config.base_url)._replace(path="", query="", fragment="").geturl()
    else:
        host = f"https://{config.domain}" if config.is_max else RETAIL_PAGE
    query = {"response_type": "code", "client_id": config.client_id, "state": state}
    return f"{host}{PAGE}?{urlencode(query)}"


@sensitive_variables("code")
def receive_code(alias: str, code: str) -> Authorization:
    """Keep a code, encrypted, until ``exchange`` takes it; asks GetResponse nothing. Raises
    ConfigurationError.
    """
    values = {"code": seal(code), "code_received_at": timezone.now(), "refused_at": None, "reason": ""}
    account = Account.objects.for_alias(oauth_config(alias).alias)
    return Authorization.objects.update_or_create(account=account, defaults=values)[0]


def exchange(row: Authorization) -> bool:
    """Exchange the code that waits; False if it expired, which the row tells, or another process is at it.

    Raises GetResponseError. Unless that is AccountRefused the code still waits, for another attempt.
    """
    ends = row.code_expires_at
    if ends is None:
        return False
    if ends <= timezone.now():
        row.drop_code(EXPIRED)
        return False
    return ask(row, oauth_config(row.account.alias), Grant.CODE, code=unseal(row.code))


def exchange_code(alias: str, code: str) -> bool:
    """Keep and exchange a code at once, for code that is no web request. As ``exchange``."""
    return exchange(receive_code(alias, code))


def authorize(alias: str) -> None:
    """Connect to the account that the client was made in, without a person. Raises GetResponseError."""
    config = oauth_config(alias)
    row, _made = Authorization.objects.get_or_create(account=Account.objects.for_alias(alias))
    if not ask(row, config, Grant.CLIENT):
        raise Unavailable("Another process is asking for tokens of this account. Try again in a moment.")


def refresh(alias: str) -> None:
    """Replace the tokens now, whatever their age; or wait for a process that does. Raises
    GetResponseError.
    """
    config = oauth_config(alias)
    access_token(config, rejected=access_token(config)[0])
