"""OAuth 2.0: codes and tokens of the account, POST /token, and a stand-in for the page that asks a person.

Source: contract/behaviour-core.md section 2. Decided where the contract is open: a wrong client is 401 with
code 1014; a code or refresh token that is unknown, used or expired is 400 with code 1000; the page answers at
once, without asking; a refresh gives a new pair, its refresh token replaces the old one, and the old access
token lives until its own end.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..http.errors import ApiError
from ..http.exchange import Request, Response, json_response

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-client-secret"
TOKEN = "sandbox-token"  # nosec B105  # public: it opens a sandbox
"""An access token that is always good."""

BEARER = "Bearer"
PAGE, TOKEN_PATH = "/oauth2_authorize.html", "/token"
CODE_SECONDS = 600
DAY_LONG = 86400
LIFETIMES = {"authorization_code": 3600, "client_credentials": DAY_LONG, "refresh_token": DAY_LONG}
"""Grant -> seconds an access token lives, as in the examples of the contract."""


class Grants:
    """What was granted: codes and access tokens with their ends, and the refresh tokens that still work.

    ``now`` gives seconds since the epoch. ``token_seconds`` replaces the lifetimes of access tokens.
    """

    def __init__(self, now: Callable[[], float], token_seconds: float | None) -> None:
        self.now, self.token_seconds = now, token_seconds
        self.return_address = ""
        self.codes: dict[str, float] = {}
        self.access_tokens: dict[str, float] = {}
        self.refresh_tokens: set[str] = set()
        self.lock = threading.Lock()

    def forget(self) -> None:
        """Nothing is granted any more; the registered address stays."""
        with self.lock:
            self.codes.clear()
            self.access_tokens.clear()
            self.refresh_tokens.clear()

    def new_code(self) -> str:
        """A code, as the page gives it to somebody who agrees."""
        code = secrets.token_hex(20)
        self.codes[code] = self.now() + CODE_SECONDS
        return code

    def page_answer(self, request: Request) -> Response:
        """GET /oauth2_authorize.html: sends the browser back to the registered address with a code."""
        asked = request.query
        if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code":
            return json_response(400, {"error": "Unknown client_id, or a response_type that is not code."})
        if not self.return_address:
            return json_response(400, {"error": "No return address is registered: set return_address."})
        query = urlencode({"code": self.new_code(), "state": asked.get("state", "")})
        return Response(302, headers={"Location": f"{self.return_address}?{query}"})

    def token_answer(self, request: Request) -> dict[str, Any]:
        """POST /token. Raises ApiError."""
        check_token_request(request)
        form = dict(parse_qsl(request.raw.decode(errors="replace")))
        with self.lock:
            return self._granted(form.get("grant_type", ""), form)

    def _granted(self, grant: str, form: dict[str, str]) -> dict[str, Any]:
        if grant not in LIFETIMES:
            raise ApiError(1000, "The grant type is missing or unknown", context={"fieldName": "grant_type"})
        if grant == "authorization_code" and self.codes.pop(form.get("code", ""), 0) <= self.now():
            raise ApiError(1000, "The authorization code is invalid or has expired")
        if grant == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                raise ApiError(1000, "The refresh token is invalid or has expired")
            self.refresh_tokens.remove(form["refresh_token"])
        return self._new_tokens(grant)

    def _new_tokens(self, grant: str) -> dict[str, Any]:
        seconds = LIFETIMES[grant] if self.token_seconds is None else self.token_seconds
        token = secrets.token_hex(20)
        self.access_tokens[token] = self.now() + seconds
        answer = {"access_token": token, "expires_in": seconds, "token_type": BEARER, "scope": None}
        if grant == "client_credentials":
            return answer
        refresh_token = secrets.token_hex(20)
        self.refresh_tokens.add(refresh_token)
        return answer | {"refresh_token": refresh_token}

    def check_bearer(self, token: str) -> None:
        """Raises 401 unless this access token is good."""
        if token == TOKEN:
            return
        ends = self.access_tokens.get(token)
        if ends is None:
            raise ApiError(1014, context={"authenticationType": "oauth"})
        if ends <= self.now():
            raise ApiError(1014, "The access token provided is expired", context={"sentToken": token})


def check_token_request(request: Request) -> None:
    """401 unless the client is right, 400 unless the body is a form."""
    right = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {right}":
        raise ApiError(1014, context={"authenticationType": "basic"})
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        problem = "must be application/x-www-form-urlencoded"
        raise ApiError(1021, context={"header": "Content-Type", "problem": problem})
