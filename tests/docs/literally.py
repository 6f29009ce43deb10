"""Follow a page literally: write its files, type its commands, expect what it says that they print.

``python -m tests.docs.literally docs/tutorial/first-contact.md FOLDER WHEEL`` does it as a reader would, in
an empty folder, but for one thing: what is installed is the wheel of this checkout.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs.pages import Block, blocks_of

STAYS_UP = re.compile(r"getresponse_sandbox|\bcelery\b.* (worker|beat)\b|runserver|gunicorn")
"""Commands of a terminal of their own: they are left running until the end."""

PATIENCE = 90
"""Seconds until what a page says must have come true: processes start, and contacts land, in their time."""


class Surprise(Exception):
    """A command did something else than the page says."""


class Reader:
    """Somebody who does in ``folder`` what a page says.

    ``typed`` may change a command before it is run, ``written`` the text of a file, ``said`` what the page
    says is printed: for other ports, say.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        typed: Callable[[str], str] = str,
        written: Callable[[str], str] = str,
        said: Callable[[str], str] = str,
    ) -> None:
        self.folder, self.environment = folder, dict(environment)
        self.typed, self.written, self.said = typed, written, said
        self.terminals: list[subprocess.Popen[bytes]] = []
        self.times: list[tuple[float, str]] = []

    def follow(self, page: str) -> None:
        """All blocks of the page, from the first to the last. Raises Surprise."""
        for block in blocks_of(page, "console", "python", "sh"):
            if block.language == "console":
                self.type(block)
            else:
                self.write(block)

    def write(self, block: Block) -> None:
        """The file of a block; a block that names none is not for the reader to do."""
        if block.file:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if block.continues else "w") as file:
                file.write(("\n" if block.continues else "") + self.written(block.text))

    def type(self, block: Block) -> None:
        """The commands of a block, each with what the page says it prints."""
        for part in re.split(r"(?m)^\$ ", block.text)[1:]:
            command, _, said = part.partition("\n")
            started = time.monotonic()
            self.run(self.typed(command), self.said(said.strip()), where=str(block))
            self.times.append((time.monotonic() - started, command))

    def run(self, command: str, said: str, *, where: str) -> None:
        """Run it until it prints what the page says. Raises Surprise."""
        if activated := re.fullmatch(r"\. (\S+)/bin/activate", command):
            self.environment["PATH"] = f"{self.folder / activated[1]}/bin:{self.environment['PATH']}"
        elif STAYS_UP.search(command):
            self.leave_running(command, said, where)
        elif command:
            deadline = time.monotonic() + PATIENCE if said else 0
            first = code, printed = self.output(command)
            while code or not is_as_said(printed, said):
                if time.monotonic() > deadline:
                    raise Surprise(f"{where}: {command}\n{said!r}\nwas said, but:\n{first}\n{printed}")
                time.sleep(0.5)
                code, printed = self.output(command)

    def output(self, command: str) -> tuple[int, str]:
        """The exit code of a command and what it prints."""
        environment = self.environment
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=environment, text=True, capture_output=True
        )
        return done.returncode, done.stdout + done.stderr

    def leave_running(self, command: str, said: str, where: str) -> None:
        """Start it in a terminal of its own, and wait for its first words where the page shows some."""
        log = self.folder / f"terminal-{len(self.terminals)}.log"
        with log.open("wb") as output:
            terminal = subprocess.Popen(
                f"exec {command}",
                shell=True,
                cwd=self.folder,
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.terminals.append(terminal)
        deadline = time.monotonic() + PATIENCE
        while terminal.poll() is None and not is_as_said(log.read_text(), said):
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        if not is_as_said(log.read_text(), said):
            raise Surprise(f"{where}: {command}\nThe page says:\n{said}\nIt printed:\n{log.read_text()}")

    def close(self) -> None:
        """Press Ctrl-C in every terminal. Raises Surprise where one had ended by itself."""
        ended = [terminal.args for terminal in self.terminals if terminal.poll() is not None]
        for terminal in self.terminals:
            if terminal.poll() is None:
                os.killpg(terminal.pid, signal.SIGINT)
        for terminal in self.terminals:
            try:
                terminal.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(terminal.pid, signal.SIGKILL)
        if ended:
            raise Surprise(f"These had ended by themselves: {ended}")


def is_as_said(printed: str, said: str) -> bool:
    """Whether every line that a page shows is printed, in any place; ``...`` stands for anything."""
    return all(
        re.search(re.escape(line.strip()).replace(re.escape("..."), ".*"), printed)
        for line in said.splitlines()
    )


def main() -> None:
    """Follow a page, and print how long each command took."""
    page, folder, wheel = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    folder.mkdir(parents=True)
    ours = ("DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in ours}

    def typed(command: str) -> str:
        return re.sub(r"(pip install )'?getresponse-django(\[\w+\])?'?", rf"\1'{wheel}\2'", command)

    reader = Reader(folder, environment, typed=typed)
    started = time.monotonic()
    try:
        reader.follow(page)
    finally:
        for seconds, command in reader.times:
            print(f"{seconds:6.1f} s  {command}")
        reader.close()
    print(f"{time.monotonic() - started:6.1f} s in all")


if __name__ == "__main__":
    main()
