"""A pytest plugin for the tests of a site: a sandbox to talk to, and assertions of what GetResponse holds.

A site names it in its ``conftest.py``: ``pytest_plugins = ["getresponse_django.testing"]``. It needs pytest
and pytest-django. docs/howto/testing.md has an example. Loading it imports neither models nor Celery.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..sandbox import Sandbox

NEEDED = "needs pytest and pytest-django: pip install 'getresponse-django[testing]'"

try:
    import pytest
except ImportError:
    raise ImportError(f"getresponse_django.testing {NEEDED}") from None

if TYPE_CHECKING:
    from .assertions import GetResponse

__all__ = ["getresponse", "getresponse_worker", "sandbox", "sandbox_server"]


def pytest_configure(config: pytest.Config) -> None:
    """Say what is missing, where pytest would only know of a fixture that does not exist."""
    if not config.pluginmanager.hasplugin("django"):
        raise pytest.UsageError(f"getresponse_django.testing {NEEDED}")


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Sandbox]:
    """One sandbox for the whole run, in a thread, over real HTTP; without rate limits."""
    with Sandbox(landing_delay=0, limits=False) as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: Sandbox, settings: Any) -> Sandbox:
    """A fresh sandbox that every account of ``GETRESPONSE`` talks to; failures are tried again soon."""
    from .pointing import pointed_at

    sandbox_server.reset()
    settings.GETRESPONSE = pointed_at(sandbox_server, getattr(settings, "GETRESPONSE", {}))
    return sandbox_server


@pytest.fixture
def getresponse(db: None, sandbox: Sandbox) -> Iterator[GetResponse]:
    """Assertions of what GetResponse holds. They push first, in the process and the transaction of the test.

    Until then nothing is sent: the message to a worker that a commit would send is not sent.
    """
    from ..signals import change_recorded
    from ..tasks import nudge
    from .assertions import GetResponse

    change_recorded.disconnect(nudge)
    yield GetResponse(sandbox)
    change_recorded.connect(nudge)


@pytest.fixture
def getresponse_worker(transactional_db: None, getresponse: GetResponse) -> Iterator[GetResponse]:
    """The same assertions; what is committed is pushed by a Celery worker, and they wait for it.

    The worker runs in a thread, on a broker in memory, with a Celery application of its own.
    """
    from .worker import running_worker

    with running_worker():
        getresponse.wait_for_worker()
        yield getresponse
