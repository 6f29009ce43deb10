"""python -m benchmarks.push: how fast changes reach GetResponse, beside a plain loop and a published client.

Every measurement has a database and a sandbox of its own, with the official limits and answers after 100 ms;
what sends runs in a process of its own (benchmarks/pushing.py). Peers do ``--sample`` requests, and their
time is scaled to the number that we do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.figures import Figures, child, measure_all, parser_of
from benchmarks.push_costs import measure_costs
from benchmarks.push_rows import CUSTOM_FIELD, linked_contacts, mirror_sandbox, new_contacts
from benchmarks.rates import most_in_a_sliding_second
from benchmarks.sites import site
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.http.exchange import LoggedRequest

if TYPE_CHECKING:
    from example_project.demo.processes import Processes

LATENCY = 0.1
PERMITTED = 80
"""Requests a second; 10 at once of 100 ms each would be 100."""

MODULE, PUSHING = "benchmarks.push", "benchmarks.pushing"


def measure_new(sandbox: Sandbox, processes: Processes, options: argparse.Namespace) -> Figures:
    """New contacts of one list, drained until all are linked."""
    count = sized(10_000, options)
    campaign_id = new_contacts(count)
    drained = child(processes, PUSHING, "drain")
    sent = counted(sandbox)
    figures = {"contacts": count, "seconds": drained["seconds"], "seconds of the processor": drained["cpu"]}
    figures |= {"linked": linked(), **sent}
    if options.sample:
        for peer in ("loop", "creates"):
            took = child(processes, PUSHING, peer, "--campaign", campaign_id, "--count", str(options.sample))
            scaled = took["seconds"] * count / options.sample
            figures[f"times faster than the {NAMES[peer]}"] = scaled / drained["seconds"]
    return figures


NAMES = {"loop": "loop", "creates": "package", "updates": "package"}


def linked() -> int:
    """How many contacts have their remote id, with nothing left to push."""
    from getresponse_django.models import Change, Contact

    waiting = Change.objects.values("object_pk")
    active = Contact.plain.filter(state="active", contact_id__isnull=False)
    return int(active.exclude(pk__in=waiting).count())


def measure_changes(sandbox: Sandbox, processes: Processes, options: argparse.Namespace) -> Figures:
    """Changes of different linked contacts: half of them of the name, half of a custom field."""
    from getresponse_django.models import Contact

    count = sized(3000, options)
    rows = linked_contacts(sandbox, count)
    for number, row in enumerate(rows):
        if number % 2:
            row.name = "New"
        else:
            row.custom_fields = {CUSTOM_FIELD: ["new"]}
    Contact.objects.bulk_update(rows, ["name", "custom_fields"], batch_size=1000)
    child(processes, PUSHING, "drain")
    times = [request.at for request in sandbox.requests]
    rate = (len(times) - 1) / (times[-1] - times[0])
    figures = {"changes": count, "requests a second": rate, "of what is permitted": rate / PERMITTED}
    figures |= counted(sandbox) | {"most in a sliding second": most_in_a_sliding_second(times)}
    if options.sample:
        ids = [str(row.contact_id) for row in rows[: options.sample]]
        took = child(processes, PUSHING, "updates", "--contacts", ",".join(ids))
        figures["rate of the package"] = len(ids) / took["seconds"]
        figures["refusals it drew"] = counted(sandbox)["429"] - figures["429"]
        figures["times faster than the package"] = rate * took["seconds"] / len(ids)
    return figures


def measure_saves(sandbox: Sandbox, processes: Processes, options: argparse.Namespace) -> Figures:
    """Many saves of few contacts, then a drain."""
    saves, contacts = sized(10_000, options), 100
    rows = linked_contacts(sandbox, contacts)
    for number in range(saves):
        row = rows[number % contacts]
        row.name = f"Name {number}"
        row.save()
    child(processes, PUSHING, "drain")
    return {"saves": saves, "contacts": contacts, **counted(sandbox)}


def measure_cost(sandbox: Sandbox, _processes: Processes, options: argparse.Namespace) -> Figures:
    """What the app adds to a save."""
    (row,) = linked_contacts(sandbox, 1)
    return measure_costs(row, turns=sized(500, options))


def measure_memory(sandbox: Sandbox, processes: Processes, options: argparse.Namespace) -> Figures:
    """The memory of a drain of very many changes: creates by the batch, without limits and latency."""
    sandbox.limits_on, sandbox.latency = False, 0
    count = sized(100_000, options)
    new_contacts(count)
    drained = child(processes, PUSHING, "drain-unlimited")
    figures = {"changes": count, "seconds": drained["seconds"], "MiB more at most": drained["memory"] / 1024}
    return figures | {"linked": linked()} | counted(sandbox)


Measure = Callable[[Sandbox, "Processes", argparse.Namespace], Figures]
MEASURES: dict[str, Measure] = {
    "new": measure_new,
    "changes": measure_changes,
    "saves": measure_saves,
    "cost": measure_cost,
    "memory": measure_memory,
}


def sized(count: int, options: argparse.Namespace) -> int:
    """``count``, or the share of it that is asked for."""
    return max(1, int(count * float(options.share)))


def counted(sandbox: Sandbox) -> Figures:
    """What arrived: batches, other writes, reads (searches are some), and refusals."""
    requests = sandbox.requests
    batches = sum(request.path == "/contacts/batch" for request in requests)
    reads = sum(is_read(request) for request in requests)
    refused = sum(request.status == 429 for request in requests)
    writes = len(requests) - batches - reads
    return {"batches": batches, "writes": writes, "reads": reads, "429": refused}


def is_read(request: LoggedRequest) -> bool:
    """Searches are sent by POST."""
    return request.method == "GET" or request.path.startswith("/search-contacts")


def measure(what: str, options: argparse.Namespace) -> Figures:
    """One measurement in this process, which Django is set up for on an empty database."""
    with (
        Sandbox(latency=LATENCY) as sandbox,
        site(options.on, "getresponse_push", sandbox) as processes,
    ):
        mirror_sandbox(sandbox)
        return MEASURES[what](sandbox, processes, options)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code for the shell."""
    parser = parser_of(MODULE, __doc__, MEASURES)
    parser.add_argument("--share", type=float, default=1.0, help="do this share of everything (default 1)")
    parser.add_argument("--sample", type=int, default=500, help="requests of each peer; 0: without peers")
    return measure_all(parser, argv, MODULE, MEASURES, measure)


if __name__ == "__main__":
    sys.exit(main())
