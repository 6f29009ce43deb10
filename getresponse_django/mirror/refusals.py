"""Shows on an object what GetResponse refused, as a whole and field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS

from ..errors import GetResponseError
from ..models import Mirrored
from ..resources import refused_columns


def mark_refused(rows: Sequence[Mirrored], error: GetResponseError) -> None:
    """Store the error on rows of one model; it is shown until something else is known of them."""
    if not rows:
        return
    model = type(rows[0])
    known = {field.name for field in model._meta.get_fields()}
    found = refused_columns(model.RESOURCE, error.code, error.context, error.message)
    fields: dict[str, Any] = {column: said for column, said in found.items() if column in known}
    text = str(error)
    # With the whole text, so that they count only as long as that is the last error.
    last_errors = {NON_FIELD_ERRORS: text, **fields} if fields else {}
    model.plain.filter(pk__in=[row.pk for row in rows]).update(last_error=text, last_errors=last_errors)
