"""The site as it really runs: a server, perhaps a worker, a database of its own, and mails in a folder."""

from __future__ import annotations

import email
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
import requests

from benchmarks.databases import empty_database
from example_project.demo.browser import Browser
from example_project.demo.processes import Processes
from example_project.demo.world import World
from getresponse_django.sandbox import Sandbox
from tests import running
from tests.journey.searching import where
from tests.services import REQUIRED, free_port, why_postgres_is_missing

T = TypeVar("T")

SECRET = "the-webhook-secret-of-the-journey"
SECRET_KEY = "the-secret-key-of-the-journey"


class Variant(NamedTuple):
    """How the site is run: with webhooks and a worker, or with pulls and commands."""

    webhooks: bool
    database: str


class Site(running.Site):
    """The running site, and what a person and its owner do with it."""

    def __init__(self, variant: Variant, world: World, processes: Processes, sandbox: Sandbox) -> None:
        super().__init__(world, processes)
        self.variant, self.sandbox = variant, sandbox

    def start(self) -> None:
        self.manage("migrate")
        self.manage("getresponse_pull", "--only", "campaigns,fields,tags")
        if self.variant.webhooks:
            worker = ("-m", "celery", "-A", "example_project", "worker", "--loglevel", "INFO")
            self.processes.start("worker", *worker)
            self.sandbox.add_webhook(f"{self.world.site}/getresponse/webhooks/default/{SECRET}/")
        self.serve()

    def manage(self, command: str, *arguments: str) -> str:
        return self.processes.run(command, "manage.py", command, *arguments)

    # What people do

    def register(self, visitor: Browser, address: str) -> None:
        password = {"password1": "a long pass phrase", "password2": "a long pass phrase"}
        visitor.submit("/accounts/signup/", {"email": address} | password)

    def confirm(self, visitor: Browser, address: str) -> None:
        """Follow the link of the mail to this address."""
        (path,) = {
            found for mail in self.mails_to(address) for found in re.findall(r"/accounts/confirm-\S+", mail)
        }
        visitor.submit(path, {})

    def mails_to(self, address: str) -> list[str]:
        read = [email.message_from_bytes(path.read_bytes()) for path in self.mails.glob("*.log")]
        return [str(mail.get_payload(decode=True), "utf-8") for mail in read if mail["To"] == address]  # type: ignore[arg-type]

    @property
    def mails(self) -> Path:
        return Path(self.processes.environment["MAILS"])

    def click_unsubscribe(self, address: str, campaign: str) -> str:
        """The link at the end of a message to the contact, whose id is returned."""
        (found,) = [one for one in self.sandbox.contacts(campaign) if one["email"] == address]
        requests.get(self.sandbox.unsubscribe_link(found["contactId"]), timeout=5).raise_for_status()
        return str(found["contactId"])

    # What comes of it

    def lists(self, visitor: Browser) -> dict[str, list[str]]:
        """What the site knows of its member: list -> state, and why it was left."""
        known: dict[str, list[str]] = visitor.session.get(self.world.site, timeout=10).json()
        return known

    def subscribed(self) -> dict[str, list[str]]:
        """Who is on which list in GetResponse."""
        lists = ("customers", "newsletter")
        return {name: sorted(one["email"] for one in self.sandbox.contacts(name)) for name in lists}

    def pushed(self, look: Callable[[], T], expected: T) -> None:
        """What changed here arrives in GetResponse: by the worker, or by the command."""
        if not self.variant.webhooks:
            self.manage("getresponse_push")
        self.becomes(look, expected)

    def learnt(self, look: Callable[[], T], expected: T) -> None:
        """What happened in GetResponse is known here: by webhook, or by the pull."""
        if self.variant.webhooks:
            assert self.sandbox.wait_for_deliveries()
            assert all(delivery.taken for delivery in self.sandbox.deliveries)
        else:
            self.manage("getresponse_pull", "--only", "contacts")
        self.becomes(look, expected)

    def becomes(self, look: Callable[[], T], expected: T) -> None:
        """With a worker it takes a while; after a command it is so at once."""
        if self.variant.webhooks:
            self.processes.wait_for(f"{expected}", lambda: look() == expected, "worker", patience=20)
        assert look() == expected

    def where(self, address: str) -> set[str]:
        """The columns of the database that have the address."""
        return where(self.processes.environment["DATABASE_URL"], address)


@pytest.fixture
def site(
    request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The site of a variant (``indirect``). Where PostgreSQL is wanted and missing it is on SQLite."""
    variant: Variant = request.param
    kind = variant.database
    if kind == "postgresql" and (missing := why_postgres_is_missing()):
        assert not REQUIRED, missing
        kind = "sqlite"
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    world = World(free_port(), 0, tmp_path)
    with empty_database(kind, tmp_path, f"getresponse_journey_{world.port}") as url:
        processes = Processes(tmp_path, world.environment | of_this_site(url, tmp_path, sandbox, variant))
        made = Site(variant, world, processes, sandbox)
        try:
            made.start()
            yield made
        finally:
            for child in processes.children.values():
                child.signal_group(signal.SIGKILL)  # a worker takes 4 s to end politely
            processes.stop()


def of_this_site(url: str, folder: Path, sandbox: Sandbox, variant: Variant) -> dict[str, Any]:
    """What is different from the environment of the demo."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.journey.settings",
        "DATABASE_URL": url,
        "GETRESPONSE_BASE_URL": sandbox.url,
        "GETRESPONSE_WEBHOOK_SECRET": SECRET,
        "SECRET_KEY": SECRET_KEY,
        "MAILS": str(folder / "mails"),
        "ERASE_ON_DELETE": str(variant.webhooks),
    }
