"""Which columns an error of the API is about (contract/behaviour-contacts.md section 11). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from .statistics import snake

UNIQUE = 1008
"""The code of a value that is taken already; its context does not name the member."""

COLUMNS = {
    "custom_field_values": "custom_fields",
    "custom_field_id": "custom_fields",
    "tag_id": "tags",
    "campaign_id": "campaign",
    "campaign_ids_list": "definition",
    "section": "definition",
    "section_logic_operator": "definition",
    "subscribers_type": "definition",
    "content": "html",
    "from_field_id": "from_field",
    "search_contact_id": "send_settings",
    "contact_id": "send_settings",
}
"""Members whose column is not called like them. An id is that of a reference which does not exist."""


def refused_columns(resource: str, code: int | None, context: Any, message: str) -> dict[str, str]:
    """Column -> what is wrong with it, as far as the context tells.

    The context may be an object, a list of objects, or a list of sentences; those are about the values of
    custom fields.
    """
    if code == UNIQUE:
        return {"email" if resource == "contact" else "name": message}
    found: dict[str, list[str]] = defaultdict(list)
    for item in context if isinstance(context, list) else [context]:
        for column, text in complaint(resource, item, message):
            found[column].append(text)
    return {column: " ".join(dict.fromkeys(texts)) for column, texts in found.items()}


def complaint(resource: str, item: Any, message: str) -> Iterator[tuple[str, str]]:
    """(column, text) of one item of a context."""
    if isinstance(item, str) and item and resource == "contact":
        yield "custom_fields", item
    if isinstance(item, dict) and item.get("fieldName"):
        name = item["fieldName"]
        path = [str(part) for part in name] if isinstance(name, list) else str(name).split(".")
        yield column_of(resource, path), str(item.get("errorDescription") or message)


def column_of(resource: str, path: list[str]) -> str:
    """The column of the member at this path of a body."""
    if path[0] == "content" and path[-1] == "plain":
        return "plain_text"
    member = snake(path[0])
    return member if member == f"{resource}_id" else COLUMNS.get(member, member)
