"""The two addresses that GetResponse calls. They store and answer; nothing here asks GetResponse or waits.

GetResponse takes only a 200 to 204 **with** the body ``{"status": "OK"}`` for an answer, within 5 seconds
(4 for callbacks), and never repeats after a 4xx (behaviour-newsletters.md sections 7 and 8). So a 4xx is for
what will never be authentic or readable, and a 500 for what may go better next time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from .. import events
from .bodies import LARGEST_BODY, Unreadable, parsed
from .receiving import is_authentic, keep_callback, keep_webhook

HIDDEN = "***"

Receive = Callable[[HttpRequest, str], HttpResponse]


def receiver(method: str) -> Callable[[Receive], Callable[..., HttpResponse]]:
    """The decorated ``receive(request, alias)`` becomes a view that only answers who knows the secret.

    Free of what the site demands of people (a login, a CSRF token), and outside of ATOMIC_REQUESTS: what is
    stored is committed before it is answered. Raises nothing, for a report of an exception would show the
    secret.
    """

    def decorate(receive: Receive) -> Callable[..., HttpResponse]:
        @sensitive_variables()  # outside of all that passes the arguments on
        @csrf_exempt
        @login_not_required
        @transaction.non_atomic_requests
        @wraps(receive)
        def view(request: HttpRequest, account: str, secret: str) -> HttpResponse:
            try:
                hide(request, secret)
                if not is_authentic(account, secret):
                    return HttpResponse("Not found", status=404, content_type="text/plain")
                if request.method != method:
                    return HttpResponse(status=405, headers={"Allow": method})
                return receive(request, account)
            except Exception as error:
                # Only its kind: the text of a database's complaint may hold an address.
                kind, request.GET = type(error).__name__, QueryDict()
                events.WEBHOOK_NOT_STORED.log(account=account, error_type=kind)
                return HttpResponse(status=500)

        return view

    return decorate


@sensitive_variables()
def hide(request: HttpRequest, secret: str) -> None:
    """Take the secret and the query out of all by which requests are logged and reported.

    Django logs ``request.path`` of every 4xx and 5xx, gunicorn what the environment says and uvicorn what
    the scope says. The arguments of the view are hidden as well, because error reports show them.
    """
    request.path = without(secret, request.path)
    request.path_info = without(secret, request.path_info)
    logged = {"PATH_INFO": request.path_info, "RAW_URI": request.path, "REQUEST_URI": request.path}
    request.META.update({name: value for name, value in logged.items() if name in request.META})
    if isinstance(request, ASGIRequest):
        hidden = {"path": request.path, "raw_path": request.path.encode(), "query_string": b""}
        cast(dict[str, Any], request.scope).update(hidden)
    if match := request.resolver_match:
        for arguments in (match.kwargs, getattr(match, "captured_kwargs", {})):
            arguments["secret"] = HIDDEN
    try:
        _ = request.GET  # parsed while there is something to parse
    finally:
        request.META["QUERY_STRING"] = ""


@sensitive_variables()
def without(secret: str, path: str) -> str:
    """The path with something harmless in the place of the secret."""
    before, found, after = path.rpartition(secret)
    return f"{before}{HIDDEN}{after}" if found else HIDDEN


def accepted() -> HttpResponse:
    """The one answer that GetResponse takes for an answer."""
    return JsonResponse({"status": "OK"})


def refused(account: str, status: int, why: str) -> HttpResponse:
    """A request that nobody could store, with a word about it in the log."""
    events.WEBHOOK_REFUSED.log(account=account, http_status=status, reason=why)
    return HttpResponse(why, status=status, content_type="text/plain")


def announced(request: HttpRequest) -> int:
    """How many bytes the body has according to its header; 0 where that makes no sense."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


@receiver("POST")
def webhooks(request: HttpRequest, account: str) -> HttpResponse:
    """What the panel's webhooks send: one event, or an array of them."""
    # Of what says to be too large nothing is read, and of no body more than that.
    raw = request.read(LARGEST_BODY + 1) if announced(request) <= LARGEST_BODY else None
    if raw is None or len(raw) > LARGEST_BODY:
        return refused(account, 413, "The body is too large.")
    try:
        sent = parsed(raw)
    except Unreadable as error:
        return refused(account, 400, f"The body is {error}.")
    keep_webhook(account, raw, sent, request.headers)
    events.WEBHOOK_RECEIVED.log(account=account, source="webhook", events=len(sent))
    return accepted()


@receiver("GET")
def callbacks(request: HttpRequest, account: str) -> HttpResponse:
    """What the callbacks of the account send: one event, in the query."""
    query = request.GET.dict()
    if not query.get("action"):
        return refused(account, 400, "There is no action.")
    keep_callback(account, {name: str(value) for name, value in query.items()})
    events.WEBHOOK_RECEIVED.log(account=account, source="callback", events=1)
    return accepted()
