"""python -m tests.on_postgres [pytest arguments]: the tests that touch the database, once more on PostgreSQL.

Without PostgreSQL this says so and succeeds; with REQUIRE_SERVICES=1 it fails instead.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.services import POSTGRES_URL, REQUIRED, why_postgres_is_missing

NO_TESTS_COLLECTED = 5


def main() -> int:
    """The exit code for the shell."""
    missing = why_postgres_is_missing()
    if missing:
        print(f"{'FAILED' if REQUIRED else 'Skipped'} on PostgreSQL: {missing}")
        return 1 if REQUIRED else 0
    command = [sys.executable, "-m", "pytest", "-m", "database", *sys.argv[1:]]
    code = subprocess.call(command, env=os.environ | {"DATABASE_URL": POSTGRES_URL})
    return 0 if code == NO_TESTS_COLLECTED else code


if __name__ == "__main__":
    sys.exit(main())
