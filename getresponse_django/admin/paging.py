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


class EstimatingPaginator(AnyPaginator):
    """A Paginator whose count of many rows is the planner's estimate on PostgreSQL, and exact elsewhere."""

    @cached_property
    def count(self) -> int:
        estimate = estimated_rows(self.object_list) if isinstance(self.object_list, QuerySet) else None
        if estimate is None or estimate < EXACT_BELOW:
            return self.object_list.count() if isinstance(self.object_list, QuerySet) else super().count
        return estimate


def estimated_rows(queryset: QuerySet[Any]) -> int | None:
    """How many rows the planner expects; None where the database does not say."""
    if connections[queryset.db].vendor != "postgresql":
        return None
    plan = queryset.order_by().explain(format="json")
    # Django does not even ask where nothing can match, as with none().
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0
