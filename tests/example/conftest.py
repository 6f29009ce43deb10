"""The example site as it really runs: a process, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import requests

from example_project.demo.browser import Browser
from example_project.demo.processes import Processes
from example_project.demo.world import World
from tests.services import POSTGRES_URL, REQUIRED, free_port, why_postgres_is_missing


class Site:
    """The site alone: no sandbox, no worker, a folder as its broker."""

    def __init__(self, world: World, processes: Processes) -> None:
        self.world, self.processes = world, processes

    def start(self) -> None:
        self.processes.run("migrate", "manage.py", "migrate")
        self.processes.start("site", "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.world.port}")
        self.processes.wait_for("the site", self.answers, "site")

    def answers(self) -> bool:
        try:
            return requests.get(self.world.site, timeout=10).ok
        except requests.ConnectionError:
            return False

    def visitor(self) -> Browser:
        return Browser(self.world.site)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
            environment.delenv(name, raising=False)
        world = World(free_port(), free_port(), tmp_path_factory.mktemp("site"))
        processes = Processes(world.folder, world.environment)
    try:
        made = Site(world, processes)
        made.start()
        yield made
    finally:
        processes.stop()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is dropped again."""
    missing = why_postgres_is_missing()
    if missing:
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    name = f"getresponse_django_example_{free_port()}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{POSTGRES_URL.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
