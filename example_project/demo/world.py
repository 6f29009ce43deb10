"""Where a demo lives: its ports, its folder, its environment. Nothing is outside the checkout."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .failure import DemoFailed

CHECKOUT = Path(__file__).resolve().parent.parent.parent

SECRET_KEY = "demo"  # nosec B105  # public, as all secrets of the demo, and good for 127.0.0.1 only
WEBHOOK_SECRET = "the-webhook-secret-of-the-demo"  # nosec B105
PASSWORD = "admin"  # nosec B105

NOT_NEEDED = (
    *("GETRESPONSE_ACCESS_TOKEN", "GETRESPONSE_CLIENT_ID", "GETRESPONSE_CLIENT_SECRET"),
    *("GETRESPONSE_TOKEN_KEYS", "GETRESPONSE_DOMAIN"),
)
"""Variables of accounts that the demo does not have."""


@dataclass(frozen=True)
class World:
    """One demo."""

    port: int
    sandbox_port: int
    folder: Path

    @property
    def site(self) -> str:
        """The address of the site, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> str:
        """The address of the sandbox; the API is under /v3 of it."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def webhook_url(self) -> str:
        """Where the sandbox tells the site what happened there."""
        return f"{self.site}/getresponse/webhooks/default/{WEBHOOK_SECRET}/"

    @property
    def mails(self) -> Path:
        """The folder that the mails of the site go into."""
        return self.folder / "mails"

    @property
    def environment(self) -> dict[str, str]:
        """What the processes of the demo see on top of the environment it was started in.

        Every GETRESPONSE_* variable is set, if only to nothing: the demo must never touch a real account.
        """
        return {
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{self.folder / 'site.sqlite3'}",
            "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL")
            or f"filesystem://localhost{self.folder / 'broker'}",
            **dict.fromkeys(NOT_NEEDED, ""),
            "GETRESPONSE_API_KEY": "sandbox",
            "GETRESPONSE_PLATFORM": "retail",
            "GETRESPONSE_BASE_URL": f"{self.sandbox}/v3",
            "GETRESPONSE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "GETRESPONSE_SETTLE_SECONDS": "30",
            "GETRESPONSE_LEASE_SECONDS": "60",
            "GETRESPONSE_BACKOFF": "1,2,5,15",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DEBUG": "1",
            "HTTPS": "0",
            "CACHE_URL": "locmemcache://",
            "EMAIL_URL": f"filemail:///{self.mails}",
            "SECRET_KEY": SECRET_KEY,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SUPERUSER_USERNAME": "admin",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "DJANGO_SUPERUSER_EMAIL": "admin@example.com",
        }

    def prepare(self) -> IO[str]:
        """Claim the folder, empty it, write down the environment. Closing the returned lock frees the folder.

        Raises DemoFailed when another demo runs in this checkout or a port is in use.
        """
        lock = claim(self.folder)
        self.refuse_used_ports()
        for path in self.folder.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        lines = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        (self.folder / "env").write_text("\n".join(lines) + "\n")
        return lock

    def refuse_used_ports(self) -> None:
        """Raise DemoFailed, with what to do, unless both ports are free."""
        flags = {"--port": self.port, "--sandbox-port": self.sandbox_port}
        used = {flag: port for flag, port in flags.items() if not is_free(port)}
        if used or self.port == self.sandbox_port:
            taken = " and ".join(f"127.0.0.1:{port} ({flag})" for flag, port in (used or flags).items())
            free = (port for port in range(max(flags.values()) + 1, 65536) if is_free(port))
            moved = used or {"--sandbox-port": self.sandbox_port}
            ports = {flag: next(free) if flag in moved else port for flag, port in flags.items()}
            other = " ".join(f"{flag} {port}" for flag, port in ports.items())
            raise DemoFailed(
                f"In use already: {taken}. End the program there, or choose other ports:\n"
                f'  make demo DEMO_ARGS="{other}"'
            )


def claim(folder: Path) -> IO[str]:
    """The lock of the demo's folder. Raises DemoFailed while another demo holds it, or if it is no demo's."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / "lock").exists():
        raise DemoFailed(f"{folder} holds something else, and a demo empties its folder. Choose another one.")
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise DemoFailed(
            f"Another demo runs here (process {lock.read().strip()}). End it with Ctrl-C."
        ) from None
    lock.truncate(0)
    print(os.getpid(), file=lock, flush=True)
    return lock


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
