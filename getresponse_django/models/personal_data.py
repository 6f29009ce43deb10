"""Where this app holds what belongs to a person: each module of models joins, so that none is forgotten when
somebody asks to see or to erase it. Contacts, and what hangs on them, are there without joining.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from django.db import models

R = TypeVar("R", bound=models.QuerySet[Any])


class Person(NamedTuple):
    """Who is looked for: an address in lower case, with the keys and remote ids of its contacts."""

    email: str
    contact_pks: list[int]
    contact_ids: list[str]


@dataclass(frozen=True)
class Holding:
    """Rows that hold data of a person; ``erase`` takes them, or is None where they are kept."""

    name: str
    rows: Callable[[Person], models.QuerySet[Any]]
    erase: Callable[[Any], object] | None


holdings: list[Holding] = []


def holds(
    name: str, *, erase: Callable[[Any], object] | None
) -> Callable[[Callable[[Person], R]], Callable[[Person], R]]:
    """Decorator of the function that finds the rows. ``erase`` removes the person from them; None keeps them,
    and the docstring of the function says why.
    """

    def join(rows: Callable[[Person], R]) -> Callable[[Person], R]:
        holdings[:] = [holding for holding in holdings if holding.name != name]
        holdings.append(Holding(name, rows, erase))
        return rows

    return join


def names(value: Any, email: str) -> bool:
    """Whether a text or JSON value has this address, and not only as a part of another one."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return re.search(rf"(?<![\w.+%-]){re.escape(email)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None


def naming(rows: R, column: str, email: str) -> R:
    """Those of the rows whose text or JSON column has this address."""
    found = rows.filter(**{f"{column}__icontains": email}).values_list("pk", column)
    return rows.filter(pk__in=[pk for pk, value in found.iterator() if names(value, email)])
