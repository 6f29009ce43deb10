"""Celery messages in a folder, for a site without a broker: kombu's transport, with files that appear whole.

kombu writes into a file that others already see; a worker that reads early dies with JSONDecodeError (2 of
12 bursts of 400 messages). It also takes messages through the system's temporary folder, which may lie on
another file system, where a move is a copy and not atomic. Here every file is written aside and renamed.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """A channel over one folder: ``*.msg`` are messages, ``*.part`` are being written or read."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.folder = Path(self.data_folder_in)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.control_folder.mkdir(parents=True, exist_ok=True)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        self._create_table(self.control_folder / f"{exchange}.exchange")
        super()._queue_bind(exchange, routing_key, pattern, queue)

    def _create_table(self, table: Path) -> None:
        part = table.with_name(f"{uuid.uuid4()}.part")
        part.write_text("[]")
        try:
            os.link(part, table)
        except FileExistsError:
            pass
        finally:
            part.unlink()

    # kombu's own classes disagree about the name of the second argument.
    def _put(self, queue: str, payload: Any, **options: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}"
        part = self.folder / f"{name}.part"
        part.write_text(dumps(payload))
        os.replace(part, self.folder / f"{name}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for name in sorted(os.listdir(self.folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = self.folder / f"{name}.part"
            try:
                os.replace(self.folder / name, taken)
            except FileNotFoundError:  # another worker was faster
                continue
            message = loads(taken.read_text())
            taken.unlink()
            return message
        raise Empty


class Transport(filesystem.Transport):
    """The transport behind ``filesystem://`` in this project."""

    Channel = Channel
