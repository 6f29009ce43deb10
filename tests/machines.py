"""What tests by hypothesis share that act in random order: a state machine beside the sandbox."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from getresponse_django.sandbox import Sandbox


def run_machine(machine: Any, sandbox: Sandbox, *, examples: int, steps: int) -> None:
    """Try some sequences of up to so many steps; afterwards the sandbox has its clock again."""
    machine.sandbox, before = sandbox, sandbox.now
    few = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(machine, settings=few)
    finally:
        sandbox.now = before
