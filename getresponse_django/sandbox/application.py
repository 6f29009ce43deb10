"""From a request to its answer: faults, authentication, limits, headers, route, body, page. Always an
envelope on failure.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from .account.oauth import PAGE, TOKEN_PATH, Grants
from .audience.import_work import import_due
from .audience.memberships import land_due
from .backdoor import backdoor_answer
from .http.errors import ApiError, not_found
from .http.exchange import LoggedRequest, Request, Response, json_response
from .http.faults import Faults
from .http.limits import Limits
from .http.timezones import in_zone
from .http.validation import validate
from .messages.sending import send_due
from .operations.listing import check_query, one_page, page_of, projected
from .operations.routing import Route
from .routes import ROUTER
from .state.store import Store

KEY = "sandbox"
LOGGED = 50_000
Observer = Callable[[Request, Response | None], None]
logger = logging.getLogger(__name__)


class Application:
    """The account behind its HTTP interface. ``lock`` guards ``store``; ``latency`` is in seconds.

    ``observers`` of the class are told of every request as it arrives, and again with the answer unless a
    fault changed it: a test suite can hold all of them against the specification.

    ``domain`` makes it a MAX account. A retail one takes no notice of X-Domain (decided: the contract only
    says not to send it).
    """

    observers: ClassVar[list[Observer]] = []

    def __init__(self, store: Store, limits: Limits, grants: Grants, domain: str = "") -> None:
        self.store = store
        self.limits = limits
        self.grants = grants
        self.domain = domain
        self.key = KEY
        self.faults = Faults()
        self.latency = 0.0
        self.lock = threading.RLock()
        self.stopped = threading.Event()
        self.log: deque[LoggedRequest] = deque(maxlen=LOGGED)
        self.reset: Callable[[], None] = lambda: None

    def answer(self, request: Request) -> Response:
        """The answer to any request whatever; never raises."""
        try:
            return self._dispatch(request)
        except Exception:
            logger.exception("The sandbox failed on %s %s", request.method, request.path)
            return self._refuse(ApiError(1))

    def _dispatch(self, request: Request) -> Response:
        if request.path.startswith("/_sandbox/"):
            return backdoor_answer(self, request)
        if (request.method, request.path) == ("GET", PAGE):
            return self.grants.page_answer(request)
        if not request.path.startswith("/v3/"):
            return self._refuse(not_found(path=request.path))
        request.path = request.path[3:]
        logged = LoggedRequest(
            request.method, request.path, request.query, lenient_json(request.raw), 0, time.time()
        )
        self.log.append(logged)
        self._tell(request, None)
        response = self._faulty(request)
        logged.status = response.status
        return response

    def _faulty(self, request: Request) -> Response:
        fault = self.faults.take(request)
        if fault is None:
            response = self._honest(request)
            self._tell(request, response)
            return response
        response = fault.answer(request, lambda: self._honest(request), self.stopped)
        response.headers = self.limits.headers() | response.headers
        return response

    def _tell(self, request: Request, response: Response | None) -> None:
        for observe in self.observers:
            observe(request, response)

    def _honest(self, request: Request) -> Response:
        try:
            self._authenticate(request)
            self.limits.enter()
        except ApiError as error:
            return self._refuse(error)
        try:
            if self.latency:
                self.stopped.wait(self.latency)
            return self._work(request)
        except ApiError as error:
            return self._refuse(error)
        except Exception:
            logger.exception("The sandbox failed on %s %s", request.method, request.path)
            return self._refuse(ApiError(1))
        finally:
            self.limits.leave()

    def _authenticate(self, request: Request) -> None:
        """404 for a MAX account under another domain, 401 unless the key or the token is right.

        Source: contract/behaviour-core.md sections 1, 2 and 6. Decided: the domain is looked at first.
        """
        if self.domain and request.headers.get("x-domain", "").lower() != self.domain.lower():
            raise ApiError(1024)
        if request.path == TOKEN_PATH or request.headers.get("x-auth-token") == f"api-key {self.key}":
            return
        authorization = request.headers.get("authorization")
        if authorization is None:
            raise ApiError(1014, context={"authenticationType": "auth_token"})
        self.grants.check_bearer(authorization.removeprefix("Bearer "))

    def _refuse(self, error: ApiError) -> Response:
        return json_response(error.status, error.envelope(), self.limits.headers() | error.headers)

    def _work(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", TOKEN_PATH):
            return json_response(200, self.grants.token_answer(request), self.limits.headers())
        route = ROUTER.find(request)
        check_headers(request, route)
        check_query(route, request)
        if route.body is not None:
            request.body = strict_json(request.raw)
            validate(request.body, route.body)
        with self.lock:
            if route.quota:
                self.limits.check(route.quota)
            land_due(self.store)
            import_due(self.store)
            send_due(self.store)
            body, headers = self._handle(route, request)
            if route.quota:
                self.limits.spend(route.quota)
        if isinstance(body, Response):
            return Response(body.status, body.content, self.limits.headers() | body.headers)
        if zone := request.headers.get("x-time-zone"):
            body = in_zone(body, zone)
        return json_response(route.status, body, self.limits.headers() | headers)

    def _handle(self, route: Route, request: Request) -> tuple[Any, dict[str, str]]:
        if route.each is None:
            body = route.handler(self.store, request)
            headers = one_page(body) if route.one_page else {}
        else:
            body, headers = page_of(self.store, route, request)
        return projected(body, request, route.key), headers


def check_headers(request: Request, route: Route) -> None:
    """400, code 1021: a body where none belongs, or one that is not declared as JSON (behaviour-core.md
    section 3).
    """
    if request.method in ("GET", "DELETE") and request.raw:
        raise ApiError(
            1021, context={"header": "Content-Length", "problem": f"{request.method} takes no body"}
        )
    if request.method == "POST" and (route.body is not None or request.raw):
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(1021, context={"header": "Content-Type", "problem": "must be application/json"})


def strict_json(raw: bytes) -> Any:
    """The JSON of a body; 400 when it does not parse."""
    try:
        return json.loads(raw.decode(), parse_constant=reject_constant)
    except (ValueError, RecursionError):
        problem = {"validationType": "body", "errorDescription": "The body must be valid JSON in UTF-8"}
        raise ApiError(1000, context=[problem]) from None


def lenient_json(raw: bytes) -> Any:
    """The JSON of a body for the log; None when there is none or it does not parse."""
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None


def reject_constant(name: str) -> None:
    """NaN and Infinity are not JSON."""
    raise ValueError(name)
