"""A short run of the benchmark of the pull: how many requests and statements it takes."""

from __future__ import annotations

import pytest

from .short import printed


@pytest.mark.xdist_group("benchmarks")
def test_a_first_pull_takes_a_request_for_a_thousand_and_a_second_one_next_to_none() -> None:
    size = ("--contacts", "2000", "--changes", "20", "--sample", "0")
    found = printed("pull", "--only", "contacts", *size)["figures"]
    assert found["first: contacts written"] == 2000
    assert found["first: requests for tags"] == 16 + 10, "sixteen are counted, ten are carried"
    assert found["first: requests"] - found["first: requests for tags"] == 2 + 2
    assert (found["again: requests"], found["again: statements that wrote"]) == (7, 0)
    assert found["after 20 changes: contacts written"] == 20
    assert found["after 20 changes: requests"] == 20 + 2
    assert found["first: MiB more at most"] <= 60
