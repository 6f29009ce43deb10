"""The search of the whole database finds what there is to be found, of whatever type the column is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.core import signing

from benchmarks.databases import empty_database
from tests.journey.searching import connected, where
from tests.services import REQUIRED, free_port, why_postgres_is_missing

ANNA = "anna@example.com"
SESSION = {"account_login": {"email": ANNA, "more": "x" * 200}}

TABLE = {
    "sqlite": "CREATE TABLE t (plain TEXT, js TEXT, raw BLOB, number INTEGER, signed TEXT, packed TEXT)",
    "postgresql": """CREATE SCHEMA s; CREATE TABLE s.t
        (plain TEXT, js JSONB, raw BYTEA, number INTEGER, signed TEXT, packed TEXT)""",
}
IN_THE_TABLE = {
    "plain": "To: Anna@Example.com!",
    "js": '{"contact": [{"email": "anna@example.com"}]}',
    "raw": b"\x00\xff anna@EXAMPLE.com",
    "number": 1,
    "signed": signing.dumps({"email": ANNA}),
    "packed": signing.dumps(SESSION, compress=True),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with one table and one row, and with others in it that are empty."""
    if request.param == "postgresql" and (missing := why_postgres_is_missing()):
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    with empty_database(request.param, tmp_path, f"getresponse_searching_{free_port()}") as url:
        with closing(connected(url)) as connection:
            connection.execute(TABLE[request.param])
            mark = "?" if request.param == "sqlite" else "%s"
            table = "t" if request.param == "sqlite" else "s.t"
            marks = ", ".join([mark] * len(IN_THE_TABLE))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", list(IN_THE_TABLE.values()))
            connection.commit()
        yield url


def test_every_column_is_searched(url: str) -> None:
    found = {name.rpartition(".")[2] for name in where(url, "ANNA@example.com")}
    assert found == IN_THE_TABLE.keys() - {"number"}
    assert where(url, "bert@example.com") == set()
