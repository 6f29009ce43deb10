"""A short run of the benchmark of the statistics: how many requests it takes and what it writes."""

from __future__ import annotations

import pytest

from .short import printed

pytestmark = pytest.mark.xdist_group("benchmarks")


def test_the_first_pull_reads_everything_and_the_second_only_what_may_change() -> None:
    found = printed("pull_statistics", "--share", "0.05", "--sample", "0")

    lists, newsletters = found["lists"], found["newsletters"]
    assert (lists, newsletters) == (3, 10)
    # Of a list its size, removals and locations; of a newsletter its days and hours; three requests for all.
    assert found["requests of the first pull"] == 3 * lists + 2 * newsletters + 3
    assert found["rows written by the first pull"] == found["rows"] > 10_000
    assert found["requests of the second pull"] < lists * 3 + 3
    assert found["rows written by the second pull"] == 0
    assert found["refusals of the first pull"] == found["refusals of the second pull"] == 0
