"""Looks for words in a whole database, without Django: every column of every table there is."""

from __future__ import annotations

import base64
import binascii
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

Columns = list[tuple[str, str]]

SIGNED = re.compile(r"(?P<packed>\.?)(?P<body>[\w-]+):[\w-]+:[\w-]{20,}")
"""What django.core.signing makes, sessions for one: base64, and compressed after a dot."""

POSTGRES_COLUMNS = """
    SELECT quote_ident(table_schema) || '.' || quote_ident(table_name), quote_ident(column_name)
    FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
"""
SQLITE_COLUMNS = """
    SELECT '"' || tables.name || '"', '"' || columns.name || '"'
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'
"""


def where(url: str, word: str) -> set[str]:
    """``table.column`` of every column of the database at ``url`` (as in DATABASE_URL) that has the word,
    in any case, in text, JSON, bytes or something signed.
    """
    with closing(connected(url)) as connection:
        return {
            f"{table}.{column}".replace('"', "").removeprefix("public.")
            for table, column in columns(connection)
            if any(has(value, word.lower()) for value in values(connection, table, column))
        }


def connected(url: str) -> Any:
    """A connection as DB-API has it."""
    if url.startswith("sqlite:///"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    import psycopg

    return psycopg.connect(url)


def columns(connection: Any) -> Columns:
    """Every (table, column), quoted as SQL wants them."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    found: Columns = connection.execute(SQLITE_COLUMNS if is_sqlite else POSTGRES_COLUMNS).fetchall()
    return found


def values(connection: Any, table: str, column: str) -> Iterator[Any]:
    """What is in a column."""
    for (value,) in connection.execute(f"SELECT {column} FROM {table}"):
        yield value


def has(value: Any, word: str) -> bool:
    """Whether a value has the word, which is in lower case."""
    return any(word in text.lower() for text in texts(value))


def texts(value: Any) -> Iterator[str]:
    """A value as text, and what it holds if it is signed."""
    if isinstance(value, bytes | memoryview):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, str):
        yield value
        yield from unsigned(value)
    else:
        yield json.dumps(value, default=str, ensure_ascii=False)


def unsigned(value: str) -> Iterator[str]:
    """What was signed."""
    if signed := SIGNED.fullmatch(value):
        try:
            body = base64.urlsafe_b64decode(signed["body"] + "=" * (-len(signed["body"]) % 4))
            yield (zlib.decompress(body) if signed["packed"] else body).decode()
        except (binascii.Error, zlib.error, UnicodeDecodeError):
            return
