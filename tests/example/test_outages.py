"""What a visitor and the outbox notice when the worker or the broker is away: real processes, real HTTP."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from example_project.demo.browser import Browser
from example_project.demo.processes import Processes
from example_project.demo.world import World
from tests.contract.watch import problems_elsewhere
from tests.services import free_port

FAST_ENOUGH = 2.0
"""Seconds a registration may take, whatever the broker does."""
EMAIL = "outage@example.com"
FORM = {
    "email": EMAIL,
    "name": "Ola Outage",
    "city": "Sopot",
    "consent": "on",
    "password": "correct horse battery",
}


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """A socket with a port; whoever connects is refused until ``listen()``, and never answered after it."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        yield server


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_server: socket.socket) -> World:
    """A site with an empty database and a folder as its broker, all under ``tmp_path``."""
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    return World(free_port(), free_port(), tmp_path)


@pytest.fixture
def processes(world: World) -> Iterator[Processes]:
    """The sandbox with an empty account and the migrated database; whatever is started ends with the test."""
    running = Processes(world.folder, world.environment)
    try:
        port = str(world.sandbox_port)
        running.start("sandbox", "-m", "getresponse_django.sandbox", "--port", port, "--contacts", "0")
        running.run("migrate", "manage.py", "migrate")
        running.wait_for("the sandbox", lambda: answers(f"{world.sandbox}/_sandbox/contacts"), "sandbox")
        running.run("pull", "manage.py", "getresponse_pull", "--only", "campaigns,fields,tags")
        yield running
        assert problems_elsewhere(world.sandbox) == []
    finally:
        for child in running.children.values():
            child.signal_group(
                signal.SIGKILL
            )  # nothing of it is needed, and a worker takes 4 s to end politely
        running.stop()


def answers(url: str) -> bool:
    """Whether somebody answers there with 200."""
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def start_site(world: World, processes: Processes, **environment: str) -> None:
    processes.start("site", "manage.py", "runserver", "--noreload", f"127.0.0.1:{world.port}", **environment)
    processes.wait_for("the site", lambda: answers(world.site), "site")


def start_worker(processes: Processes) -> None:
    processes.start("worker", "-m", "celery", "-A", "example_project", "worker", "--loglevel", "INFO")


def register(world: World) -> float:
    """Register as a visitor does; returns the seconds the site took to answer the form."""
    answered = Browser(world.site).submit("/register/", FORM)
    return float(answered.split()[-2])


def contact_in_sandbox(world: World) -> list[str]:
    listed = requests.get(
        f"{world.sandbox}/_sandbox/contacts", params={"campaign": "customers"}, timeout=5
    ).json()
    return [contact["name"] for contact in listed if contact["email"] == EMAIL]


def pushed(world: World, processes: Processes) -> list[str]:
    return processes.wait_for("the contact in the sandbox", lambda: contact_in_sandbox(world), "worker")


def test_a_signup_without_a_worker_is_pushed_when_one_starts(world: World, processes: Processes) -> None:
    start_site(world, processes)
    start_worker(processes)
    processes.children["worker"].signal_group(signal.SIGKILL)
    processes.children.pop("worker").process.wait()

    assert register(world) < FAST_ENOUGH

    assert contact_in_sandbox(world) == []
    start_worker(processes)
    assert pushed(world, processes) == ["Ola Outage"]


@pytest.mark.parametrize(
    ("kind", "accepts"),
    [("redis", False), ("redis", True), ("amqp", True)],
    ids=["Redis is down", "Redis accepts and never answers", "RabbitMQ accepts and never answers"],
)
def test_a_signup_with_a_broken_broker_is_answered_and_pushed_later(
    kind: str, accepts: bool, silent_server: socket.socket, world: World, processes: Processes
) -> None:
    if accepts:
        silent_server.listen()  # the kernel completes the connections; nothing ever answers
    url = f"{kind}://127.0.0.1:{silent_server.getsockname()[1]}//"
    start_site(world, processes, CELERY_BROKER_URL=url)

    assert register(world) < FAST_ENOUGH

    assert contact_in_sandbox(world) == []
    start_worker(processes)
    # What beat does every minute, without waiting for the minute.
    push = ("call", "getresponse_django.tasks.push_changes")
    processes.run("beat", "-m", "celery", "-A", "example_project", *push)
    assert pushed(world, processes) == ["Ola Outage"]
