"""Contacts as a file, row by row, so that a million of them need no memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from ...models import Contact, CustomField

CHUNK = 1000

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or skips before one."""

COLUMNS = [
    "email",
    "name",
    "list",
    "account",
    "state",
    "tags",
    "note",
    "scoring",
    "engagement_score",
    "day_of_cycle",
    "origin",
    "created_on",
    "changed_on",
    "consented_at",
    "left_on",
    "left_reason",
]


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def record(contact: Contact) -> dict[str, Any]:
    """A contact with what of it is for people; times in ISO 8601, UTC."""
    named = {
        "list": contact.campaign.name,
        "account": contact.account.alias,
        "tags": sorted(tag.name for tag in contact.tags.all()),
    }
    values = {name: named[name] if name in named else getattr(contact, name) for name in COLUMNS}
    shown = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }
    return shown | {"custom_fields": contact.custom_fields}


def records(contacts: QuerySet[Contact]) -> Iterator[dict[str, Any]]:
    """All of them, in pages."""
    rows = contacts.order_by("pk").select_related("campaign", "account").prefetch_related("tags")
    yield from map(record, rows.iterator(chunk_size=CHUNK))


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (CWE-1236); numbers are numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def csv_lines(found: Iterable[dict[str, Any]], fields: list[str]) -> Iterator[str]:
    """The lines of the file, with a column for each custom field; several values are separated by ", ".

    It begins with the mark that tells Excel that it is UTF-8.
    """
    writer = csv.writer(Echo())
    yield "\ufeff" + str(writer.writerow([*COLUMNS, *(harmless(name) for name in fields)]))
    for one in found:
        custom = one["custom_fields"] or {}
        values = [*(one[name] for name in COLUMNS), *(custom.get(name) for name in fields)]
        cells = [", ".join(map(str, value)) if isinstance(value, list) else value for value in values]
        yield writer.writerow([harmless(cell) for cell in cells])


def json_lines(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A list of objects, one a line; ``custom_fields`` is null where they were not read."""
    separator = "[\n"
    for one in found:
        yield separator + json.dumps(one, ensure_ascii=False)
        separator = ",\n"
    yield "\n]\n" if separator == ",\n" else "[]\n"


def as_csv(contacts: QuerySet[Contact]) -> StreamingHttpResponse:
    """The contacts as CSV."""
    accounts = contacts.order_by().values("account")
    known = CustomField.plain.filter(account__in=accounts).order_by("name")
    names = list(dict.fromkeys(known.values_list("name", flat=True)))
    return download(csv_lines(records(contacts), names), "csv", "text/csv; charset=utf-8")


def as_json(contacts: QuerySet[Contact]) -> StreamingHttpResponse:
    """The contacts as JSON."""
    return download(json_lines(records(contacts)), "json", "application/json")


def download(lines: Iterator[str], ending: str, content_type: str) -> StreamingHttpResponse:
    """An answer that a browser stores."""
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="contacts-{timezone.localdate()}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
