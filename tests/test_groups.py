"""Tests of one group run in one process, one after the other: a test of the tests."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("some")
def test_the_groups_of_tests_are_known(request: pytest.FixtureRequest) -> None:
    """Else those that start processes run side by side, and what a module prepares is prepared by each."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("--dist loadgroup runs the tests in groups")
    assert request.node.nodeid.endswith("@some")
