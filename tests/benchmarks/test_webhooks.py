"""A short burst of webhooks: everything is answered in time, and nothing authentic is lost."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.services import REQUIRED, why_postgres_is_missing


@pytest.mark.xdist_group("benchmarks")
def test_a_burst_on_a_slow_database_is_answered_and_kept() -> None:
    pytest.importorskip("gunicorn")
    if missing := why_postgres_is_missing():
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    command = [sys.executable, "-m", "benchmarks.webhooks", "--seconds", "2", "--rate", "50"]

    outcome = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)

    assert outcome["statuses"] == {"200": 90, "400": 3, "404": 5, "413": 2}
    assert outcome["events answered OK"] == 95
    assert (outcome["lost"], outcome["kept twice"], outcome["kept and not authentic"]) == (0, 0, 0)
