"""The nudge: a broker that is dead or never answers costs the site next to nothing, and changes share
messages.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from getresponse_django.nudging import GAP, LONGEST_WAIT, REST, Nudger
from tests.services import free_port


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent() -> list[tuple[int, float]]:
    return []


@pytest.fixture
def nudger(clock: Clock, sent: list[tuple[int, float]]) -> Nudger:
    return Nudger(lambda account_id, countdown: sent.append((account_id, countdown)), clock)


def test_the_first_change_is_pushed_at_once(nudger: Nudger, sent: Any) -> None:
    assert nudger.nudge(1)
    assert sent == [(1, 0.0)]


def test_what_follows_within_the_gap_is_pushed_together_at_its_end(
    nudger: Nudger, sent: Any, clock: Clock
) -> None:
    results = []
    for _change in range(50):
        results.append(nudger.nudge(1))
        clock.now += 0.005
    assert sent == [(1, 0.0), (1, GAP)]
    assert sum(results) == 2


def test_no_change_is_left_uncovered(nudger: Nudger, sent: Any, clock: Clock) -> None:
    arrivals = []
    for _change in range(400):
        before = len(sent)
        nudger.nudge(1)
        arrivals += [clock.now + countdown for _account, countdown in sent[before:]]
        assert arrivals[-1] >= clock.now
        clock.now += 0.037
    assert len(sent) <= 400 * 0.037 / GAP + 2


def test_accounts_are_nudged_apart(nudger: Nudger, sent: Any) -> None:
    nudger.nudge(1)
    nudger.nudge(2)
    assert sent == [(1, 0.0), (2, 0.0)]


def test_a_broker_that_failed_is_left_alone_for_a_while(clock: Clock) -> None:
    tries: list[float] = []

    def broken(account_id: int, countdown: float) -> None:
        tries.append(clock.now)
        raise ConnectionRefusedError

    nudger = Nudger(broken, clock)
    assert not nudger.nudge(1)
    for _change in range(100):
        clock.now += REST / 101
        assert not nudger.nudge(1)
    assert len(tries) == 1
    clock.now += REST
    nudger.nudge(1)
    assert len(tries) == 2


def test_a_broker_that_hangs_holds_nobody_up_for_long(clock: Clock) -> None:
    release = threading.Event()
    nudger = Nudger(lambda *_: release.wait(20), clock)
    started = time.monotonic()
    assert not nudger.nudge(1)
    for _change in range(100):
        assert not nudger.nudge(1)
    assert time.monotonic() - started < LONGEST_WAIT + 0.5
    release.set()


def test_threads_share_one_message(sent: Any) -> None:
    nudger = Nudger(lambda *message: sent.append(message))
    threads = [threading.Thread(target=nudger.nudge, args=(1,)) for _thread in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(sent) <= 2


# --- the real thing, in a process of its own -----------------------------------------------------

SITE = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from celery import Celery
app = Celery("site", broker={url!r})
import django
django.setup()
from getresponse_django.models.outbox import announce
times = []
for number in range(5):
    started = time.monotonic()
    announce(1)
    times.append(time.monotonic() - started)
print(max(times), sum(times))
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


def cost_of_five_changes(url: str) -> tuple[float, float]:
    """How long the slowest commit of five waits for the broker, and all together, in seconds."""
    done = subprocess.run(
        [sys.executable, "-c", SITE.format(url=url)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    longest, total = done.stdout.split()
    return float(longest), float(total)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_never_answers_costs_a_site_under_two_seconds_once(
    silent_port: int, scheme: str
) -> None:
    longest, total = cost_of_five_changes(f"{scheme}://127.0.0.1:{silent_port}//")
    assert 0.5 < longest < 2  # it did try
    assert total < longest + 0.2


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_dead_broker_costs_a_site_under_two_seconds_once(scheme: str) -> None:
    longest, total = cost_of_five_changes(f"{scheme}://127.0.0.1:{free_port()}//")
    assert longest < 2
    assert total < longest + 0.2
