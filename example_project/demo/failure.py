"""How the demo says that it cannot go on."""

from __future__ import annotations

from pathlib import Path

LAST_LINES = 12


class DemoFailed(Exception):
    """A step did not do what it should. The text says which, and shows the end of the log to read."""

    def __init__(self, text: str, log: Path | None = None) -> None:
        super().__init__("\n".join([text, *tail(log)]))


def tail(log: Path | None) -> list[str]:
    """The last lines of a log, introduced by its name."""
    if log is None or not log.exists():
        return []
    lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return [f"The end of {log}:", *(f"  | {line}" for line in lines or ["(empty)"])]
