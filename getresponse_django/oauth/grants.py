"""Asking for tokens: one process at a time per account, and never inside a transaction.

The lease is a column of the row, claimed by one conditional UPDATE and committed before the request leaves.
So neither a lock nor a transaction is open while GetResponse answers, and whoever else reads or writes does
not wait. What comes back is written only if the secret it was asked with is still in the row.
"""

from __future__ import annotations

from django.db import router, transaction
from django.utils import timezone

from .. import events
from ..conf import AccountConfig, app_settings
from ..errors import AccountRefused, GetResponseError, OutcomeUnknown, Unavailable
from ..models import Authorization
from ..models.authorizations import Grant
from .encryption import cipher, seal
from .token_request import PATH, request_tokens

LOST = "The answer to an earlier attempt was lost, and the new tokens with it."
AGAIN = "Connect the account again: “Connect to GetResponse” on its page in the admin."


def ask(row: Authorization, config: AccountConfig, grant: Grant, **secret: str) -> bool:
    """Ask for tokens and store them; False if another process is asking just now.

    ``secret`` is the code or the refresh token in the clear, for the grants that have one. Raises
    AccountRefused, which is written down in the row as well, RateLimited, Unavailable or ConfigurationError;
    RuntimeError inside a transaction, because a rollback would lose the tokens.
    """
    if transaction.get_connection(router.db_for_write(Authorization)).in_atomic_block:
        raise RuntimeError("Tokens must not be asked for inside a transaction: a rollback would lose them.")
    cipher()  # raises before anything is granted that could not be kept
    began = timezone.now()
    cut_off = row.was_cut_off(began)
    if not row.claim(app_settings.LEASE_SECONDS):
        return False
    try:
        tokens = request_tokens(config, {"grant_type": grant.value, **secret})
    except AccountRefused as error:
        refused(row, grant, error, cut_off=cut_off)
    except GetResponseError as error:
        lost = isinstance(error, OutcomeUnknown)
        row.end_lease(cut_off=cut_off or lost)
        raise (Unavailable(str(error)) if lost else error) from None
    else:
        # Whatever comes back replaces the one before; a renewal that brings none goes on with the same.
        refresh_token = tokens.refresh_token or secret.get("refresh_token", "")
        sealed = {"access_token": seal(tokens.access_token), "refresh_token": seal(refresh_token)}
        row.keep(grant, began, tokens.seconds, **sealed)
        events.TOKEN_GRANTED.log(account=config.alias, grant=grant.value)
    return True


def refused(row: Authorization, grant: Grant, error: AccountRefused, *, cut_off: bool) -> None:
    """Write down the refusal and raise it, unless somebody stored something newer meanwhile."""
    message = f"{sentence(error.message)} {LOST if cut_off else ''} {AGAIN}".replace("  ", " ")
    told = AccountRefused(message, method="POST", path=PATH, status=error.status, code=error.code)
    if row.refuse(grant, str(told)):
        raise told from None


def sentence(text: str) -> str:
    """With a full stop, which the API's messages lack."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
