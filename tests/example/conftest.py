"""The example site as it really runs: a process, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.databases import empty_database
from example_project.demo.processes import Processes
from example_project.demo.world import World
from tests.running import Site
from tests.services import REQUIRED, free_port, why_postgres_is_missing


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
def postgres_url(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is dropped again."""
    missing = why_postgres_is_missing()
    if missing:
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    with empty_database("postgresql", tmp_path, f"getresponse_django_example_{free_port()}") as url:
        yield url
