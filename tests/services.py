"""PostgreSQL, MariaDB and Redis for the tests: where they are looked for, and whether they answer."""

from __future__ import annotations

import os
import socket
from typing import Any
from urllib.parse import urlsplit

POSTGRES_URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
MARIADB_URL = os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/mysql")
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"


def why_postgres_is_missing(url: str = POSTGRES_URL) -> str:
    """Why the PostgreSQL tests cannot run; empty when they can."""
    try:
        import psycopg

        psycopg.connect(url, connect_timeout=2).close()
    except ImportError:
        return "psycopg is not installed"
    except psycopg.Error as error:
        return f"no PostgreSQL for the tests at {place(url)} (TEST_DATABASE_URL): {str(error).strip()}"
    return ""


def mariadb_connection(url: str = MARIADB_URL) -> Any:
    """A connection of the driver; whoever calls this closes it."""
    import MySQLdb

    parts = urlsplit(url)
    account = {"user": parts.username or "root", "password": parts.password or ""}
    return MySQLdb.connect(host=parts.hostname, port=parts.port or 3306, connect_timeout=2, **account)


def why_mariadb_is_missing(url: str = MARIADB_URL) -> str:
    """Why the MariaDB tests cannot run; empty when they can."""
    try:
        from MySQLdb import OperationalError
    except ImportError:
        return "mysqlclient is not installed"
    try:
        mariadb_connection(url).close()
    except OperationalError as error:
        return f"no MariaDB for the tests at {place(url)} (TEST_MARIADB_URL): {error}"
    return ""


def why_redis_is_missing(url: str = REDIS_URL) -> str:
    """Why the Redis tests cannot run; empty when they can."""
    try:
        import redis

        redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()
    except ImportError:
        return "redis is not installed"
    except redis.RedisError as error:
        return f"no Redis for the tests at {place(url)} (REDIS_URL): {error}"
    return ""


def place(url: str) -> str:
    """Host and port of a URL, without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
