"""python -m benchmarks.pull: how fast GetResponse is mirrored here, beside what others do.

Every measurement has a database and a sandbox of its own, with the official limits and answers after 50 ms;
what pulls runs in a process of its own (benchmarks/pulling.py). Peers read ``--sample`` contacts, and their
time is scaled to the number that we read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.figures import Figures, child, measure_all, parser_of
from benchmarks.sites import site
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from example_project.demo.processes import Processes

LATENCY = 0.05
TAGS = [f"tag_{number}" for number in range(10)]

MODULE, PULLING = "benchmarks.pull", "benchmarks.pulling"


def populate(sandbox: Sandbox, count: int) -> None:
    """Give the sandbox contacts of one list, one a second until an hour ago, each with one of the tags."""
    first = datetime.now(UTC) - timedelta(seconds=count + 3600)
    for number in range(count):
        sandbox.now = lambda number=number: first + timedelta(seconds=number)  # type: ignore[misc]
        email, name = f"person{number}@example.com", f"Person {number}"
        sandbox.add_contact(email, "customers", name, tags=[TAGS[number % len(TAGS)]])
    sandbox.now = lambda: datetime.now(UTC)


def measure_contacts(sandbox: Sandbox, processes: Processes, options: argparse.Namespace) -> Figures:
    """A first pull, a second one with nothing changed, and one after some changes."""
    count = options.contacts
    populate(sandbox, count)
    child(processes, PULLING, "named")
    figures: Figures = {"contacts": count}
    peers = {}
    for peer in ("loop", "package") if options.sample else ():
        took = child(processes, PULLING, peer, "--count", str(min(options.sample, count)))
        peers[peer] = took["seconds"] * count / took["contacts"]
    first = pulled(sandbox, processes, "first")
    figures |= first
    figures["contacts a second"] = count / first["first: seconds"]
    figures |= {
        f"times faster than the {peer}": seconds / first["first: seconds"] for peer, seconds in peers.items()
    }
    figures |= pulled(sandbox, processes, "again", "--parts", "campaigns,fields,tags,contacts")
    change(sandbox, options.changes)
    return figures | pulled(sandbox, processes, f"after {options.changes} changes")


def pulled(sandbox: Sandbox, processes: Processes, what: str, *arguments: str) -> Figures:
    """Pull in a process of its own: what that took, and what arrived in the sandbox."""
    seen = len(sandbox.requests)
    took = child(processes, PULLING, "pull", *arguments)
    paths = [request.path for request in sandbox.requests[seen:]]
    searches = sum(path.startswith("/search-contacts") for path in paths)
    took |= {"requests": len(paths), "requests for tags": searches}
    return {f"{what}: {name}": value for name, value in took.items()}


def change(sandbox: Sandbox, count: int) -> None:
    """Rename some contacts, in the sandbox itself: that is not what is measured."""
    from getresponse_django.sandbox.audience.memberships import touch

    store = sandbox._store
    everybody = list(store.active)
    for contact in everybody[:: len(everybody) // count][:count]:
        contact.name = "Renamed"
        touch(store, contact)


def measure_memory(sandbox: Sandbox, processes: Processes, options: argparse.Namespace) -> Figures:
    """The memory of a first pull, and of one of twice as many contacts."""
    figures: Figures = {}
    for count in (options.contacts, 2 * options.contacts):
        sandbox.reset()
        populate(sandbox, count)
        child(processes, PULLING, "named")
        took = child(processes, PULLING, "pull")
        figures[f"MiB more at most for {count:,} contacts"] = took["MiB more at most"]
        child(processes, PULLING, "forget")
    return figures


Measure = Callable[[Sandbox, "Processes", argparse.Namespace], Figures]
MEASURES: dict[str, Measure] = {"contacts": measure_contacts, "memory": measure_memory}


def measure(what: str, options: argparse.Namespace) -> Figures:
    """One measurement in this process, which Django is set up for on an empty database."""
    with Sandbox(latency=LATENCY) as sandbox, site(options.on, "getresponse_pull", sandbox) as processes:
        return MEASURES[what](sandbox, processes, options)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code for the shell."""
    parser = parser_of(MODULE, __doc__, MEASURES)
    parser.add_argument("--contacts", type=int, default=100_000, help="how many there are (default 100,000)")
    parser.add_argument("--changes", type=int, default=500, help="how many of them change (default 500)")
    parser.add_argument("--sample", type=int, default=3000, help="contacts each peer reads; 0: without peers")
    return measure_all(parser, argv, MODULE, MEASURES, measure)


if __name__ == "__main__":
    sys.exit(main())
