"""Which operations of the API the sandbox implements: a table, per tag of the specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from getresponse_django.sandbox.routes import ROUTER

from .document import has_schema, rows


class Operation(NamedTuple):
    """One operation: what the contract holds of it, and whether the sandbox answers it."""

    tag: str
    method: str
    path: str
    schema: bool
    sandbox: bool


def operations() -> list[Operation]:
    """All operations of operations.csv, in its order."""
    have = {(route.method, route.path) for route in ROUTER.routes}
    return [
        Operation(
            row["tag"], row["method"], row["path"], has_schema(row), (row["method"], row["path"]) in have
        )
        for row in rows()
    ]


def complete_tags() -> set[str]:
    """The tags all of whose operations the sandbox implements."""
    return {one.tag for one in operations()} - {one.tag for one in operations() if not one.sandbox}


def table() -> Iterator[str]:
    """The lines of the table, with the totals at the end."""
    line = "{:<30} {:<6} {:<66} {:<17} {}".format
    yield line("tag", "method", "path", "specification", "sandbox")
    for one in operations():
        schema = "schema" if one.schema else "request line only"
        yield line(one.tag, one.method, one.path, schema, "yes" if one.sandbox else "no")
    schemas, ours = (sum(getattr(one, name) for one in operations()) for name in ("schema", "sandbox"))
    yield f"{len(operations())} operations, {schemas} with a schema, {ours} in the sandbox"
    yield f"complete in the sandbox: {', '.join(sorted(complete_tags()))}"
