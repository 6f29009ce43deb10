"""A short run of the benchmark of the reconciliation: what it counts and what comes of it."""

from __future__ import annotations

import pytest

from .short import printed


@pytest.mark.xdist_group("benchmarks")
def test_users_become_contacts_once_though_all_is_killed_in_the_middle() -> None:
    found = printed("reconcile", "--users", "800", seconds=280)

    new = 800 - 320 - 8
    assert found["dry run: would be subscribed"] == found["reconcile: new contacts"] == new
    assert found["dry run: would be updated"] == 32 + 16
    assert found["dry run: would be unsubscribed"] == 8
    assert found["dry run: rows written"] == 0
    assert 0 < found["killed: objects done"] < 800 - 8 - 8
    assert found["again: changed"] == 0
    # Pages, counts and tags once for each of drift and pull, and two searches for 64 who are new.
    assert found["dry run: requests"] <= 2 * (new / 64 + 3) + 20
    assert 0 < found["killed: creates accepted"] <= found["created"] == new
    wrong = {name: found[name] for name in ("created twice", "wrong at last", "waiting at last")}
    assert set(wrong.values()) == {0}, wrong
