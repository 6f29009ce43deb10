"""What all tests share: the sandbox over real HTTP, the services, and marks for the tests that need them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from hypothesis import settings as hypothesis_settings

from getresponse_django.sandbox import Sandbox
from tests.contract.watch import watch
from tests.services import REDIS_URL, REQUIRED, why_redis_is_missing
from tests.site import celery_app

hypothesis_settings.register_profile("tests", deadline=None)  # machines differ
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=500)
hypothesis_settings.load_profile("tests")  # or what pytest's --hypothesis-profile says

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client", "admin_user"}


def uses_database(item: pytest.Item) -> bool:
    """Whether the test touches the database, by mark or by fixture."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & DATABASE_FIXTURES)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests for ``-m database`` and ``-m postgres``; where services are required nothing skips."""
    for item in items:
        if "tests/example/" in item.nodeid:  # each starts several processes: one at a time is enough
            item.add_marker(pytest.mark.xdist_group("example"))
        if uses_database(item):
            item.add_marker("database")
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
    if REQUIRED and connection.vendor != "postgresql":  # they run in tests/on_postgres.py
        elsewhere = [item for item in items if item.get_closest_marker("postgres")]
        items[:] = [item for item in items if item not in elsewhere]
        config.hook.pytest_deselected(items=elsewhere)


def all_deleted(style: Any, tables: list[str], **options: Any) -> list[str]:
    """The statements of ``flush``, sent as one: PostgreSQL checks Django's foreign keys at the commit."""
    return ["; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables)]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's own, but for PostgreSQL: deleting few rows takes a hundredth of TRUNCATE's time, and
    a database that a thread of a test still uses cannot be dropped.
    """
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = all_deleted
    yield
    if connection.vendor == "postgresql":
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.fixture(autouse=True)
def as_the_contract_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """All that our client sent, and all that a sandbox answered, in any test: no fixture to forget."""
    yield
    wrong = watch.verdict(requests=not request.node.get_closest_marker("off_contract"))
    assert wrong == [], "\n".join(["against the contract:", *wrong])


@pytest.fixture(autouse=True)
def own_celery_app() -> None:
    """Importing the example project makes its Celery application the current one; here it is ours."""
    celery_app.set_current()


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Sandbox]:
    """One sandbox for the whole run, in a thread, over real HTTP."""
    with Sandbox(landing_delay=0) as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: Sandbox, settings: Any) -> Sandbox:
    """A fresh sandbox that the account "default" talks to."""
    sandbox_server.reset()
    account = django_settings.GETRESPONSE["ACCOUNTS"]["default"] | {"BASE_URL": sandbox_server.url}
    settings.GETRESPONSE = django_settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}
    return sandbox_server


@pytest.fixture
def no_rules() -> Iterator[None]:
    """A test registers its own Subscribers; those of others do not follow it."""
    from getresponse_django import subscribers  # imports models: not before Django is set up

    before = list(subscribers.registry)
    subscribers.registry.clear()
    yield
    subscribers.registry[:] = before


@pytest.fixture
def postgres(transactional_db: None) -> None:
    """The test runs on PostgreSQL: ``python -m tests.on_postgres``, which ``make test`` does."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL as the database: python -m tests.on_postgres")


@pytest.fixture
def redis_url() -> Iterator[str]:
    """The URL of an empty Redis database, emptied again afterwards."""
    missing = why_redis_is_missing()
    if missing:
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    import redis

    for number in range(15, 0, -1):
        client = redis.Redis.from_url(f"{REDIS_URL}/{number}")
        if not client.dbsize() and client.set("getresponse-django-tests", "claimed", nx=True):
            yield f"{REDIS_URL}/{number}"
            client.flushdb()
            return
    pytest.fail("Every Redis database from 1 to 15 is in use; the tests need an empty one.")
