"""python -m tests.on_postgres [pytest arguments]: the tests that touch the database, once more on PostgreSQL.

All but those of ``SAME_EVERYWHERE``, which no database makes pass or fail: the others hold on PostgreSQL
whatever those rely on.
Without PostgreSQL this says so and succeeds; with REQUIRE_SERVICES=1 it fails instead.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.services import POSTGRES_URL, REQUIRED, why_postgres_is_missing

NO_TESTS_COLLECTED = 5

SAME_EVERYWHERE = (
    # No database, or processes with one of their own:
    *("benchmarks", "contract", "example", "sandbox", "commands/test_bad_input.py", "testing/test_docs.py"),
    *("test_charts.py", "test_packaging.py"),
    # Texts and pages, made of rows that other tests read on PostgreSQL too:
    *("admin/test_authorization.py", "admin/test_locale.py", "admin/test_pure.py", "admin/test_refusals.py"),
    *("commands/test_commands.py", "test_docs_oauth.py", "test_doctor.py"),
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
