"""python -m benchmarks.chaos: one command, one seed; exits 1 when anything is lost, doubled or left."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.verdict import faults_found
from benchmarks.chaos.writer import CAMPAIGNS, EPISODE, TAGS
from benchmarks.databases import KINDS, empty_database
from example_project.demo.processes import Processes
from getresponse_django.sandbox import Sandbox
from tests.services import free_port


class Chaos:
    """One run: the processes, and what happens to them."""

    def __init__(
        self, options: argparse.Namespace, sandbox: Sandbox, folder: Path, environment: dict[str, str]
    ) -> None:
        self.options, self.sandbox = options, sandbox
        self.dice = random.Random(options.seed)
        self.broker_port = int(environment["CELERY_BROKER_URL"].rsplit(":", 1)[1].split("/")[0])
        self.processes = Processes(folder, environment)
        self.broker: subprocess.Popen[bytes] | None = None
        self.starts = Counter[str]()
        self.kills = self.restarts = self.crashes = 0

    def run(self) -> list[str]:
        """Everything; returns what is wrong afterwards."""
        self.start_broker()
        for name in ("worker-1", "worker-2", "beat"):
            self.start(name)
        self.sandbox.chaos(share=self.options.share, seed=self.options.seed, seconds=1.0)
        self.start_writers()
        self.break_things()
        print("  the writers have ended; everything works again", flush=True)
        self.sandbox.heal()
        self.wait_until_quiet()
        return faults_found(self.sandbox)

    def start_broker(self) -> None:
        """A Redis of our own, which forgets everything when it is killed."""
        port = str(self.broker_port)
        self.broker = subprocess.Popen(
            ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )

    def start(self, name: str) -> None:
        """Beat, or a worker with two children."""
        if name == "beat":
            arguments = ["beat", "--schedule", str(self.processes.folder / "beat"), "--pidfile="]
        else:
            arguments = ["worker", "--concurrency", "2", "--hostname", f"{name}@%h", "--loglevel", "INFO"]
        self.processes.start(name, "-m", "celery", "--app", "example_project", *arguments)
        self.starts[name] += 1

    def supervise(self) -> None:
        """Start again what ended by itself, as systemd would: Celery does not survive every loss of Redis."""
        for name, child in list(self.processes.children.items()):
            if name in self.starts and child.process.poll() is not None:
                del self.processes.children[name]
                self.crashes += 1
                self.start(name)

    def start_writers(self) -> None:
        """The site's own work."""
        share = self.options.operations // self.options.writers
        for number in range(self.options.writers):
            seed = str(1000 * self.options.seed + number)
            sizes = (str(share), str(self.options.contacts), str(self.options.seconds))
            self.processes.start(f"writer-{number}", "-m", "benchmarks.chaos.writer", seed, *sizes)

    def break_things(self) -> None:
        """Kill workers in turn while they work and restart the broker, until the writers have ended too."""
        seconds, restarts = self.options.seconds, self.options.restarts
        restart_at = [seconds * (number + 1) / (restarts + 1) for number in range(restarts)]
        started, next_kill = time.monotonic(), 0.0
        while self.writing() or self.kills < 2 * self.options.kills:
            time.sleep(0.1)
            passed = time.monotonic() - started
            if restart_at and passed > restart_at[0]:
                restart_at.pop(0)
                self.restart_broker()
            victim = f"worker-{1 + self.kills % 2}"
            if passed > next_kill and self.kills < 2 * self.options.kills and self.works(victim):
                self.kill_worker(victim)
                next_kill = time.monotonic() - started + self.dice.uniform(0.2, self.gap)

    @property
    def gap(self) -> float:
        """The longest time between two kills that lets all of them happen while the writers work."""
        return float(self.options.seconds / max(1, 2 * self.options.kills))

    def works(self, name: str) -> bool:
        """Whether a worker has begun to work: one that is killed before that proves nothing."""
        log = self.processes.children[name].log.read_text(errors="replace")
        return log.count(" ready.") >= self.starts[name]

    def writing(self) -> bool:
        """Whether a writer still works. Raises DemoFailed when one has failed."""
        self.supervise()
        for name in [name for name in self.processes.children if name.startswith("writer")]:
            if self.processes.children[name].process.poll() == 0:
                del self.processes.children[name]
        self.processes.check()
        return any(name.startswith("writer") for name in self.processes.children)

    def kill_worker(self, name: str) -> None:
        """SIGKILL a worker and its children at once, and start another."""
        child = self.processes.children.pop(name)
        child.signal_group(signal.SIGKILL)
        child.process.wait()
        self.kills += 1
        self.start(name)

    def restart_broker(self) -> None:
        """Kill the broker, let everybody miss it for a moment, start another."""
        self.stop_broker()
        time.sleep(1)
        self.start_broker()
        self.restarts += 1

    def stop_broker(self) -> None:
        """Kill the broker."""
        if self.broker:
            self.broker.kill()
            self.broker.wait()

    def wait_until_quiet(self) -> None:
        """Wait until nothing waits to be pushed, or the patience ends."""
        from getresponse_django.models import Change

        deadline = time.monotonic() + self.options.patience
        while time.monotonic() < deadline and Change.objects.waiting().exists():
            self.supervise()
            time.sleep(0.5)

    def stop(self) -> None:
        """End everything."""
        self.processes.stop()
        self.stop_broker()


@contextmanager
def site(options: argparse.Namespace) -> Iterator[Chaos]:
    """An empty site with its lists, custom fields and tags, ready to run."""
    name = f"getresponse_chaos_{os.getpid()}"
    with (
        TemporaryDirectory(prefix="getresponse-chaos-") as folder,
        empty_database(options.on, Path(folder), name) as url,
        Sandbox(landing_delay=0.5, latency=0.02) as sandbox,
    ):
        environment = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.chaos.settings",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
            "GETRESPONSE_API_KEY": sandbox.key,
            "GETRESPONSE_BASE_URL": sandbox.url,
            "SECRET_KEY": "benchmarks",
        }
        os.environ.update(environment)
        prepare(sandbox)
        chaos = Chaos(options, sandbox, Path(options.logs or folder), environment)
        try:
            yield chaos
        finally:
            chaos.stop()
            from django.db import connections

            connections.close_all()


def prepare(sandbox: Sandbox) -> None:
    """What a site finds in GetResponse before anything fails."""
    import django
    from django.core.management import call_command

    for campaign in CAMPAIGNS:
        sandbox.add_campaign(campaign)
    sandbox.add_contact(
        "first@example.com", CAMPAIGNS[0], tags=TAGS[:2], custom_fields={EPISODE: "x", "city": "x"}
    )
    sandbox.remove_contact(sandbox.contacts(CAMPAIGNS[0])[0]["contactId"], "api")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("getresponse_pull", only="campaigns,fields,tags", verbosity=0)


def options_of(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--contacts", type=int, default=2_000)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--share", type=float, default=0.1, help="of the requests that fail")
    parser.add_argument("--kills", type=int, default=20, help="of each of the two workers")
    parser.add_argument("--restarts", type=int, default=3, help="of the broker")
    parser.add_argument("--seconds", type=float, default=160, help="that the writers work for")
    parser.add_argument("--patience", type=float, default=240, help="seconds to wait for the last change")
    parser.add_argument("--on", choices=KINDS, default="postgresql")
    parser.add_argument("--logs", help="keep the logs of the processes in this folder")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code for the shell."""
    options = options_of(argv)
    started = time.monotonic()
    print(f"chaos with seed {options.seed} on {options.on}: {options.operations} operations", flush=True)
    with site(options) as chaos:
        wrong = chaos.run()
        requests = chaos.sandbox.requests
        failed = sum(request.status == 0 or request.status >= 429 for request in requests)
        print(f"  {len(requests)} requests, {failed} of them answered with 429, 5xx or not at all")
        creates = len(chaos.sandbox.creates())
        print(f"  {creates} creates; {chaos.kills} workers were killed, {chaos.crashes} crashed")
        print(f"  the broker was restarted {chaos.restarts} times")
    for line in wrong[:50]:
        print(f"  WRONG: {line}")
    verdict = f"{len(wrong)} things are wrong" if wrong else "GetResponse holds what the database holds"
    print(f"  {verdict}; {time.monotonic() - started:.0f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
