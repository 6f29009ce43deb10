"""The one place that sends requests to GetResponse: paths in, JSON out, every failure as one of errors.py.

Needs no Django. Each attempt is made by a worker thread that touches nothing but the network; the slots and
send times of the throttle (they live in the database) and all decisions belong to the thread that called.
"""

from __future__ import annotations

import json as jsonlib
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urlsplit

import requests

from . import __version__, events
from .answers import error_for, masked, safe_path, seconds_to_pause, value_of, whole_number
from .calls import Answer, Call, Outcome, Page, result_of
from .errors import AccountRefused, GetResponseError, RateLimited, Rejected, Unavailable
from .failures import failure_of, pause_before_repeat
from .limits import SLOTS
from .queries import MAX_PER_PAGE, query_string
from .session import new_session
from .throttle import RENEW_SECONDS, Slot, Throttle, Unlimited

__all__ = ["Call", "Client", "Page"]

Headers = Callable[[Mapping[str, str] | None], Mapping[str, str]]
"""Gives the headers that authenticate, anew for every attempt; other ones than those it is given, which were
refused. Called by the thread that called the client. Raises GetResponseError.
"""

USER_AGENT = f"getresponse-django/{__version__}"


class Flight:
    """One call under way: its repeats, when it may go again, and the attempt that is running."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.repeats: Counter[str] = Counter()
        self.due = 0.0
        self.headers: Mapping[str, str] = {}
        self.refused: Mapping[str, str] | None = None
        self.attempt: Future[Outcome] = Future()


class Client:
    """A client for one account, thread-safe. Closing it (or ``with``) gives its slots back early.

    ``base_url`` includes ``/v3``; ``headers`` authenticate, or a function gives them (see ``Headers``);
    ``timeout`` is (seconds to connect, seconds to wait for an answer). Without a ``throttle`` nothing is
    limited. ``alias`` is the account's name in the log. Every method raises a GetResponseError; RateLimited
    also when the account's limits are used up for longer than the throttle waits, before anything was sent.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str] | Headers,
        *,
        timeout: tuple[float, float] = (5, 30),
        throttle: Throttle | Unlimited | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], object] = time.sleep,
        alias: str = "",
    ) -> None:
        self.alias = alias
        self.base_url = base_url.rstrip("/")
        self._host = urlsplit(self.base_url).hostname or "the configured address"
        self._headers = headers
        self._timeout, self._sleep = timeout, sleep
        self._throttle = throttle or Unlimited()
        self._session = session or new_session()
        self._workers = ThreadPoolExecutor(SLOTS, thread_name_prefix="getresponse")
        self._write_until = math.inf

    @classmethod
    def for_account(cls, alias: str = "default", *, interactive: bool = False) -> Self:
        """The client of an account of the settings, limited together with all other processes of the site.

        ``interactive`` is for what a person waits for: it may use the reserve that bulk work leaves alone.
        Raises ConfigurationError.
        """
        from .conf import account_config, app_settings
        from .models import Account
        from .oauth import headers_of

        config = account_config(alias)
        throttle = Throttle(Account.objects.for_alias(alias).transact_limits, interactive=interactive)
        timeout = tuple(app_settings.TIMEOUT)
        return cls(config.url, headers_of(config), timeout=timeout, throttle=throttle, alias=alias)

    def __repr__(self) -> str:
        return f"<Client {self._host}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def prefer(self, *, interactive: bool) -> None:
        """From now on send as what a person waits for, or as bulk work."""
        self._throttle.interactive = interactive

    def write_until(self, moment: float) -> None:
        """From ``moment`` of ``time.monotonic()`` on nothing is written: a call that the limits held up for
        so long fails with RateLimited, before anything was sent. Reads go on. ``math.inf`` ends that.
        """
        self._write_until = moment

    def close(self) -> None:
        """Wait for what is under way, then give slots, threads and connections back."""
        self._workers.shutdown()
        self._throttle.close()
        self._session.close()

    def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        fields: Sequence[str] | None = None,
        **params: Any,
    ) -> Any:
        """The JSON of a GET, bytes of a picture, None when empty. ``sort`` and the like are ``params``."""
        return self._send(Call("GET", path, params={"query": query, "fields": fields, **params})).value

    def post(self, path: str, json: Any = None, **params: Any) -> Any:
        """The decoded JSON of a POST, None when the answer is empty (a create that was queued, 202)."""
        return self._send(Call("POST", path, json, params)).value

    def delete(self, path: str, **params: Any) -> Any:
        """A DELETE; the answer is nearly always empty, so None."""
        return self._send(Call("DELETE", path, params=params)).value

    def account(self) -> dict[str, Any]:
        """GET /accounts, which everybody may ask. Raises AccountRefused also for an answer that is none: a
        host of MAX may answer others with nothing.
        """
        answer = self.get("/accounts")
        if isinstance(answer, dict) and answer.get("accountId"):
            return answer
        said = f"{self._host} answered without an account: it is not the host of this account."
        raise AccountRefused(said, method="GET", path="/accounts")

    def count(self, path: str, query: Mapping[str, Any] | None = None, **params: Any) -> int:
        """How many items a list has, for the price of one item."""
        answer = self._send(Call("GET", path, params={"query": query, **params, "perPage": 1}))
        # Lists that are not paginated have no TotalCount and answer whole (behaviour-core.md section 4).
        return len(answer.value or []) if answer.total_count is None else answer.total_count

    def pages(
        self,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        sort: Mapping[str, str] | None = None,
        fields: Sequence[str] | None = None,
        per_page: int = MAX_PER_PAGE,
        method: str = "GET",
        json: Any = None,
        at_once: int = 4,
    ) -> Iterator[Page]:
        """Every page of a list, in order; at most ``at_once`` of them are under way or in memory.

        It ends by the headers TotalPages and TotalCount, else with the first short page. ``method="POST"``
        reads by POST (``/search-contacts/contacts``). Raises ValueError at once for a bad ``per_page``. While
        the caller is busy with a page for over 5 s, slots of requests that take as long expire.
        """
        params = {"query": query, "sort": sort, "fields": fields, "perPage": per_page}
        query_string(params)
        at_least_one(at_once)
        return self._pages(Call(method, path, json, params), per_page, at_once)

    def send_many(
        self, calls: Iterable[Call], *, at_once: int = SLOTS
    ) -> Iterator[tuple[Call, Any | GetResponseError]]:
        """Each call with its value or its error (not raised), as they complete. A paged list is a Page.

        ``calls`` is consumed as it goes. An error of one call stops none of the others. Raises ValueError
        when ``at_once`` is below 1.
        """
        at_least_one(at_once)
        source, again = iter(calls), deque[Flight]()
        under_way: dict[Future[Outcome], Flight] = {}
        while True:
            flight = next_flight(source, again) if len(under_way) < at_once else None
            if flight:
                under_way[self._launch(flight)] = flight
            elif not under_way:
                return
            # Never wait for an answer while there is something to send: only look what has landed.
            for attempt in self._landed(under_way, 0 if flight else RENEW_SECONDS):
                landed, outcome = under_way.pop(attempt), attempt.result()
                if self._goes_again(landed, outcome):
                    again.append(landed)
                else:
                    yield landed.call, result_of(landed.call, outcome)

    def _pages(self, call: Call, per_page: int, at_once: int) -> Iterator[Page]:
        ahead = deque[Flight]()
        page, asked, last = Page([], 0), 0, 1
        while page.number < last:
            # One less than at_once, because the caller still holds the page before.
            while asked < last and len(ahead) < max(1, at_once - 1):
                asked += 1
                params = {**(call.params or {}), "page": asked}
                ahead.append(self._start(Flight(replace(call, params=params))))
            answer = self._page(ahead.popleft(), page.number + 1)
            last, page = last_page(answer, page, per_page), answer
            if page:
                yield page

    def _page(self, flight: Flight, number: int) -> Page:
        answer = self._finish(flight)
        if not isinstance(answer.value, list | None):
            raise Unavailable("GetResponse answered with something that is not a list.", **about(flight.call))
        return answer.page(number)

    def _send(self, call: Call) -> Answer:
        return self._finish(self._start(Flight(call)))

    def _start(self, flight: Flight) -> Flight:
        """Reserve a slot here, in the calling thread, and hand the attempt to a worker."""
        call = flight.call
        url, body = self._url(call), body_of(call)
        self._sleep(max(0.0, flight.due - time.monotonic()))
        flight.headers = self._headers(flight.refused) if callable(self._headers) else self._headers
        slot = self._throttle.acquire(call.lane)
        if not call.is_read and time.monotonic() >= self._write_until:
            slot.release()
            raise RateLimited("The limits held this up for too long; nothing was sent.")
        flight.attempt = self._workers.submit(self._attempt, call, url, body, flight.headers, slot)
        return flight

    def _launch(self, flight: Flight) -> Future[Outcome]:
        """Start a flight; what hinders it becomes the outcome of its attempt."""
        try:
            return self._start(flight).attempt
        except (TypeError, ValueError) as error:
            hindrance: GetResponseError = Rejected(str(masked(str(error))), **about(flight.call))
        except GetResponseError as error:
            hindrance = error
        flight.attempt = Future()
        flight.attempt.set_result(hindrance)
        return flight.attempt

    def _finish(self, flight: Flight) -> Answer:
        """Wait for the answer, repeating what may be repeated. Raises the error that remains."""
        while True:
            while not self._landed([flight.attempt], RENEW_SECONDS):
                pass
            outcome = flight.attempt.result()
            if self._goes_again(flight, outcome):
                self._start(flight)
            elif isinstance(outcome, Answer):
                return outcome
            else:
                raise outcome

    def _landed(self, attempts: Iterable[Future[Outcome]], seconds: float) -> set[Future[Outcome]]:
        """The attempts that ended, after at most ``seconds``; keeps the slots of the others alive."""
        done = wait(attempts, timeout=seconds, return_when=FIRST_COMPLETED).done
        self._throttle.renew()
        return done

    def _goes_again(self, flight: Flight, outcome: Outcome) -> bool:
        """Whether the same is sent once more, from ``flight.due`` on. Tells the throttle of a 429, and of
        the last call of a window.
        """
        if seconds := seconds_of_pause(outcome):
            self._throttle.pause(seconds, flight.call.lane)
            if isinstance(outcome, RateLimited):
                events.REQUEST_LIMITED.log(
                    account=self.alias, wait_seconds=seconds, **events.facts_of(outcome)
                )
        if isinstance(outcome, Answer):
            return False
        renewable = callable(self._headers)
        pause = pause_before_repeat(outcome, flight.call.method, flight.repeats, renewable=renewable)
        flight.refused = flight.headers if isinstance(outcome, AccountRefused) else None
        flight.due = time.monotonic() + (pause or 0)
        return pause is not None

    def _attempt(
        self, call: Call, url: str, body: bytes | None, headers: Mapping[str, str], slot: Slot
    ) -> Outcome:
        """One request, in a worker thread: no database here, and nothing raised that could hold the key."""
        with slot:
            slot.wait()
            started = time.perf_counter()
            outcome = self._exchange(call, url, body, headers)
        events.REQUEST_ENDED.log(
            http_method=call.method,
            http_path=safe_path(call.path),
            http_status=outcome.status,
            milliseconds=events.since(started),
        )
        return outcome

    def _exchange(self, call: Call, url: str, body: bytes | None, headers: Mapping[str, str]) -> Outcome:
        sent = {"User-Agent": USER_AGENT, **headers}
        sent |= {} if body is None else {"Content-Type": "application/json"}
        try:
            response = self._session.request(
                call.method, url, data=body, headers=sent, timeout=self._timeout, allow_redirects=False
            )
        except (OSError, UnicodeError) as error:
            return failure_of(call.method, call.path, self._host, error)
        if not 200 <= response.status_code < 300:
            content = without_key(headers, response.content)
            return error_for(call.method, call.path, response.status_code, response.headers, content)
        return self._outcome(call, response)

    def _outcome(self, call: Call, response: requests.Response) -> Outcome:
        status, headers = response.status_code, response.headers
        value = value_of(call.method, call.path, status, headers.get("Content-Type", ""), response.content)
        if isinstance(value, GetResponseError):
            return value
        total_pages, total_count = (whole_number(headers.get(name)) for name in ("TotalPages", "TotalCount"))
        return Answer(value, status, total_pages, total_count, seconds_to_pause(headers))

    def _url(self, call: Call) -> str:
        if "?" in call.path or "#" in call.path:
            raise ValueError("Give filters as query={...} and the like, not in the path")
        query = query_string(call.params or {})
        return f"{self.base_url}/{call.path.lstrip('/')}" + (f"?{query}" if query else "")


def body_of(call: Call) -> bytes | None:
    """The JSON to send; None for no body, which a few POSTs have as well (behaviour-core.md section 3)."""
    if call.method != "POST" or call.json is None:
        return None
    return jsonlib.dumps(call.json, allow_nan=False).encode()


def without_key(headers: Mapping[str, str], body: bytes) -> bytes:
    """An error body that quotes the credentials must not carry them into a message."""
    for name in ("X-Auth-Token", "Authorization"):
        secret = headers.get(name, "").rpartition(" ")[2].encode()
        body = body.replace(secret, b"***") if secret else body
    return body


def last_page(page: Page, previous: Page, per_page: int) -> int:
    """The number of the last page as far as ``page`` tells (contract/behaviour-core.md section 4)."""
    if not page:
        return page.number
    if page.total_pages is not None:
        return page.total_pages
    if page.total_count is not None:
        return -(-page.total_count // per_page)  # whole numbers, however absurd a header is
    # Lists that are not paginated answer the same for every page, so a full page must also be a new one.
    return page.number + (len(page) == per_page and page != previous)


def next_flight(source: Iterator[Call], again: deque[Flight]) -> Flight | None:
    """What to send next: first what has to be repeated."""
    if again:
        return again.popleft()
    call = next(source, None)
    return Flight(call) if call else None


def seconds_of_pause(outcome: Outcome) -> float:
    """For how long GetResponse wants no more requests like this one; 0 when it did not say so."""
    if isinstance(outcome, Answer):
        return outcome.pause
    # Without a status the throttle itself refused, which knows already.
    return outcome.retry_after if isinstance(outcome, RateLimited) and outcome.status else 0.0


def about(call: Call) -> dict[str, Any]:
    """What an error says of the request."""
    return {"method": call.method, "path": safe_path(call.path)}


def at_least_one(at_once: int) -> None:
    """Raises ValueError: with no request at once, nothing would be sent, without a word."""
    if at_once < 1:
        raise ValueError(f"at_once must be 1 or more, not {at_once}")
