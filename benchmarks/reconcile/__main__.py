"""python -m benchmarks.reconcile: a site with 50,000 users begins to use GetResponse, which knows 20,000.

``getresponse_pull``, ``getresponse_reconcile --dry-run``, ``getresponse_reconcile``, ``getresponse_push``, as
people run them, against a sandbox with the official limits that answers after 50 ms. Unless ``--kills 0``,
reconciling and pushing are each ended by SIGKILL in the middle and started again. Nothing may be done twice.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.databases import KINDS
from benchmarks.figures import Figures, shown
from benchmarks.reconcile.world import LIST, Counts, counts_of, expected, fill, found
from benchmarks.sites import site
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from example_project.demo.processes import Processes

LATENCY = 0.05
PATIENCE = 600


class Run:
    """The site, and what its commands took."""

    def __init__(self, sandbox: Sandbox, processes: Processes, counts: Counts) -> None:
        self.sandbox, self.processes, self.counts = sandbox, processes, counts
        self.figures: Figures = {"users": counts.users, "of them on the list": counts.there}

    def command(self, what: str, name: str, *arguments: str) -> str:
        """Run a command to its end; returns what it printed."""
        seen, started, spent = len(self.sandbox.requests), time.monotonic(), spent_by_children()
        printed = self.processes.run(name, "-m", "django", name, *arguments)
        self.figures[f"{what}: seconds"] = time.monotonic() - started
        self.figures[f"{what}: seconds of the processor"] = spent_by_children() - spent
        requests = self.sandbox.requests[seen:]
        self.figures[f"{what}: requests"] = len(requests)
        self.figures[f"{what}: refused with 429"] = sum(request.status == 429 for request in requests)
        return printed

    def kill(self, name: str, *arguments: str, when: Callable[[], bool]) -> None:
        """Start a command, and kill it when it is in the middle."""
        running = self.processes.start(name, "-m", "django", name, *arguments)
        self.processes.wait_for(f"the middle of {name}", when, name, patience=PATIENCE)
        running.signal_group(signal.SIGKILL)
        running.process.wait()
        del self.processes.children[name]
        running.log.unlink()

    def told(self, printed: str) -> Figures:
        """The numbers that the command prints of the rule."""
        said = re.findall(r"(\d+) (?:would be )?(subscribed|updated|unsubscribed)", printed)
        return {what: float(number) for number, what in said}


def spent_by_children() -> float:
    """Seconds of the processor of all processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def tables() -> dict[str, int]:
    """How many rows the tables that a reconciliation writes have."""
    from getresponse_django.models import Campaign, Change, ConsentRecord, Contact, Tag, Wish

    return {
        model.__name__: model._default_manager.count()
        for model in (Campaign, Change, ConsentRecord, Contact, Tag, Wish)
    }


def measure(sandbox: Sandbox, processes: Processes, counts: Counts, *, kills: bool) -> Figures:
    """All of it, one after another."""
    from getresponse_django.conf import app_settings
    from getresponse_django.models import Contact, Wish

    run = Run(sandbox, processes, counts)
    fill(sandbox, counts)
    run.command("pull", "getresponse_pull", "--only", "campaigns,fields,tags,contacts")
    before = tables()
    told = run.told(run.command("dry run", "getresponse_reconcile", "--dry-run"))
    run.figures |= {f"dry run: would be {what}": number for what, number in told.items()}
    run.figures["dry run: rows written"] = sum(tables().values()) - sum(before.values())
    if kills:
        half = counts.users // 2
        run.kill("getresponse_reconcile", when=lambda: Wish.objects.count() >= half)
        run.figures["killed: objects done"] = Wish.objects.count()
    told = run.told(run.command("reconcile", "getresponse_reconcile"))
    run.figures |= {f"reconcile: {what}": number for what, number in told.items()}
    run.figures["reconcile: new contacts"] = Contact.plain.filter(state="new").count()
    again = run.told(run.command("again", "getresponse_reconcile"))
    run.figures["again: changed"] = sum(again.values())
    if kills:
        run.kill("getresponse_push", when=lambda: len(sandbox.creates()) >= counts.new // 2)
        run.figures["killed: creates accepted"] = len(sandbox.creates())
        time.sleep(app_settings.LEASE_SECONDS)  # what the killed one had claimed is free then
    run.command("push", "getresponse_push")
    return run.figures | verdict(sandbox, counts)


def verdict(sandbox: Sandbox, counts: Counts) -> Figures:
    """What must hold at last: the list is what the rules want, everybody was created once, nothing waits."""
    from getresponse_django.models import Change

    wanted, there = expected(counts), found(sandbox)
    created = Counter(create["email"] for create in sandbox.creates())
    wrong = [email for email in wanted.keys() | there.keys() if wanted.get(email) != there.get(email)]
    return {
        f"on {LIST} at last": len(there),
        "wrong at last": len(wrong),
        "created": len(created),
        "created twice": sum(count > 1 for count in created.values()),
        "waiting at last": Change.objects.count(),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code for the shell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reconcile", description=__doc__)
    parser.add_argument("--on", choices=KINDS, default="postgresql", help="the database (default postgresql)")
    parser.add_argument("--users", type=int, default=50_000, help="how many there are (default 50,000)")
    parser.add_argument("--kills", type=int, choices=(0, 1), default=1, help="0: nothing is killed")
    parser.add_argument("--json", action="store_true", help="print a line of JSON")
    options = parser.parse_args(argv)
    with (
        Sandbox(latency=LATENCY) as sandbox,
        site(options.on, "getresponse_reconcile", sandbox, "benchmarks.reconcile.settings") as processes,
    ):
        figures = measure(sandbox, processes, counts_of(options.users), kills=bool(options.kills))
    print(json.dumps(figures) if options.json else shown(f"{options.on}: reconcile", figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
