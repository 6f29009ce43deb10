"""A scripted HTTP server on the loopback: records what arrives, answers what the test says."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """One request as it arrived: on which port of the client, and when (``time.monotonic``)."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    port: int
    at: float

    @property
    def query(self) -> dict[str, str]:
        """The decoded query string."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


@dataclass
class Reply:
    """What to answer. ``cut``: "unanswered" or "reset" instead of an answer, or "midway" through it."""

    status: int = 200
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: str = ""

    @property
    def content(self) -> bytes:
        if self.body is not None:
            return self.body
        return b"" if self.json is None else json.dumps(self.json).encode()


class Wire:
    """Replies in the order of ``script``, then whatever ``route`` says (by default 200 and ``[]``).

    ``observers`` are told of every request to any of them.
    """

    observers: ClassVar[list[Callable[[Request], None]]] = []

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v3"
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._script: deque[Reply] = deque()
        self._route: Callable[[Request], Reply] = lambda _request: Reply(json=[])
        self._at_once = 0
        self._lock = threading.Lock()

    def script(self, *replies: Reply) -> None:
        """Answer these, in this order."""
        self._script.extend(replies)

    def route(self, answer: Callable[[Request], Reply]) -> None:
        """Answer what ``answer`` makes of the request."""
        self._route = answer

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order of arrival."""
        return [request.path for request in self.requests]

    @contextmanager
    def arrival(self, request: Request) -> Iterator[Reply]:
        """Record a request and its reply, and count how many are being answered."""
        for observe in self.observers:
            observe(request)
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            reply = self._script.popleft() if self._script else None
        try:
            yield reply or self._route(request)
        finally:
            with self._lock:
                self._at_once -= 1


class Handler(BaseHTTPRequestHandler):
    """Turns sockets into Request and Reply."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wire: Wire

    def do(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        port = self.client_address[1]
        arrived = Request(self.command, path, query, headers, body, port, time.monotonic())
        with self.wire.arrival(arrived) as reply:
            time.sleep(reply.delay)
        self.cut(reply) if reply.cut else self.answer(reply)

    do_GET = do_POST = do_DELETE = do

    def answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(reply.content))}
        for name, value in (headers | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.content)

    def cut(self, reply: Reply) -> None:
        if reply.cut == "midway":
            reply.headers["Content-Length"] = str(len(reply.content) + 10)
            self.answer(reply)
        elif reply.cut == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that gave up waiting is part of the script
            super().handle()

    def log_message(self, *_args: Any) -> None:
        """Tests print what they need themselves."""


class Server(ThreadingHTTPServer):
    """No waiting for connections that clients keep alive."""

    daemon_threads = True
    block_on_close = False


@contextmanager
def running_wire() -> Iterator[Wire]:
    """A Wire on a free port."""
    handler = type("BoundHandler", (Handler,), {})
    with Server(("127.0.0.1", 0), handler) as server:
        handler.wire = Wire(server.server_port)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield handler.wire
        server.shutdown()


def closed_port() -> int:
    """A port of the loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
