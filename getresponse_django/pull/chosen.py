"""Pull of contacts that a person chose: their details, whatever the pull of all contacts would read."""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Account, PullRun
from .details import read_details
from .running import client_for, running

KIND = "chosen contacts"


def pull_chosen(account: Account, contact_ids: Sequence[str]) -> PullRun:
    """Read these contacts. One that is gone is passed over: the next pull of contacts tells why.

    Raises AlreadyRunning, Cancelled, or the GetResponseError that ended it; its run tells as well.
    """
    with client_for(account, None, interactive=True) as client, running(account, KIND) as run:
        run.advance(expected=len(contact_ids))
        for start in range(0, len(contact_ids), 100):
            part = contact_ids[start : start + 100]
            read_details(client, account, run, part)
            run.advance(done=len(part))
    return run
