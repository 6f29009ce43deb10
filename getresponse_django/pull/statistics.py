"""Pull of statistics: daily series of lists and messages, and the windows that were read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .. import mirror
from ..client import Call, Client
from ..conf import app_settings
from ..errors import GetResponseError, NotFound, Rejected
from ..mirror.named import GONE
from ..models import Account, Autoresponder, Campaign, Newsletter, PullRun, StatisticWindow
from ..resources import Value, keyed_values, list_size_values, message_values

if TYPE_CHECKING:
    from . import Options

DAY = "day"

LONGEST_BACKFILL = timedelta(days=730)
"""A first pull reads at most two years."""

CAMPAIGN_SERIES: dict[str, Callable[[Any, str], list[Value]]] = {
    "list-size": lambda answer, _campaign_id: list_size_values(answer),
    "subscriptions": lambda answer, campaign_id: keyed_values("subscriptions", answer, campaign_id),
    "removals": lambda answer, campaign_id: keyed_values("removals", answer, campaign_id),
}
"""Statistics of campaigns that are read day by day. ``balance`` only repeats the last two."""


@dataclass(frozen=True)
class Window:
    """What is to be read of one subject: whole UTC days, both included."""

    subject: str
    remote_id: str
    start: date
    end: date

    @property
    def query(self) -> dict[str, Any]:
        """As the API filters it; the answer of a day is complete only with the day's end."""
        return {"groupBy": DAY, "createdOn": {"from": self.start, "to": self.end}}


def statistics(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Read what is new and, because opens and clicks arrive late, the last STATISTICS_DAYS again.

    What GetResponse refuses of one subject (Rejected) hides nothing of the others: it is raised at the end.
    """
    today = datetime.now(UTC).date()
    windows = list(due_windows(account, today, full=options.full))
    run.advance(expected=len(windows))
    calls = {window: list(calls_for(window)) for window in windows}
    waiting = {window: len(made) for window, made in calls.items()}
    refused: list[Rejected] = []
    for call, result in client.send_many(call for made in calls.values() for call in made):
        window, reader = call.key
        if isinstance(result, Rejected):
            refused.append(result)
        elif isinstance(result, NotFound):
            continue  # deleted meanwhile, and nothing was read
        elif isinstance(result, GetResponseError):
            raise result
        else:
            values = reader(result, window.remote_id)
            written = mirror.mirror_statistics(account, window.subject, window.remote_id, DAY, values)
            waiting[window] -= 1
            run.advance(done=0 if waiting[window] else 1, written=written)
        if not waiting[window]:
            mirror.widen_window(account, window.subject, window.remote_id, DAY, window.start, window.end)
    if refused:
        raise refused[0]


def calls_for(window: Window) -> Iterator[Call]:
    """The requests for one window; messages answer a single page of at most 1,000 days."""
    if window.subject == "campaign":
        query = {"campaignId": window.remote_id, **window.query}
        for name, reader in CAMPAIGN_SERIES.items():
            yield Call("GET", f"/campaigns/statistics/{name}", params={"query": query}, key=(window, reader))
    else:
        path = f"/{window.subject}s/{window.remote_id}/statistics"
        params = {"query": window.query, "perPage": 1000}
        yield Call(
            "GET", path, params=params, key=(window, lambda answer, _remote_id: message_values(answer))
        )


def due_windows(account: Account, today: date, *, full: bool) -> Iterator[Window]:
    """From where each subject must be read, until today, without a hole after what was read before."""
    known = StatisticWindow.objects.filter(account=account, granularity=DAY)
    read = {(window.subject, window.remote_id): window.read_until for window in known}
    for subject, remote_id, born in subjects(account):
        earliest = max(born or today, today - LONGEST_BACKFILL)
        until = None if full else read.get((subject, remote_id))
        again = until - timedelta(days=app_settings.STATISTICS_DAYS) if until else earliest
        yield Window(subject, remote_id, min(max(again, earliest), today), today)


def subjects(account: Account) -> Iterable[tuple[str, str, date | None]]:
    """(subject, remote id, first day) of what has statistics: lists, sent newsletters, autoresponders."""
    campaigns = Campaign.plain.filter(account=account, campaign_id__isnull=False)
    for remote_id, created_on in campaigns.values_list("campaign_id", "created_on"):
        yield "campaign", str(remote_id), created_on and created_on.date()
    newsletters = Newsletter.plain.filter(account=account, newsletter_id__isnull=False)
    sent = newsletters.exclude(type="draft").exclude(last_error=GONE)
    for remote_id, send_on, created_on in sent.values_list("newsletter_id", "send_on", "created_on"):
        began = send_on or created_on
        yield "newsletter", str(remote_id), began and began.date()
    autoresponders = Autoresponder.plain.filter(account=account, autoresponder_id__isnull=False)
    autoresponders = autoresponders.exclude(last_error=GONE)
    for remote_id, created_on in autoresponders.values_list("autoresponder_id", "created_on"):
        yield "autoresponder", str(remote_id), created_on and created_on.date()
