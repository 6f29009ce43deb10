"""Whom segments find: how many, and who of those that are mirrored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..models import Contact, Segment, SegmentMember
from .writing import CHUNK, upsert


def mirror_count(segment: Segment, count: int, counted_on: datetime) -> None:
    """Store how many contacts a segment found, and when."""
    Segment.plain.filter(pk=segment.pk).update(count=count, counted_on=counted_on)


def mirror_members(segment: Segment, contact_ids: Iterable[str], found_on: datetime) -> int:
    """Note that the segment found these contacts in the reading of ``found_on``; returns how many of them are
    mirrored. The others are passed over.
    """
    known = Contact.plain.filter(account=segment.account_id, contact_id__in=list(contact_ids))
    pks = sorted(known.values_list("pk", flat=True))
    rows = [SegmentMember(segment_id=segment.pk, contact_id=pk, found_on=found_on) for pk in pks]
    upsert(SegmentMember, rows, ["segment", "contact"], ["found_on"])
    return len(rows)


def finish_members(segment: Segment, found_on: datetime, unknown: int) -> None:
    """The reading of ``found_on`` is complete: whom it did not find is no member any more."""
    before = SegmentMember.objects.filter(segment=segment.pk, found_on__lt=found_on)
    while pks := list(before.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        SegmentMember.objects.filter(pk__in=pks).delete()
    Segment.plain.filter(pk=segment.pk).update(members_on=found_on, unknown_members=unknown)


def forget_members(segment_pks: Iterable[int]) -> None:
    """These segments are gone."""
    SegmentMember.objects.filter(segment__in=list(segment_pks)).delete()
