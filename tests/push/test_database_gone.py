"""The database goes away in the middle of a push and comes back: nothing is lost, nothing sent twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.db import Error, connection

from getresponse_django.models import Change

from .conftest import ADDRESS, World


def drop_every_connection() -> None:
    """What a restart of PostgreSQL does to whoever is connected."""
    name = connection.settings_dict["NAME"]
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    known = {
        key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if key in parameters
    }
    with psycopg.connect(**known, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


class Restart:
    """Armed at the sandbox: the database goes away while GetResponse works on a request of this method."""

    def __init__(self, world: World, method: str) -> None:
        self.application, self.method = world.sandbox._application, method
        self.honest, self.application.faults = self.application.faults, self  # type: ignore[assignment]
        self.happened = False

    def take(self, request: Any) -> None:
        if request.method == self.method:
            self.application.faults, self.happened = self.honest, True
            drop_every_connection()


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_signup_survives_it(postgres: None, world: World, method: str) -> None:
    contact = world.subscribe()
    restart = Restart(world, method)
    with suppress(Error):
        for _ in range(3):
            world.make_due()
            world.push()
    connection.close()
    assert restart.happened
    world.push_all()
    assert world.emails() == [ADDRESS]
    assert world.fresh(contact).state == "active"
    assert len(world.sandbox.creates()) == 1
    assert not Change.objects.exists()


def test_a_removal_survives_it(postgres: None, world: World) -> None:
    contact = world.active()
    contact.leave()
    restart = Restart(world, "DELETE")
    with suppress(Error):
        world.push()
    connection.close()
    assert restart.happened
    world.push_all()
    assert world.emails() == []
    assert world.fresh(contact).state == "left"
    assert not Change.objects.exists()
