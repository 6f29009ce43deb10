"""The sandbox as a process: ``getresponse_sandbox`` or ``python -m getresponse_django.sandbox``."""

from __future__ import annotations

import argparse
import errno
import gc
import signal
import sys
import threading
from collections.abc import Sequence

from .sandbox import Sandbox


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    return parser().parse_args(argv)


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(
        prog="getresponse_sandbox", description="Serve an in-memory GetResponse account for tests and demos."
    )
    parser.add_argument(
        "--port", type=int, default=8025, help="port on 127.0.0.1 (default 8025, 0 for a free one)"
    )
    parser.add_argument("--contacts", type=int, default=300, help="seeded contacts (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same data (default 1)")
    parser.add_argument(
        "--landing-delay",
        type=float,
        default=0.2,
        help="seconds until an accepted contact appears (default %(default)s)",
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every call takes at least")
    parser.add_argument("--domain", default="", help="be a MAX account that wants this in X-Domain")
    parser.add_argument(
        "--return-address", default="", help="where the page of OAuth sends the browser back to"
    )
    parser.add_argument("--no-limits", action="store_true", help="do not refuse calls beyond the rate limits")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code: 0, or 1 when the port cannot be used."""
    options = arguments(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sandbox = Sandbox(
        port=options.port,
        contacts=options.contacts,
        seed=options.seed,
        landing_delay=options.landing_delay,
        limits=not options.no_limits,
        latency=options.latency,
        domain=options.domain,
    )
    sandbox.return_address = options.return_address
    # What was seeded stays: looking through it for garbage would stop a sandbox of 100,000 for half a second.
    gc.freeze()
    try:
        sandbox.start()
    except (OSError, OverflowError) as error:
        print(explanation(options.port, error), file=sys.stderr)
        return 1
    print(greeting(sandbox, options.contacts, options.domain), flush=True)
    # Waiting in slices lets a signal through on every platform.
    while not stop.wait(0.5):
        pass
    sandbox.stop()
    return 0


def explanation(port: int, error: Exception) -> str:
    """Why the sandbox cannot listen, and what to do."""
    command = "getresponse_sandbox --port"
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use. Stop the program that uses it, or choose another: {command} {port + 1}"
        )
    return f"The sandbox cannot listen on port {port} ({error}). Choose another: {command} 8025"


def greeting(sandbox: Sandbox, contacts: int, domain: str) -> str:
    """The address, the key, and a call that works."""
    headers = f"-H 'X-Auth-Token: api-key {sandbox.key}'" + (f" -H 'X-Domain: {domain}'" if domain else "")
    return (
        f"GetResponse sandbox with {contacts} contacts\n"
        f"  address: {sandbox.url}\n"
        f"  key:     {sandbox.key}\n"
        f"  try:     curl -s {headers} {sandbox.url}/campaigns\n"
        f"Ctrl-C stops it."
    )


if __name__ == "__main__":
    sys.exit(main())
