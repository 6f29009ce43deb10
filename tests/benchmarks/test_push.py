"""Short runs of the benchmark of the push, without peers: how many requests and queries it takes."""

from __future__ import annotations

from typing import Any

import pytest

from .short import printed

pytestmark = pytest.mark.xdist_group("benchmarks")


def figures(what: str, share: float) -> dict[str, Any]:
    """What a short run found out."""
    found: dict[str, Any] = printed("push", "--only", what, "--share", str(share), "--sample", "0")["figures"]
    return found


def test_new_contacts_are_a_request_for_a_thousand_and_one_scan() -> None:
    found = figures("new", 0.15)
    assert found["contacts"] == found["linked"] == 1500
    assert (found["batches"] - found["429"], found["writes"]) == (2, 0)
    assert found["reads"] <= 6


def test_each_change_is_one_request_within_the_limits() -> None:
    found = figures("changes", 0.05)
    assert (found["changes"], found["writes"], found["reads"], found["batches"]) == (150, 150, 0, 0)
    assert found["429"] == 0
    assert found["most in a sliding second"] <= 80


def test_many_saves_of_a_contact_are_one_request() -> None:
    found = figures("saves", 0.03)
    assert (found["saves"], found["writes"], found["429"]) == (300, 100, 0)


def test_a_save_costs_one_more_query_and_none_when_nothing_changes() -> None:
    found = figures("cost", 0.01)
    assert found["queries of a plain save"] == 1
    assert found["queries of a save"] == 2
    assert found["queries of a save that changes nothing"] == 0


def test_very_many_changes_are_pushed_by_the_batch() -> None:
    found = figures("memory", 0.02)
    assert (found["changes"], found["linked"], found["batches"], found["writes"]) == (2000, 2000, 2, 0)
    assert found["reads"] <= 8
