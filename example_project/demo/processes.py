"""The processes of the demo: each in its own process group, with its own log, and none left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess  # nosec B404  # it starts this Python, with arguments that are written here
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .failure import DemoFailed
from .world import CHECKOUT

T = TypeVar("T")

PATIENCE = 90
"""Seconds a step may take. Beat drains every minute even when every nudge is lost, hence not less."""
POLL = 0.2
PR_SET_PDEATHSIG = 1
GRACE = 15
"""Seconds between SIGTERM and SIGKILL: a worker needs up to 5 to end its task."""


@dataclass(frozen=True)
class Child:
    """One running process."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the process and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed and can no longer do so itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Processes:
    """What was started and must be ended; ``environment`` is added to the environment of all of it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.children: dict[str, Child] = {}

    def start(self, name: str, *arguments: str, **environment: str) -> Child:
        """Start this Python with ``arguments`` in the background; its output goes to ``name``.log."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # nosec B603  # a list, without a shell
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env={**os.environ, **self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self.children[name] = Child(name, log, process)
        return self.children[name]

    def run(self, name: str, *arguments: str, also_fine: str = "") -> str:
        """Run this Python with ``arguments`` to its end and return the output.

        Raises DemoFailed when it fails, unless its output contains ``also_fine``.
        """
        child = self.start(name, *arguments)
        code = child.process.wait()
        del self.children[name]
        output = child.log.read_text(errors="replace")
        if code and not (also_fine and also_fine in output):
            raise DemoFailed(f"`python {' '.join(arguments)}` ended with code {code}.", child.log)
        return output

    def check(self) -> None:
        """Raise DemoFailed when one of the processes has ended by itself."""
        for child in self.children.values():
            code = child.process.poll()
            if code is not None:
                raise DemoFailed(f"The {child.name} ended by itself with code {code}.", child.log)

    def wait_for(self, what: str, look: Callable[[], T | None], log: str, patience: float = PATIENCE) -> T:
        """The first true result of ``look()``.

        Raises DemoFailed, with the end of ``log``, after ``patience`` seconds, or when a process has ended.
        """
        deadline = time.monotonic() + patience
        while True:
            self.check()
            if found := look():
                return found
            if time.monotonic() > deadline:
                raise DemoFailed(f"Waited {patience:.0f} s in vain for {what}.", self.folder / f"{log}.log")
            time.sleep(POLL)

    def stop(self) -> None:
        """End everything: SIGTERM to every group, a moment of grace, then SIGKILL."""
        for child in self.children.values():
            child.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            child.signal_group(signal.SIGKILL)
            child.process.wait()
        self.children.clear()
