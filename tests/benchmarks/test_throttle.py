"""Several processes send within the limits of one account, and one that is killed takes no slots with it."""

from __future__ import annotations

import pytest

from getresponse_django.limits import LEASE_SECONDS
from tests.services import REQUIRED, why_postgres_is_missing

from .short import printed


@pytest.mark.xdist_group("benchmark of the throttle")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_share_the_limits_and_a_killed_one_gives_its_slots_back(kind: str) -> None:
    if kind == "postgresql" and (missing := why_postgres_is_missing()):
        (pytest.fail if REQUIRED else pytest.skip)(missing)

    outcome = printed("throttle", "--seconds", "2", on=kind)

    assert outcome["rate"] > 10
    assert outcome["refused"] == 0
    assert outcome["sliding"] <= 80
    assert outcome["at_once"] <= 10
    assert outcome["slots_back"] < LEASE_SECONDS + 2
    assert outcome["rate_after_kill"] > 10
    assert max(outcome["waits"]) < 2
