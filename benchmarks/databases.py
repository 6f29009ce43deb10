"""Empty databases to measure on: a fresh one of the PostgreSQL of the tests, or a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.services import POSTGRES_URL, why_postgres_is_missing

KINDS = ("postgresql", "sqlite")


@contextmanager
def empty_database(kind: str, folder: Path, name: str) -> Iterator[str]:
    """The DATABASE_URL of a new database, dropped afterwards. Exits with a message without PostgreSQL."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.sqlite3"
        return
    if missing := why_postgres_is_missing():
        raise SystemExit(missing)
    import psycopg

    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(POSTGRES_URL)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
