"""About how many rows there are, without counting a million: PostgreSQL's planner knows."""

from __future__ import annotations

import json
from typing import Any

from django.db import connections
from django.db.models import QuerySet

EXACT_BELOW = 5000
"""Fewer rows are counted: that is quick, and a small list with a wrong number looks broken."""


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
