"""python -m benchmarks.webhooks: a burst of webhooks on a slow database, and what is answered and kept.

gunicorn serves the example site with 2 workers of 8 threads; a trigger of PostgreSQL slows each insert into
the inbox. A request's time begins when it was due to leave, so that a sender that falls behind counts as
waiting. Of every 100 requests 80 are events, 5 arrays of three, 5 repetitions, and 10 are none: a wrong
secret, broken JSON, too large.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.sites import site
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from example_project.demo.processes import Processes

SECRET, PATH = "the-secret-of-the-benchmark", "/getresponse/webhooks/default/{}/"
SENDERS = 64
PERMITTED = 5.0
"""Seconds GetResponse waits for an answer (contract/behaviour-newsletters.md section 8)."""

SLOW_INSERTS = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
CREATE TRIGGER dawdle BEFORE INSERT ON getresponse_django_webhookevent
FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
"""


class Shot(NamedTuple):
    """One request, and the status that is right for it."""

    webhook_id: str
    body: bytes
    secret: str = SECRET
    status: int = 200
    events: int = 1


@dataclass
class Burst:
    """What came of the requests so far."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    kept: set[tuple[str, int]] = field(default_factory=set)

    def note(self, shot: Shot, seconds: float, status: int, body: bytes) -> None:
        """One answer."""
        self.seconds.append(seconds)
        self.statuses[status] += 1
        if status != shot.status or (status == 200 and json.loads(body) != {"status": "OK"}):
            self.wrong.append(f"{status} instead of {shot.status}")
        elif status == 200:
            self.kept.update((shot.webhook_id, index) for index in range(shot.events))


def shot(number: int) -> Shot:
    """The request of this number."""
    webhook_id, one = f"w{number}", event(number)
    match number % 100:
        case kind if kind < 80:
            return Shot(webhook_id, one)
        case kind if kind < 85:
            return Shot(webhook_id, b"[" + b",".join([one] * 3) + b"]", events=3)
        case kind if kind < 90:
            return Shot(f"w{number - 50}", event(number - 50))
        case kind if kind < 95:
            return Shot(webhook_id, one, secret="a-wrong-one", status=404)
        case kind if kind < 98:
            return Shot(webhook_id, b"{", status=400)
    return Shot(webhook_id, b'"' + b"x" * 2**20 + b'"', status=413)


def event(number: int) -> bytes:
    """An event of the guide's shape."""
    contact = {"contactId": f"c{number}", "email": f"p{number}@example.com", "campaign": {"campaignId": "V"}}
    moment = {"occurredAt": "2026-11-24T10:00:00+00:00"}
    body = {"type": "contact_added", "contact": contact, "account": {"accountId": "A"}, "event": moment}
    return json.dumps(body).encode()


def fire(port: int, rate: float, seconds: float) -> Burst:
    """Send at this rate, each request at its moment, from so many threads that none has to wait."""
    burst, lock, began = Burst(), threading.Lock(), time.monotonic() + 0.5
    numbers = iter(range(int(rate * seconds)))

    def send() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due, wanted = began + number / rate, shot(number)
            time.sleep(max(0.0, due - time.monotonic()))
            status, body = post(port, wanted)
            with lock:
                burst.note(wanted, time.monotonic() - due, status, body)

    threads = [threading.Thread(target=send) for _number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return burst


def post(port: int, wanted: Shot) -> tuple[int, bytes]:
    """Status and body of the answer; status 0 when there is none. A connection for each, as from outside."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "X-Webhook-ID": wanted.webhook_id}
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # of a large body not all may be taken
            connection.request("POST", PATH.format(wanted.secret), wanted.body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def serve(processes: Processes, port: int) -> None:
    """Start gunicorn, and wait until it listens."""
    arguments = ["--workers", "2", "--threads", "8", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    processes.start("gunicorn", "-m", "gunicorn", *arguments, "example_project.wsgi")

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    processes.wait_for("gunicorn", listens, "gunicorn", 30)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def slow_down(seconds: float) -> None:
    """Let the database take its time for each insert."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SLOW_INSERTS.format(seconds=seconds))


def measure(options: argparse.Namespace) -> dict[str, object]:
    """One burst against an empty database."""
    os.environ["GETRESPONSE_WEBHOOK_SECRET"] = SECRET
    with Sandbox() as sandbox, site("postgresql", "getresponse_webhooks", sandbox) as processes:
        slow_down(options.insert)
        port = free_port()
        serve(processes, port)
        burst = fire(port, options.rate, options.seconds)
        return figures(burst)


def figures(burst: Burst) -> dict[str, object]:
    """What was measured, and what the inbox has of what was answered with "OK"."""
    from getresponse_django.models import WebhookEvent

    there = Counter(WebhookEvent.objects.values_list("webhook_id", "index"))
    times = sorted(burst.seconds)
    return {
        "requests": len(times),
        "statuses": dict(sorted(burst.statuses.items())),
        "answered otherwise than right": len(burst.wrong),
        "of these": dict(Counter(burst.wrong)),
        "median, ms": round(1000 * times[len(times) // 2], 1),
        "99 %, ms": round(1000 * times[len(times) * 99 // 100], 1),
        "slowest, ms": round(1000 * times[-1], 1),
        "later than 5 s": sum(one > PERMITTED for one in times),
        "events answered OK": len(burst.kept),
        "lost": len(burst.kept - there.keys()),
        "kept twice": sum(count > 1 for count in there.values()),
        "kept and not authentic": len(there.keys() - burst.kept),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 1 when an answer was late or wrong, or something authentic was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webhooks", description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--insert", type=float, default=0.02, help="seconds each insert takes")
    found = measure(parser.parse_args(argv))
    print(json.dumps(found, indent=2))
    bad = ("answered otherwise than right", "later than 5 s", "lost", "kept twice", "kept and not authentic")
    return int(any(found[name] for name in bad))


if __name__ == "__main__":
    sys.exit(main())
