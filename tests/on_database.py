"""python -m tests.on_database postgresql|mariadb [pytest arguments]: the tests that touch a database, there.

All but those of ``SAME_EVERYWHERE``: they touch no database, start processes with one of their own, or ask it
nothing that others do not ask.
Without a server this says so and succeeds; with REQUIRE_SERVICES=1 it fails instead.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.services import (
    MARIADB_URL,
    POSTGRES_URL,
    REQUIRED,
    why_mariadb_is_missing,
    why_postgres_is_missing,
)

NO_TESTS_COLLECTED = 5

SERVERS = {
    "postgresql": (POSTGRES_URL, why_postgres_is_missing),
    "mariadb": (MARIADB_URL, why_mariadb_is_missing),
}

PAGES_ALIKE = (
    *("accounts", "audience", "authorization", "consents", "contact_actions", "custom_fields", "inbox"),
    *("locale", "messages", "modeladmin", "newsletters", "newsletters_sent", "outbox", "person"),
    *("progress", "readings", "refusals", "segmenting", "statistics", "story"),
)
"""Pages of the admin whose queries others make too: ``test_pages`` asks every page on every database."""

SAME_EVERYWHERE = (
    *("benchmarks", "browser", "contract", "docs", "example", "journey", "sandbox"),
    *("oauth", "preferences", "signup", "testing"),
    *("commands/test_bad_input.py", "test_charts.py", "test_migrations.py", "test_packaging.py"),
    *(f"admin/test_{page}.py" for page in PAGES_ALIKE),
)
"""Files and folders below tests/ that are not repeated."""


def main(kind: str, *arguments: str) -> int:
    """The exit code for the shell."""
    url, why_missing = SERVERS[kind]
    if missing := why_missing():
        print(f"{'FAILED' if REQUIRED else 'Skipped'} on {kind}: {missing}")
        return 1 if REQUIRED else 0
    command = [sys.executable, "-m", "pytest", "-m", "database"]
    if not any(argument.startswith("tests/") for argument in arguments):
        command += [f"--ignore=tests/{path}" for path in SAME_EVERYWHERE]
    code = subprocess.call([*command, *arguments], env=os.environ | {"DATABASE_URL": url})
    return 0 if code == NO_TESTS_COLLECTED else code


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in SERVERS:
        sys.exit(main(*sys.argv[1:]))
    sys.exit(f"usage: python -m tests.on_database {'|'.join(SERVERS)} [pytest arguments]")
