"""python -m benchmarks.throttle: several processes send as fast as they can, within the limits.

Four on PostgreSQL and two on SQLite, by default for 30 s each, against a sandbox that refuses what goes
beyond 80 a second (sliding), 30,000 in 10 minutes and 10 at once. Meanwhile an interactive client sends a
request now and then, which must not wait behind them. Then one of the processes is killed by SIGKILL while it
has requests under way.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import repeat
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.databases import KINDS
from benchmarks.rates import most_in_a_fixed_second, most_in_a_sliding_second, per_second
from benchmarks.sites import set_up_django, site
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from example_project.demo.processes import Processes

PERMITTED = 80
SENDERS = {"postgresql": 4, "sqlite": 2}
SETTLING = 3.0
"""Seconds after the start, and after the kill until leases are over, that are not measured."""


@dataclass(frozen=True)
class Outcome:
    """What one run showed. Rates are requests a second; ``slots_back`` is in seconds after the kill,
    ``waits`` are the seconds that interactive requests took beyond the latency.
    """

    kind: str
    senders: int
    rate: float
    refused: int
    fixed: int
    sliding: int
    at_once: int
    waits: list[float]
    slots_back: float
    rate_after_kill: float

    def __str__(self) -> str:
        rate, after = self.rate / PERMITTED, self.rate_after_kill / PERMITTED
        waited = f"{median(self.waits):.2f} s in the middle, {max(self.waits):.2f} s at most"
        return (
            f"{self.kind}, {self.senders} processes\n"
            f"  {self.rate:.1f} requests a second, {rate:.0%} of the permitted {PERMITTED}\n"
            f"  {self.refused} refused with 429\n"
            f"  at most {self.fixed} in a fixed second, {self.sliding} in a sliding one\n"
            f"  at most {self.at_once} at once\n"
            f"  an interactive request waited {waited}\n"
            f"  one killed: its slots free after {self.slots_back:.1f} s, then {after:.0%} of the rate"
        )


def measure(kind: str, seconds: float, latency: float) -> Outcome:
    """One run in this process, which Django is set up for on an empty database of this kind."""
    with (
        Sandbox(latency=latency) as sandbox,
        site(kind, "getresponse_throttle", sandbox) as processes,
    ):
        return watch(kind, seconds, sandbox, processes)


def watch(kind: str, seconds: float, sandbox: Sandbox, processes: Processes) -> Outcome:
    """Let them send, kill one, and look at what arrived."""
    senders = SENDERS[kind]
    for number in range(senders):
        processes.start(f"sender-{number}", "-m", "benchmarks.throttle", "--send")
    processes.wait_for("every sender", lambda: len(slots_by_sender()) >= senders, "sender-0")
    time.sleep(SETTLING)
    start = time.time()
    waits = interactive_waits(start + seconds, sandbox.latency)
    end = time.time()
    slots_back = kill_one(processes)
    time.sleep(SETTLING)
    after = time.time()
    time.sleep(max(2.0, seconds / 3))
    done = time.time()
    times = [logged.at for logged in sandbox.requests]
    refused = [logged for logged in sandbox.requests if logged.status == 429]
    return Outcome(
        kind,
        senders,
        rate=per_second(times, start, end),
        refused=len(refused),
        fixed=most_in_a_fixed_second(times),
        sliding=most_in_a_sliding_second(times),
        at_once=sandbox.most_at_once,
        waits=waits,
        slots_back=slots_back,
        rate_after_kill=per_second(times, after, done),
    )


def interactive_waits(until: float, latency: float) -> list[float]:
    """Send a request every half second; how long each took beyond the latency."""
    from getresponse_django import Client

    waits = []
    with Client.for_account(interactive=True) as client:
        while time.time() < until:
            started = time.monotonic()
            client.get("/campaigns", perPage=1)
            waits.append(time.monotonic() - started - latency)
            time.sleep(0.5)
    return waits


def slots_by_sender() -> dict[str, int]:
    """The slots that each sender holds, as the row of the account has them."""
    from getresponse_django.models import Account

    state = Account.objects.for_alias("default").limits
    return {name: entry["slots"] for name, entry in state.get("senders", {}).items()}


def kill_one(processes: Processes) -> float:
    """Kill a sender; returns the seconds until nobody holds slots but the others."""
    child = processes.children.pop("sender-0")
    known = set(slots_by_sender())
    child.signal_group(signal.SIGKILL)
    child.process.wait()
    killed = time.monotonic()
    processes.wait_for("the slots", lambda: len(known & set(slots_by_sender())) < len(known), "sender-1", 30)
    return time.monotonic() - killed


def send() -> None:
    """Send until somebody ends this process."""
    set_up_django()
    from getresponse_django import Client
    from getresponse_django.client import Call
    from getresponse_django.errors import GetResponseError

    with Client.for_account() as client:
        for _call, result in client.send_many(repeat(Call("GET", "/campaigns", params={"perPage": 1}))):
            if isinstance(result, GetResponseError):
                print(result)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code for the shell. Each kind of database is measured in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throttle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds until the sandbox answers")
    parser.add_argument("--on", choices=KINDS, help="only on this kind of database")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.send:
        send()
    elif options.on:
        outcome = measure(options.on, options.seconds, options.latency)
        print(json.dumps(asdict(outcome)) if options.json else outcome, flush=True)
    else:
        command = [sys.executable, "-m", "benchmarks.throttle", *(sys.argv[1:] if argv is None else argv)]
        return max(subprocess.call([*command, "--on", kind]) for kind in KINDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
