"""What recording costs a save: queries and time, against the same columns in a plain Django model."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from getresponse_django.models import Contact

BESIDES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
"""Statements that only bracket others."""


def measure_costs(row: Contact, turns: int) -> dict[str, float]:
    """Save a contact and its plain twin in turn, each time with another name, then without a change."""
    twin = plain_twin(row).objects.get(pk=row.pk)
    figures: dict[str, float] = {
        "queries of a plain save": queries_of(renamed(twin)),
        "queries of a save": queries_of(renamed(row)),
        "queries of a save that changes nothing": queries_of(row.save),
    }
    plain, recorded = [], []
    for _turn in range(turns):
        plain.append(seconds_of(renamed(twin)))
        recorded.append(seconds_of(renamed(row)))
    unchanged = [seconds_of(row.save) for _turn in range(turns)]
    times = {"plain save": plain, "save": recorded, "save that changes nothing": unchanged}
    figures |= {f"milliseconds of a {name}": 1000 * median(values) for name, values in times.items()}
    return figures | {"times a plain save": median(recorded) / median(plain)}


def plain_twin(row: Contact) -> Any:
    """A model of the same table and columns that knows nothing of the app."""
    from django.apps.registry import Apps
    from django.db import models

    columns = [field for field in row._meta.concrete_fields if not field.generated]
    meta = type("Meta", (), {"db_table": row._meta.db_table, "apps": Apps(), "app_label": "benchmarks"})
    body: dict[str, Any] = {"__module__": __name__, "Meta": meta}
    for column in columns:
        key = column.is_relation
        body[column.attname] = models.BigIntegerField(null=column.null) if key else column.clone()
    return type("Plain", (models.Model,), body)


def renamed(row: Any) -> Callable[[], object]:
    """A save that changes the name."""

    def save() -> None:
        row.name = f"Name {time.perf_counter_ns()}"
        row.save()

    return save


def queries_of(act: Callable[[], object]) -> int:
    """The statements of an action that do something."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not query["sql"].startswith(BESIDES) for query in captured)


def seconds_of(act: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
