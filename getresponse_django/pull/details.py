"""Details of contacts, read one by one and side by side: their tags and custom fields are nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from .. import mirror
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..models import Account, PullRun
from .running import groups_of


def read_details(client: Client, account: Account, run: PullRun, contact_ids: Iterable[str]) -> None:
    """Read these contacts and mirror them with all they have."""
    answers = client.send_many(Call("GET", f"/contacts/{contact_id}") for contact_id in contact_ids)
    for group in groups_of(answers, 100):
        details = []
        for _call, result in group:
            if isinstance(result, NotFound):
                continue  # gone since it was listed: find_missing tells why
            if isinstance(result, GetResponseError):
                raise result
            details.append(result)
        run.advance(written=mirror.mirror_contacts(account, details))
