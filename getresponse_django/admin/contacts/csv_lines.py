"""The lines of a CSV file of contacts: what each says, and what is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ...models import Campaign, Contact
from ...models.contacts import validate_tag
from ...models.validators import validate_address, validate_as

KNOWN = ("email", "name", "tags")


class Line(NamedTuple):
    """One contact, by its line in the file; ``problem`` is what is wrong, if anything."""

    number: int
    email: str
    name: str
    tags: list[str]
    custom_fields: dict[str, str]
    problem: str = ""


def lines_of(text: str, fields: Collection[str]) -> list[Line]:
    """The lines of a file whose first one names the columns: KNOWN and custom fields. Tags are separated by
    commas; empty cells and empty lines say nothing.

    Raises ValueError for columns that are not known and for a file that is no CSV.
    """
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [cell.strip().lower() for cell in next(rows, [])]
        check_columns(columns, fields)
        return [line_of(rows.line_num, columns, row) for row in rows if any(map(str.strip, row))]
    except csv.Error as error:
        text = _("Line %(line)d is no CSV: %(error)s.")
        raise ValueError(text % {"line": rows.line_num, "error": error}) from None


def check_columns(columns: list[str], fields: Collection[str]) -> None:
    """Raises ValueError for what the first line lacks or has too much."""
    if "email" not in columns:
        raise ValueError(_("The first line has to name the columns, and one of them has to be “email”."))
    if len(set(columns)) < len(columns):
        raise ValueError(_("A column is named twice."))
    if unknown := [name for name in columns if name not in {*KNOWN, *fields}]:
        text = _("These columns are no custom fields of the account: %(names)s.")
        raise ValueError(text % {"names": ", ".join(unknown)})


def line_of(number: int, columns: list[str], row: list[str]) -> Line:
    """One line, not looked at yet but for its length."""
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()}
    values = {name: value for name, value in cells.items() if name not in KNOWN}
    tags = [tag.strip() for tag in cells.get("tags", "").split(",") if tag.strip()]
    problem = _("It has more cells than there are columns.") if len(row) > len(columns) else ""
    return Line(number, cells.get("email", ""), cells.get("name", ""), tags, values, problem)


def checked(lines: list[Line], campaign: Campaign) -> list[Line]:
    """The lines with what GetResponse would refuse of each, and what came before in the file."""
    seen: set[str] = set()
    probe = Contact(account=campaign.account, campaign=campaign)
    found = []
    for line in lines:
        problem = line.problem or problem_of(line, probe)
        if not problem and line.email.lower() in seen:
            problem = _("The address is in the file already.")
        seen.add(line.email.lower())
        found.append(line._replace(problem=problem))
    return found


def problem_of(line: Line, probe: Contact) -> str:
    """What ``Contact.objects.subscribe`` would refuse."""
    try:
        validate_as("email", validate_address, line.email)
        for tag in line.tags:
            validate_as("tags", validate_tag, tag)
        probe.check_said(line.name, line.custom_fields)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
