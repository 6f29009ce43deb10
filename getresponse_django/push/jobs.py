"""ImportJob: the last import of a list, kept on the account, so that whoever drains next knows of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from ..models import Account

PREFIX = "import "


@dataclass(frozen=True)
class ImportJob:
    """An import of new contacts of one list, which are those with this very ``sent_on``.

    ``import_id`` is empty until GetResponse answered; ``over`` tells that nothing more will come of it, and
    ``outcome`` what it left out, in words.
    """

    campaign_id: str
    sent_on: datetime
    import_id: str = ""
    rows: int = 0
    over: bool = False
    outcome: str = ""

    def save(self, account: Account, **changes: Any) -> Self:
        """Remember it as it is now, with these changes."""
        job = replace(self, **changes)
        stored = asdict(job) | {"sent_on": job.sent_on.isoformat()}
        account.move_cursor(PREFIX + stored.pop("campaign_id"), stored)
        return job


def job_of(account: Account, campaign_id: str) -> ImportJob | None:
    """The last import of a list, if there was one."""
    account.refresh_from_db(fields=["cursors"])
    stored = account.cursors.get(PREFIX + campaign_id)
    return job_from(campaign_id, stored) if stored else None


def open_jobs(account: Account) -> list[ImportJob]:
    """The imports that are not over."""
    account.refresh_from_db(fields=["cursors"])
    jobs = [
        job_from(name.removeprefix(PREFIX), stored)
        for name, stored in account.cursors.items()
        if name.startswith(PREFIX)
    ]
    return [job for job in jobs if not job.over]


def job_from(campaign_id: str, stored: dict[str, Any]) -> ImportJob:
    """The job as it was saved."""
    return ImportJob(campaign_id, **(stored | {"sent_on": datetime.fromisoformat(stored["sent_on"])}))
