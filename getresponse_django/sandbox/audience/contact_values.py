"""What the bodies of contacts have in common: their checks, and the tags and values they refer to."""

from __future__ import annotations

from typing import Any

from ..http.errors import ApiError, unknown_reference
from ..http.validation import identifier, list_of, nullable, number, shape, text
from ..state.store import Store
from .custom_fields import value_problems

TAGS = list_of(shape({"tagId": identifier}))
VALUES = list_of(shape({"customFieldId": identifier, "value": list_of(text(0, 2048))}))
NAME = text(1, 128)
DAY_OF_CYCLE = text(1, 4, r"\d{1,4}", "Value must be a number of days, as a string")
COMMON = {
    "name": NAME,
    "dayOfCycle": nullable(DAY_OF_CYCLE),
    "scoring": nullable(number),
    "tags": TAGS,
    "customFieldValues": VALUES,
}


def resolved_tags(store: Store, tag_ids: list[str]) -> dict[str, int]:
    """The tags of a body as {tag id: now}; raises 1001 for one that does not exist."""
    for tag_id in tag_ids:
        if tag_id not in store.tags:
            raise unknown_reference("tagId", tag_id)
    return dict.fromkeys(tag_ids, store.now())


def resolved_values(store: Store, rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The values of a body as {custom field id: values}.

    Raises 1001 for an unknown field, and 1000 with a list of sentences for values a field does not take.
    """
    problems = []
    for row in rows:
        field = store.custom_fields.get(row["customFieldId"])
        if field is None:
            raise unknown_reference("customFieldId", row["customFieldId"])
        problems += value_problems(field, row["value"])
    if problems:
        raise ApiError(1000, context=problems)
    return {row["customFieldId"]: list(row["value"]) for row in rows}


def tag_ids_of(body: dict[str, Any]) -> list[str]:
    """The ids of ``tags: [{tagId}]``."""
    return [tag["tagId"] for tag in body.get("tags", [])]
