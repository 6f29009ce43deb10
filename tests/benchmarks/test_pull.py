"""Short runs of the benchmark of the pull: how many requests and statements it takes, never how long."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.services import REQUIRED, why_postgres_is_missing

pytestmark = [
    pytest.mark.xdist_group("benchmarks"),
    pytest.mark.parametrize("kind", ["sqlite", "postgresql"]),
]


def figures(kind: str, what: str, *arguments: str) -> dict[str, float]:
    """What a short run printed."""
    if kind == "postgresql" and (missing := why_postgres_is_missing()):
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    command = [sys.executable, "-m", "benchmarks.pull", "--on", kind, "--only", what, "--json", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    found: dict[str, float] = json.loads(output)["figures"]
    return found


def test_a_first_pull_takes_a_request_for_a_thousand_and_a_second_one_next_to_none(kind: str) -> None:
    found = figures(kind, "contacts", "--contacts", "2000", "--changes", "20", "--sample", "0")
    assert found["first: contacts written"] == 2000
    assert found["first: requests for tags"] == 16 + 10, "sixteen are counted, ten are carried"
    assert found["first: requests"] - found["first: requests for tags"] == 2 + 2
    assert (found["again: requests"], found["again: statements that wrote"]) == (7, 0)
    assert found["after 20 changes: contacts written"] == 20
    assert found["after 20 changes: requests"] == 20 + 2
    assert found["first: MiB more at most"] <= 60
