"""About how many requests a large push or pull takes, and how long at the rate that GetResponse permits.

The least that is to be expected: what comes in between, is retried or takes several requests adds to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .limits import FRAME_MINUTES, LANES, PER_FRAME, PER_SECOND
from .models import Account, Change, Contact, ContactState, Tag
from .models.contact_states import HERE
from .models.estimates import about
from .pull.tags import pages_for
from .push.creating import BATCH_FROM, BATCH_SIZE

FRAME = FRAME_MINUTES * 60

LONG = 10
"""Seconds from which on a command tells beforehand how long it will take."""


class Forecast(NamedTuple):
    """Requests, and seconds."""

    requests: int
    seconds: float


def push_forecast(creates: Iterable[int], others: int) -> Forecast:
    """Of so many new contacts of each list, and of so many other changes: one request each.

    Many of a list go by batches, and are then found by a scan of the list (docs/explanation/contact.md).
    """
    batches = singles = scans = 0
    for count in creates:
        batches += ceil(count / BATCH_SIZE) if count >= BATCH_FROM else 0
        singles += count if count < BATCH_FROM else 0
        scans += pages_for(count)
    rest = singles + scans + others
    lane = LANES["batch"]
    seconds = lasting(batches, 1 / lane.spacing, lane.per_frame)
    return Forecast(batches + rest, seconds + lasting(rest, PER_SECOND, PER_FRAME))


def pull_forecast(contacts: int, tags: Iterable[int], *, details: bool) -> Forecast:
    """Of all contacts, of whom so many carry each tag: pages and a search per tag, or else their details."""
    by_tag = sum(max(1, pages_for(count)) for count in tags)
    requests = pages_for(contacts) + (contacts if details else by_tag)
    return Forecast(requests, lasting(requests, PER_SECOND, PER_FRAME))


def lasting(requests: int, per_second: float, per_frame: int) -> float:
    """Seconds that so many requests take, when a frame of ten minutes has room for ``per_frame``."""
    full, rest = divmod(requests, per_frame)
    if full and not rest:
        full, rest = full - 1, per_frame
    return full * FRAME + rest / per_second


def push_ahead(account: Account, waiting: int | None = None) -> Forecast:
    """Of what waits now; ``waiting``: how many changes do, if that is known."""
    new = Contact.plain.filter(account=account, state=ContactState.NEW).order_by()
    creates = [count for _pk, count in new.values_list("campaign").annotate(Count("pk"))]
    if waiting is None:
        waiting = Change.objects.filter(account=account).waiting().count()
    return push_forecast(creates, max(0, waiting - sum(creates)))


def pull_ahead(account: Account, contacts: int | None = None, *, details: bool = False) -> Forecast:
    """Of a full pull, by estimates of what is here; ``contacts``: how many GetResponse has, if known."""
    here = Contact.plain.filter(account=account, state__in=HERE)
    tags = Tag.plain.filter(account=account, tag_id__isnull=False)
    carried, number = about(Contact.tags.through.objects.filter(tag__in=tags)), tags.count()
    counts = [ceil(carried / max(1, number))] * number
    return pull_forecast(about(here) if contacts is None else contacts, counts, details=details)


def in_words(forecast: Forecast) -> str:
    """For people who are about to wait."""
    said = {
        "requests": number_format(forecast.requests, force_grouping=True),
        "minutes": number_format(ceil(forecast.seconds / 60), force_grouping=True),
        "seconds": ceil(forecast.seconds),
    }
    if forecast.seconds < 120:
        return _("about %(requests)s requests, %(seconds)d s at the permitted rate") % said
    return _("about %(requests)s requests, %(minutes)s min at the permitted rate") % said
