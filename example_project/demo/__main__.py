"""python -m example_project.demo [--once] [--port N] [--sandbox-port N]: what ``make demo`` runs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import django

from .failure import DemoFailed
from .processes import Processes
from .world import CHECKOUT, World

WHAT_TO_CLICK = """
Everything is running. Ctrl-C ends all of it.

  Site      {site}/
  Admin     {site}/admin/   log in as admin, password admin
  Sandbox   {sandbox}/v3   a GetResponse in memory; its contacts: {sandbox}/_sandbox/contacts

What to click
  1. {site}/register/ with the newsletter ticked: you become a contact within seconds, and a mail
     with the links to leave is in {folder}/mails/. {site}/ has a form that needs no account.
  2. {site}/admin/getresponse_django/contact/ shows your contact become active.
  3. {site}/profile/ changes your name or unsubscribes you, and links to all your newsletters.
  4. {site}/admin/getresponse_django/campaign/ and open one: how the list grew.
  5. {site}/admin/getresponse_django/newsletter/ and open one: opens and clicks.

In a second terminal:  set -a; . {folder}/env; set +a; .venv/bin/python manage.py getresponse_doctor
Logs:                  {folder}/worker.log, beat.log, site.log, sandbox.log
"""


class Interrupted(BaseException):
    """Somebody asked the demo to end."""


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make demo DEMO_ARGS=...", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the last step; exit 0 or 1")
    parser.add_argument("--port", type=int, default=8000, help="of the site (default 8000)")
    parser.add_argument("--sandbox-port", type=int, default=8025, help="of the sandbox (default 8025)")
    parser.add_argument(
        "--folder", type=Path, default=CHECKOUT / ".demo", help="emptied at the start (.demo)"
    )
    return parser.parse_args()


def interrupt(number: int, _frame: object) -> NoReturn:
    """End on a signal, as if by Ctrl-C."""
    raise Interrupted(signal.Signals(number).name)


def tell(world: World, processes: Processes) -> None:
    """Do every step and print its proof and its duration."""
    os.environ.update(world.environment)
    django.setup()
    from .steps import Story

    story, start = Story(world, processes), time.monotonic()
    for number, (title, act) in enumerate(story.steps, start=1):
        print(f"{number:2}. {title} ...", flush=True)
        began = time.monotonic()
        for line in act():
            print(f"      {line}", flush=True)
        print(f"      done in {time.monotonic() - began:.1f} s", flush=True)
    print(f"\nThe main job is done, in {time.monotonic() - start:.1f} s altogether.", flush=True)


def relative(folder: Path) -> Path:
    """The folder as one types it in the checkout."""
    return folder.relative_to(CHECKOUT) if folder.is_relative_to(CHECKOUT) else folder


def stay(world: World, processes: Processes) -> NoReturn:
    """Show what to click and watch the processes until somebody ends the demo."""
    print(
        WHAT_TO_CLICK.format(site=world.site, sandbox=world.sandbox, folder=relative(world.folder)),
        flush=True,
    )
    while True:
        processes.check()
        time.sleep(1)


def main() -> int:
    """The exit code: 0 when the job was done, 1 when not, 130 when interrupted before."""
    arguments = parse_arguments()
    world = World(arguments.port, arguments.sandbox_port, arguments.folder.resolve())
    processes = Processes(world.folder, world.environment)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    done = False
    try:
        with world.prepare():
            tell(world, processes)
            done = True
            if not arguments.once:
                stay(world, processes)
        return 0
    except DemoFailed as failure:
        print(f"\nFAILED: {failure}", file=sys.stderr, flush=True)
        return 1
    except Interrupted as interruption:
        print(f"\n{interruption}: ending all processes ...", flush=True)
        return 0 if done else 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the cleaning up is not to be interrupted
        processes.stop()


if __name__ == "__main__":
    sys.exit(main())
