"""The contacts that a segment found, as a filter of their list that its link alone chooses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ...models import Segment
from ...models.segments import SegmentMember


class SegmentFilter(admin.SimpleListFilter):
    """Not ``segments__id__exact``, for which Django compares all columns of all members with each other."""

    title = _("segment")
    parameter_name = "segment"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name, "")
        rows = Segment.plain.filter(pk=int(chosen)) if chosen.isdecimal() else Segment.plain.none()
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        if not (chosen := self.value()):
            return queryset
        members = SegmentMember.objects.filter(segment=int(chosen))
        return queryset.filter(pk__in=members.values("contact"))
