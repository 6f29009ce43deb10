"""Failures on order: what ``Sandbox.fail`` arms, and what an armed fault makes of an answer."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import CODES, ApiError
from .exchange import Fate, Request, Response, json_response

KINDS = ("status", "html", "timeout", "reset", "truncated", "garbage", "shape", "slow", "trickle")
MADE_OF_HONEST = ("truncated", "shape")
"""Answers that begin as the true one. To read has no effect, so a GET is worked on even "before" the work."""

CODE_OF_STATUS = {400: 1000, 401: 1014, 403: 1016, 404: 1013, 409: 1008, 429: 1015, 503: 1019}
HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
SAMPLE = json.dumps([{"contactId": "pV3r", "name": "Anna Kowalska", "email": "anna@example.com"}]).encode()


@dataclass(slots=True)
class Fault:
    """A failure that waits for the requests it matches. ``count`` None means until the next reset.

    ``status`` is 503 when left out, 502 for ``html``. ``chance`` is the share of the matching requests that
    fail, thrown with dice of the ``seed``. ``seconds`` is how long a timeout, a slow or a trickling answer
    takes.
    """

    status: int | None = None
    method: str | None = None
    path: str | None = None
    count: int | None = 1
    when: str = "before"
    kind: str = "status"
    headers: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    seconds: float = 30.0
    chance: float = 1.0
    seed: int = 1
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of fault {self.kind!r}; use one of: {', '.join(KINDS)}.")
        if self.when not in ("before", "after"):
            raise ValueError(f"A fault comes before or after the work, not {self.when!r}.")
        if self.code is not None and self.code not in CODES:
            raise ValueError(f"Unknown error code {self.code}.")
        if self.status is None:
            self.status = 502 if self.kind == "html" else 503
        self._check_numbers()
        self._check_texts()
        self.dice = random.Random(self.seed)  # nosec B311  # the same seed, the same failures

    def _check_numbers(self) -> None:
        if not isinstance(self.status, int) or not 200 <= self.status <= 599:
            raise ValueError(f"A fault needs a status from 200 to 599, not {self.status!r}.")
        if self.count is not None and not isinstance(self.count, int):
            raise ValueError(f"A fault counts in whole numbers, not {self.count!r}.")
        if not isinstance(self.seconds, int | float) or self.seconds < 0:
            raise ValueError(f"A fault takes a number of seconds, not {self.seconds!r}.")
        if not isinstance(self.chance, int | float) or not 0 <= self.chance <= 1:
            raise ValueError(f"The chance of a fault is from 0 to 1, not {self.chance!r}.")

    def _check_texts(self) -> None:
        if not all(
            isinstance(text, str) and text.isascii() for pair in self.headers.items() for text in pair
        ):
            raise ValueError("The headers of a fault are ASCII texts.")
        try:
            re.compile(self.path or "")
        except re.error as error:
            raise ValueError(f"The path of a fault is no regular expression: {error}.") from None

    def strikes(self, request: Request) -> bool:
        """Whether this request shall fail; throws the dice."""
        if self.count == 0 or self.method not in (None, request.method):
            return False
        if self.path is not None and not re.search(self.path, request.path):
            return False
        return self.chance == 1 or self.dice.random() < self.chance

    def answer(self, request: Request, work: Callable[[], Response], stopped: threading.Event) -> Response:
        """The failed answer; ``work`` does what was asked and returns the true one. May take ``seconds``."""
        if self.kind in ("slow", "trickle"):
            return self._late(work, stopped)
        reads = request.method == "GET" and self.kind in MADE_OF_HONEST
        honest = work() if self.when == "after" or reads else None
        match self.kind:
            case "html":
                return self._page()
            case "timeout":
                stopped.wait(self.seconds)
                return Response(0, fate=Fate.DROP)
            case "reset":
                return Response(0, fate=Fate.RESET)
            case "truncated":
                whole = honest if honest and honest.content else Response(200, SAMPLE)
                return replace(whole, fate=Fate.CUT)
            case "garbage":
                return Response(200, SAMPLE[:-5] + b",,}")
            case "shape":
                return misshapen(honest or Response(200, SAMPLE))
            case _:
                return self._refusal()

    def _late(self, work: Callable[[], Response], stopped: threading.Event) -> Response:
        if self.kind == "trickle":
            return replace(work(), seconds=self.seconds)
        if self.when == "before":
            stopped.wait(self.seconds)
            return work()
        honest = work()
        stopped.wait(self.seconds)
        return honest

    def _page(self) -> Response:
        status = self.status or 502
        title = f"{status} {'Bad Gateway' if status == 502 else 'Error'}"
        return Response(status, HTML.format(title).encode(), {"Content-Type": "text/html", **self.headers})

    def _refusal(self) -> Response:
        status = self.status or 503
        error = ApiError(self.code or CODE_OF_STATUS.get(status, 1), status=status, headers=self.headers)
        return json_response(error.status, error.envelope(), error.headers)


def misshapen(honest: Response) -> Response:
    """The same in the other shape: a list becomes an object, anything else a list with it."""
    try:
        body = json.loads(honest.content) if honest.content else {}
    except ValueError:  # a picture
        body = {}
    wrong: Any = {"items": body} if isinstance(body, list) else [body]
    return replace(honest, content=json.dumps(wrong).encode())


ANY_FAILURE: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 500, "when": "after"},
    {"status": 503},
    {"status": 429, "headers": {"Retry-After": "1", "X-RateLimit-Reset": "1 seconds"}},
    {"kind": "html"},
    {"kind": "html", "when": "after"},
    {"kind": "timeout"},
    {"kind": "timeout", "when": "after"},
    {"kind": "reset"},
    {"kind": "reset", "when": "after"},
    {"kind": "truncated", "when": "after"},
    {"kind": "garbage", "when": "after"},
    {"kind": "shape", "when": "after"},
    {"kind": "slow"},
    {"kind": "trickle"},
)
"""What chaos is made of. Not in it: 401 and 403, which rightly stop the account until a person mends it, and
what an honest server never does, such as to say 429 or 503 of work that it has done.
"""


def chaos(
    share: float = 0.1, seed: int = 1, kinds: Iterable[str] = KINDS, seconds: float = 1.0
) -> list[Fault]:
    """Faults that let a share of all requests fail, each way of these kinds as often. Raises ValueError."""
    wanted = set(kinds)
    if unknown := wanted - set(KINDS):
        raise ValueError(f"Unknown kinds of faults {sorted(unknown)}; there are: {', '.join(KINDS)}.")
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"The share of the requests that fail is from 0 to 1, not {share!r}.")
    ways = [way for way in ANY_FAILURE if way.get("kind", "status") in wanted]
    each = share / max(1, len(ways))
    # A fault is asked only about the requests that those before it let through.
    return [
        Fault(**way, count=None, seconds=seconds, seed=seed + n, chance=min(1.0, each / (1 - n * each)))
        for n, way in enumerate(ways)
    ]


class Faults:
    """The armed faults, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self.lock = threading.Lock()

    def arm(self, *faults: Fault) -> None:
        """Make the next matching requests fail."""
        with self.lock:
            self.armed.extend(faults)

    def clear(self) -> None:
        """Forget all faults."""
        with self.lock:
            self.armed.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault for this request, which uses up one of its count."""
        if not self.armed:
            return None
        with self.lock:
            fault = next((fault for fault in self.armed if fault.strikes(request)), None)
            if fault and fault.count is not None:
                fault.count -= 1
                if fault.count == 0:
                    self.armed.remove(fault)
            return fault
