"""python -m tests.on_postgres [pytest arguments]: the tests that touch the database, once more on PostgreSQL.

All but those of ``SAME_EVERYWHERE``, which touch no database, or start processes with one of their own.
Without PostgreSQL this says so and succeeds; with REQUIRE_SERVICES=1 it fails instead.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.services import POSTGRES_URL, REQUIRED, why_postgres_is_missing

NO_TESTS_COLLECTED = 5

SAME_EVERYWHERE = (
    *("benchmarks", "contract", "example", "sandbox", "commands/test_bad_input.py"),
    *("docs/test_testing.py", "docs/test_tutorial.py", "test_charts.py", "test_packaging.py"),
)
"""Files and folders below tests/ that are not repeated."""


def main() -> int:
    """The exit code for the shell."""
    missing = why_postgres_is_missing()
    if missing:
        print(f"{'FAILED' if REQUIRED else 'Skipped'} on PostgreSQL: {missing}")
        return 1 if REQUIRED else 0
    command = [sys.executable, "-m", "pytest", "-m", "database"]
    command += [f"--ignore=tests/{path}" for path in SAME_EVERYWHERE]
    command += sys.argv[1:]
    code = subprocess.call(command, env=os.environ | {"DATABASE_URL": POSTGRES_URL})
    return 0 if code == NO_TESTS_COLLECTED else code


if __name__ == "__main__":
    sys.exit(main())
