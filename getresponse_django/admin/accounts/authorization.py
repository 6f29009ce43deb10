"""OAuth in the admin: the way to GetResponse's page and back, and how an account is connected.

A person is sent away with a state that is signed, bound to the session and used once. Whoever comes back
brings a code, which is only stored here: a task exchanges it, so no request waits for GetResponse.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ... import oauth, tasks
from ...doctor import uses_oauth
from ...errors import ConfigurationError
from ...models import Account, Authorization
from ..shared.broker import hand_over
from ..shared.typed import ModelAdmin

SALT = "getresponse_django.oauth"
STATE_LIFE = timedelta(hours=1)
"""How long somebody may take on GetResponse's page; a login may be part of it."""


class Connection(NamedTuple):
    """How an account is connected, for its page."""

    since: datetime | None
    good_until: datetime | None


def connection(account: Account) -> Connection | None:
    """None for an account that does not use OAuth."""
    if not uses_oauth(account.alias):
        return None
    row = Authorization.objects.filter(account=account).first() or Authorization()
    return Connection(row.connected_at, row.expires_at)


def depart(request: HttpRequest, account: Account) -> str:
    """The address to send a person to; the session remembers that they went. Raises ConfigurationError."""
    nonce = secrets.token_urlsafe(16)
    state = signing.dumps({"account": account.pk, "user": str(request.user.pk), "nonce": nonce}, salt=SALT)
    url = oauth.authorization_url(account.alias, state)
    request.session[session_key(account.pk)] = nonce
    return url


def session_key(pk: int) -> str:
    """Where the session keeps the nonce of an account."""
    return f"getresponse_oauth_{pk}"


def returned(request: HttpRequest) -> int | None:
    """The key of the account whose state came back; None unless it was made for this session and person. It
    works once.
    """
    try:
        state = signing.loads(request.GET.get("state", ""), salt=SALT, max_age=STATE_LIFE)
    except signing.BadSignature:
        return None
    nonce = request.session.pop(session_key(state["account"]), "")
    same = nonce and constant_time_compare(nonce, state["nonce"])
    return int(state["account"]) if same and state["user"] == str(request.user.pk) else None


@sensitive_variables()
def take_code(request: HttpRequest) -> str:
    """The code of a request, which is made to forget it: an error report shows the whole request."""
    code, query = request.GET.get("code", ""), request.META.get("QUERY_STRING")
    # Some servers add the whole address to META under a name of their own.
    for name, value in list(request.META.items()):
        if query and isinstance(value, str) and query in value:
            request.META[name] = "***"
    request.GET = QueryDict()
    return code


@sensitive_variables("code")
def arrive(admin: ModelAdmin, request: HttpRequest, account: Account, said: str, code: str) -> None:
    """Store the code and nudge a worker; tell the person what comes next."""
    if not code:
        text = _("GetResponse did not connect the account: %(said)s")
        admin.message_user(request, text % {"said": said[:100] or _("it sent no code")}, messages.ERROR)
        return
    try:
        oauth.receive_code(account.alias, code)
    except ConfigurationError as error:
        admin.message_user(request, str(error), messages.ERROR)
        return
    if hand_over(tasks.exchange_code, pk=account.pk):
        text = _("GetResponse agreed. A worker connects the account now; load this page again in a moment.")
        admin.message_user(request, text, messages.SUCCESS)
    else:
        text = _("GetResponse agreed, but the broker did not answer. Beat tries again for 10 minutes.")
        admin.message_user(request, text, messages.WARNING)
