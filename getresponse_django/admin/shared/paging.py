"""Paging without counting a million rows: PostgreSQL's planner knows about how many there are."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property

from ...models.estimates import about
from .typed import AnyPaginator

FAR_DOWN = 10_000
"""From this row on a page is found by its keys."""


class EstimatingPaginator(AnyPaginator):
    """A Paginator whose count of many rows is the planner's estimate on PostgreSQL, and exact elsewhere."""

    @cached_property
    def count(self) -> int:
        return about(self.object_list) if isinstance(self.object_list, QuerySet) else super().count

    def page(self, number: Any) -> Any:
        page: Any = super().page(number)
        rows, every = page.object_list, self.object_list
        if isinstance(rows, QuerySet) and isinstance(every, QuerySet) and rows.query.low_mark >= FAR_DOWN:
            # The keys alone are in an index: skipping whole rows would read all that come before.
            page.object_list = every.filter(pk__in=list(rows.values_list("pk", flat=True)))
        return page
