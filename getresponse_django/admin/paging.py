"""Paging without counting a million rows: PostgreSQL's planner knows about how many there are."""

from __future__ import annotations

import json
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property

from .typed import AnyPaginator

EXACT_BELOW = 5000
"""Fewer rows are counted: that is quick, and a small list with a wrong number looks broken."""

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


def about(queryset: QuerySet[Any]) -> int:
    """How many rows: exact where they are few, else as the planner of PostgreSQL expects; elsewhere exact."""
    estimate = estimated_rows(queryset)
    return queryset.count() if estimate is None or estimate < EXACT_BELOW else estimate


def estimated_rows(queryset: QuerySet[Any]) -> int | None:
    """How many rows the planner expects; None where the database does not say."""
    if connections[queryset.db].vendor != "postgresql":
        return None
    plan = queryset.order_by().explain(format="json")
    # Django does not even ask where nothing can match, as with none().
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0
