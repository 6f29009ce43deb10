"""Watches every sandbox and every wire of this process, and holds what went over them against the contract.

Requests are judged when our client sent them; what the tests of the sandbox send by hand may be nonsense. The
answers of the sandbox are judged whoever asked; those that an armed fault changed are not.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from getresponse_django.sandbox.application import Application
from getresponse_django.sandbox.http.exchange import Request, Response
from tests import wire

from .requests_sent import problems, problems_on_the_wire
from .specification import answer_problems

OURS = "getresponse-django/"


class Watch:
    """What was seen since the last verdict."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Mapping[str, str], Mapping[str, str], bytes]] = []
        self.answers: list[tuple[Request, Response]] = []

    def see(self, request: Request, response: Response | None) -> None:
        """What goes over a sandbox."""
        if response is not None:
            self.answers.append((request, response))
        elif request.headers.get("user-agent", "").startswith(OURS):
            self.requests.append((request.method, request.path, request.query, request.headers, request.raw))

    def see_on_the_wire(self, request: wire.Request) -> None:
        """What goes over a scripted server."""
        if request.headers.get("user-agent", "").startswith(OURS):
            path = request.path.removeprefix("/v3")
            self.requests.append((request.method, path, request.query, request.headers, request.body))

    def verdict(self, *, requests: bool) -> list[str]:
        """Everything that was against the contract, once; then forgets it."""
        (sent, self.requests), (given, self.answers) = (self.requests, []), (self.answers, [])
        wrong = [
            f"request {method} {path}: {problem}"
            for method, path, *rest in (sent if requests else [])
            for problem in problems_on_the_wire(method, path, *rest)
        ]
        wrong += [
            f"answer {response.status} to {request.method} {request.path}: {problem}"
            for request, response in given
            for problem in answer_problems(
                request.method,
                request.path,
                request.query,
                response.status,
                {"Content-Type": "application/json", **response.headers},  # which the server adds
                response.content,
            )
        ]
        return list(dict.fromkeys(wrong))


def problems_elsewhere(address: str) -> list[str]:
    """What was wrong with the requests so far to a sandbox in another process, asked by its control URL.

    It does not say who sent them, so this is for processes to which nothing but our client talks. Raises
    requests.ConnectionError when nobody answers there.
    """
    logged = requests.get(f"{address}/_sandbox/requests", params={"last": 50_000}, timeout=10).json()
    assert logged, "nothing was sent at all"
    return [
        f"{one['method']} {one['path']}: {problem}"
        for one in logged
        for problem in problems(one["method"], one["path"], one["query"], one["body"])
    ]


watch = Watch()
Application.observers.append(watch.see)
wire.Wire.observers.append(watch.see_on_the_wire)
