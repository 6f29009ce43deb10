"""HTTP/1.1 over sockets: reads requests, keeps connections alive, sends each answer in one piece.

The standard library's http.server parses headers with the email package, at several times the cost of this.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from http import HTTPStatus

from .errors import ApiError
from .exchange import Fate, Request, Response, json_response, parse_target

LONGEST_LINE = 65536
MOST_HEADERS = 200
LARGEST_BODY = 64 * 1024 * 1024
PIECES = 10
"""Of an answer that trickles."""

REASONS = {status.value: status.phrase for status in HTTPStatus}
Answer = Callable[[Request], Response]


class BadRequest(Exception):
    """What arrived is not HTTP."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens on 127.0.0.1, one thread per connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        self.connections: set[socket.socket] = set()
        self.guard = threading.Lock()
        super().__init__(("127.0.0.1", port), Connection)

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self.server_address[1])

    def close_connections(self) -> None:
        """End the connections that clients keep open."""
        with self.guard:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Connection(socketserver.StreamRequestHandler):
    """One connection of a client, which may send many requests."""

    server: Server
    disable_nagle_algorithm = True
    rbufsize = 65536

    def handle(self) -> None:
        """Answer requests until one side closes. A client that goes away is no error."""
        with self.server.guard:
            self.server.connections.add(self.request)
        try:
            while self._serve_one():
                pass
        except OSError:
            pass
        finally:
            with self.server.guard:
                self.server.connections.discard(self.request)

    def _serve_one(self) -> bool:
        try:
            request = self._read_request()
        except BadRequest as problem:
            error = ApiError(1021, context={"problem": str(problem)})
            self._send(json_response(error.status, error.envelope()), keep=False)
            return False
        if request is None:
            return False
        keep = self._wants_more(request)
        response = self.server.answer(request)
        self._send(response, keep=keep, head=request.method == "HEAD")
        return keep and response.fate is Fate.SEND

    def _wants_more(self, request: Request) -> bool:
        return request.headers.get("connection", "").lower() != "close" and not self.old

    def _read_request(self) -> Request | None:
        line = self._line()
        while line in (b"\r\n", b"\n"):
            line = self._line()
        if not line:
            return None
        words = line.decode("latin-1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise BadRequest("The request line is not HTTP/1.1")
        self.old = words[2] == "HTTP/1.0"
        headers = self._read_headers()
        path, query = parse_target(words[1])
        return Request(words[0], path, query, headers, self._read_body(headers))

    def _line(self) -> bytes:
        line = self.rfile.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise BadRequest("A line is too long")
        return line

    def _read_headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADERS):
            line = self._line()
            if line in (b"\r\n", b"\n"):
                return headers
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise BadRequest("A header has no colon")
            headers[name.strip().lower()] = value.strip()
        raise BadRequest("There are too many headers")

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > LARGEST_BODY:
            raise BadRequest("Content-Length is not usable")
        return self._exactly(int(length))

    def _read_chunks(self) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while size := self._chunk_size():
            total += size
            if total > LARGEST_BODY:
                raise BadRequest("The body is too large")
            chunks.append(self._exactly(size))
            self._line()
        while self._line() not in (b"\r\n", b"\n", b""):
            pass
        return b"".join(chunks)

    def _chunk_size(self) -> int:
        try:
            size = int(self._line().split(b";")[0], 16)
        except ValueError:
            raise BadRequest("A chunk has no size") from None
        if not 0 <= size <= LARGEST_BODY:
            raise BadRequest("A chunk is too large")
        return size

    def _exactly(self, size: int) -> bytes:
        content = self.rfile.read(size) if size else b""
        if len(content) < size:
            raise ConnectionResetError
        return content

    def _send(self, response: Response, *, keep: bool, head: bool = False) -> None:
        if response.fate is Fate.RESET:
            # Closing with a linger time of zero sends RST instead of FIN.
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if response.fate in (Fate.RESET, Fate.DROP):
            return
        content = response.content
        lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Unknown')}"]
        if content:
            response.headers.setdefault("Content-Type", "application/json")
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if response.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(content)}")
        lines.append("Connection: keep-alive\r\n\r\n" if keep else "Connection: close\r\n\r\n")
        sent = content[: len(content) // 2] if response.fate is Fate.CUT else content
        start = "\r\n".join(lines).encode("latin-1")
        if head or not response.seconds:
            self.request.sendall(start + (b"" if head else sent))
        else:
            self._trickle(start, sent, response.seconds)

    def _trickle(self, start: bytes, content: bytes, seconds: float) -> None:
        self.request.sendall(start)
        size = len(content) // PIECES + 1
        for at in range(0, len(content), size):
            time.sleep(seconds / PIECES)
            self.request.sendall(content[at : at + size])
