"""Counting events per second."""

from __future__ import annotations

import pytest

from benchmarks.rates import most_in_a_fixed_second, most_in_a_sliding_second, per_second


@pytest.mark.parametrize(
    ("times", "fixed", "sliding"),
    [
        ([], 0, 0),
        ([5.0], 1, 1),
        ([0.1, 0.9, 1.15, 1.95], 2, 2),
        ([0.8, 0.9, 1.1, 1.2], 2, 4),
        ([0.0, 1.0, 2.0], 1, 1),
        ([3.5, 0.2, 3.6, 0.3], 2, 2),
    ],
)
def test_the_worst_second(times: list[float], fixed: int, sliding: int) -> None:
    assert (most_in_a_fixed_second(times), most_in_a_sliding_second(times)) == (fixed, sliding)


def test_a_rate_counts_what_is_between_its_moments() -> None:
    assert per_second([0.5, 1.0, 1.5, 2.9, 3.0], 1, 3) == 1.5
