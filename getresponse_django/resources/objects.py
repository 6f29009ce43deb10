"""Lists, fields, tags, contacts and segments in JSON and in columns, pure; and the table RESOURCES.

``fields`` turns the API's JSON into columns; ``values`` turns a row into the writable JSON that ``base``
remembers. A member missing from the JSON is missing from the columns: absent means "not asked", not "empty"
(contract/behaviour-contacts.md section 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .consents import gdpr_field_fields
from .messages import (
    ab_test_fields,
    autoresponder_fields,
    from_field_fields,
    newsletter_fields,
    newsletter_values,
    rss_newsletter_fields,
    splittest_fields,
)
from .reading import Json, as_list, as_object, decimal, flag, number, pick, reference, text, timestamp
from .suppressions import suppression_fields

# --- campaigns ---------------------------------------------------------------------------------

CAMPAIGN = {
    "campaignId": ("campaign_id", text),
    "name": ("name", text),
    "description": ("description", text),
    "languageCode": ("language_code", text),
    "isDefault": ("is_default", flag),
    "optinTypes": ("optin_types", as_object),
    "postal": ("postal", as_object),
    "profile": ("profile", as_object),
    "createdOn": ("created_on", timestamp),
}


def campaign_fields(json: Json) -> dict[str, Any]:
    """A campaign of a list or a detail as columns."""
    return pick(json, CAMPAIGN)


def campaign_values(row: Any) -> Json:
    """A campaign as JSON, the language in upper case as it is answered.

    ``isDefault`` is sent only when true: "false" is refused (behaviour-contacts.md section 7). So are the
    empty settings that are answered for unset ones; of the address, empty parts are texts like others, but
    for the flag.
    """
    postal = {part: value for part, value in row.postal.items() if value or part != "addPostalToMessages"}
    values = {"name": row.name, "languageCode": row.language_code.upper()}
    values |= {"optinTypes": given(row.optin_types), "postal": given(postal, but=(None,))}
    values |= {"profile": given(row.profile), "isDefault": "true" if row.is_default else ""}
    return {member: value for member, value in values.items() if value}


def given(settings: Json, but: tuple[Any, ...] = (None, "")) -> Json:
    """The members of ``settings`` that say something."""
    return {member: value for member, value in settings.items() if value not in but}


# --- custom fields and tags --------------------------------------------------------------------

CUSTOM_FIELD: dict[str, Any] = {
    "customFieldId": ("custom_field_id", text),
    "name": ("name", text),
    "type": ("type", text),
    "valueType": ("value_type", text),
    "format": ("format", text),
    "hidden": ("hidden", flag),
    "values": ("values", as_list),
}


def custom_field_fields(json: Json) -> dict[str, Any]:
    """A definition as columns; answers may lack ``format`` and hold it in ``type`` (section 9)."""
    kinds = {"format": json.get("format") or json.get("fieldType") or json.get("type")}
    kinds |= {"type": json.get("valueType") or json.get("type")}
    return pick(json | {member: kind for member, kind in kinds.items() if kind}, CUSTOM_FIELD)


def custom_field_values(row: Any) -> Json:
    """A definition as JSON."""
    values = {"name": row.name, "type": row.type, "format": row.format}
    return values | {"hidden": "true" if row.hidden else "false", "values": list(row.values)}


TAG = {"tagId": ("tag_id", text), "name": ("name", text), "createdAt": ("created_at", timestamp)}


def tag_fields(json: Json) -> dict[str, Any]:
    """A tag as columns."""
    return pick(json, TAG)


def tag_values(row: Any) -> Json:
    """A tag as JSON."""
    return {"name": row.name}


# --- contacts ----------------------------------------------------------------------------------

CONTACT = {
    "contactId": ("contact_id", text),
    "email": ("email", text),
    "name": ("name", text),
    "note": ("note", text),
    "origin": ("origin", text),
    "dayOfCycle": ("day_of_cycle", number),
    "scoring": ("scoring", decimal),
    "engagementScore": ("engagement_score", number),
    "ipAddress": ("ip_address", text),
    "timeZone": ("time_zone", text),
    "changedOn": ("changed_on", timestamp),
    "createdOn": ("created_on", timestamp),
}


def contact_fields(json: Json) -> dict[str, Any]:
    """A contact of a list or a detail as columns, ``campaign`` as the remote id of its campaign."""
    fields = pick(json, CONTACT)
    if campaign := reference("campaignId")(json.get("campaign")):
        fields["campaign"] = campaign
    return fields


def is_contact(item: Any) -> bool:
    """Whether this can be a contact here at all: it says which one it is, whose, and on which list."""
    return (
        isinstance(item, dict)
        and all(item.get(member) and isinstance(item[member], str) for member in ("contactId", "email"))
        and isinstance(as_object(item.get("campaign")).get("campaignId"), str)
    )


def contact_ids(items: Iterable[Any]) -> list[str]:
    """The ids of listed contacts."""
    return [item["contactId"] for item in items if isinstance(item, dict) and item.get("contactId")]


def contact_details(json: Json) -> Json:
    """The tags (remote ids) and custom fields (name -> values) of a contact's detail, empty for a
    list item.
    """
    details: Json = {}
    if isinstance(json.get("tags"), list):
        details["tags"] = sorted({tag["tagId"] for tag in contact_tags(json)})
    if isinstance(json.get("customFieldValues"), list):
        details["customFieldValues"] = {
            item["name"]: [text(value) for value in as_list(item.get("values") or item.get("value"))]
            for item in json["customFieldValues"]
            if isinstance(item, dict) and item.get("name")
        }
    return details


def contact_tags(json: Json) -> Iterator[Json]:
    """The tags of a contact's detail that say which they are."""
    return (tag for tag in as_list(json.get("tags")) if isinstance(tag, dict) and tag.get("tagId"))


def contact_base(fields: Mapping[str, Any], details: Json) -> Json:
    """The writable part of what GetResponse has of a contact, in the shape of ``contact_values``."""
    base: Json = {
        "email": fields["email"],
        "name": fields.get("name", ""),
        "note": fields.get("note", ""),
        "scoring": fields.get("scoring"),
        "dayOfCycle": fields.get("day_of_cycle"),
        "campaign": fields.get("campaign"),
    }
    return base | details


def contact_values(row: Any, tag_ids: Iterable[str]) -> Json:
    """The writable part of a contact as it is here. Custom fields are missing while nothing is
    known of them.
    """
    values: Json = {
        "email": row.email,
        "name": row.name,
        "note": row.note,
        "scoring": row.scoring,
        "dayOfCycle": row.day_of_cycle,
        "campaign": row.campaign.campaign_id,
        "tags": sorted(tag_ids),
    }
    return values if row.custom_fields is None else values | {"customFieldValues": row.custom_fields}


# --- segments ----------------------------------------------------------------------------------

SEGMENT = {
    "searchContactId": ("search_contact_id", text),
    "name": ("name", text),
    "createdOn": ("created_on", timestamp),
}


DEFINITION = ("subscribersType", "sectionLogicOperator", "section")


def segment_fields(json: Json) -> dict[str, Any]:
    """A saved search as columns; its definition is kept as it came (section 1.1)."""
    definition = {part: json[part] for part in DEFINITION if part in json}
    return pick(json, SEGMENT) | ({"definition": definition} if definition else {})


def segment_values(row: Any) -> Json:
    """A saved search as JSON, its definition as it is."""
    return {"name": row.name, **row.definition}


def no_values(row: Any) -> Json:
    """A resource that is only read has nothing to send."""
    return {}


@dataclass(frozen=True)
class Resource:
    """One mirrored resource."""

    name: str
    path: str
    id_key: str  # of the JSON
    fields: Callable[[Json], dict[str, Any]]
    values: Callable[[Any], Json] = no_values
    natural_key: str | None = None  # the column that is unique remotely: a lost create is looked up by it
    updates: frozenset[str] | None = None  # members an update may send; None: all
    always: frozenset[str] = frozenset()  # members every update must send
    forgotten: bool = False  # whether the row goes when its object has gone; else it stays and says so

    @property
    def id_field(self) -> str:
        """The column of the remote id."""
        return f"{self.name}_id" if self.name != "segment" else "search_contact_id"

    def says_id(self, item: Any) -> bool:
        """Whether this can be one of these objects at all."""
        return isinstance(item, dict) and isinstance(item.get(self.id_key), str)


RESOURCES = {
    resource.name: resource
    for resource in (
        Resource(
            "campaign",
            "/campaigns",
            "campaignId",
            campaign_fields,
            campaign_values,
            "name",
            always=frozenset({"name"}),
        ),
        Resource(
            "custom_field",
            "/custom-fields",
            "customFieldId",
            custom_field_fields,
            custom_field_values,
            "name",
            updates=frozenset({"hidden", "values"}),
            always=frozenset({"hidden", "values"}),
            forgotten=True,
        ),
        Resource(
            "tag", "/tags", "tagId", tag_fields, tag_values, "name", updates=frozenset(), forgotten=True
        ),
        Resource("from_field", "/from-fields", "fromFieldId", from_field_fields, natural_key="email"),
        Resource(
            "segment",
            "/search-contacts",
            "searchContactId",
            segment_fields,
            segment_values,
            "name",
            always=frozenset({"name", *DEFINITION}),
            forgotten=True,
        ),
        Resource(
            "newsletter",
            "/newsletters",
            "newsletterId",
            newsletter_fields,
            newsletter_values,
            updates=frozenset(),
        ),
        Resource("autoresponder", "/autoresponders", "autoresponderId", autoresponder_fields),
        Resource("rss_newsletter", "/rss-newsletters", "rssNewsletterId", rss_newsletter_fields),
        Resource("ab_test", "/ab-tests/subject", "abTestId", ab_test_fields),
        Resource("splittest", "/splittests", "splittestId", splittest_fields),
        Resource("gdpr_field", "/gdpr-fields", "gdprFieldId", gdpr_field_fields),
        Resource("suppression", "/suppressions", "suppressionId", suppression_fields, forgotten=True),
    )
}
"""Every resource that is one row here and one object there. Contacts, being many and asynchronous, have own
modules.
"""
