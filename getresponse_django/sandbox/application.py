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
from typing import Any

from .backdoor import backdoor_answer
from .errors import ApiError, not_found
from .exchange import LoggedRequest, Request, Response, json_response
from .faults import Faults
from .limits import Limits
from .listing import check_query, page_of, projected
from .memberships import land_due
from .routes import ROUTER
from .routing import Route
from .sending import send_due
from .store import Store
from .timezones import in_zone
from .validation import validate

KEY = "sandbox"
TOKEN = "sandbox-token"
LOGGED = 50_000
logger = logging.getLogger(__name__)


class Application:
    """The account behind its HTTP interface. ``lock`` guards ``store``; ``latency`` is in seconds."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self.store = store
        self.limits = limits
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
        if not request.path.startswith("/v3/"):
            return self._refuse(not_found(path=request.path))
        request.path = request.path[3:]
        logged = LoggedRequest(
            request.method, request.path, request.query, lenient_json(request.raw), 0, time.time()
        )
        self.log.append(logged)
        response = self._faulty(request)
        logged.status = response.status
        return response

    def _faulty(self, request: Request) -> Response:
        fault = self.faults.take(request)
        if fault is None:
            return self._honest(request)
        response = fault.answer(request, lambda: self._honest(request), self.stopped)
        response.headers = self.limits.headers() | response.headers
        return response

    def _honest(self, request: Request) -> Response:
        try:
            authenticate(request)
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

    def _refuse(self, error: ApiError) -> Response:
        return json_response(error.status, error.envelope(), self.limits.headers() | error.headers)

    def _work(self, request: Request) -> Response:
        route = ROUTER.find(request)
        check_headers(request, route)
        check_query(route, request)
        if route.body is not None:
            request.body = strict_json(request.raw)
            validate(request.body, route.body)
        if route.quota:
            self.limits.spend(route.quota)
        with self.lock:
            land_due(self.store)
            send_due(self.store)
            body, headers = self._handle(route, request)
        if zone := request.headers.get("x-time-zone"):
            body = in_zone(body, zone)
        return json_response(route.status, body, self.limits.headers() | headers)

    def _handle(self, route: Route, request: Request) -> tuple[Any, dict[str, str]]:
        headers: dict[str, str] = {}
        if route.each is None:
            body = route.handler(self.store, request)
        else:
            body, headers = page_of(self.store, route, request)
        return projected(body, request, route.key), headers


def authenticate(request: Request) -> None:
    """401 unless the key or the token is right (contract/behaviour-core.md section 2)."""
    if request.headers.get("x-auth-token") == f"api-key {KEY}":
        return
    if request.headers.get("authorization") == f"Bearer {TOKEN}":
        return
    kind = "oauth" if "authorization" in request.headers else "auth_token"
    raise ApiError(1014, context={"authenticationType": kind})


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
