"""What the tests of the pull side share: an account, pulls of named parts, and what was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.db import connection
from django.test.utils import CaptureQueriesContext

from getresponse_django.models import Account, Change, PullRun
from getresponse_django.pull import Options, pull
from getresponse_django.sandbox import Sandbox

OWN_BOOKS = ("account", "pullrun", "contactreading", 'segment" SET "count')
"""What every pull writes: limits, cursors, progress, and when a segment was counted or a contact read."""


def the_account() -> Account:
    """The account of the sandbox, as it is now."""
    return Account.objects.for_alias("default")


def pulled(*parts: str, **options: Any) -> list[PullRun]:
    """Pull these parts from the sandbox."""
    return pull(the_account(), parts, Options(**options))


def waiting() -> set[tuple[str, int]]:
    """What the outbox points at."""
    return set(Change.objects.values_list("resource", "object_pk"))


def call(sandbox: Sandbox, method: str, path: str, json: Any = None) -> Any:
    """What someone else does in this GetResponse account."""
    headers = {"X-Auth-Token": f"api-key {sandbox.key}"}
    answer = requests.request(method, sandbox.url + path, json=json, headers=headers, timeout=5)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def asked(sandbox: Sandbox, since: int = 0) -> list[str]:
    """The requests from number ``since`` on, as "GET /contacts"."""
    return [f"{request.method} {request.path}" for request in sandbox.requests[since:]]


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fails when something but the books of the pull itself is written inside."""
    with CaptureQueriesContext(connection) as captured:
        yield
    writes = [
        q["sql"] for q in captured.captured_queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")
    ]
    books = tuple(f'"getresponse_django_{name}"' for name in OWN_BOOKS)
    assert [sql for sql in writes if not any(book in sql[:60] for book in books)] == []
