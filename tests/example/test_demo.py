"""The demo, run as a user runs it: what must work, and what must fail with a clear word."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from example_project.demo.world import CHECKOUT, is_free
from tests.contract.watch import problems_elsewhere
from tests.services import free_port

PROOFS = [
    "on the list newsletter",
    "the ledger of consents has version 1 of 'Send me the news of the shop.",
    "/register/ answered 302",
    "name 'Anna Nowak', custom field city = 'Gdynia', tag 'site'",
    "name 'Anna Kowalska'",
    "has no contact anna.",
    "header for mail programs: List-Unsubscribe=One-Click",
    "the profile of the customer says: You do not get it.",
    "the webhook contact_removed_link came and was processed: left",
    "left, because of 'unsubscribe'",
    "statistics rows",
    "The main job is done",
]


class Demo:
    """``python -m example_project.demo`` on ports and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, (free_port(), free_port())

    def command(self, *arguments: str) -> list[str]:
        places = [f"--port={self.ports[0]}", f"--sandbox-port={self.ports[1]}", f"--folder={self.folder}"]
        return [sys.executable, "-m", "example_project.demo", *places, *arguments]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=CHECKOUT,
            env={**clean_environment(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def watched(self, *arguments: str) -> tuple[subprocess.CompletedProcess[str], list[str] | None]:
        """``run``, and what was against the contract in all that was sent to its sandbox until its end."""
        looked: list[str] | None = None
        with ThreadPoolExecutor(1) as other:
            run = other.submit(self.run, *arguments)
            while not run.done():
                time.sleep(0.2)
                with suppress(requests.RequestException, AssertionError):  # not yet, or not any more
                    looked = problems_elsewhere(f"http://127.0.0.1:{self.ports[1]}")
        return run.result(), looked

    def left_nothing_running(self) -> bool:
        return all(is_free(port) for port in self.ports)


def clean_environment() -> dict[str, str]:
    """This environment without what the demo would take from it."""
    return {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CELERY_BROKER_URL")
    }


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path / "demo")


def test_the_demo_does_the_main_job_and_leaves_nothing_running(demo: Demo) -> None:
    done, against_the_contract = demo.watched("--once")
    assert done.returncode == 0, done.stdout
    assert [proof for proof in PROOFS if proof not in done.stdout] == []
    assert against_the_contract == []
    assert demo.left_nothing_running()


def test_the_demo_runs_on_postgresql_and_redis_twice(demo: Demo, postgres_url: str, redis_url: str) -> None:
    for _time in range(2):
        done = demo.run("--once", DATABASE_URL=postgres_url, CELERY_BROKER_URL=redis_url)
        assert done.returncode == 0, done.stdout
        assert [proof for proof in PROOFS if proof not in done.stdout] == []


def test_the_demo_ends_with_a_signal_and_leaves_nothing_running(demo: Demo) -> None:
    process = subprocess.Popen(
        demo.command(), cwd=CHECKOUT, env=clean_environment(), stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: not is_free(demo.ports[0]))
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(30) in (0, 130)
    assert demo.left_nothing_running()


@pytest.mark.parametrize(
    "broker", ["redis://127.0.0.1:{port}/0", "amqp://127.0.0.1:{port}//", "nonsense://x"]
)
def test_the_demo_fails_at_once_when_the_worker_cannot_start(demo: Demo, broker: str) -> None:
    started = time.monotonic()
    done = demo.run("--once", CELERY_BROKER_URL=broker.format(port=free_port()))
    assert done.returncode == 1
    assert "FAILED: The worker cannot start: no broker at" in done.stdout
    assert time.monotonic() - started < 30
    assert demo.left_nothing_running()


def test_the_demo_says_which_port_is_in_use_and_what_to_do(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.ports[0])):
        done = demo.run("--once")
    assert done.returncode == 1
    assert f"In use already: 127.0.0.1:{demo.ports[0]} (--port)" in done.stdout
    assert 'make demo DEMO_ARGS="--port ' in done.stdout


def test_the_demo_never_empties_a_folder_that_is_not_its_own(demo: Demo) -> None:
    demo.folder.mkdir()
    (demo.folder / "thesis.txt").write_text("ten years of work")
    done = demo.run("--once")
    assert done.returncode == 1
    assert (demo.folder / "thesis.txt").read_text() == "ten years of work"


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
