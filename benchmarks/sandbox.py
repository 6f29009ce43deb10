"""How fast the sandbox is: starts one with many contacts, without limits, and loads it with wrk.

    python benchmarks/sandbox.py [--contacts 100000] [--seconds 5] [--only search]

wrk is a load generator written in C (``apt-get install wrk``): unlike ``requests`` it costs little itself, so
that the numbers are those of the sandbox. Both run on this machine and share its cores with whatever else
runs; the processor time that the sandbox takes for a request (from /proc, so on Linux) depends on that least.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
KEY = {"X-Auth-Token": "api-key sandbox"}
CONNECTIONS = (1, 10)


class Case(NamedTuple):
    """One kind of request; ``body`` makes it a POST."""

    name: str
    path: str
    body: Any = None


class Sandbox(NamedTuple):
    """A running sandbox: its address, the seconds it took to start, and its process."""

    url: str
    seconds: float
    process: subprocess.Popen[str]

    @property
    def megabytes(self) -> float:
        """The memory it occupies."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    @property
    def processor_seconds(self) -> float:
        """The processor time it has used so far."""
        numbers = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(contacts: int) -> Iterator[Sandbox]:
    """A sandbox process, ended afterwards."""
    command = [sys.executable, "-u", "-m", "getresponse_django.sandbox", "--port", "0", "--no-limits"]
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, "--contacts", str(contacts)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"address: (\S+)", line):
                yield Sandbox(found[1], time.monotonic() - started, process)
                return
        raise SystemExit("The sandbox did not start.")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def get(url: str, path: str) -> Any:
    """The JSON of a GET."""
    with urllib.request.urlopen(urllib.request.Request(url + path, headers=KEY)) as answer:
        return json.load(answer)


def cases(url: str) -> list[Case]:
    """What is measured, with contacts that this sandbox has."""
    contacts = get(url, "/contacts?perPage=64&page=3")
    first = contacts[0]
    contact, email = f"/contacts/{first['contactId']}", first["email"]
    return [
        Case("GET /campaigns", "/campaigns"),
        Case(
            "GET /contacts, one exact address", f"/contacts?query[email]={email}&additionalFlags=exactMatch"
        ),
        Case("GET /contacts/{id}", contact),
        Case("GET /contacts, 10 of all", "/contacts?perPage=10"),
        Case("GET /contacts, 1,000 of all, page 50", "/contacts?perPage=1000&page=50"),
        Case("POST /search-contacts/contacts, 64 addresses", "/search-contacts/contacts", search(contacts)),
        Case("POST /contacts/{id}, a name", contact, {"name": "Anna Kowalska"}),
    ]


def search(contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """The search that finds these contacts by address, as the push makes it."""
    conditions = [
        {"conditionType": "email", "operatorType": "string_operator", "operator": "is", "value": c["email"]}
        for c in contacts
    ]
    sections = [
        {
            "campaignIdsList": sorted({c["campaign"]["campaignId"] for c in contacts}),
            "logicOperator": "or",
            "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
            "subscriptionDate": "all_time",
            "conditions": conditions[start : start + 8],
        }
        for start in range(0, len(conditions), 8)
    ]
    return {"subscribersType": ["subscribed"], "sectionLogicOperator": "or", "section": sections}


class Load(NamedTuple):
    """What was measured: requests a second, the latency that half and all but 1 % stay under, and the
    microseconds of processor time of the sandbox for a request.
    """

    rate: float
    median: str
    slow: str
    cost: float


def load(sandbox: Sandbox, case: Case, connections: int, seconds: int) -> Load:
    """Run wrk. Raises SystemExit when the sandbox refused a request."""
    before = sandbox.processor_seconds
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua(case))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name]
        said = subprocess.run(
            [*command, sandbox.url + case.path], capture_output=True, text=True, check=True
        ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{case.name}: some requests failed.\n{said}")
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"(\d+) requests in", said)
    assert rate and count, said
    latency = dict(re.findall(r"(\d+)%\s+(\S+)", said))
    cost = 1e6 * (sandbox.processor_seconds - before) / int(count[1])
    return Load(float(rate[1]), latency.get("50", "?"), latency.get("99", "?"), cost)


def lua(case: Case) -> str:
    """The headers and the body of a case, as wrk reads them."""
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in KEY.items()]
    if case.body is not None:
        lines += ['wrk.method = "POST"', 'wrk.headers["Content-Type"] = "application/json"']
        lines.append(f"wrk.body = [==[{json.dumps(case.body)}]==]")
    return "\n".join(lines)


def print_table(sandbox: Sandbox, seconds: int, only: str) -> None:
    """One line for each kind of request, in Markdown."""
    measured = [f"{n} connections: requests/s | median | 99 % | CPU, µs" for n in CONNECTIONS]
    print(f"| request | {' | '.join(measured)} |")
    print("|---" * (1 + 4 * len(CONNECTIONS)) + "|")
    for case in cases(sandbox.url):
        if only in case.name:
            loads = [load(sandbox, case, connections, seconds) for connections in CONNECTIONS]
            cells = [f"{one.rate:,.0f} | {one.median} | {one.slow} | {one.cost:,.0f}" for one in loads]
            print(f"| {case.name} | {' | '.join(cells)} |", flush=True)


def main() -> int:
    """Measure and print. Returns the exit code: 1 when there is no wrk."""
    parser = argparse.ArgumentParser(description="How fast the sandbox is.")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=5, help="of load for each number (default 5)")
    parser.add_argument("--only", default="", help="only the requests whose name contains this")
    options = parser.parse_args()
    with running(options.contacts) as sandbox:
        start = f"{sandbox.seconds:.1f} s to start ({sandbox.processor_seconds:.1f} s of processor time)"
        print(f"{options.contacts:,} contacts: {start}, {sandbox.megabytes:.0f} MB")
        if not shutil.which("wrk"):
            print("wrk is not installed: nothing more is measured. On Debian: apt-get install wrk")
            return 1
        print_table(sandbox, options.seconds, options.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
