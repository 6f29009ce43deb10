"""Pull of statistics: series of lists and messages by day and hour, what has no time by the day it was read
on, and the windows that were read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .. import mirror
from ..client import Call, Client
from ..conf import app_settings
from ..errors import GetResponseError, NotFound, Rejected
from ..models import Account, PullRun, StatisticWindow
from ..models.statistics import Granularity, Subject
from ..resources import (
    RESOURCES,
    by_campaign,
    keyed_values,
    list_size_values,
    location_counts,
    message_values,
    origin_counts,
    summary_counts,
)
from .named import forget_deleted, linked_rows
from .statistic_windows import Known, Window, due_windows, query_of, together
from .statistic_windows import Subject as Dated

if TYPE_CHECKING:
    from . import Options


@dataclass(frozen=True)
class Source:
    """One statistic of campaigns. ``read`` turns what is said of one of them, whose id it gets, into values
    (series) or counts (snapshots).

    ``keyed``: the answer names the campaigns, or may do so. ``shared``: so one request asks for several.
    """

    name: str
    family: str
    read: Callable[[Any, str], Any]
    keyed: bool = False
    shared: bool = False


SERIES = (
    Source("list-size", "", lambda told, _id: list_size_values(told)),
    Source("removals", "removals", lambda told, _id: keyed_values("removals", told), keyed=True),
    Source(
        "subscriptions",
        "subscriptions",
        lambda told, _id: keyed_values("subscriptions", told),
        keyed=True,
        shared=True,
    ),
)
"""Day by day. ``list-size`` of several lists is their sum, and the official example of ``removals`` does not
name them (behaviour-contacts.md section 8). ``balance`` only repeats the last two.
"""

SNAPSHOTS = (
    Source("locations", "locations", location_counts),
    Source("origins", "origins", lambda told, _id: origin_counts(told), keyed=True, shared=True),
    Source("summary", "summary", lambda told, _id: summary_counts(told), keyed=True, shared=True),
)
"""Without a time: read once a day, for all time."""


@dataclass(frozen=True)
class Asked:
    """What a request is for: a source of campaigns, or the statistics of one message (None)."""

    windows: tuple[Window, ...]
    source: Source | None = None

    @property
    def ids(self) -> list[str]:
        """The remote ids of the subjects."""
        return [window.remote_id for window in self.windows]

    @property
    def days(self) -> tuple[date, date]:
        """All days that the request asks for."""
        return min(window.start for window in self.windows), max(window.end for window in self.windows)

    def alone(self) -> Iterator[Asked]:
        """The same for each subject by itself."""
        for window in self.windows:
            yield Asked((window,), self.source)


@dataclass
class Progress:
    """A pull under way: how many answers each window still lacks, what was refused, what may be gone, and
    what has to be asked for once more, subject by subject.
    """

    account: Account
    run: PullRun
    today: date
    lacking: Counter[Window]
    refused: list[Rejected] = field(default_factory=list)
    missing: list[Window] = field(default_factory=list)
    again: list[Asked] = field(default_factory=list)


def statistics(client: Client, account: Account, run: PullRun, options: Options) -> None:
    """Read what is new and, because opens and clicks arrive late, the last STATISTICS_DAYS again.

    What GetResponse refuses of one subject (Rejected), or answers in an unknown shape, hides nothing of the
    others: it is raised at the end. The window of each subject is noted as soon as it was read whole, so that
    a pull that is killed goes on where it was.
    """
    today = datetime.now(UTC).date()
    windows = list(all_due(account, today, full=options.full))
    run.advance(expected=len(windows))
    lacking = Counter({window: len(sources_of(window)) for window in windows})
    progress = Progress(account, run, today, lacking)
    read(client, progress, requests_for(windows))
    read(client, progress, progress.again)
    forget_missing(client, progress, force=options.force)
    if progress.refused:
        raise progress.refused[0]


def all_due(account: Account, today: date, *, full: bool) -> Iterator[Window]:
    """What is to be read of every subject."""
    windows = StatisticWindow.objects.filter(account=account)
    columns = windows.values_list("subject", "remote_id", "granularity", "read_from", "read_until")
    known: Known = {
        (subject, remote_id, part): (first, last) for subject, remote_id, part, first, last in columns
    }
    again = timedelta(days=app_settings.STATISTICS_DAYS)
    for subject in subjects(account):
        yield from due_windows(subject, known, today, again, full=full)


def subjects(account: Account) -> Iterator[Dated]:
    """What has statistics: lists, newsletters that are no drafts, autoresponders, RSS newsletters."""
    for kind in Subject.values:
        rows = linked_rows(account, kind)
        rows = rows.exclude(type="draft") if kind == Subject.NEWSLETTER else rows
        began = ["send_on", "created_on"] if kind == Subject.NEWSLETTER else ["created_on"]
        for remote_id, *moments in rows.values_list(RESOURCES[kind].id_field, *began):
            first = next((moment.astimezone(UTC).date() for moment in moments if moment), None)
            yield Dated(kind, str(remote_id), first)


def sources_of(window: Window) -> tuple[Source | None, ...]:
    """What a window is made of: one request each."""
    if window.subject != Subject.CAMPAIGN:
        return (None,)
    return SNAPSHOTS if window.granularity == Granularity.SNAPSHOT else SERIES


def requests_for(windows: Iterable[Window]) -> Iterator[Asked]:
    """All requests: those of lists together where the answer tells lists apart."""
    windows = list(windows)
    for part in (Granularity.DAY, Granularity.SNAPSHOT):
        mine = [each for each in windows if (each.subject, each.granularity) == (Subject.CAMPAIGN, part)]
        for group in together(mine):
            for source in sources_of(group[0]):
                asked = Asked(group, source)
                yield from [asked] if source and source.shared else asked.alone()
    for window in windows:
        if window.subject != Subject.CAMPAIGN:
            yield Asked((window,))


def call_for(asked: Asked) -> Call:
    """The request; messages answer a single page of at most 1,000 days or hours."""
    if asked.source is None:
        (window,) = asked.windows
        path = f"{RESOURCES[window.subject].path}/{window.remote_id}/statistics"
        return Call("GET", path, params={"query": query_of(asked.windows), "perPage": 1000}, key=asked)
    dated = {} if asked.source in SNAPSHOTS else query_of(asked.windows)
    params = {"query": {"campaignId": asked.ids, **dated}}
    return Call("GET", f"/campaigns/statistics/{asked.source.name}", params=params, key=asked)


def read(client: Client, progress: Progress, requests: Iterable[Asked]) -> None:
    """Send these side by side and keep what is answered. Raises what ends the whole pull."""
    for call, result in client.send_many(call_for(asked) for asked in requests):
        asked: Asked = call.key
        if isinstance(result, Rejected | NotFound) and len(asked.windows) > 1:
            progress.again += asked.alone()
        elif isinstance(result, Rejected):
            progress.refused.append(result)
        elif isinstance(result, NotFound):
            progress.missing += asked.windows
        elif isinstance(result, GetResponseError):
            raise result
        else:
            keep(progress, call, asked, result)


def keep(progress: Progress, call: Call, asked: Asked, answer: Any) -> None:
    """Mirror an answer and note the windows that are complete now."""
    try:
        found = told_apart(asked, answer)
    except (AttributeError, KeyError, TypeError, ValueError):
        unknown = "GetResponse answered in a shape that is not known."
        progress.refused.append(Rejected(unknown, method=call.method, path=call.path))
        return
    if found is None:
        progress.again += asked.alone()
        return
    written = sum(mirrored(progress, asked, window, found[window.remote_id]) for window in asked.windows)
    done = 0
    for window in asked.windows:
        progress.lacking[window] -= 1
        if not progress.lacking[window]:
            note_window(progress, window)
            done += 1
    progress.run.advance(done=done, written=written)


def told_apart(asked: Asked, answer: Any) -> dict[str, Any] | None:
    """What the answer says of each subject, read; None when it does not tell them apart."""
    if asked.source is None:
        return {asked.ids[0]: message_values(answer)}
    source = asked.source
    told = by_campaign(answer, asked.ids) if source.keyed else dict.fromkeys(asked.ids, answer)
    if told is None:
        return None
    return {remote_id: source.read(told.get(remote_id, {}), remote_id) for remote_id in asked.ids}


def mirrored(progress: Progress, asked: Asked, window: Window, found: Any) -> int:
    """Write what was said of one subject; returns how much of it was new."""
    account, subject, remote_id = progress.account, window.subject, window.remote_id
    family = asked.source.family if asked.source else ""
    if window.granularity == Granularity.SNAPSHOT:
        return mirror.mirror_snapshot(account, subject, remote_id, family, found, progress.today)
    return mirror.mirror_statistics(
        account, subject, remote_id, window.granularity, found, days=asked.days, family=family
    )


def note_window(progress: Progress, window: Window) -> None:
    """Note what was read of a subject, if it is a whole day."""
    until = window.read_until(progress.today)
    if window.start <= until:
        subject = window.subject, window.remote_id
        mirror.widen_window(progress.account, *subject, window.granularity, window.start, until)


def forget_missing(client: Client, progress: Progress, *, force: bool) -> None:
    """What has neither statistics nor an address of its own any more is not asked for again. Raises
    TooManyRemovals.
    """
    for kind in dict.fromkeys(window.subject for window in progress.missing):
        missing = {window.remote_id for window in progress.missing if window.subject == kind}
        known = linked_rows(progress.account, kind).values_list(RESOURCES[kind].id_field, flat=True)
        forget_deleted(client, progress.account, progress.run, kind, set(known) - missing, force=force)
