"""python -m tests.migrating: every migration of the package over tables with rows in them, there and back.

Runs on the empty database of DATABASE_URL. The rows are made at the first migration, of every model as it was
then, so that each later migration meets them without anybody writing rows for it. Prints one JSON object:
what was in the tables at the first migration, at the last one, and after the way back to none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import django
from django.apps import apps as latest_apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

APP = "getresponse_django"
TEXT = "Zażółć 𝄞"  # with a character of four bytes in UTF-8
MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123456, UTC)

VALUES: list[tuple[type[models.Field[Any, Any]], Any]] = [
    (models.BooleanField, True),
    (models.DateTimeField, MOMENT),
    (models.DateField, date(2024, 2, 29)),
    (models.FloatField, 12.5),
    (models.DecimalField, 12),
    (models.IntegerField, 7),
    (models.JSONField, {TEXT: [None, 1.5, "x"]}),
    (models.UUIDField, "12345678-1234-5678-1234-56781234567"),
]
"""Class of a field -> a value; the first that fits. Texts are made by ``text_for``."""


def fill(historic: Any) -> None:
    """Two rows of every model of the app, those that others point at first: one with every column filled, one
    with as little as the model asks for.
    """
    made: dict[str, list[models.Model]] = {"auth.user": users(historic)}
    waiting = [model for model in historic.get_models(include_auto_created=True) if is_ours(model)]
    while waiting:
        ready = [model for model in waiting if all(key in made for key in pointed_at(model))]
        for model in ready or waiting[:1]:
            made[model._meta.label_lower] = [row(model, made, number) for number in (0, 1)]
            waiting.remove(model)


def users(historic: Any) -> list[models.Model]:
    """Two users of the site."""
    model = historic.get_model("auth", "user")
    return [model.objects.create(username=f"user {number}") for number in (0, 1)]


def is_ours(model: type[models.Model]) -> bool:
    """Whether the model has a table of its own that the app made."""
    return model._meta.app_label == APP and model._meta.managed and not model._meta.proxy


def pointed_at(model: type[models.Model]) -> set[str]:
    """The other models that the rows of one need."""
    fields = (field for field in model._meta.concrete_fields if field.remote_field)
    return {field.remote_field.model._meta.label_lower for field in fields} - {model._meta.label_lower}


def row(model: type[models.Model], made: dict[str, list[models.Model]], number: int) -> models.Model:
    """A new row: the first one is full, the second bare."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or isinstance(field, models.GeneratedField):
            continue
        if field.remote_field:
            rows = made.get(field.remote_field.model._meta.label_lower)
            if rows and (not number or not field.null):
                values[field.name] = rows[number]
        elif not number or not (field.null or field.has_default()):
            values[field.name] = value_for(field, number)
    return model._base_manager.create(**values)


def value_for(field: models.Field[Any, Any], number: int) -> Any:
    """A value that the column can hold; texts differ from row to row."""
    if field.choices:
        return next(iter(field.flatchoices))[0]
    for kind, value in VALUES:
        if isinstance(field, kind):
            return f"{value}{number}" if kind is models.UUIDField else value
    return f"{TEXT} {number}"[-(field.max_length or 250) :]


def contents(models_now: Any) -> dict[str, list[dict[str, Any]]]:
    """Model -> its rows as the database gives them, every column read."""
    found = (model for model in models_now.get_models(include_auto_created=True) if is_ours(model))
    return {model._meta.label_lower: list(model._base_manager.order_by("pk").values()) for model in found}


def our_tables() -> Iterator[str]:
    """What the database has of the app."""
    return (name for name in connection.introspection.table_names() if name.startswith(APP))


def main() -> None:
    """There and back and there again; prints what was seen."""
    django.setup()
    call_command("migrate", APP, "0001", verbosity=0)
    executor = MigrationExecutor(connection)
    historic = executor.loader.project_state(list(executor.loader.applied_migrations)).apps
    fill(historic)
    seen = {"first": contents(historic)}
    call_command("migrate", APP, verbosity=0)
    seen["last"] = contents(latest_apps)
    call_command("migrate", APP, "zero", verbosity=0)
    tables_after_zero = list(our_tables())
    call_command("migrate", APP, verbosity=0)
    json.dump(seen | {"left": tables_after_zero, "again": contents(latest_apps)}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
