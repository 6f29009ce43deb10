"""In what a contact here and the same one in GetResponse differ. Pure: columns in, differences out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from ..mirror.fitting import fitted
from ..models import Contact
from ..resources import Json, contact_details, contact_fields, contact_tags

Columns = Mapping[str, Any]
"""A contact by the names of its columns: ``campaign`` is the remote id of its list and ``campaign_name`` its
name, ``tags`` are names and missing where they are not compared, as are ``custom_fields``.
"""

COMPARED = (
    "email",
    "name",
    "note",
    "scoring",
    "day_of_cycle",
    "engagement_score",
    "origin",
    "ip_address",
    "time_zone",
)
"""What a list of contacts says of each, beside its campaign and times (getresponse-v3.yaml,
ContactListElement).
"""

ACTIVE = "active"


class Kind(StrEnum):
    """The ways to differ."""

    MISSING_HERE = "missing here"
    MISSING_THERE = "missing there"
    STATE = "state conflict"
    FIELD = "differing field"


class Drift(NamedTuple):
    """One difference. ``campaign`` is the name of the list, ``here`` and ``there`` are for people to read."""

    campaign: str
    kind: Kind
    contact_id: str
    email: str
    field: str = ""
    here: str = ""
    there: str = ""


def remote_columns(item: Json) -> Columns:
    """A contact of a list or of a detail, which has tags and custom fields as well."""
    reference = item["campaign"]
    fields = contact_fields(item)
    # As a pull keeps them; but whom it leaves out for an address that is too long is to be told too.
    columns = fields | fitted(
        Contact, {name: fields[name] for name in fields.keys() & set(COMPARED) - {"email"}}
    )
    columns["campaign_name"] = reference.get("name") or reference["campaignId"]
    details = contact_details(item)
    if "tags" in details:
        columns["tags"] = {tag.get("name") or tag["tagId"] for tag in contact_tags(item)}
    if "customFieldValues" in details:
        columns["custom_fields"] = details["customFieldValues"]
    return columns


def compare(here: Columns | None, there: Columns | None) -> Iterator[Drift]:
    """The differences of one contact; None is a contact that one side does not have.

    Fields are compared only of contacts that are active on both sides. ``there`` without a ``state`` is
    active; ``here`` may be ``deleted``, which waits to be pushed.
    """
    if here is None or there is None:
        yield from missing(here, there)
    elif here["state"] != there.get("state", ACTIVE):
        yield drift(there, Kind.STATE, "", here["state"], there.get("state", ACTIVE))
    else:
        for name, mine, theirs in differing_fields(here, there):
            yield drift(there, Kind.FIELD, name, mine, theirs)


def missing(here: Columns | None, there: Columns | None) -> Iterator[Drift]:
    """The difference of a contact that one side does not have, with the state it has on the other."""
    if there is not None:
        yield drift(there, Kind.MISSING_HERE, "", "", ACTIVE)
    if here is not None:
        yield drift(here, Kind.MISSING_THERE, "", here["state"], "")


def drift(of: Columns, kind: Kind, field: str, here: Any, there: Any) -> Drift:
    """The difference of a contact, with its values in words."""
    who = (of["campaign_name"], kind, text(of["contact_id"]), of["email"])
    return Drift(*who, field, text(here), text(there))


def differing_fields(here: Columns, there: Columns) -> Iterator[tuple[str, Any, Any]]:
    """(field, value here, value there) of a contact that both sides have; a tag is a field's value."""
    if here["campaign"] != there["campaign"]:
        yield "campaign", here["campaign_name"], there["campaign_name"]
    for name in COMPARED:
        if name in there and here[name] != there[name]:
            yield name, here[name], there[name]
    if "tags" in there:
        yield from (("tags", tag, "") for tag in sorted(here["tags"] - there["tags"]))
        yield from (("tags", "", tag) for tag in sorted(there["tags"] - here["tags"]))
    if "custom_fields" in there:
        mine, theirs = here["custom_fields"] or {}, there["custom_fields"]
        for name in sorted({*mine, *theirs}):
            if mine.get(name, []) != theirs.get(name, []):
                yield f"custom_fields.{name}", mine.get(name), theirs.get(name)


def text(value: Any) -> str:
    """A value for people; nothing is an empty text."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
