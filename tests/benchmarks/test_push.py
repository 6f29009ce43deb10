"""Short runs of the benchmark of the push: how many requests and queries it takes, never how long."""

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


def figures(kind: str, what: str, share: float) -> dict[str, float]:
    """What a short run without peers printed."""
    if kind == "postgresql" and (missing := why_postgres_is_missing()):
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    command = [sys.executable, "-m", "benchmarks.push", "--on", kind, "--only", what, "--json"]
    command += ["--share", str(share), "--sample", "0"]
    output = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    found: dict[str, float] = json.loads(output)["figures"]
    return found


def test_new_contacts_are_a_request_for_a_thousand_and_one_scan(kind: str) -> None:
    found = figures(kind, "new", 0.15)
    assert found["contacts"] == found["linked"] == 1500
    assert (found["batches"] - found["429"], found["writes"]) == (2, 0)
    assert found["reads"] <= 6


def test_each_change_is_one_request_within_the_limits(kind: str) -> None:
    found = figures(kind, "changes", 0.05)
    assert (found["changes"], found["writes"], found["reads"], found["batches"]) == (150, 150, 0, 0)
    assert found["429"] == 0
    assert found["most in a sliding second"] <= 80


def test_many_saves_of_a_contact_are_one_request(kind: str) -> None:
    found = figures(kind, "saves", 0.03)
    assert (found["saves"], found["writes"], found["429"]) == (300, 100, 0)


def test_a_save_costs_one_more_query_and_none_when_nothing_changes(kind: str) -> None:
    found = figures(kind, "cost", 0.01)
    assert found["queries of a plain save"] == 1
    assert found["queries of a save"] == 2
    assert found["queries of a save that changes nothing"] == 0


def test_very_many_changes_are_pushed_by_the_batch(kind: str) -> None:
    found = figures(kind, "memory", 0.02)
    assert (found["changes"], found["linked"], found["batches"], found["writes"]) == (2000, 2000, 2, 0)
    assert found["reads"] <= 8
