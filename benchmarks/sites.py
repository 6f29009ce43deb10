"""A site to measure: Django set up on an empty database, for an account of a sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.databases import empty_database
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from example_project.demo.processes import Processes


@contextmanager
def site(
    kind: str, name: str, sandbox: Sandbox, settings: str = "example_project.settings"
) -> Iterator[Processes]:
    """Sets up Django in this process, once; yields what starts further processes of the same site."""
    with TemporaryDirectory() as folder, empty_database(kind, Path(folder), f"{name}_{os.getpid()}") as url:
        environment = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": settings,
            "GETRESPONSE_API_KEY": sandbox.key,
            "GETRESPONSE_BASE_URL": sandbox.url,
            "CELERY_BROKER_URL": "memory://localhost",
            "PYTHONUNBUFFERED": "1",
            "DEBUG": "0",  # else Django keeps every query
            "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECRET_KEY": "benchmarks",
        }
        os.environ.update(environment)
        set_up_django()
        from django.core.management import call_command
        from django.db import connections

        from example_project.demo.processes import Processes

        call_command("migrate", verbosity=0)
        processes = Processes(Path(folder), environment)
        try:
            yield processes
        finally:
            processes.stop()
            connections.close_all()


def set_up_django() -> None:
    """Load the settings that DJANGO_SETTINGS_MODULE names."""
    import django

    django.setup()
