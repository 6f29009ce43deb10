"""How many events fall into a second. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence


def most_in_a_fixed_second(times: Sequence[float]) -> int:
    """The most events between two ticks of the clock."""
    return max(Counter(int(at) for at in times).values(), default=0)


def most_in_a_sliding_second(times: Sequence[float]) -> int:
    """The most events in any stretch of one second."""
    window: deque[float] = deque()
    most = 0
    for at in sorted(times):
        window.append(at)
        while window[0] <= at - 1:
            window.popleft()
        most = max(most, len(window))
    return most


def per_second(times: Sequence[float], start: float, end: float) -> float:
    """Events between two moments, for each second between them."""
    return sum(start <= at < end for at in times) / (end - start)
