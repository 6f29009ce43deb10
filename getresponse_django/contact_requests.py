"""The requests that create a contact and bring one up to date. Pure: no I/O, no clock, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .errors import Rejected
from .resources import Json

MOST_TAGS = 500
"""The detail of a contact shows at most so many tags (behaviour-contacts.md section 4)."""

CONTACT_MEMBERS = ("email", "name", "note", "scoring", "dayOfCycle")


@dataclass(frozen=True)
class Request:
    """One request of a plan."""

    method: str
    path: str
    json: Json | None = None


@dataclass(frozen=True)
class ContactPlan:
    """The requests that bring one contact up to date.

    ``drop_tags`` and ``drop_fields`` need the contact's detail first, because the API has no way to detach
    one: the whole collection is sent without them (behaviour-contacts.md section 4).
    """

    requests: list[Request] = field(default_factory=list)
    drop_tags: frozenset[str] = frozenset()
    drop_fields: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.requests or self.drop_tags or self.drop_fields)


@dataclass(frozen=True)
class Difference:
    """What of a contact is, or may be, other in GetResponse than here: members, tag ids, names of custom
    fields.
    """

    members: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def as_json(self) -> Json:
        """As it is kept on the contact while the answer is not known; ``difference`` reads it."""
        return {"members": sorted(self.members), "tags": sorted(self.tags), "fields": sorted(self.fields)}


def difference(values: Json, base: Json, doubt: Json) -> Difference:
    """What to send of a contact: what differs from ``base``, and what is in doubt.

    In doubt is what an update carried whose end was not written down: the worker was killed, or the answer
    was lost. An edit back to the old value would else be taken for what GetResponse has. An empty name cannot
    be sent.
    """
    members = {key for key in (*CONTACT_MEMBERS, "campaign") if values[key] != base.get(key, "")}
    members |= set(doubt.get("members", ()))
    tags = set(values["tags"]) ^ set(base.get("tags", ())) | set(doubt.get("tags", ()))
    had, has = base.get("customFieldValues", {}), values.get("customFieldValues")
    fields: set[str] = set()
    if has is not None:
        fields = {name for name in {*had, *has} if (had.get(name) or []) != (has.get(name) or [])}
        fields |= set(doubt.get("fields", ()))
    return Difference(
        frozenset(key for key in members if key != "name" or values["name"]),
        frozenset(tags),
        frozenset(fields),
    )


def base_after(base: Json, values: Json, told: Difference) -> Json:
    """What GetResponse has once it was told ``told`` of ``values``, and had ``base`` before. What was not
    told stays as it is in ``base``: a pull may have read it meanwhile.
    """
    after = values | base | {key: values[key] for key in told.members}
    after["tags"] = sorted(set(base.get("tags", ())) - told.tags | told.tags & set(values["tags"]))
    if (has := values.get("customFieldValues")) is not None:
        kept = {
            name: value
            for name, value in base.get("customFieldValues", {}).items()
            if name not in told.fields
        }
        after["customFieldValues"] = kept | {name: has[name] for name in sorted(told.fields) if has.get(name)}
    return after


def contact_members(values: Json, names: Iterable[str]) -> Json:
    """These plain members as an update sends them."""
    body = {key: values[key] for key in CONTACT_MEMBERS if key in names}
    if body.get("dayOfCycle") is not None:
        body["dayOfCycle"] = str(body["dayOfCycle"])
    if "campaign" in names:
        body["campaign"] = {"campaignId": values["campaign"]}
    return body


def field_list(values: Mapping[str, list[str]], ids: Mapping[str, str]) -> list[Json]:
    """Custom field values as requests carry them."""
    return [{"customFieldId": ids[name], "value": value} for name, value in sorted(values.items())]


def tag_list(tag_ids: Iterable[str]) -> list[Json]:
    """Tags as requests carry them."""
    return [{"tagId": tag_id} for tag_id in sorted(tag_ids)]


def update_contact(
    contact_id: str, values: Json, differing: Difference, field_ids: Mapping[str, str]
) -> ContactPlan:
    """What to send for a linked contact: only what differs, and additions by the calls that never remove."""
    path = f"/contacts/{contact_id}"
    requests = []
    if members := contact_members(values, differing.members):
        requests.append(Request("POST", path, members))
    has = values.get("customFieldValues", {})
    if changed := {name: has[name] for name in differing.fields if has.get(name)}:
        body = {"customFieldValues": field_list(changed, field_ids)}
        requests.append(Request("POST", f"{path}/custom-fields", body))
    if added := differing.tags & set(values["tags"]):
        requests.append(Request("POST", f"{path}/tags", {"tags": tag_list(added)}))
    return ContactPlan(requests, differing.tags - added, differing.fields - changed.keys())


def replace_collections(detail: Json, drop_tags: frozenset[str], drop_fields: frozenset[str]) -> Json:
    """The body of the update that detaches, made from the contact's detail just read; empty when nothing is
    there to detach. Raises Rejected where tags that the detail does not show would be lost.
    """
    body: Json = {}
    present = {tag["tagId"] for tag in detail.get("tags", [])}
    if drop_tags and len(present) >= MOST_TAGS:
        raise Rejected(f"A tag cannot be removed: GetResponse shows only {MOST_TAGS} tags of a contact.")
    if drop_tags & present:
        body["tags"] = tag_list(present - drop_tags)
    values = detail.get("customFieldValues", [])
    if any(item["name"] in drop_fields for item in values):
        body["customFieldValues"] = [
            {"customFieldId": item["customFieldId"], "value": item.get("values") or item["value"]}
            for item in values
            if item["name"] not in drop_fields
        ]
    return body


def sent_values(values: Json) -> Json:
    """What a creation really tells of ``values``: all but the note, which has to follow as an update."""
    return values | {"note": ""}


def new_contact(values: Json, field_ids: Mapping[str, str], ip_address: str = "") -> Json:
    """The body that creates one contact. A note cannot be written on creation (behaviour-contacts.md section
    4).
    """
    body = common_members(values, field_ids, ip_address)
    body["campaign"] = {"campaignId": values["campaign"]}
    if values["tags"]:
        body["tags"] = tag_list(values["tags"])
    return body


def new_batch_contact(values: Json, field_ids: Mapping[str, str], ip_address: str = "") -> Json:
    """One contact of a batch, whose shape differs (behaviour-contacts.md section 5)."""
    body = common_members(values, field_ids, ip_address)
    if values["tags"]:
        body["tags"] = {"ids": sorted(values["tags"])}
    return body


def common_members(values: Json, field_ids: Mapping[str, str], ip_address: str) -> Json:
    """What single and batch creations share; empty members are left out."""
    given = {name: value for name, value in values.get("customFieldValues", {}).items() if value}
    day = values["dayOfCycle"]
    body = {
        "email": values["email"],
        "name": values["name"] or None,
        "dayOfCycle": None if day is None else str(day),
        "scoring": values["scoring"],
        "ipAddress": ip_address or None,
        "customFieldValues": field_list(given, field_ids) or None,
    }
    return {key: value for key, value in body.items() if value is not None}


def import_row(values: Json, tag_names: Iterable[str], ip_address: str = "") -> dict[str, str]:
    """One contact of an import, by column; it knows one value for each field (behaviour-contacts.md
    section 6).
    """
    row = {"email": values["email"], "name": values["name"], "ip": ip_address}
    row |= {name: value[0] for name, value in importable_fields(values).items()}
    row |= {f"tag:{name}": "1" for name in tag_names}
    return {column: cell for column, cell in row.items() if cell}


def importable_fields(values: Json) -> dict[str, list[str]]:
    """The custom fields with one value."""
    given = values.get("customFieldValues", {})
    return {name: value for name, value in given.items() if len(value) == 1}


def imported_values(values: Json) -> Json:
    """What an import tells of ``values``; the rest has to follow as an update."""
    told = values | {"note": "", "scoring": None, "dayOfCycle": None}
    return told | ({"customFieldValues": importable_fields(values)} if "customFieldValues" in values else {})
