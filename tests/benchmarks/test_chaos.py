"""A short run of chaos: everything fails while a site works, and nothing is lost, doubled or left."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.services import REQUIRED, why_postgres_is_missing

SHORT = ["--operations", "800", "--contacts", "150", "--kills", "1", "--restarts", "1", "--seconds", "10"]


@pytest.mark.xdist_group("benchmarks")
def test_what_fails_while_a_site_works_leaves_no_trace() -> None:
    missing = why_postgres_is_missing() or (
        "" if shutil.which("redis-server") else "no redis-server is installed"
    )
    if missing:
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    command = [sys.executable, "-m", "benchmarks.chaos", *SHORT]

    done = subprocess.run(command, capture_output=True, text=True, timeout=280)

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "GetResponse holds what the database holds" in done.stdout
