"""Empty databases to measure on: a fresh one of the PostgreSQL or MariaDB of the tests, or a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.services import (
    MARIADB_URL,
    POSTGRES_URL,
    mariadb_connection,
    why_mariadb_is_missing,
    why_postgres_is_missing,
)

KINDS = ("postgresql", "sqlite")
"""What is supported, and so measured."""


def why_missing(kind: str) -> str:
    """Why there is no such database on this machine; empty when there is."""
    reasons = {"postgresql": why_postgres_is_missing, "mariadb": why_mariadb_is_missing}
    return reasons[kind]() if kind in reasons else ""


@contextmanager
def empty_database(kind: str, folder: Path, name: str) -> Iterator[str]:
    """The DATABASE_URL of a new database, dropped afterwards. Exits with a message without its server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.sqlite3"
        return
    if missing := why_missing(kind):
        raise SystemExit(missing)
    with (on_postgresql if kind == "postgresql" else on_mariadb)(name) as url:
        yield url


@contextmanager
def on_postgresql(name: str) -> Iterator[str]:
    """One of PostgreSQL, whoever is still connected when it ends."""
    import psycopg

    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(POSTGRES_URL)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def on_mariadb(name: str) -> Iterator[str]:
    """One of MariaDB, which has the server's own collation."""
    with closing(mariadb_connection()) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield urlsplit(MARIADB_URL)._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE {name}")
