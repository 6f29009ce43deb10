"""What a push learns about newsletters: made, replaced, sent, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ..models import Newsletter
from ..models.messages import Sending, UnderWay
from ..resources import RESOURCES, Json
from .named import mirror_named


def mark_leaving(row: Newsletter, request: UnderWay) -> bool:
    """Commit that a request is about to leave that must not leave twice; False when one is under way."""
    free = Newsletter.plain.filter(pk=row.pk, newsletter_id=row.newsletter_id, under_way=UnderWay.NONE)
    return bool(free.update(under_way=request, sent_on=timezone.now()))


def mark_not_left(row: Newsletter) -> None:
    """The request surely did nothing."""
    Newsletter.plain.filter(pk=row.pk).update(under_way=UnderWay.NONE, sent_on=row.sent_on)


def mark_made(row: Newsletter, values: Json, made: Json) -> bool:
    """GetResponse made it from these values; what it made instead of is still to be removed. False when the
    row was deleted meanwhile: only ``row`` knows both ids then.
    """
    replaced_id = row.newsletter_id
    if take_id(row, made, replaced_id=replaced_id, base=values, type=values["type"]):
        learn(row, made)
        return True
    row.newsletter_id, row.replaced_id = made["newsletterId"], replaced_id
    return False


def take_id(row: Newsletter, there: Json, **columns: Any) -> bool:
    """The request under way was answered: the row stands for this newsletter. False when there is no row any
    more.
    """
    with transaction.atomic():
        # A pull may have found it before its row here learnt its id.
        found = Newsletter.plain.filter(account=row.account_id, newsletter_id=there["newsletterId"])
        twins = found.exclude(pk=row.pk)
        twins._raw_delete(twins.db)
        columns |= {"newsletter_id": there["newsletterId"], "under_way": UnderWay.NONE, "last_error": ""}
        return bool(Newsletter.plain.filter(pk=row.pk).update(**columns))


def mark_replacement_done(row: Newsletter) -> None:
    """The draft that it was made instead of is gone."""
    Newsletter.plain.filter(pk=row.pk).update(replaced_id=None)
    row.replaced_id = None


def mark_sent_off(row: Newsletter, there: Json) -> None:
    """It is on its way to its audience; whether it keeps its id then is not documented."""
    take_id(row, there)
    done = Newsletter.plain.filter(pk=row.pk, sending=Sending.SEND)
    done.update(sending=Sending.NOTHING, send_at=None)
    learn(row, there)


def mark_cancelled(row: Newsletter, there: Json) -> None:
    """It is a draft again."""
    done = Newsletter.plain.filter(pk=row.pk)
    done.filter(under_way=UnderWay.SEND).update(under_way=UnderWay.NONE)
    done.filter(sending=Sending.CANCEL).update(sending=Sending.CANCELLED, last_error="", send_on=None)
    learn(row, there)


def mirror_audience(row: Newsletter, count: int, counted_on: datetime, audience: Json) -> None:
    """GetResponse counted this audience; the count is good for no other."""
    counted = {"audience_count": count, "audience_counted_on": counted_on, "audience_counted": audience}
    Newsletter.plain.filter(pk=row.pk).update(**counted)


def learn(row: Newsletter, there: Json) -> None:
    """Mirror what GetResponse answered; changes made here meanwhile stand."""
    mirror_named(row.account, RESOURCES[Newsletter.RESOURCE], [there])
    row.refresh_from_db()
