"""Shows on an object what GetResponse refused, as a whole and field by field."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS

from ..errors import GetResponseError
from ..models import Mirrored
from ..resources import refused_columns


def mark_refused(row: Mirrored, error: GetResponseError) -> None:
    """Store the error; it is shown until something else is known of the object."""
    known = {field.name for field in row._meta.get_fields()}
    found = refused_columns(row.RESOURCE, error.code, error.context, error.message)
    fields: dict[str, Any] = {column: said for column, said in found.items() if column in known}
    text = str(error)
    # With the whole text, so that they count only as long as that is the last error.
    last_errors = {NON_FIELD_ERRORS: text, **fields} if fields else {}
    type(row).plain.filter(pk=row.pk).update(last_error=text, last_errors=last_errors)
