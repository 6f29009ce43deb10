"""The folder as a broker: every message arrives whole, once, and in order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from example_project.filesystem_broker import Channel, Transport

MESSAGES = 300


def connect(folder: Path) -> Connection:
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
    }
    return Connection(transport=Transport, transport_options=options)


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with connect(tmp_path) as connection:
        yield connection.channel()


def drain(channel: Channel, queue: str = "celery") -> list[Any]:
    """Everything in the queue until it is empty."""
    found = []
    while True:
        try:
            found.append(channel._get(queue)["number"])
        except Empty:
            return found


def test_folders_that_do_not_exist_yet_are_made(tmp_path: Path) -> None:
    with connect(tmp_path / "deep" / "er") as connection, connection.SimpleQueue("celery") as queue:
        queue.put({"number": 1})
        assert queue.get(timeout=5).payload == {"number": 1}


def test_messages_come_out_in_the_order_they_went_in(channel: Channel) -> None:
    for number in range(20):
        channel._put("celery", {"number": number})
    assert drain(channel) == list(range(20))


def test_a_queue_gives_only_its_own_messages(channel: Channel) -> None:
    channel._put("celery", {"number": 1})
    channel._put("other.celery", {"number": 2})
    assert drain(channel) == [1]
    assert channel._size("other.celery") == 1


def test_nothing_is_left_in_the_folder_after_the_last_message(channel: Channel) -> None:
    channel._put("celery", {"number": 1})
    drain(channel)
    assert list(channel.folder.iterdir()) == []


def test_readers_beside_writers_get_every_message_once_and_whole(tmp_path: Path) -> None:
    def write(start: int) -> list[int]:
        with connect(tmp_path) as connection:
            channel = connection.channel()
            for number in range(start, start + MESSAGES):
                channel._put("celery", {"number": number, "padding": "x" * 20_000})
        return []

    def read(_reader: int) -> list[int]:
        found: list[int] = []
        with connect(tmp_path) as connection:
            channel = connection.channel()
            while len(list(tmp_path.glob("written-*"))) < 2 or channel._size("celery"):
                found += drain(channel)
        return found

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, number) for number in range(2)]
        for start in pool.map(lambda start: (write(start), start)[1], (0, MESSAGES)):
            (tmp_path / f"written-{start}").touch()
        found = [number for reader in readers for number in reader.result(timeout=60)]
    assert sorted(found) == list(range(2 * MESSAGES))


def test_processes_that_declare_the_same_queue_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    def declare(_number: int) -> list[Any]:
        with connect(tmp_path) as connection:
            channel = connection.channel()
            channel._queue_bind("celery", "celery", "", "celery")
            return list(channel.get_table("celery"))

    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(declare, range(40)))
    assert all(table == [("celery", "", "celery")] for table in tables)
